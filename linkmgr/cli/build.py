"""The command that builds the blocks."""

import sys
from datetime import datetime
from pathlib import Path

import click

from linkmgr.cli.common.help import Command
from linkmgr.cli.common.options import catalog_option, drafts_option, json_option, site_option
from linkmgr.cli.common.terminal import (
    error_text,
    print_json,
    print_text,
    progress,
    usage_error,
    warn,
)
from linkmgr.messages.errors import LinkmgrError


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
) -> None:
    """Write the blocks of every post.

    Updates only what changed: the fragments, the index that maps posts to them, the include, the
    stylesheet and the script. Run it before `jekyll build`.
    """
    from linkmgr.builder.preview import Preview
    from linkmgr.builder.run import build as run

    if watch and (check or as_json):
        raise usage_error("cli.goes-with-neither", option="--watch", one="--check", other="--json")
    if watch and day:
        raise usage_error("cli.does-not-go-with", option="--watch", other="--on")
    _refuse_half(day, folder)
    preview = Preview(day.date(), folder) if day and folder else None

    def build_once() -> None:
        with progress() as track:
            result = run(
                site,
                catalog_file=catalog_file,
                drafts=drafts,
                check=check,
                preview=preview,
                track=track,
            )
        warn(result.warnings)
        if as_json:
            print_json(result.to_json())
        else:
            print_text(result.worded(check=check))
        if check and result.changed:
            sys.exit(1)

    def build_again() -> None:
        try:
            build_once()
        except (LinkmgrError, OSError) as error:
            print_text(error_text(error), err=True)

    if not watch:
        build_once()
        return
    from linkmgr.builder.processes import Stop
    from linkmgr.builder.watch import watch_and_build

    watch_and_build(site, catalog_file, build_again, Stop.on_signals())


def _refuse_half(day: datetime | None, folder: Path | None) -> None:
    """Raise UsageError for a day without the folder that gets it, or the folder alone."""
    if day and not folder:
        raise usage_error("cli.goes-with", option="--on", other="--to")
    if folder and not day:
        raise usage_error("cli.goes-with", option="--to", other="--on")
