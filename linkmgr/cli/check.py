"""The command that checks the built pages."""

import os
import sys
from pathlib import Path

import click

from linkmgr.cli.help import Command
from linkmgr.cli.options import catalog_option, json_option, site_option
from linkmgr.cli.terminal import error_text, print_json, print_text, progress, usage_error, warn
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
@click.option("--github", is_flag=True, help="Print annotations for GitHub Actions.")
@click.option("--sarif", is_flag=True, help="Print SARIF 2.1.0 for GitHub's code scanning.")
def check(  # noqa: PLR0913 - the command's options
    site: Path,
    catalog_file: Path | None,
    built_folder: Path | None,
    ignored: tuple[str, ...],
    *,
    as_json: bool,
    github: bool,
    sarif: bool,
) -> None:
    """Check the pages that Jekyll has built.

    Finds dead links within the site, affiliate links without rel, without a tag, with a tag of
    another marketplace or without an ad label before them, and posts whose blocks are missing or
    repeated. Contacts no server. Exits with 1 if it finds anything; the admin's Health page shows
    the result, too.
    """
    from linkmgr.check.last_result import save_last_result
    from linkmgr.check.output.as_json import result_json
    from linkmgr.check.output.github import result_annotations
    from linkmgr.check.output.sarif import result_sarif
    from linkmgr.check.output.text import result_text
    from linkmgr.check.run import check as run

    chosen = [n for n, on in (("--json", as_json), ("--github", github), ("--sarif", sarif)) if on]
    if len(chosen) > 1:
        raise usage_error("cli.does-not-go-with", option=chosen[0], other=chosen[1])
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
    elif sarif:
        print_json(result_sarif(result, _repository()))
    elif github:
        print_text(result_annotations(result, _repository()))
    else:
        print_text(result_text(result))
    if result.findings:
        sys.exit(1)


def _repository() -> Path:
    """Return the folder from which GitHub names the files of a repository."""
    return Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd())
