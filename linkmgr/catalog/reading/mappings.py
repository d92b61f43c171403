"""Mappings and blocks out of their entries: which items a post calls for, and where they show."""

from linkmgr.catalog.model import Block, Kind, Mapping, Terms
from linkmgr.catalog.reading.ids import Names
from linkmgr.catalog.reading.section import Section

MAPPING_KEYS = ("any", "all", "items", "weight", "pin", "exclude")
TERMS_KEYS = ("tags", "categories", "keywords", "paths")
BLOCK_KEYS = ("kind", "limit", "heading", "minimum", "items", "fallback")

# Far beyond any use: the bounds turn slips (`limit: 33333`) into problems.
WEIGHT_RANGE = (0.001, 1000.0)
MINIMUM_RANGE = (0.0, 1000.0)
MAX_LIMIT = 100

_LIMITS = {Kind.RELATED: 3, Kind.CTA: 1, Kind.BOOKS: 3}
DEFAULT_BLOCKS = tuple(Block(kind.value, kind, limit) for kind, limit in _LIMITS.items())
"""The blocks of a catalog that names none."""


def read_mapping(name: str, section: Section, names: Names) -> Mapping:
    """Return the mapping of an entry; what was wrong in it is reported and left out."""
    weight = section.number("weight", *WEIGHT_RANGE)
    mapping = Mapping(
        id=name,
        items=names.items(section, "items"),
        any_of=_terms(section, "any"),
        all_of=_terms(section, "all"),
        weight=1.0 if weight is None else weight,
        pin=section.flag("pin"),
        exclude=section.flag("exclude"),
    )
    if mapping.pin and mapping.exclude:
        section.problem("exclude", "contradicts pin: keep one of the two")
    _report_missing(section)
    return mapping


def _report_missing(section: Section) -> None:
    """Report a mapping without posts, without items or without both, as one problem."""
    items = section.has("items")
    if not section.given("any", "all"):
        also = "" if items else "; items is missing too"
        section.problem("any", f"is missing: say which posts, with any or all{also}")
    elif not items:
        section.problem("items", "is missing: which books or CTAs do these posts call for?")


def _terms(section: Section, name: str) -> Terms:
    terms = section.section(name, TERMS_KEYS)
    if terms is None:
        return Terms()
    if not terms.given(*TERMS_KEYS):
        section.problem(name, f"needs one of {', '.join(TERMS_KEYS)}")
    return Terms(*(terms.texts(key) for key in TERMS_KEYS))


def read_block(name: str, section: Section, names: Names) -> Block:
    """Return the block of an entry; what was wrong in it is reported and left out."""
    kind = _kind(name, section, names)
    if kind is Kind.RELATED:
        for key in section.given("items", "fallback"):
            section.problem(key, "does not belong to related posts, which have no items")
    takes_items = kind is not Kind.RELATED
    return Block(
        name=name,
        kind=kind or Kind.BOOKS,
        limit=section.whole("limit", _LIMITS[kind or Kind.BOOKS], MAX_LIMIT),
        heading=section.text("heading", may_be_empty=True),
        minimum=section.number("minimum", *MINIMUM_RANGE),
        items=names.items(section, "items", kind) if takes_items else (),
        fallback=names.items(section, "fallback", kind) if takes_items else (),
    )


def _kind(name: str, section: Section, names: Names) -> Kind | None:
    """Return the kind of a block, by default the one it is named after; `None` after a problem."""
    named_after = next((kind for kind in Kind if kind == name), None)
    if section.has("kind"):
        return section.choice("kind", tuple(Kind))
    if named_after is None:
        meant = names.hint(name, Kind)
        own = f"a block of your own is {', '.join(Kind)}"
        section.problem("kind", f"is missing{meant} ({own})" if meant else f"is missing: {own}")
    return named_after
