"""Reading all that a table of figures shows."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from linkmgr.blocks.keys import post_key
from linkmgr.builder.site.paths import OutputPaths
from linkmgr.builder.site.site_config import read_site_config
from linkmgr.catalog.model import Catalog
from linkmgr.clicks.model import OTHER
from linkmgr.fs.atomic import wrap_read_errors
from linkmgr.fs.inside import read_inside
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.messages.wording import word
from linkmgr.posts.site import read_posts
from linkmgr.stats.model import By, Line, Table
from linkmgr.stats.views import parse_views, post_finder
from linkmgr.store.figures.doubled import doubled_days
from linkmgr.store.figures.figures import Curve, Dimension, curves, top
from linkmgr.store.figures.periods import Period

_EMPTY_VALUES = {
    By.POST: message("stats.no-post"),
    By.PLACE: message("stats.no-place"),
    By.REFERRER: message("stats.no-referrer"),
}


def read_table(connection: Connection, by: By, period: Period, timezone: str) -> Table:
    """Return the table of a period in the days of a time zone, by three queries at most."""
    now, before = curves(connection, period)
    doubled = doubled_days(connection, period, before.period)
    return Table(by, timezone, now, before, _lines(connection, by, now), doubled=doubled)


def _lines(connection: Connection, by: By, now: Curve) -> tuple[Line, ...]:
    if by is By.DAY:
        return tuple(
            Line(day.isoformat(), f"{day:%a}", counts)
            for day, counts in zip(now.period, now.days, strict=True)
        )
    found = top(connection, Dimension(by), now.period)
    return tuple(Line(row.value, _title(by, row.value), row.counts) for row in found)


def _title(by: By, value: str) -> str:
    if value == OTHER and by in {By.POST, By.REFERRER, By.CAMPAIGN}:
        return word(message("stats.other"))
    return word(_EMPTY_VALUES[by]) if not value and by in _EMPTY_VALUES else ""


def titled(table: Table, catalog: Catalog | None, site: Path) -> Table:
    """Return the table with the titles of items, or of posts, as far as they are known."""
    titles: Mapping[str, str] = {}
    if table.by is By.ITEM and catalog:
        titles = item_titles(catalog)
    elif table.by is By.POST:
        titles = post_titles(site)
    lines = (line.titled(titles.get(line.value, line.title)) for line in table.lines)
    return replace(table, lines=tuple(lines))


def item_titles(catalog: Catalog) -> Mapping[str, str]:
    """Return the titles of books and headings of calls to action, by id."""
    return {item.id: item.title for item in catalog.items.values()}


def post_titles(site: Path) -> Mapping[str, str]:
    """Return the paths of the posts in the site's index, by key; none if that is no built site."""
    with suppress(LinkmgrError, OSError, ValueError, AttributeError, TypeError):
        index = json.loads(read_inside(site, OutputPaths.of(read_site_config(site)).index))
        return {key: str(path) for path, key in index.items()}
    return {}


def post_addresses(site: Path, address: str) -> Mapping[str, str]:
    """Return where readers find the posts by key, none if the folder is no site."""
    with suppress(LinkmgrError, OSError):
        posts = read_posts(site, read_site_config(site))
        return {post_key(post.path): f"{address}{post.url}" for post in posts}
    return {}


def with_views(table: Table, site: Path, file: Path) -> tuple[Table, int]:
    """Return the table by post with the views of a CSV, and how many lines of it name no post.

    Raise LinkmgrError, or Problems of the CSV or of the site's posts.
    """
    config = read_site_config(site)
    with wrap_read_errors(file):
        raw = file.read_bytes()
    find = post_finder(read_posts(site, config), config.baseurl.rstrip("/"))
    views, unknown = parse_views(raw, str(file), find)
    lines = (replace(line, views=views.get(line.value)) for line in table.lines)
    return replace(table, lines=tuple(lines), with_views=True), unknown
