"""Mappings, comparisons and blocks from their entries: what matches a post, and its place."""

from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from difflib import get_close_matches
from typing import get_args

from linkmgr.catalog.blocks import (
    BOOKS,
    DEFAULT_SHOW,
    KINDS,
    Block,
    BlockKind,
    Place,
    Show,
)
from linkmgr.catalog.items import GOODS, Good
from linkmgr.catalog.keys.placing import MOST_COLUMNS, MOST_ROWS, TERMS
from linkmgr.catalog.model import (
    CONS_ROW,
    FEWEST_COMPARED,
    OWN_ROWS,
    PRICE_ROW,
    PROS_ROW,
    RATING_ROW,
    Comparison,
    Mapping,
    Terms,
)
from linkmgr.catalog.reading.ids import References
from linkmgr.catalog.reading.items import TagReader
from linkmgr.catalog.reading.yaml.section import Section
from linkmgr.messages.message import Message, excerpt, message


def read_mapping(name: str, section: Section, names: References, tags: TagReader) -> Mapping:
    """Return the mapping of an entry; what was wrong in it is reported and left out."""
    mapping = Mapping(
        id=name,
        items=names.items(section, "items"),
        any_of=_terms(section, "any"),
        all_of=_terms(section, "all"),
        comparisons=names.comparisons(section, "comparisons"),
        tags=tags.tags(section),
        **section.fields(),
    )
    if mapping.pin and mapping.exclude:
        section.problem("exclude", message("catalog.pin-and-exclude"))
    if mapping.exclude and section.has("tag"):
        section.problem("tag", message("catalog.tag-and-exclude"))
    _report_missing(section)
    return mapping


def _report_missing(section: Section) -> None:
    """Report a mapping without posts, without items or without both, as one problem."""
    items = bool(section.given("items", "comparisons"))
    if not section.given("any", "all"):
        code = "catalog.mapping-without-posts" if items else "catalog.mapping-empty"
        section.problem("any", message(code))
    elif not items:
        section.problem("items", message("catalog.mapping-without-items"))


def _terms(section: Section, name: str) -> Terms:
    terms = section.section(name)
    if terms is None:
        return Terms()
    if not terms.given(*TERMS.names):
        section.problem(name, message("catalog.no-terms", keys=TERMS.names))
    return Terms(**terms.fields())


def read_comparison(name: str, section: Section, names: References) -> Comparison:
    """Return the comparison of an entry; what was wrong in it is reported and left out."""
    items = names.items(section, "items", GOODS)
    rows = tuple(dict.fromkeys(section.texts("rows")))
    if not section.has("items"):
        section.problem("items", message("catalog.missing"))
    elif len(items) < FEWEST_COMPARED:
        section.problem("items", message("catalog.compares-too-few"))
    elif rows and len(items) > MOST_COLUMNS:
        section.problem("items", message("catalog.compares-too-many", most=MOST_COLUMNS))
    if len(rows) > MOST_ROWS:
        section.problem("rows", message("catalog.compares-too-many-rows", most=MOST_ROWS))
    return Comparison(id=name, items=items, rows=rows, **section.fields())


def empty_rows(comparison: Comparison, goods: MappingOf[str, Good]) -> Iterator[Message]:
    """Yield a warning about each row of a comparison that none of its items has.

    It is no mistake of the catalog: an edit of an item may take the last value away.
    """
    compared = [goods[item] for item in comparison.items]
    specs = dict.fromkeys(name for good in compared for name, _ in good.specs)
    for row in comparison.rows:
        if any(_has_row(good, row) for good in compared):
            continue
        if row in OWN_ROWS:
            yield message("catalog.row-of-no-item", row=row)
        elif likely := get_close_matches(row, (*specs, *OWN_ROWS), 1):
            yield message("catalog.unknown-row-suggestion", row=excerpt(row), suggestion=likely[0])
        else:
            yield message("catalog.unknown-row", row=excerpt(row), own=OWN_ROWS)


def _has_row(good: Good, row: str) -> bool:
    """Whether a good has anything to say in a row of a comparison."""
    if row == PRICE_ROW:
        return any((good.price, *(shop.price for shop in good.shops)))
    if row == RATING_ROW:
        return good.rating is not None
    if row == PROS_ROW:
        return bool(good.pros)
    return bool(good.cons) if row == CONS_ROW else row in dict(good.specs)


def read_block(name: str, section: Section, names: References, tags: TagReader) -> Block:
    """Return the block of an entry; what was wrong in it is reported and left out."""
    kind = _kind(name, section, names) or BOOKS
    for key in section.given(*kind.refused_keys):
        section.problem(key, message(kind.refused_keys[key]))
    fields = section.fields()
    if section.has("before-heading") and fields["at"] is not Place.MIDDLE:
        section.problem("before-heading", message("catalog.only-in-the-middle"))
    return Block(
        name=name,
        kind=kind,
        limit=section.value("limit") or kind.limit,
        items=names.items(section, "items", kind.items) if kind.items else (),
        fallback=names.items(section, "fallback", kind.items) if kind.items else (),
        tags=tags.tags(section) if kind.items else (),
        show=_shown_of_posts(section) or DEFAULT_SHOW,
        **fields,
    )


def _shown_of_posts(section: Section) -> tuple[Show, ...]:
    """Return the parts that related posts show beside their title, empty if not given."""
    named = section.texts("show", _show_problem)
    return tuple(part for part in get_args(Show) if part in named)


def _show_problem(text: str) -> Message | None:
    options = get_args(Show)
    if text in options:
        return None
    return message("catalog.unknown-value", found=excerpt(text), options=options)


def _kind(name: str, section: Section, names: References) -> BlockKind | None:
    """Return the kind of a block, by default the one it is named after; `None` after a problem."""
    kinds = tuple(KINDS)
    if section.has("kind"):
        return KINDS.get(section.value("kind") or "")
    if name not in KINDS:
        if suggestion := names.suggestion(name, kinds):
            section.problem(
                "kind", message("catalog.no-kind-suggestion", kinds=kinds, suggestion=suggestion)
            )
        else:
            section.problem("kind", message("catalog.no-kind", kinds=kinds))
    return KINDS.get(name)
