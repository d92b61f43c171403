"""The list of items: search, kind, filters and order in its address, and what each row shows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import cast

from flask import Response, render_template, request
from flask_babel import gettext, ngettext
from markupsafe import Markup

from linkmgr.admin.common.chips import kind_name, name_of
from linkmgr.admin.common.context import get_admin, month_lines, reading, site_index
from linkmgr.admin.common.drawing import Lines
from linkmgr.admin.common.lists import FootRow, Listing, ListReport, Preset, page_rows
from linkmgr.admin.common.pages import Sorting, choice_of, csv_file
from linkmgr.admin.common.template_helpers import number, rate
from linkmgr.admin.dashboard.list_figures import (
    ENOUGH_VIEWS,
    FIGURES,
    RATE,
    Figures,
    ListFigures,
    earned_note,
    per_100_clicks_note,
    period_choices,
)
from linkmgr.admin.items.states import ItemStates, State
from linkmgr.catalog.items import ITEM_TYPES, Cta, Item, ItemKind
from linkmgr.catalog.model import Catalog
from linkmgr.clicks.counts import Dimension
from linkmgr.earnings.figures import By
from linkmgr.figures.rates import seen_rate
from linkmgr.figures.table import placed_views
from linkmgr.figures.views import shares_in_same_places
from linkmgr.reports import Column, Kind, Output, Room
from linkmgr.resolver.fold import fold
from linkmgr.resolver.statistics import term


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item in the list."""

    item: Item
    name: str
    states: frozenset[State]

    place: int
    """In the order of the file."""

    posts: int | None
    """How many posts show it; `None` while the server does not know the site."""

    figures: Figures

    same_places: float | None = None
    """The click rate of the other items in the same places, if the list compares with any."""

    line: Lines | None = None
    """Its clicks of the last four weeks; for the rows of a page alone."""


_LOWEST_RATE = "lowest-rate"
"""The preset whose rows are compared with the other items in the same places."""


def _is_rated(row: ItemRow) -> bool:
    return row.figures.counts.views >= ENOUGH_VIEWS and seen_rate(row.figures.counts) is not None


def _earns_nothing(row: ItemRow) -> bool:
    """Whether readers clicked it, and no report has any earnings of it."""
    earned = row.figures.earned
    return row.figures.counts.clicks > 0 and earned is not None and not earned.micros


def _same_places(row: ItemRow) -> str:
    """Say what the others in the same places have, and whether the item surely has less or more."""
    own = seen_rate(row.figures.counts)
    if own is None or not _compares_places():
        return ""
    if row.same_places is None:
        return str(gettext("alone in its places"))
    others = gettext("same places %(rate)s", rate=rate(row.same_places))
    if own.high < row.same_places:
        return _marked("down", "▼", gettext("lower than"), others)
    if own.low > row.same_places:
        return _marked("up", "▲", gettext("higher than"), others)
    return str(others)


def _compares_places() -> bool:
    """Whether the list of this request compares with the items in the same places."""
    return ITEMS.preset is not None and ITEMS.preset.name == _LOWEST_RATE


def _marked(kind: str, mark: str, spoken: str, text: str) -> str:
    """Return a text in a colour, with a mark for those who see it and words for those who don't."""
    return Markup(
        '<span class="{}"><span aria-hidden="true">{}</span><span class="sr">{}</span> {}</span>'
    ).format(kind, mark, spoken, text)


_RATE: Column[ItemRow] = replace(cast("Column[ItemRow]", RATE), note=_same_places)

_ORDER = frozenset({Output.ORDER})
_FILE = frozenset({Output.CSV})
_SHOWN = frozenset({Output.CSV, Output.PAGE})

_IN_FILE = frozenset({Output.CSV, Output.ORDER})

ITEMS: ListReport[ItemRow] = ListReport(
    Column("name", "Item", lambda row: row.name, _IN_FILE, kind=Kind.TEXT),
    (
        Column("id", "id", lambda row: row.item.id, _FILE, kind=Kind.TEXT),
        Column("kind", "Kind", lambda row: row.item.kind.value, _IN_FILE, kind=Kind.TEXT),
        Column(
            "state", "State", lambda row: " ".join(sorted(row.states)), _IN_FILE, kind=Kind.TEXT
        ),
        Column(
            "posts",
            "Posts",
            lambda row: row.posts,
            _SHOWN,
            optional=True,
            alarms=lambda row: State.NOWHERE in row.states,
        ),
        *(_RATE if column is RATE else column for column in FIGURES),
        Column(
            "trend",
            "Trend",
            lambda row: row.line,
            frozenset({Output.PAGE}),
            kind=Kind.LINE,
            room=Room.LARGE,
            on_phone=False,
        ),
        Column("added", "Added", lambda row: row.place, _ORDER, kind=Kind.DAY),
    ),
    usual=Sorting("clicks", falling=True),
    main="clicks",
    presets=(
        Preset(
            _LOWEST_RATE,
            "Lowest click rate first",
            _is_rated,
            Sorting("rate", falling=False),
            is_tab=True,
            about=(
                "Items with 500 views and more, the lowest click rate first. Same places: the "
                "rate of other items in the same ranks of the same blocks; ▼ ▲ where chance does "
                "not explain the difference."
            ),
        ),
        Preset("unpaid", "Earns nothing", _earns_nothing, is_tab=True),
        Preset("nowhere", "On no post", lambda row: State.NOWHERE in row.states, is_tab=True),
        Preset("gone", "Gone from the shop", lambda row: State.GONE in row.states, is_tab=True),
        Preset("unmapped", "no rule", lambda row: State.UNMAPPED in row.states),
        Preset("retired", "retired", lambda row: State.RETIRED in row.states),
        Preset("expired", "expired", lambda row: State.EXPIRED in row.states),
        Preset("coming", "not shown yet", lambda row: State.COMING in row.states),
    ),
)


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """What the list is narrowed down to; the address of the page says it."""

    search: str = ""
    kind: ItemKind | None = None
    preset: Preset[ItemRow] | None = None
    tag: str = ""
    block: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether some items may be left out."""
        return bool(self.search or self.kind or self.preset or self.tag or self.block)


def index() -> str:
    """Show the items that are wanted."""
    seen, query = get_admin().catalog(), _query()
    catalog, figures = seen.catalog, ListFigures.read(Dimension.ITEM)
    all_rows = rows_of(catalog, figures)
    searched = _searched(catalog, all_rows, query)
    rows = ITEMS.sorted(row for row in searched if _is_wanted(row, query))
    on_page = page_rows(rows)
    lines = month_lines(Dimension.ITEM, [row.item.id for row in on_page])
    listing = Listing(
        ITEMS,
        [replace(row, line=lines.get(row.item.id)) for row in on_page],
        len(rows),
        figures.facts,
        _foot(figures, rows, is_narrowed=query.is_narrowed),
    )
    of_state = [row for row in searched if query.preset is None or query.preset.keeps(row)]
    of_kind = [row for row in searched if query.kind in (None, row.item.kind)]
    return render_template(
        "items/list.html",
        listing=listing,
        picked=figures.picked,
        periods=period_choices(figures.picked),
        note=earned_note(figures),
        per_100_clicks_note=per_100_clicks_note(figures),
        presets=[(preset, sum(map(preset.keeps, of_kind))) for preset in ITEMS.presets],
        whole=len(of_kind),
        query=query,
        kinds=[
            (kind, kind_name(kind, "many"), sum(row.item.kind is kind for row in of_state))
            for kind in ITEM_TYPES
            if catalog.section(kind)
        ],
        block_options=[(block.name, block.name, None) for block in catalog.blocks],
        all=len(catalog.items),
        has_tests=any(item.variants for item in catalog.items.values()),
        revision=seen.revision.id,
    )


def csv() -> Response:
    """Send the items that are wanted as a file, with what is matched to none."""
    catalog, query = get_admin().catalog().catalog, _query()
    figures = ListFigures.read(Dimension.ITEM)
    searched = _searched(catalog, rows_of(catalog, figures), query)
    rows = ITEMS.sorted(row for row in searched if _is_wanted(row, query))
    foot = _foot(figures, rows, is_narrowed=query.is_narrowed)
    return csv_file(ITEMS.csv(rows, figures.facts, foot), f"items-{figures.days_name}.csv")


def _foot(figures: ListFigures, rows: list[ItemRow], *, is_narrowed: bool) -> list[FootRow]:
    number_of = number(len(rows))
    count = ngettext("%(count)s item", "%(count)s items", len(rows), count=number_of)
    if is_narrowed:
        return [figures.sum_row(rows, count)]
    return figures.foot_rows(rows, count, gettext("Not matched to an item"), By.ITEM)


def _query() -> ItemQuery:
    return ItemQuery(
        request.args.get("q", "").strip(),
        choice_of(ItemKind, "kind"),
        ITEMS.preset,
        request.args.get("tag", "").strip(),
        request.args.get("block", ""),
    )


def rows_of(catalog: Catalog, figures: ListFigures) -> list[ItemRow]:
    """Return a row for each item, by name."""
    states = ItemStates.read(catalog)
    same_places: Mapping[str, float] = {}
    if _compares_places():
        same_places = shares_in_same_places(placed_views(reading(), figures.picked.period))
    rows = [
        ItemRow(
            item,
            name_of(item),
            states.of_item(item),
            place,
            states.posts_of(item),
            figures.of_value(item.id),
            same_places.get(item.id),
        )
        for place, item in enumerate(catalog.items.values())
    ]
    return sorted(rows, key=lambda row: fold(row.name))


def _searched(catalog: Catalog, rows: Iterable[ItemRow], query: ItemQuery) -> list[ItemRow]:
    """Return the rows with the wanted words, tag and block, of any kind and state."""
    index, chosen = site_index(), None
    if query.tag:
        chosen = tagged_items(catalog, query.tag)
    if query.block:
        placed = frozenset(index.items_in(query.block)) if index else frozenset()
        chosen = placed if chosen is None else chosen & placed
    words = fold(query.search).split()
    return [row for row in rows if (chosen is None or row.item.id in chosen) and _has(row, words)]


def _is_wanted(row: ItemRow, query: ItemQuery) -> bool:
    """Return whether a row is of the wanted kind and state."""
    if query.kind is not None and row.item.kind is not query.kind:
        return False
    return query.preset is None or query.preset.keeps(row)


def tagged_items(catalog: Catalog, tag: str) -> frozenset[str]:
    """Return the items of the mappings that name a tag."""
    wanted = term(tag)
    return frozenset(
        item
        for mapping in catalog.mappings.values()
        if not mapping.exclude
        and wanted in {term(own) for own in (*mapping.any_of.tags, *mapping.all_of.tags)}
        for item in catalog.items_of(mapping)
    )


def _has(row: ItemRow, words: list[str]) -> bool:
    if not words:
        return True
    item = row.item
    text = fold(" ".join(filter(None, (row.name, item.id, *_searched_texts(item)))))
    return all(word in text for word in words)


def _searched_texts(item: Item) -> tuple[str | None, ...]:
    if isinstance(item, Cta):
        return item.text, item.url
    return item.asin, item.author_or_maker
