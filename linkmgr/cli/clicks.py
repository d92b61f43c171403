"""The commands for the clicks that were counted."""

import sys
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path

import click

from linkmgr.cli.common.database import database, server_extra, settings, timezone
from linkmgr.cli.common.help import CommandGroup
from linkmgr.cli.common.terminal import print_text, progress
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message, word


@click.group(cls=CommandGroup)
def clicks() -> None:
    """Load, prune, export and import clicks."""


@clicks.command()
def load() -> None:
    """Load the spooled clicks and views into the database.

    A running server does so all the time.
    """
    with server_extra():
        from linkmgr.store.clicks.loader import Loader
        from linkmgr.store.db.partitions import make_ahead
        from linkmgr.store.instance.targets import SiteNames

        of = settings()
        zone = timezone(of)
        names = SiteNames(of)
        names.follow()
        with database(of, made=True) as engine:
            make_ahead(engine, datetime.now(UTC).date())
            loader = Loader(
                engine, of.spool, zone, of.new_names, names.own, daily_clicks=of.daily_clicks
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
        if loaded.reports:
            views = {"views": loaded.views, "capped": loaded.capped_views}
            print_text(word(message("cli.views-loaded", reports=loaded.reports, **views)))


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
                print_text(word(old))
                if not (yes or _is_confirmed()):
                    return
            pruned = run(engine, of.keep_days, today)
        if pruned.months:
            print_text(word(message("cli.months-pruned", months=pruned.months)))
        figures = {"days": of.keep_days, "deleted": pruned.clicks}
        print_text(word(message("cli.clicks-pruned", **figures)))
        if pruned.views:
            print_text(word(message("cli.views-pruned", rows=pruned.views)))


def _is_confirmed() -> bool:
    """Ask whether clicks are to be deleted. Raise LinkmgrError where nobody can answer."""
    if not sys.stdin.isatty():
        raise LinkmgrError(message("cli.prune-unasked"))
    return click.confirm(word(message("cli.prune-question")))


_day = click.DateTime(["%Y-%m-%d"])


@clicks.command()
@click.option("--since", type=_day, metavar="DAY", help="The first day, such as 2026-01-31.")
@click.option("--until", type=_day, metavar="DAY", help="The last day.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines instead of CSV.")
@click.option("--views", is_flag=True, help="Print views instead: their sums by day and place.")
def export(since: datetime | None, until: datetime | None, *, as_json: bool, views: bool) -> None:
    """Print every click, the earliest first."""
    with server_extra():
        from linkmgr.store.clicks.export import Form, export_clicks, export_views

        of = settings()
        if isinstance(sys.stdout, TextIOWrapper):
            # Line breaks are of the format (CSV's are CR and LF), not of the system.
            sys.stdout.reconfigure(newline="")
        form = Form.JSON_LINES if as_json else Form.CSV
        first, last = (day.date() if day else None for day in (since, until))
        with database(of) as engine:
            if views:
                export_views(engine, sys.stdout, form, since=first, until=last)
            else:
                export_clicks(
                    engine, sys.stdout, form, timezone=timezone(of), since=first, until=last
                )


@clicks.command("import")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
def import_(files: tuple[Path, ...]) -> None:
    """Add the clicks of files that `clicks export` wrote, each once.

    Clicks that are there already are left as they are, so an import can be
    repeated, as after one that was interrupted.
    """
    with server_extra():
        from linkmgr.store.clicks.export import (
            Imported,
            check_exported,
            import_clicks,
            read_exported,
        )

        of = settings()
        numbers = [check_exported(file) for file in files]
        imported = Imported()
        with database(of, made=True) as engine, progress() as track:
            for file, number in zip(files, numbers, strict=True):
                what = message("cli.clicks-importing", file=file.name)
                found = track(read_exported(file), what, number)
                imported = imported.plus(import_clicks(engine, found, timezone(of)))
        print_text(word(message("cli.clicks-imported", **imported._asdict())))
