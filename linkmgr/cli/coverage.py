"""The command that shows what of the catalog reaches the posts, before and after a change."""

from pathlib import Path

import click

from linkmgr.cli.common.completion import complete_file
from linkmgr.cli.common.help import Command
from linkmgr.cli.common.options import catalog_option, json_option, site_option
from linkmgr.cli.common.terminal import print_json, print_text, progress


@click.command(cls=Command)
@site_option
@catalog_option
@click.option(
    "--against",
    metavar="FILE|REV",
    shell_complete=complete_file,
    help="Compare with another catalog, or with this one at a revision of git, such as HEAD.",
)
@json_option
def coverage(site: Path, catalog_file: Path | None, *, against: str | None, as_json: bool) -> None:
    """Show how many posts show each block and item, and what shows nothing.

    Names the tags that no mapping has, the items that no post shows and the posts that show no
    item. With --against, each figure has before it what it was by the other catalog. Writes
    nothing.
    """
    from linkmgr.site_index.coverage.compare import compare
    from linkmgr.site_index.coverage.report import coverage_json, coverage_text

    with progress() as track:
        found = compare(site, catalog_file=catalog_file, against=against, track=track)
    if as_json:
        print_json(coverage_json(found))
    else:
        print_text(coverage_text(found))
