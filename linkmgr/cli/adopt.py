"""The command that takes over a blog's old links."""

import sys
from pathlib import Path

import click

from linkmgr.cli.options import catalog_option, json_option, site_option
from linkmgr.cli.terminal import progress, say, say_json


@click.command()
@site_option
@catalog_option
@click.option(
    "--write", is_flag=True, help="Fill the catalog and take the blocks out of the posts."
)
@click.option("--diff", is_flag=True, help="Print the changes as a patch instead of the report.")
@click.option("--links", is_flag=True, help="Also give inline links the catalog's addresses.")
@click.option(
    "--force",
    is_flag=True,
    help="Write even what git could not give back, and where blocks would show nowhere.",
)
@json_option
def adopt(  # noqa: PLR0913 - one for each option
    site: Path,
    catalog_file: Path | None,
    *,
    write: bool,
    diff: bool,
    links: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Take over a blog whose links were pasted into its posts.

    Finds the books, the calls to action and the related posts in them, and says what would become
    of each; nothing is written without --write. That adds them to catalog.yaml with mappings that
    explain where they stood, removes them from the posts, and puts the include into the layout.

    A product stays in its post if the catalog would lack it, mostly because no title is known.
    Exits with 3 then, after all else is done; the report names each with its post, line and reason.
    """
    from linkmgr.adopt.report.json import adoption_json
    from linkmgr.adopt.report.text import adoption_text
    from linkmgr.adopt.run import PRODUCTS_KEPT
    from linkmgr.adopt.run import adopt as run
    from linkmgr.adopt.writing.patch import adoption_patch

    if diff and (as_json or write):
        raise click.UsageError("--diff goes with neither --json nor --write")
    with progress() as track:
        adoption = run(
            site, catalog_file=catalog_file, write=write, links=links, force=force, track=track
        )
    if diff:
        click.echo(adoption_patch(adoption), nl=False)
    elif as_json:
        say_json(adoption_json(adoption))
    else:
        say(adoption_text(adoption))
    if adoption.kept_products:
        sys.exit(PRODUCTS_KEPT)
