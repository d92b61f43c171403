"""The commands that build the blocks, and commit what a build wrote."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from linkmgr.cli.common.follow import followed
from linkmgr.cli.common.help import Command
from linkmgr.cli.common.options import (
    catalog_file_option,
    catalog_option,
    drafts_option,
    json_option,
    site_option,
)
from linkmgr.cli.common.terminal import (
    error_text,
    print_json,
    print_text,
    progress,
    usage_error,
    warn,
)
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message, translate

if TYPE_CHECKING:
    from linkmgr.builder.processes import Track


@click.command(cls=Command)
@site_option
@catalog_option
@drafts_option
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if something would change.")
@click.option(
    "--watch",
    is_flag=True,
    is_eager=True,
    help="Build again whenever a post or the catalog changes.",
)
@click.option(
    "--on",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Build what the site shows on another day, into the folder of --to.",
)
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder for --on, outside of the site: empty, or of an earlier --to.",
)
@json_option
@followed(without=("--check", "--watch", "--json"))
def build(  # noqa: PLR0913 - one for each option
    site: Path,
    catalog_file: Path | None,
    *,
    drafts: bool,
    check: bool,
    watch: bool,
    day: datetime | None,
    folder: Path | None,
    as_json: bool,
    follower: "Track | None",
) -> dict[str, Any] | None:
    """Write the blocks of every post.

    Updates only what changed: the fragments, the index that maps posts to them, the include, the
    stylesheet and the script. Run it before `jekyll build`.
    """
    from linkmgr.builder.preview import SitePreview
    from linkmgr.builder.run import BuildSummary
    from linkmgr.builder.run import build as run

    if watch and (check or as_json):
        raise usage_error("cli.goes-with-neither", option="--watch", one="--check", other="--json")
    if watch and day:
        raise usage_error("cli.does-not-go-with", option="--watch", other="--on")
    _refuse_half(day, folder)
    preview = SitePreview(day.date(), folder) if day and folder else None

    def build_once() -> dict[str, Any] | None:
        with progress(follower) as track:
            result = run(
                site,
                catalog_file=catalog_file,
                drafts=drafts,
                check=check,
                preview=preview,
                track=track,
            )
        if follower:
            return BuildSummary.of_result(result).to_json()
        warn(result.warnings)
        if as_json:
            print_json(result.to_json())
        else:
            print_text(result.translated(check=check))
        if check and result.changed:
            sys.exit(1)
        return None

    def build_again() -> None:
        try:
            build_once()
        except (LinkmgrError, OSError) as error:
            print_text(error_text(error), err=True)

    if not watch:
        return build_once()
    from linkmgr.builder.processes import Stop
    from linkmgr.builder.watch import watch_and_build

    watch_and_build(site, catalog_file, build_again, Stop.on_signals())
    return None


@click.command(cls=Command)
@site_option
@catalog_file_option
@click.option(
    "--message",
    "-m",
    "text",
    metavar="TEXT",
    help="The message of the commit, in place of the usual one.",
)
@click.option(
    "--mixed", is_flag=True, help="Also commit the files that have changes of your own, too."
)
@followed()
def commit(
    site: Path,
    catalog_file: Path | None,
    text: str | None,
    *,
    mixed: bool,
    follower: "Track | None",
) -> dict[str, Any] | None:
    """Commit the files that linkmgr changed, and nothing else.

    Those are its own, the catalog, and your posts and layouts that it has rewritten, as on the
    admin's page for builds. git's hooks run, and nothing is pushed.
    """
    from linkmgr.builder.site import CATALOG
    from linkmgr.checkout import commit as run
    from linkmgr.checkout import read_checkout

    checkout = read_checkout(site, catalog_file or site / CATALOG)
    if checkout is None:
        raise LinkmgrError(message("cli.no-checkout", folder=str(site)))
    if mixed:
        checkout = checkout.with_mixed()
    if not checkout.changed:
        if not follower:
            print_text(translate(message("cli.nothing-to-commit")))
        return {"files": 0}
    is_catalog = checkout.catalog in checkout.changed
    usual = message("cli.commit-catalog" if is_catalog else "cli.commit-blocks")
    with _ending_after_git():
        run(checkout, text or translate(usual))
    if not follower:
        for path in checkout.changed:
            print_text(path)
        print_text(translate(message("cli.committed", count=len(checkout.changed))))
    return {"files": len(checkout.changed)}


@contextmanager
def _ending_after_git() -> Iterator[None]:
    """Have Ctrl-C and SIGTERM end this once git, which they end too, has cleared up."""
    from linkmgr.builder.processes import ENDING, Stop

    former = {number: signal.getsignal(number) for number in ENDING}
    stop = Stop.on_signals()
    try:
        yield
    except LinkmgrError:
        if stop.is_set():
            raise click.Abort from None
        raise
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _refuse_half(day: datetime | None, folder: Path | None) -> None:
    """Raise UsageError for a day without the folder that gets it, or the folder alone."""
    if day and not folder:
        raise usage_error("cli.goes-with", option="--on", other="--to")
    if folder and not day:
        raise usage_error("cli.goes-with", option="--to", other="--on")
