"""The command that prints the figures."""

import shutil
import sys
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from linkmgr.cli.common.database import database, server_extra, settings, timezone
from linkmgr.cli.common.help import Command
from linkmgr.cli.common.options import json_option
from linkmgr.cli.common.terminal import print_json, print_text, usage_error, warn
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from linkmgr.catalog.model import Catalog
    from linkmgr.figures.table import Table
    from linkmgr.settings import Settings

# `TABLES` of linkmgr.clicks.counts, those first that are asked for most.
BY = (
    *("item", "post", "place", "block", "referrer", "device", "campaign", "tracking"),
    *("variant", "tag", "day"),
)


@click.command(cls=Command)
@click.option(
    "--by",
    type=click.Choice(BY),
    default="item",
    show_default=True,
    help="What to count by.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 36500),
    default=30,
    show_default=True,
    help="How many days, up to and including today.",
)
@click.option(
    "--views",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A CSV of page views by URL or path, for click rates of posts that report no views.",
)
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
def stats(by: str, days: int, views: Path | None, *, as_json: bool, as_csv: bool) -> None:
    """Print how often things were clicked.

    Bots are counted separately. Visitors are counted per day: someone who comes on three days
    counts three times. Where pages report views, it prints which share of them was clicked, too.
    """
    if as_json and as_csv:
        raise usage_error("cli.does-not-go-with", option="--json", other="--csv")
    if views and by != "post":
        raise usage_error("cli.goes-with", option="--views", other="--by post")
    with server_extra():
        from linkmgr.figures.posts import post_addresses, titles_of_values, with_views
        from linkmgr.figures.queries import last_day
        from linkmgr.figures.report import nothing_text, table_csv, table_json, table_text

        of = settings()
        catalog = _catalog(of)
        with database(of) as engine, engine.connect() as connection:
            titles = titles_of_values(by, catalog, of.site_folder)
            table = _read(of, connection, by, days).titled(titles)
            last = last_day(connection)
        if views:
            table, unknown = with_views(table, of.site_folder, views)
            if unknown:
                warn([message("cli.unknown-views", file=str(views), count=unknown)])
        if as_json:
            print_json(table_json(table))
        elif as_csv:
            addresses = None
            if by == "post":
                addresses = post_addresses(of.site_folder, catalog.site.url) if catalog else {}
            click.echo(table_csv(table, addresses=addresses), nl=False)
        elif table:
            print_text(table_text(table, shutil.get_terminal_size().columns))
        else:
            print_text(nothing_text(table, last, catalog.site.server if catalog else None))


def _catalog(of: "Settings") -> "Catalog | None":
    """Return the catalog if it can be read: the figures do not need it."""
    from linkmgr.catalog.reading.files import load_catalog

    with suppress(LinkmgrError):
        return load_catalog(of.catalog)
    return None


def _read(of: "Settings", connection: "Connection", by: str, days: int) -> "Table":
    from linkmgr.clicks.counts import Dimension
    from linkmgr.clicks.periods import day_in, last_days
    from linkmgr.figures.posts import post_tags
    from linkmgr.figures.queries import Reading
    from linkmgr.figures.table import Query, table, with_comparisons

    zone = timezone(of)
    period = last_days(days, day_in(zone, datetime.now(UTC)))
    query = Query(
        period=period,
        timezone=zone,
        by=Dimension(by),
        compared=period.before,
        tags=partial(post_tags, of.site_folder),
    )
    reading = Reading(connection)
    return with_comparisons(reading, table(reading, query))


@click.command(cls=Command)
@click.option(
    "--week",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="Print the digest of the week that has DAY again, such as 2026-11-30.",
)
@click.option(
    "--admin",
    metavar="URL",
    help="Where you open the admin, for the links, if that is not where it listens.",
)
def digest(day: datetime | None, admin: str | None) -> None:
    """Print what broke, ends or is gone, and last week's figures, as Markdown.

    Made for a mail once a week: each piece of news is in one week's digest. Prints nothing if there
    is nothing to tell. In the same week it prints the same again.
    """
    with server_extra():
        from linkmgr.catalog.reading.files import load_catalog
        from linkmgr.check.last_result import load_last_result
        from linkmgr.clicks.periods import day_in
        from linkmgr.digest import DigestSources, last_week, make_digest, week_of
        from linkmgr.network.admin_address import admin_origin
        from linkmgr.store.digests import read_digest_record, write_digest_record
        from linkmgr.web.doctor import examine

        of, now = settings(), datetime.now(UTC)
        if of.catalog_url:
            raise LinkmgrError(message("digest.catalog-elsewhere", url=of.catalog_url))
        address = admin_origin(admin) if admin else of.admin_url
        catalog = load_catalog(of.catalog)
        latest = last_week(day_in(catalog.site.timezone, now))
        week = week_of(day.date()) if day else latest
        if day and week.until > latest.until:
            until = week.until.isoformat()
            raise LinkmgrError(
                message("digest.week-not-over", day=day.date().isoformat(), until=until)
            )
        record = read_digest_record(of.instance)
        with database(of) as engine:
            checks = list(examine(of))
            with engine.connect() as connection:
                sources = DigestSources(
                    connection, catalog, checks, load_last_result(of.site_folder), address, now
                )
                made = make_digest(sources, week, record)
        if made.text:
            print_text(made.text.rstrip("\n"))
            sys.stdout.flush()
        if made.record and made.record != record:  # once it is printed: what fails is told again
            write_digest_record(of.instance, made.record)
