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
    """What all views share, made once per worker."""

    settings: Settings
    engine: Engine
    """Write with `store.db.engine.writing(engine)`."""

    reader: CatalogReader
    held_site: SiteReader
    figure_cache: FigureCache = field(default_factory=FigureCache)
    shared_targets: SharedTargetsReader = field(default_factory=SharedTargetsReader)
    pages: tuple[AdminPage, ...] = ()
    books: BookSearch | None = None
    """Asks services about books; `None` where the owner has not switched that on."""

    memory: dict[str, Any] = field(default_factory=dict)
    """What views remember from one request to the next, by name."""

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
        if engine.dialect.name == "postgresql":  # whose queries otherwise each see another state
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
    admin = get_admin()
    site = admin.site()
    progress = site.progress if site else None
    index = site_index()
    meta = index.meta if index else None
    return {
        "has_site": site is not None,
        "is_elsewhere": site is not None and site.is_elsewhere,
        "reading": progress or READING,
        "meta": meta,
        "is_behind": meta is not None and meta.revision != admin.catalog().revision.id,
    }


def today() -> date:
    """Return today in the site's time zone."""
    return day_in(get_admin().catalog().catalog.site.timezone, datetime.now(UTC))


# Days of a month, as figures have it, and of four weeks.
_MONTH = 30
_FOUR_WEEKS = 28


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
    items: set[str] = set()
    for mapping in mappings:
        items.update(mapping.items)
    by_item: dict[str, Counter[str]] = defaultdict(Counter)
    for (item, post), clicks in item_clicks_by_post(sorted(items)).items():
        by_item[item][post] = clicks
    by_mapping: dict[str, Counter[str]] = {}
    for mapping in mappings:
        of_posts: Counter[str] = Counter()
        for item in mapping.items:
            of_posts.update(by_item[item])
        by_mapping[mapping.id] = of_posts
    return opened.sums_by_mapping(by_mapping)


def month_lines(dimension: Dimension, values: Sequence[str]) -> dict[str, Lines]:
    """Return sparklines of the four weeks until yesterday, of the values that were clicked then.

    A point is of two days, which halves their number and smooths the week.
    """
    yesterday = last_month().until - timedelta(days=1)
    lines: dict[str, Lines] = {}
    four_weeks = last_days(_FOUR_WEEKS, yesterday)
    for value, days in reading().days_of(dimension, values, four_weeks).items():
        pairs = [sum(days[day : day + 2]) for day in range(0, _FOUR_WEEKS, 2)]
        if any(pairs):
            lines[value] = draw_lines(pairs)
    return lines


def close_connection(_: BaseException | None) -> None:
    """Give back what the request opened."""
    g.pop("reading", None)
    opened = g.pop("connection", None)
    if opened:
        opened.close()


# The most digits of a page's number; a database counts no further.
_DIGITS = 6


def page_number() -> int:
    """Return which page of a list the address names, from 1."""
    given = request.args.get("page", "")
    if given.isascii() and given.isdigit() and len(given) <= _DIGITS:
        return max(1, int(given))
    return 1


def last_page(count: int, size: int) -> int:
    """Return the number of pages, at least one."""
    return max(1, -(-count // size))


def current_user() -> str:
    """Return the name of the signed-in user, empty if nobody is."""
    name: str = g.get("user", "")
    return name


def asks_for_part() -> bool:
    """Whether a script asks for a part of the page that is open, instead of for another page."""
    return "HX-Request" in request.headers and "HX-Boosted" not in request.headers
