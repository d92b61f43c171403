"""The commands for the clicks that were counted."""

import sys
from datetime import UTC, datetime
from io import TextIOWrapper

import click

from linkmgr.cli.common.database import database, server_extra, settings, timezone
from linkmgr.cli.common.help import CommandGroup
from linkmgr.cli.common.terminal import print_text
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message, translate


@click.group(cls=CommandGroup)
def clicks() -> None:
    """Load, prune and export clicks."""


@clicks.command()
def load() -> None:
    """Load the spooled clicks and views into the database, and count them.

    A running server does so all the time.
    """
    with server_extra():
        from linkmgr.store.clicks.counting import CountLimits, count_days
        from linkmgr.store.clicks.loader import Loader
        from linkmgr.store.db.partitions import make_ahead
        from linkmgr.store.instance.targets import SiteNames

        of = settings()
        zone = timezone(of)
        names = SiteNames(of)
        names.follow()
        with database(of, made=True) as engine:
            make_ahead(engine, datetime.now(UTC).date())
            loaded = Loader(engine, of.spool, zone, names.own).load()
            counted = count_days(engine, CountLimits(of.new_names, of.daily_clicks))
        figures = {
            "counted": counted.readers,
            "bots": counted.bots,
            "repeated": counted.repeated,
            "capped": counted.capped,
            "damaged": loaded.damaged,
        }
        print_text(translate(message("cli.clicks-loaded", **figures)))
        if loaded.reports:
            views = {"views": loaded.views, "capped": loaded.capped_views}
            print_text(translate(message("cli.views-loaded", reports=loaded.reports, **views)))


@clicks.command()
@click.option("--yes", is_flag=True, help="Delete them without asking, as from a script.")
def prune(*, yes: bool) -> None:
    """Delete clicks and views older than LINKMGR_KEEP_DAYS; their totals stay.

    It first says how many clicks there are from before which day, and asks. A running server
    deletes them every day, once its clock has gone right for an hour.
    """
    with server_extra():
        from linkmgr.store.clicks.prune import count_before, first_kept
        from linkmgr.store.clicks.prune import prune as run

        of, today = settings(), datetime.now(UTC).date()
        with database(of) as engine:
            first = first_kept(engine, of.keep_days, today)
            if number := count_before(engine, first):
                days = of.keep_days
                old = message("cli.clicks-old", day=f"{first}", days=days, clicks=number)
                print_text(translate(old))
                if not (yes or _is_confirmed()):
                    return
            pruned = run(engine, of.keep_days, today)
        if pruned.months:
            print_text(translate(message("cli.months-pruned", months=pruned.months)))
        figures = {"days": of.keep_days, "deleted": pruned.clicks}
        print_text(translate(message("cli.clicks-pruned", **figures)))
        if pruned.views:
            print_text(translate(message("cli.views-pruned", rows=pruned.views)))


def _is_confirmed() -> bool:
    """Ask whether clicks are to be deleted. Raise LinkmgrError where nobody can answer."""
    if not sys.stdin.isatty():
        raise LinkmgrError(message("cli.prune-unasked"))
    return click.confirm(translate(message("cli.prune-question")))


_day = click.DateTime(["%Y-%m-%d"])


@clicks.command()
@click.option("--since", type=_day, metavar="DAY", help="The first day, such as 2026-01-31.")
@click.option("--until", type=_day, metavar="DAY", help="The last day.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines instead of CSV.")
@click.option("--views", is_flag=True, help="Print views instead: their sums by day and place.")
def export(since: datetime | None, until: datetime | None, *, as_json: bool, views: bool) -> None:
    """Print every click, the earliest first."""
    with server_extra():
        from linkmgr.store.clicks.export import ExportFormat, export_clicks, export_views

        of = settings()
        if isinstance(sys.stdout, TextIOWrapper):
            # Line breaks are of the format (CSV's are CR and LF), not of the system.
            sys.stdout.reconfigure(newline="")
        file_format = ExportFormat.JSON_LINES if as_json else ExportFormat.CSV
        first = since.date() if since else None
        last = until.date() if until else None
        with database(of) as engine:
            if views:
                export_views(engine, sys.stdout, file_format, since=first, until=last)
            else:
                export_clicks(engine, sys.stdout, file_format, since=first, until=last)
