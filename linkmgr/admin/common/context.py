"""What every view has: the settings, the database, the catalog, and who is signed in."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import current_app, g, request
from sqlalchemy import Connection, Engine

from linkmgr.admin.common.drawing import Lines, draw_lines
from linkmgr.admin.common.pages import AdminPage
from linkmgr.book_data import BookSearch
from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.clicks.periods import Period, day_in, last_days
from linkmgr.figures.queries import FigureCache, Reading, clicks_by_post
from linkmgr.figures.table import Query
from linkmgr.settings import Settings
from linkmgr.site_index.catalog_reader import CatalogReader, SeenCatalog
from linkmgr.site_index.posts import SiteIndex
from linkmgr.site_index.site import READING, SiteReader, has_site
from linkmgr.store.instance.targets import SharedTargetsReader

# What a request has: its `Admin`, the database, the index of the site, and the user.

EXTENSION = "linkmgr"
"""The name under which an app has its `Admin`."""


@dataclass(frozen=True, slots=True)
class Admin:
    """Made once per worker. Write with `store.db.engine.writing(engine)`.

    `books` is what asks services about books, `None` where the owner has not switched that on.
    `memory` is what views remember from one request to the next, by name.
    """

    settings: Settings
    engine: Engine
    reader: CatalogReader
    held_site: SiteReader
    figure_cache: FigureCache = field(default_factory=FigureCache)
    shared_targets: SharedTargetsReader = field(default_factory=SharedTargetsReader)
    pages: tuple[AdminPage, ...] = ()
    books: BookSearch | None = None
    memory: dict[str, Any] = field(default_factory=dict)

    def catalog(self) -> SeenCatalog:
        """Return the catalog as its file has it now."""
        return self.reader.read()

    def site(self) -> SiteReader | None:
        """Return what answers questions about the site, `None` where the server has none."""
        return self.held_site if has_site(self.settings) else None


def get_admin() -> Admin:
    """Return what the views of the current app share."""
    admin: Admin = current_app.extensions[EXTENSION]
    return admin


def connection() -> Connection:
    """Return the request's connection, for reading: all its queries see one state."""
    if "connection" not in g:
        engine = get_admin().engine
        if engine.dialect.name == "postgresql":  # where each query would see another state
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        g.connection = engine.connect()
    opened: Connection = g.connection
    return opened


def reading() -> Reading:
    """Return what the request reads of figures."""
    if "reading" not in g:
        g.reading = Reading(connection(), get_admin().figure_cache)
    opened: Reading = g.reading
    return opened


def site_index() -> SiteIndex | None:
    """Return the request's index of the site; `None` where there is none (yet)."""
    if "site_index" not in g:
        site = get_admin().site()
        g.site_index = site.index if site else None
    opened: SiteIndex | None = g.site_index
    return opened


def index_facts() -> dict[str, Any]:
    """Return what pages about posts say about the site: if there is one, and the list's age."""
    opened, admin = site_index(), get_admin()
    site, meta = admin.site(), opened.meta if opened else None
    return {
        "has_site": site is not None,
        "is_elsewhere": site is not None and site.is_elsewhere,
        "reading": (site and site.progress) or READING,
        "meta": meta,
        "is_behind": meta is not None and meta.revision != admin.catalog().revision.id,
    }


def today() -> date:
    """Return today in the site's time zone."""
    return day_in(get_admin().catalog().catalog.site.timezone, datetime.now(UTC))


_MONTH, _WEEKS = 30, 28


def last_month() -> Period:
    """Return the last 30 days of the site."""
    return last_days(_MONTH, today())


def last_month_query() -> Query:
    """Return the query for the last 30 days, compared with those before."""
    month, timezone = last_month(), get_admin().catalog().catalog.site.timezone
    return Query(period=month, timezone=timezone, compared=month.before, now=datetime.now(UTC))


def month_counts(dimension: Dimension) -> Mapping[str, Counts]:
    """Return what was counted in the last 30 days by the values of a dimension."""
    return reading().sums(dimension, last_month())


def month_clicks(dimension: Dimension) -> dict[str, int]:
    """Return the clicks of the last 30 days by the values of a dimension."""
    return {value: counts.clicks for value, counts in month_counts(dimension).items()}


def item_clicks_by_post(items: Sequence[str]) -> dict[tuple[str, str], int]:
    """Return the clicks of the last 30 days on some items by item and post."""
    return clicks_by_post(connection(), last_month(), items)


def clicks_by_mapping(opened: SiteIndex, mappings: Sequence[CatalogMapping]) -> dict[str, int]:
    """Return the clicks of the last 30 days on mappings' items in the posts that these match."""
    by_item: dict[str, Counter[str]] = defaultdict(Counter)
    items = {item for mapping in mappings for item in mapping.items}
    for (item, post), clicks in item_clicks_by_post(sorted(items)).items():
        by_item[item][post] = clicks
    by_mapping: dict[str, Counter[str]] = {}
    for mapping in mappings:
        by_mapping[mapping.id] = sum((by_item[item] for item in mapping.items), Counter())
    return opened.sums_by_mapping(by_mapping)


def month_lines(dimension: Dimension, values: Sequence[str]) -> dict[str, Lines]:
    """Return small lines of the last four weeks that are over, of those that were clicked then.

    They are drawn by two days: half the points, and less of the week.
    """
    yesterday = last_month().until - timedelta(days=1)
    lines: dict[str, Lines] = {}
    for value, days in reading().days_of(dimension, values, last_days(_WEEKS, yesterday)).items():
        pairs = [sum(days[day : day + 2]) for day in range(0, _WEEKS, 2)]
        if any(pairs):
            lines[value] = draw_lines(pairs)
    return lines


def close_connection(_: BaseException | None) -> None:
    """Give back what the request opened."""
    g.pop("reading", None)
    if opened := g.pop("connection", None):
        opened.close()


# Of a page's number; a database counts no further.
_DIGITS = 6


def page_number() -> int:
    """Return which page of a list the address names, from 1."""
    given = request.args.get("page", "")
    number = int(given) if given.isascii() and given.isdigit() and len(given) <= _DIGITS else 1
    return max(1, number)


def last_page(count: int, size: int) -> int:
    """Return the number of pages, at least one."""
    return max(1, -(-count // size))


def current_user() -> str:
    """Return the name of the signed-in user, empty if nobody is."""
    name: str = g.get("user", "")
    return name


def asks_for_part() -> bool:
    """Whether a script asks for a part of the page that is shown, and not for the next page."""
    return "HX-Request" in request.headers and "HX-Boosted" not in request.headers
