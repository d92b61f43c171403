"""The command that takes linkmgr out of a site."""

from dataclasses import replace
from pathlib import Path

import click

from linkmgr.cli.common.help import Command
from linkmgr.cli.common.options import catalog_file_option, json_option, site_option
from linkmgr.cli.common.terminal import print_json, print_text, progress


@click.command(cls=Command)
@site_option
@catalog_file_option
@click.option("--write", is_flag=True, help="Make the changes.")
@click.option("--force", is_flag=True, help="Write even if git could not restore a file.")
@json_option
def eject(
    site: Path, catalog_file: Path | None, *, write: bool, force: bool, as_json: bool
) -> None:
    """Leave linkmgr: put the blocks into the posts as plain HTML.

    Lists what would change. With --write each post gets its blocks as HTML with direct links, the
    include leaves the layouts, and the files that linkmgr wrote are deleted. catalog.yaml, your own
    templates and the server's data stay, for you to delete.

    `linkmgr adopt` takes the blocks back, with the same items.
    """
    from linkmgr.eject.plan import plan_ejection
    from linkmgr.eject.report import ejection_json, ejection_text
    from linkmgr.eject.write import write_ejection

    with progress() as track:
        ejection = plan_ejection(site, catalog_file, track)
        if write and ejection.anything:
            write_ejection(ejection, force=force, track=track)
            ejection = replace(ejection, written=True)
    if as_json:
        print_json(ejection_json(ejection))
    else:
        print_text(ejection_text(ejection))
