"""Placements: which links are on which pages, as found last, and the list of them for A8."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from linkmgr.admin.common.chips import name_of
from linkmgr.admin.common.context import get_admin, last_page, month_clicks, page_number
from linkmgr.admin.common.lists import ListReport
from linkmgr.admin.common.pages import AdminPage, Sorting, csv_file
from linkmgr.admin.common.template_helpers import age, with_query
from linkmgr.admin.health.jobs import last_job, start_job
from linkmgr.check.findings import NO_LABEL
from linkmgr.check.last_result import load_last_result
from linkmgr.clicks.counts import Dimension
from linkmgr.figures.queries import StampedCache
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import join_texts, message, readable, translate
from linkmgr.placements.a8 import A8, LAST_LIST, A8Change, a8_change, a8_csv, remember
from linkmgr.placements.find import BY_HAND, IN_TEMPLATE, LinkPlacement, PlacementQuery, Register
from linkmgr.placements.output import load_register, programme_title, register_csv
from linkmgr.placements.totals import PlacementTotal, is_by_hand, total, totals
from linkmgr.reports import Column, Kind, Output, Room, csv_text
from linkmgr.resolver.model import TEXT
from linkmgr.store.jobs import JobKind

# The list that A8 asks for, with what differs from the one that was submitted last.


def _has_list(register: Register) -> bool:
    """Whether a site has links of A8's, or had them when its list was submitted."""
    return _last_list().exists() or any(
        placement.programme == A8 for placement in register.placements
    )


def _show_a8() -> str:
    """Show what differs from the last list, and what it cannot have; or how to make it."""
    admin = get_admin()
    register = load_register(admin.settings.site_folder)
    if register is None:
        return render_template("placements/a8_unread.html", has_site=admin.site() is not None)
    return render_template(
        "placements/a8.html",
        register=register,
        age=age(time.time() - register.time),
        change=_change(register),
    )


def _send_a8() -> Response:
    """Send the list, or only what is new in it, as a file for A8."""
    change = _change(_read_register())
    pages = change.added if request.args.get("only") == "new" else change.pages
    return Response(
        a8_csv(pages),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="a8.csv"'},
    )


def _submit_a8() -> ResponseReturnValue:
    """Remember the list as submitted, unless the pages were read again since it was shown."""
    register = _read_register()
    if request.form.get("time") == str(register.time):
        remember(_change(register), _last_list())
        flash(gettext("Marked as submitted. The next list says what is new and what is gone."))
    else:
        flash(gettext("The pages were read again meanwhile: download the new list."), "problem")
    return redirect(url_for(".a8"), 303)


def _read_register() -> Register:
    """Return what was found last. Raise LinkmgrError if the pages were never read."""
    register = load_register(get_admin().settings.site_folder)
    if register is None:
        raise LinkmgrError(message("placements.not-read"))
    return register


def _last_list() -> Path:
    return get_admin().settings.instance / LAST_LIST


def _change(register: Register) -> A8Change:
    return a8_change(register.placements, _last_list())


# The views: by item, by page, by block, those by hand, and every link.

PAGE = 50
"""Rows of a page."""


class View(StrEnum):
    """What a row is."""

    ITEMS = "items"
    PAGES = "pages"
    HAND = "hand"
    BLOCKS = "blocks"
    LINKS = "links"


_BY: Mapping[View, Callable[[LinkPlacement], str]] = {
    View.ITEMS: lambda placement: placement.item,
    View.PAGES: lambda placement: placement.url,
    View.BLOCKS: lambda placement: placement.place,
}


@dataclass(frozen=True, slots=True)
class PlacementRow:
    """The links of what is called `name`, and of an item the clicks of the last 30 days."""

    name: str
    total: PlacementTotal[str]
    clicks: int


_FILE = frozenset({Output.CSV})
_SHOWN = frozenset({Output.CSV, Output.PAGE})
_PAGE_ALONE = frozenset({Output.PAGE})

_PAGES: Column[PlacementRow] = Column(
    "pages", "Pages", lambda row: row.total.pages, _SHOWN, room=Room.ALWAYS
)
_LINKS: Column[PlacementRow] = Column(
    "links", "Links", lambda row: row.total.links, _SHOWN, room=Room.ALWAYS
)
_BY_HAND: Column[PlacementRow] = Column("by_hand", "By hand", lambda row: row.total.by_hand, _SHOWN)
_CLICKS: Column[PlacementRow] = Column(
    "clicks", "Clicks", lambda row: row.clicks, _SHOWN, room=Room.ALWAYS
)
_ITEMS: Column[PlacementRow] = Column(
    "items", "Items", lambda row: len(row.total.items), _PAGE_ALONE, room=Room.ALWAYS
)
_PROGRAMMES: Column[PlacementRow] = Column(
    "programmes",
    "Programme",
    lambda row: (
        join_texts([programme_title(programme) for programme in row.total.programmes]) or "–"
    ),
    _PAGE_ALONE,
    kind=Kind.TEXT,
)
_CSV_COLUMNS: tuple[Column[PlacementRow], ...] = (
    Column("id", "", lambda row: row.total.name, _FILE, kind=Kind.TEXT),
    Column("name", "", lambda row: row.name, _FILE, kind=Kind.TEXT),
    _PAGES,
    _LINKS,
    _BY_HAND,
    Column("items", "", lambda row: " ".join(row.total.items), _FILE, kind=Kind.TEXT),
    Column("programmes", "", lambda row: " ".join(row.total.programmes), _FILE, kind=Kind.TEXT),
    _CLICKS,
)


def _report(
    title: str, columns: tuple[Column[PlacementRow], ...], main: str
) -> ListReport[PlacementRow]:
    name: Column[PlacementRow] = Column(
        "name", title, lambda row: row.name, _PAGE_ALONE, kind=Kind.TEXT
    )
    return ListReport(name, columns, Sorting(main, falling=True), main)


_TOTALS: Mapping[View, ListReport[PlacementRow]] = {
    View.ITEMS: _report("Item", (_PROGRAMMES, _PAGES, _BY_HAND, _CLICKS), "clicks"),
    View.PAGES: _report("Page", (_ITEMS, _BY_HAND, _LINKS), "links"),
    View.BLOCKS: _report(
        "Block",
        (_ITEMS, replace(_LINKS, room=Room.WIDE), _PAGES),
        "pages",
    ),
}
"""The views whose rows are sums."""

_PLACES: Mapping[str, object] = {
    BY_HAND: lazy_gettext("in the article"),
    IN_TEMPLATE: lazy_gettext("in a template"),
    TEXT: lazy_gettext("an item in the article"),
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address asks for: a view, a programme or advertiser, an item, and words."""

    view: View
    wanted: PlacementQuery
    words: str
    titles: Mapping[str, str]

    @classmethod
    def read(cls) -> "_Asked":
        args = request.args
        view = args.get("view", "")
        items = get_admin().catalog().catalog.items.values()
        return cls(
            View(view) if view in set(View) else View.ITEMS,
            PlacementQuery(args.get("programme", ""), args.get("item", ""), args.get("at", "")),
            args.get("q", "").strip(),
            {item.id: name_of(item) for item in items},
        )

    def select(self, placements: Sequence[LinkPlacement]) -> list[LinkPlacement]:
        """Return the placements that are asked for, whatever the view."""
        wanted, words = self.wanted.select(placements), self.words.casefold()
        return (
            [placement for placement in wanted if words in self._text(placement)]
            if words
            else wanted
        )

    def _text(self, placement: LinkPlacement) -> str:
        addresses = (placement.url, placement.entry, placement.link)
        texts = (
            placement.item,
            self.titles.get(placement.item, ""),
            *addresses,
            *map(readable, addresses),
        )
        return "\n".join(texts).casefold()

    def of_view(self, placements: Iterable[LinkPlacement]) -> list[LinkPlacement]:
        """Return those of them that are in the view."""
        match self.view:
            case View.ITEMS:
                return [placement for placement in placements if placement.item]
            case View.HAND:
                return [
                    placement
                    for placement in placements
                    if is_by_hand(placement) and not placement.entry
                ]
            case View.BLOCKS:
                return [placement for placement in placements if not is_by_hand(placement)]
        return [*placements]

    def rows(self, groups: Sequence[PlacementTotal[str]]) -> list[PlacementRow]:
        """Return the rows of a view of totals, as they are sorted."""
        clicks = month_clicks(Dimension.ITEM) if self.view is View.ITEMS else {}
        rows = [
            PlacementRow(self._name(group.name), group, clicks.get(group.name, 0))
            for group in groups
        ]
        return _TOTALS[self.view].sorted(rows)

    def _name(self, key: str) -> str:
        match self.view:
            case View.ITEMS:
                return self.titles.get(key, key)
            case View.BLOCKS:
                return str(_PLACES.get(key, key))
        return _path(key)


# The pages.

page = Blueprint("placements", __name__, url_prefix="/admin/placements")
ADMIN_PAGE = AdminPage(page, lazy_gettext("Placements"), order=6, key="l")

page.add_url_rule("/a8", "a8", _show_a8)
page.add_url_rule("/a8.csv", "a8_file", _send_a8)
page.add_url_rule("/a8", "a8_submitted", _submit_a8, methods=["POST"])


@page.get("")
def index() -> str:
    """Show the placements that are asked for."""
    admin, asked = get_admin(), _Asked.read()
    register = load_register(admin.settings.site_folder)
    everything = register.placements if register else ()
    summed = _summary(register, asked)
    rows: Sequence[Any] = asked.rows(summed.totals) if asked.view in _BY else summed.in_view
    number, report = page_number(), _TOTALS.get(asked.view)
    clicks = sum(row.clicks for row in rows) if asked.view is View.ITEMS else 0
    return render_template(
        "placements/list.html",
        job=last_job(JobKind.PLACEMENTS),
        has_site=admin.site() is not None,
        translate=translate,
        register=register,
        has_a8=register is not None and _has_list(register),
        age=age(time.time() - register.time) if register else "",
        asked=asked,
        figures=summed.figures,
        unlabelled=_unlabelled(),
        views=_tabs(asked.view, summed.counts),
        rows=rows[(number - 1) * PAGE : number * PAGE],
        count=len(rows),
        report=report,
        most=max((report.column(report.main).read(row) for row in rows), default=0)
        if report
        else 0,
        whole=PlacementRow("", summed.whole, clicks),
        number=number,
        last=last_page(len(rows), PAGE),
        programmes=_programmes(everything),
        places=_PLACES,
        name=_name,
        path=_path,
    )


@page.post("")
def find() -> ResponseReturnValue:
    """Begin to find the placements again."""
    if get_admin().site() is None:
        flash(gettext("This server has no site whose pages it could read."), "problem")
        return redirect(url_for(".index"), 303)
    try:
        if not start_job(JobKind.PLACEMENTS):
            flash(gettext("The pages are already being read."), "problem")
    except LinkmgrError as error:
        flash(error.excerpt(), "problem")
    return redirect(url_for(".index"), 303)


@page.get("/placements.csv", endpoint="csv_file")
def send_csv() -> Response:
    """Send what is asked for as a file: the rows of the view."""
    asked = _Asked.read()
    placements = asked.of_view(asked.select(_read_register().placements))
    text = _totals_csv(asked, placements) if asked.view in _BY else register_csv(placements)
    return csv_file(text, f"placements-{asked.view}.csv")


def _totals_csv(asked: _Asked, placements: Sequence[LinkPlacement]) -> str:
    return csv_text(_CSV_COLUMNS, asked.rows(totals(placements, _BY[asked.view])))


@dataclass(frozen=True, slots=True)
class _Summary:
    """What is asked for of a register: its rows and sums, and the figures of all placements."""

    in_view: Sequence[LinkPlacement]
    totals: Sequence[PlacementTotal[str]]
    whole: PlacementTotal[str]
    counts: Mapping[View, int]
    figures: Mapping[str, int]


# Of a large blog's 40,000 placements each takes a quarter of a second to sum up.
_MOST_REMEMBERED = 20


def _summary(register: Register | None, asked: _Asked) -> _Summary:
    """Sum up what is asked for, once as long as neither the register nor the catalog changes."""
    admin = get_admin()
    stamp = register and register.time, admin.catalog().revision.id
    remembered: StampedCache[object, _Summary]
    remembered = admin.memory.setdefault("placements", StampedCache(_MOST_REMEMBERED))
    return remembered.get(
        (asked.view, asked.wanted, asked.words),
        stamp,
        lambda: _sum_up(register.placements if register else (), asked),
    )


def _sum_up(everything: Sequence[LinkPlacement], asked: _Asked) -> _Summary:
    selected = asked.select(everything)
    in_view = asked.of_view(selected)
    by = _BY.get(asked.view)
    groups = totals(in_view, by) if by else ()
    return _Summary(in_view, groups, total(in_view), _counts(selected), _figures(everything))


def _figures(placements: Sequence[LinkPlacement]) -> Mapping[str, int]:
    """Return the figures above the list, of all placements."""
    whole = total(placements)
    by_hand = [
        placement for placement in placements if is_by_hand(placement) and not placement.entry
    ]
    blocks = {placement.place for placement in placements if not is_by_hand(placement)}
    return {
        "links": whole.links,
        "pages": whole.pages,
        "in_blocks": whole.links - whole.by_hand,
        "items": len(whole.items),
        "blocks": len(blocks),
        "by_hand": whole.by_hand,
        "of_items": sum(bool(placement.item) for placement in by_hand),
    }


def _unlabelled() -> int | None:
    """Return how many links the last check found without an ad label, `None` without a check."""
    checked = load_last_result(get_admin().settings.site_folder)
    return checked.counts.get(NO_LABEL, 0) if checked else None


def _counts(selected: Sequence[LinkPlacement]) -> Mapping[View, int]:
    """Return how many rows each view has."""
    on_pages = [placement for placement in selected if not placement.entry]
    return {
        View.ITEMS: len({on_page.item for on_page in on_pages if on_page.item}),
        View.PAGES: len({on_page.url for on_page in on_pages}),
        View.HAND: sum(map(is_by_hand, on_pages)),
        View.BLOCKS: len({on_page.place for on_page in on_pages if not is_by_hand(on_page)}),
        View.LINKS: len(selected),
    }


def _tabs(chosen: View, counts: Mapping[View, int]) -> Sequence[tuple[str, str, bool, int]]:
    """Return the views' names with their addresses, which one is chosen and their rows."""
    names = {
        View.ITEMS: gettext("By item"),
        View.PAGES: gettext("By page"),
        View.HAND: gettext("By hand"),
        View.BLOCKS: gettext("By block"),
        View.LINKS: gettext("Links and items"),
    }
    return [
        (
            name,
            with_query(view=None if view is View.ITEMS else view, sort=None, page=None),
            view is chosen,
            counts[view],
        )
        for view, name in names.items()
    ]


def _programmes(placements: Sequence[LinkPlacement]) -> Sequence[tuple[str, str, int]]:
    """Return what programmes can be asked for, with name and links: networks before advertisers."""
    networks = Counter(placement.programme for placement in placements if placement.programme)
    advertisers = Counter(
        (placement.programme, placement.advertiser)
        for placement in placements
        if placement.advertiser
    )
    options = [(network, _name(network), count) for network, count in networks.items()]
    options += [
        (own, f"{_name(network)} {own}", count) for (network, own), count in advertisers.items()
    ]
    return sorted(options, key=lambda option: option[1])


def _path(url: str) -> str:
    """Return the path of a page of the site, as people read it."""
    parts = urlsplit(url)
    return readable(url.removeprefix(f"{parts.scheme}://{parts.netloc}")) or url


def _name(programme: str) -> str:
    return programme_title(programme) if programme else gettext("unknown")
