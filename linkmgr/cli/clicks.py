"""The commands for the clicks that were counted."""

import sys
from datetime import UTC, datetime
from io import TextIOWrapper

import click

from linkmgr.cli.database import database, server_extra, settings, timezone
from linkmgr.cli.help import CommandGroup
from linkmgr.cli.terminal import print_text
from linkmgr.messages.message import message
from linkmgr.messages.wording import word


@click.group(cls=CommandGroup)
def clicks() -> None:
    """Load, prune and export clicks."""


@clicks.command()
def load() -> None:
    """Load the spooled clicks into the database.

    A running server does so all the time.
    """
    with server_extra():
        from linkmgr.store.clicks.loader import Loader
        from linkmgr.store.instance.site_posts import SitePosts

        of = settings()
        zone = timezone(of)
        posts = SitePosts(of.site_folder)
        posts.follow()
        with database(of, made=True) as engine:
            loader = Loader(
                engine, of.spool, zone, of.new_names, posts.keys, daily_clicks=of.daily_clicks
            )
            loaded = loader.load()
        figures = {
            "counted": loaded.counted,
            "bots": loaded.bots,
            "repeated": loaded.repeated,
            "capped": loaded.capped,
            "damaged": loaded.damaged,
        }
        print_text(word(message("cli.clicks-loaded", **figures)))


@clicks.command()
def prune() -> None:
    """Delete single clicks older than LINKMGR_KEEP_DAYS; their totals stay.

    A running server does so every day.
    """
    with server_extra():
        from linkmgr.store.clicks.prune import prune as run

        of = settings()
        with database(of) as engine:
            deleted = run(engine, of.keep_days, datetime.now(UTC).date())
        print_text(word(message("cli.clicks-pruned", days=of.keep_days, deleted=deleted)))


_day = click.DateTime(["%Y-%m-%d"])


@clicks.command()
@click.option("--since", type=_day, metavar="DAY", help="The first day, such as 2026-01-31.")
@click.option("--until", type=_day, metavar="DAY", help="The last day.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines instead of CSV.")
def export(since: datetime | None, until: datetime | None, *, as_json: bool) -> None:
    """Print every click, the earliest first."""
    with server_extra():
        from linkmgr.store.clicks.export import Form, export_clicks

        of = settings()
        if isinstance(sys.stdout, TextIOWrapper):
            # Line breaks are of the format (CSV's are CR and LF), not of the system.
            sys.stdout.reconfigure(newline="")
        with database(of) as engine:
            export_clicks(
                engine,
                sys.stdout,
                Form.JSON_LINES if as_json else Form.CSV,
                timezone=timezone(of),
                since=since.date() if since else None,
                until=until.date() if until else None,
            )
