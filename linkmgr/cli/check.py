"""The command that checks the built pages."""

import sys
from pathlib import Path

import click

from linkmgr.cli.help import Command
from linkmgr.cli.options import catalog_option, json_option, site_option
from linkmgr.cli.terminal import error_text, print_json, print_text, progress, warn
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message


@click.command(cls=Command)
@site_option
@catalog_option
@click.option(
    "--built",
    "built_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder of the built pages, if it is not the site's destination (_site).",
)
@click.option(
    "--ignore",
    "ignored",
    multiple=True,
    metavar="PREFIX",
    help="Ignore links that begin with PREFIX, such as /shop/ of another server. Repeatable.",
)
@json_option
def check(
    site: Path,
    catalog_file: Path | None,
    built_folder: Path | None,
    ignored: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Check the pages that Jekyll has built.

    Finds dead links within the site, affiliate links without rel, without a tag, with a tag of
    another marketplace or without an ad label before them, and posts whose blocks are missing or
    repeated. Contacts no server. Exits with 1 if it finds anything; the admin's Health page shows
    the result, too.
    """
    from linkmgr.check.last_result import save_last_result
    from linkmgr.check.output.as_json import result_json
    from linkmgr.check.output.text import result_text
    from linkmgr.check.run import check as run

    with progress() as track:
        result = run(
            site, catalog_file=catalog_file, built_folder=built_folder, ignored=ignored, track=track
        )
    warn(result.warnings)
    try:
        save_last_result(site, result)
    except (LinkmgrError, OSError) as error:
        warn([message("cli.check-not-shown", reason=error_text(error))])
    if as_json:
        print_json(result_json(result))
    else:
        print_text(result_text(result))
    if result.findings:
        sys.exit(1)
