"""The list of items: what its address asks for, and what each row shows."""

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
    """Its place in the order of the file."""

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
    """Return the rate of others in the same places, marked where the item's surely differs."""
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
    """Whether the list of this request compares items with the others in the same places."""
    preset = ITEMS.preset
    return preset is not None and preset.name == _LOWEST_RATE


def _marked(kind: str, mark: str, spoken: str, text: str) -> str:
    """Return a text in a colour, with a mark for the eye and words for screen readers."""
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
    """What the address of the list narrows it down to."""

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
    searched = _searched(catalog, rows_of(catalog, figures), query)
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
    # A preset counts the rows of the kind that is chosen, and a kind those of the preset.
    of_kind = [row for row in searched if query.kind in (None, row.item.kind)]
    presets = [(preset, sum(map(preset.keeps, of_kind))) for preset in ITEMS.presets]
    of_preset = [row for row in searched if query.preset is None or query.preset.keeps(row)]
    kinds = []
    for kind in ITEM_TYPES:
        if catalog.section(kind):
            count = sum(row.item.kind is kind for row in of_preset)
            kinds.append((kind, kind_name(kind, "many"), count))
    return render_template(
        "items/list.html",
        listing=listing,
        picked=figures.picked,
        periods=period_choices(figures.picked),
        note=earned_note(figures),
        per_100_clicks_note=per_100_clicks_note(figures),
        presets=presets,
        whole=len(of_kind),
        query=query,
        kinds=kinds,
        block_options=[(block.name, block.name, None) for block in catalog.blocks],
        all=len(catalog.items),
        has_tests=any(item.variants for item in catalog.items.values()),
        revision=seen.revision.id,
    )


def csv() -> Response:
    """Send the items that are wanted as a file, with the figures that no item has."""
    catalog, query = get_admin().catalog().catalog, _query()
    figures = ListFigures.read(Dimension.ITEM)
    searched = _searched(catalog, rows_of(catalog, figures), query)
    rows = ITEMS.sorted(row for row in searched if _is_wanted(row, query))
    foot = _foot(figures, rows, is_narrowed=query.is_narrowed)
    return csv_file(ITEMS.csv(rows, figures.facts, foot), f"items-{figures.days_name}.csv")


def _foot(figures: ListFigures, rows: list[ItemRow], *, is_narrowed: bool) -> list[FootRow]:
    items = len(rows)
    count = ngettext("%(count)s item", "%(count)s items", items, count=number(items))
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
    """Return the rows with the wanted words, tag and block, of any kind and preset."""
    words = fold(query.search).split()
    rows = [row for row in rows if _has(row, words)]
    if query.tag:
        tagged = tagged_items(catalog, query.tag)
        rows = [row for row in rows if row.item.id in tagged]
    if query.block:
        index = site_index()
        placed = set(index.items_in(query.block)) if index else set()
        rows = [row for row in rows if row.item.id in placed]
    return rows


def _is_wanted(row: ItemRow, query: ItemQuery) -> bool:
    """Whether a row is of the wanted kind and preset."""
    if query.kind is not None and row.item.kind is not query.kind:
        return False
    return query.preset is None or query.preset.keeps(row)


def tagged_items(catalog: Catalog, tag: str) -> frozenset[str]:
    """Return the items of the mappings that name a tag."""
    wanted = term(tag)
    items: set[str] = set()
    for mapping in catalog.mappings.values():
        tags = mapping.any_of.tags + mapping.all_of.tags
        if not mapping.exclude and wanted in map(term, tags):
            items.update(catalog.items_of(mapping))
    return frozenset(items)


def _has(row: ItemRow, words: list[str]) -> bool:
    """Whether a row has all of some words."""
    if not words:
        return True
    item = row.item
    texts = [row.name, item.id]
    if isinstance(item, Cta):
        texts += [item.text, item.url or ""]
    else:
        texts += [item.asin or "", item.author_or_maker]
    text = fold(" ".join(filter(None, texts)))
    return all(word in text for word in words)
