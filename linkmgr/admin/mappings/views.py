"""Tags, categories and keywords with their items, and the mappings that assign them."""

from collections import Counter, abc
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from linkmgr.admin.common.chips import Chip, chips, find_items, name_of_mapping
from linkmgr.admin.common.context import (
    clicks_by_mapping,
    get_admin,
    index_facts,
    last_page,
    page_number,
    reading,
    site_index,
    today,
)
from linkmgr.admin.common.lists import Listing, ListReport, page_rows
from linkmgr.admin.common.pages import AdminPage, Sorting, asked_sorting, choice_of, csv_file
from linkmgr.admin.dashboard.list_figures import COUNTS, Figures, period_choices
from linkmgr.admin.dashboard.query import pick
from linkmgr.admin.editing.impact import answer_impact
from linkmgr.admin.editing.selection import change_mappings
from linkmgr.admin.editing.terms import answer_tag_options, answer_terms
from linkmgr.admin.mappings import edit
from linkmgr.catalog.model import Catalog, Mapping
from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.reports import Column, Fact, Kind, Output, sorted_rows
from linkmgr.resolver.fold import fold
from linkmgr.resolver.model import Cause, Placement
from linkmgr.resolver.statistics import term
from linkmgr.site_index.indexing import named_tags
from linkmgr.site_index.posts import (
    PAGE,
    Cover,
    IndexedTag,
    ShownPost,
    SiteIndex,
    Tag,
    TagColumn,
    TagKind,
    TagQuery,
)

# The lists of tags and of mappings: what each row shows.


class MappingColumn(StrEnum):
    """What mappings are sorted by; `ADDED` is the order of the file."""

    ADDED = "added"
    NAME = "name"
    ITEMS = "items"
    POSTS = "posts"
    CLICKS = "clicks"


# The clicks of all mappings take a while on a large site.
_MOST_POSTS = Sorting(MappingColumn.POSTS, falling=True)


@dataclass(frozen=True, slots=True)
class CountedTag:
    """A tag by its kind and name, with the figures of the posts that have it."""

    key: Tag

    figures: Figures
    """Those of the days that are picked, whatever item was seen or clicked."""


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag in the list."""

    tag: IndexedTag
    figures: Figures

    mappings: list[Mapping]
    """The mappings that name it."""

    chips: list[Chip]
    """Their items."""

    covered_by: list[Mapping]
    """For a tag without items the other mappings that fill its posts, that of most posts first."""

    shown: list[Chip]
    """The items that its posts show if no mapping fills them, that on most posts first."""

    causes: frozenset[Cause]
    """Why they show these."""


_IN_FILE = frozenset({Output.CSV, Output.ORDER})
_FILE = frozenset({Output.CSV})

TAGS: ListReport[TagRow] = ListReport(
    Column("tag", "Tag", lambda row: row.tag.written, _IN_FILE, kind=Kind.TEXT),
    (
        Column("kind", "Kind", lambda row: row.tag.kind, _FILE, kind=Kind.TEXT),
        Column("uses", "Posts", lambda row: row.tag.posts, _IN_FILE),
        Column("need", "Posts without items", lambda row: row.tag.posts - row.tag.shown, _IN_FILE),
        *COUNTS,
    ),
    usual=Sorting("need", falling=True),
    main="clicks",
)


@dataclass(frozen=True, slots=True)
class MappingRow:
    """A mapping in the list."""

    mapping: Mapping
    name: str

    chips: list[Chip]
    """Its items."""

    posts: int | None
    """How many posts it matches; `None` while the posts are not known."""

    clicks: int | None
    """The clicks of 30 days on its items there; `None` while the posts are not known."""


def _tag_rows(opened: SiteIndex, counted: Sequence[CountedTag]) -> list[TagRow]:
    """Return the rows of tags."""
    catalog = get_admin().catalog().catalog
    mappings, tags = _by_tag(catalog), opened.tags_by_key([tag.key for tag in counted])
    rows: list[TagRow] = []
    for tag in counted:
        naming = mappings.get(tag.key, [])
        items = chips(catalog, _items_of(naming))
        covering: list[Mapping] = []
        shown: Counter[str] = Counter()
        causes: set[Cause] = set()
        if not items:
            posts = opened.posts_of_tag(tag.key)
            covering = _mappings_showing(catalog, posts)
            placements = [] if covering else _placements_of(posts)
            for placement in placements:
                shown[placement.item] += 1
                if placement.reasons:
                    causes.add(placement.reasons[0].cause)
        shown_items = chips(catalog, [item for item, _ in shown.most_common()])
        rows.append(
            TagRow(
                tags[tag.key],
                tag.figures,
                naming,
                items,
                covering,
                shown_items,
                frozenset(causes),
            )
        )
    return rows


def _placements_of(posts: Iterable[ShownPost]) -> list[Placement]:
    placements: list[Placement] = []
    for post in posts:
        placements += post.placements
    return placements


def _mappings_showing(catalog: Catalog, posts: Iterable[ShownPost]) -> list[Mapping]:
    """Return the mappings that show items on posts, that of most posts first."""
    counts: Counter[str] = Counter()
    for post in posts:
        counts.update(post.mappings)
    mappings: list[Mapping] = []
    for name, _ in counts.most_common():
        mapping = catalog.mappings.get(name)  # the index may know some that are gone
        if mapping and not mapping.exclude:
            mappings.append(mapping)
    return mappings


def _search_mappings(
    catalog: Catalog, search: str, kind: TagKind = TagKind.TAG, tag: str = ""
) -> list[Mapping]:
    """Return the mappings that have all words of `search`, and name `tag` (folded) if given."""
    words = fold(search).split()
    mappings = _by_tag(catalog).get((kind, tag), []) if tag else catalog.mappings.values()
    return [mapping for mapping in mappings if _has(catalog, mapping, words)]


def _page_of_rows(
    catalog: Catalog, mappings: list[Mapping], sorting: Sorting, number: int
) -> list[MappingRow]:
    """Return the rows of a page of mappings, sorted by one of their columns."""
    opened = site_index()
    posts = opened.posts_by_mapping() if opened else {}
    rows = partial(_mapping_rows, catalog, opened, posts)
    on_page = slice(PAGE * (number - 1), PAGE * number)
    match MappingColumn(sorting.column):
        case MappingColumn.CLICKS:
            return sorted(rows(mappings), key=_clicks_and_posts, reverse=sorting.falling)[on_page]
        case MappingColumn.POSTS:
            mappings.sort(key=lambda mapping: posts.get(mapping.id, 0), reverse=sorting.falling)
        case MappingColumn.ADDED:
            mappings = mappings[::-1] if sorting.falling else mappings
        case MappingColumn.NAME:
            mappings.sort(key=_name, reverse=sorting.falling)
        case MappingColumn.ITEMS:
            mappings.sort(key=_name)
            mappings.sort(key=partial(_folded_titles, catalog), reverse=sorting.falling)
    return rows(mappings[on_page])


def _mapping_rows(
    catalog: Catalog,
    opened: SiteIndex | None,
    posts: abc.Mapping[str, int],
    mappings: Sequence[Mapping],
) -> list[MappingRow]:
    """Return the rows of mappings; `posts` is how many posts each matches."""
    clicks = clicks_by_mapping(opened, mappings) if opened else {}
    return [
        MappingRow(
            mapping,
            name_of_mapping(mapping),
            chips(catalog, mapping.items),
            posts.get(mapping.id, 0) if opened else None,
            clicks.get(mapping.id, 0) if opened else None,
        )
        for mapping in mappings
    ]


def _clicks_and_posts(row: MappingRow) -> tuple[int, int]:
    return row.clicks or 0, row.posts or 0


def _name(mapping: Mapping) -> list[str]:
    return [fold(name_of_mapping(mapping))]


def _folded_titles(catalog: Catalog, mapping: Mapping) -> list[str]:
    return [fold(chip.title) for chip in chips(catalog, mapping.items)]


def _by_tag(catalog: Catalog) -> dict[Tag, list[Mapping]]:
    """Return by tag the mappings that name it, in the file's order."""
    by_tag: dict[Tag, list[Mapping]] = {}
    for mapping in catalog.mappings.values():
        tags = dict.fromkeys((kind, term(text)) for kind, text in named_tags(mapping))
        for tag in tags:
            by_tag.setdefault(tag, []).append(mapping)
    return by_tag


def _items_of(mappings: Iterable[Mapping]) -> list[str]:
    """Return the items that mappings show, each once."""
    items: dict[str, None] = {}  # each once, in their order
    for mapping in mappings:
        if not mapping.exclude:
            items |= dict.fromkeys(mapping.items)
    return list(items)


def _has(catalog: Catalog, mapping: Mapping, words: Sequence[str]) -> bool:
    """Whether a mapping has all of some words in its id, its items or its terms."""
    if not words:
        return True
    texts = [mapping.id]
    texts += mapping.items
    texts += [chip.title for chip in chips(catalog, mapping.items)]
    for terms in (mapping.any_of, mapping.all_of):
        texts += terms.tags + terms.categories + terms.keywords + terms.paths
    text = fold(" ".join(texts))
    return all(word in text for word in words)


def answer_reading() -> ResponseReturnValue:
    """Return how far the reading of the site is; once it is read, have the page loaded again."""
    facts = index_facts()
    if facts["meta"] or facts["is_elsewhere"]:
        return Response(status=204, headers={"HX-Refresh": "true"})
    return render_template("mappings/reading.html", **facts)


# The pages.

page = Blueprint("mappings", __name__, url_prefix="/admin/tags")
ADMIN_PAGE = AdminPage(page, lazy_gettext("Tags"), order=4, key="t", resends_forms=True)
page.add_url_rule("/new", view_func=edit.new, methods=["GET", "POST"])
page.add_url_rule("/offered", view_func=edit.offered)
page.add_url_rule("/terms", "terms", answer_terms)
page.add_url_rule("/names", "tag_names", answer_tag_options)
page.add_url_rule("/impact/<key>", "impact_found", answer_impact)
page.add_url_rule("/reading", "reading", answer_reading)
page.add_url_rule("/selected", "selected", change_mappings, methods=["GET", "POST"])
page.add_url_rule("/mapping/<name>", view_func=edit.edit, methods=["GET", "POST"])
page.add_url_rule("/mapping/<name>/delete", view_func=edit.delete, methods=["GET", "POST"])


@page.get("")
def index() -> str:
    """List the tags of the blog's posts, those first that need items."""
    opened, catalog = site_index(), get_admin().catalog().catalog
    if opened is None:
        return render_template("mappings/tags.html", listing=None, **index_facts())
    wanted, picked = _wanted(catalog), pick(request.args, today())
    counts_of = reading().sums(Dimension.POST, picked.period)
    counted = _counted(opened, wanted, counts_of)
    on_page = page_rows(counted)
    if not _is_by_figure():
        on_page = _with_figures(opened, on_page, counts_of)
    rows = _tag_rows(opened, on_page)
    facts = [Fact.VIEWS] if any(counts.views for counts in counts_of.values()) else []
    every, counts = opened.tag_counts(wanted)
    return render_template(
        "mappings/tags.html",
        listing=Listing(TAGS, rows, len(counted), facts),
        every=every,
        counts=counts,
        mapping_count=len(catalog.mappings),
        picked=picked,
        periods=period_choices(picked),
        wanted=wanted,
        item=request.args.get("item", "").strip(),
        block_options=[(block.name, block.name, None) for block in catalog.blocks],
        **index_facts(),
    )


@page.get("/tags.csv", endpoint="csv")
def send_tags() -> Response:
    """Send the tags that are wanted as a file."""
    opened = site_index() or abort(404)
    wanted, picked = _wanted(get_admin().catalog().catalog), pick(request.args, today())
    counts_of = reading().sums(Dimension.POST, picked.period)
    counted = _counted(opened, wanted, counts_of)
    rows = _tag_rows(opened, _with_figures(opened, counted, counts_of))
    days = picked.period
    return csv_file(TAGS.csv(rows, [*Fact]), f"tags-{days.since}-{days.until}.csv")


def _wanted(catalog: Catalog) -> TagQuery:
    args, sorting = request.args, TAGS.sorting
    item = args.get("item", "").strip()
    is_figure = _is_by_figure()
    column = TagColumn.TAG if is_figure else TagColumn(sorting.column)
    # In the index's order of need the tags that need items most come first, without falling.
    falling = sorting.falling
    if column is TagColumn.NEED:
        falling = not falling
    return TagQuery(
        search=args.get("q", ""),
        kind=choice_of(TagKind, "kind"),
        cover=choice_of(Cover, "shows"),
        unmapped=args.get("rule") == "none",
        items=[chip.id for chip in find_items(catalog, item)] if item else None,
        block=args.get("block", ""),
        column=column,
        falling=falling and not is_figure,
    )


def _is_by_figure() -> bool:
    """Whether the address has the list sorted by a figure, which the index does not know."""
    return TAGS.sorting.column in {column.name for column in COUNTS}


def _counted(
    index: SiteIndex, wanted: TagQuery, counts_of: abc.Mapping[str, Counts]
) -> list[CountedTag]:
    """Return all tags that are wanted, as the address has them sorted.

    They have no figures yet unless they are sorted by one: to sum up all posts takes a while.
    """
    counted = [CountedTag(tag, Figures()) for tag in index.tag_keys(wanted)]
    if not _is_by_figure():
        return counted
    counted, sorting = _with_figures(index, counted, counts_of), TAGS.sorting
    column = next(column for column in COUNTS if column.name == sorting.column)
    return sorted_rows(counted, column, falling=sorting.falling)


def _with_figures(
    index: SiteIndex, counted: Sequence[CountedTag], counts_of: abc.Mapping[str, Counts]
) -> list[CountedTag]:
    """Return tags with the figures of their posts."""
    sums = index.sums_by_tag(counts_of, [tag.key for tag in counted])
    return [CountedTag(tag.key, Figures(Counts(*sums.get(tag.key, ())))) for tag in counted]


@page.get("/mappings")
def mappings() -> str:
    """List the mappings, those of most posts first unless the address says otherwise."""
    catalog = get_admin().catalog().catalog
    search, tag = request.args.get("q", ""), request.args.get("tag", "")
    kind = choice_of(TagKind, "kind") or TagKind.TAG
    sorting = asked_sorting([*MappingColumn], _MOST_POSTS)
    matching = _search_mappings(catalog, search, kind, term(tag))
    number = page_number()
    return render_template(
        "mappings/list.html",
        rows=_page_of_rows(catalog, matching, sorting, number),
        total=len(matching),
        number=number,
        last=last_page(len(matching), PAGE),
        search=search,
        tag=tag,
        kind=kind,
        sorting=sorting,
        any_mapping=bool(catalog.mappings),
        revision=get_admin().catalog().revision.id,
    )


@page.get("/items")
def items() -> str:
    """Return the options for what is typed into the item field."""
    catalog = get_admin().catalog().catalog
    args = request.args
    typed = args.get("add") or args.get("item") or args.get("given") or ""
    matching = find_items(catalog, typed)
    return render_template("mappings/options.html", found=matching)
