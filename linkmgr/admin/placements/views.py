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
from linkmgr.admin.common.pages import AdminPage, Sorting, choice_of, csv_file
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
    has_links = any(placement.programme == A8 for placement in register.placements)
    return has_links or _last_list().exists()


def _show_a8() -> str:
    """Show what differs from the last list and what it cannot have, or how to make the first."""
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
"""The rows on a page."""


class View(StrEnum):
    """A view of the placements, named after its rows."""

    ITEMS = "items"
    PAGES = "pages"
    HAND = "hand"
    BLOCKS = "blocks"
    LINKS = "links"


_SUMMED_BY: Mapping[View, Callable[[LinkPlacement], str]] = {
    View.ITEMS: lambda placement: placement.item,
    View.PAGES: lambda placement: placement.url,
    View.BLOCKS: lambda placement: placement.place,
}
"""What the rows of a view of totals sum up, by which key."""


@dataclass(frozen=True, slots=True)
class PlacementRow:
    """The links of an item, a page or a block."""

    name: str
    total: PlacementTotal[str]

    clicks: int
    """The clicks of the last 30 days on an item, 0 for all else."""


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
    lambda row: join_texts(map(programme_title, row.total.programmes)) or "–",
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
    """What the address asks for."""

    view: View

    wanted: PlacementQuery
    """A programme or advertiser, an item and a page."""

    words: str
    """The words of a search, empty for none."""

    titles: Mapping[str, str]
    """The names of the catalog's items by id."""

    @classmethod
    def read(cls) -> "_Asked":
        args = request.args
        items = get_admin().catalog().catalog.items.values()
        return cls(
            choice_of(View, "view") or View.ITEMS,
            PlacementQuery(args.get("programme", ""), args.get("item", ""), args.get("at", "")),
            args.get("q", "").strip(),
            {item.id: name_of(item) for item in items},
        )

    def select(self, placements: Sequence[LinkPlacement]) -> list[LinkPlacement]:
        """Return the placements that are asked for, whatever the view."""
        wanted, words = self.wanted.select(placements), self.words.casefold()
        if words:
            wanted = [placement for placement in wanted if words in self._text(placement)]
        return wanted

    def _text(self, placement: LinkPlacement) -> str:
        """Return the text of a placement in which the words of a search are looked for."""
        texts = [placement.item, self.titles.get(placement.item, "")]
        for address in (placement.url, placement.entry, placement.link):
            texts += [address, readable(address)]
        return "\n".join(texts).casefold()

    def of_view(self, placements: Iterable[LinkPlacement]) -> list[LinkPlacement]:
        """Return the placements that are in the view."""
        match self.view:
            case View.ITEMS:
                return [placement for placement in placements if placement.item]
            case View.HAND:
                by_hand = filter(is_by_hand, placements)
                return [placement for placement in by_hand if not placement.entry]
            case View.BLOCKS:
                return [placement for placement in placements if not is_by_hand(placement)]
        return list(placements)

    def rows(self, groups: Sequence[PlacementTotal[str]]) -> list[PlacementRow]:
        """Return the rows of a view of totals, as they are sorted."""
        clicks = month_clicks(Dimension.ITEM) if self.view is View.ITEMS else {}
        rows: list[PlacementRow] = []
        for group in groups:
            name = self._name(group.name)
            rows.append(PlacementRow(name, group, clicks.get(group.name, 0)))
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
    number, report = page_number(), _TOTALS.get(asked.view)
    rows: Sequence[Any]
    clicks = most = 0
    if report:
        rows = asked.rows(summed.totals)
        clicks = sum(row.clicks for row in rows)
        most = max((report.column(report.main).read(row) for row in rows), default=0)
    else:
        rows = summed.in_view
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
        most=most,
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
    text = _totals_csv(asked, placements) if asked.view in _SUMMED_BY else register_csv(placements)
    return csv_file(text, f"placements-{asked.view}.csv")


def _totals_csv(asked: _Asked, placements: Sequence[LinkPlacement]) -> str:
    return csv_text(_CSV_COLUMNS, asked.rows(totals(placements, _SUMMED_BY[asked.view])))


@dataclass(frozen=True, slots=True)
class _Summary:
    """What is asked for of a register, summed up."""

    in_view: Sequence[LinkPlacement]

    totals: Sequence[PlacementTotal[str]]
    """The sums of the view's rows; none for a view of single placements."""

    whole: PlacementTotal[str]
    """The sum of the view."""

    counts: Mapping[View, int]
    """How many rows each view has."""

    figures: Mapping[str, int]
    """The figures of all placements, whatever is asked for."""


# How many summaries are remembered: one of a large blog's 40,000 placements takes 0.25 s.
_MOST_REMEMBERED = 20


def _summary(register: Register | None, asked: _Asked) -> _Summary:
    """Return the summary of what is asked for, kept until the register or the catalog changes."""
    admin = get_admin()
    placements = register.placements if register else ()
    stamp = register and register.time, admin.catalog().revision.id
    remembered: StampedCache[object, _Summary]
    remembered = admin.memory.setdefault("placements", StampedCache(_MOST_REMEMBERED))
    key = asked.view, asked.wanted, asked.words
    return remembered.get(key, stamp, lambda: _sum_up(placements, asked))


def _sum_up(everything: Sequence[LinkPlacement], asked: _Asked) -> _Summary:
    selected = asked.select(everything)
    in_view = asked.of_view(selected)
    by = _SUMMED_BY.get(asked.view)
    groups = totals(in_view, by) if by else ()
    return _Summary(in_view, groups, total(in_view), _counts(selected), _figures(everything))


def _figures(placements: Sequence[LinkPlacement]) -> Mapping[str, int]:
    """Return the figures above the list, of all placements."""
    whole = total(placements)
    blocks: set[str] = set()
    items_by_hand = 0
    for placement in placements:
        if not is_by_hand(placement):
            blocks.add(placement.place)
        elif placement.item and not placement.entry:
            items_by_hand += 1
    return {
        "links": whole.links,
        "pages": whole.pages,
        "in_blocks": whole.links - whole.by_hand,
        "items": len(whole.items),
        "blocks": len(blocks),
        "by_hand": whole.by_hand,
        "of_items": items_by_hand,
    }


def _unlabelled() -> int | None:
    """Return how many links the last check found without an ad label, `None` without a check."""
    checked = load_last_result(get_admin().settings.site_folder)
    return checked.counts.get(NO_LABEL, 0) if checked else None


def _counts(selected: Sequence[LinkPlacement]) -> Mapping[View, int]:
    """Return how many rows each view has."""
    items: set[str] = set()
    pages: set[str] = set()
    blocks: set[str] = set()
    by_hand = 0
    for placement in selected:
        if placement.entry:
            continue
        pages.add(placement.url)
        if placement.item:
            items.add(placement.item)
        if is_by_hand(placement):
            by_hand += 1
        else:
            blocks.add(placement.place)
    return {
        View.ITEMS: len(items),
        View.PAGES: len(pages),
        View.HAND: by_hand,
        View.BLOCKS: len(blocks),
        View.LINKS: len(selected),
    }


def _tabs(chosen: View, counts: Mapping[View, int]) -> Sequence[tuple[str, str, bool, int]]:
    """Return of each view its name, its address, whether it is chosen, and how many rows it has."""
    names = {
        View.ITEMS: gettext("By item"),
        View.PAGES: gettext("By page"),
        View.HAND: gettext("By hand"),
        View.BLOCKS: gettext("By block"),
        View.LINKS: gettext("Links and items"),
    }
    tabs = []
    for view, name in names.items():
        parameter = None if view is View.ITEMS else view
        address = with_query(view=parameter, sort=None, page=None)
        tabs.append((name, address, view is chosen, counts[view]))
    return tabs


def _programmes(placements: Sequence[LinkPlacement]) -> Sequence[tuple[str, str, int]]:
    """Return the programmes and advertisers to choose from, each with its name and its links."""
    programmes: Counter[str] = Counter()
    advertisers: Counter[tuple[str, str]] = Counter()
    for placement in placements:
        if placement.programme:
            programmes[placement.programme] += 1
        if placement.advertiser:
            advertisers[placement.programme, placement.advertiser] += 1
    options = [(programme, _name(programme), count) for programme, count in programmes.items()]
    for (programme, advertiser), count in advertisers.items():
        options.append((advertiser, f"{_name(programme)} {advertiser}", count))
    return sorted(options, key=lambda option: option[1])


def _path(url: str) -> str:
    """Return the path of a page of the site, as people read it."""
    parts = urlsplit(url)
    return readable(url.removeprefix(f"{parts.scheme}://{parts.netloc}")) or url


def _name(programme: str) -> str:
    return programme_title(programme) if programme else gettext("unknown")
