"""The commands that take over a blog's old links, and that take linkmgr out of it again."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from linkmgr.cli.common.help import Command
from linkmgr.cli.common.options import catalog_file_option, json_option, site_option
from linkmgr.cli.common.terminal import print_json, print_text, progress, usage_error
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message


@click.command(cls=Command)
@site_option
@catalog_file_option
@click.option(
    "--write", is_flag=True, help="Fill the catalog and remove the blocks from the posts."
)
@click.option("--diff", is_flag=True, help="Print the changes as a patch instead of the report.")
@click.option(
    "--links", is_flag=True, help="Also replace the addresses of inline links with the catalog's."
)
@click.option(
    "--titles",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Take missing titles from a YAML file (ASIN: title), and add the ASINs that lack one.",
)
@click.option(
    "--by-rules",
    is_flag=True,
    help="Let the rules decide in the posts, too, that show items already.",
)
@click.option(
    "--fill",
    is_flag=True,
    help="Let the rules fill the posts, too, that show no items.",
)
@click.option(
    "--keep-related",
    is_flag=True,
    help="Keep the lists of related posts, in the front matter of their posts.",
)
@click.option(
    "--discard",
    is_flag=True,
    help="Also remove blocks with text or links that the catalog cannot hold, as the report lists.",
)
@click.option(
    "--force",
    is_flag=True,
    help="Write even if git could not restore a file, or if blocks would show nowhere.",
)
@json_option
def adopt(  # noqa: PLR0913 - one for each option
    site: Path,
    catalog_file: Path | None,
    *,
    write: bool,
    diff: bool,
    links: bool,
    titles: Path | None,
    by_rules: bool,
    fill: bool,
    keep_related: bool,
    discard: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Take over a blog whose links were pasted into its posts.

    Finds the books, calls to action and related posts in them, and reports what would become of
    each. With --write it adds them to catalog.yaml with rules for what they are about, removes
    them from the posts, and puts the include into the layout.

    Each post that shows books, products or calls to action goes on showing the same, if need be by
    its front matter, and posts that show none go on showing none: the rules are for new posts.
    With --fill they fill the old ones, too, and with --by-rules they decide where items are shown
    already. Related posts are chosen anew, unless --keep-related keeps the lists.

    A product stays in its post if the catalog would lack it, mostly because its title is unknown:
    --titles makes a file of those, in which you can name them.
    The exit code is then 3, after everything else is done; the report lists each such product with
    its post, line and reason.

    A block also stays with text or links that the catalog cannot hold. The report lists each with
    its post and line; --discard removes them.
    """
    from linkmgr.adopt.report import adoption_text
    from linkmgr.adopt.report_json import adoption_json
    from linkmgr.adopt.run import PRODUCTS_KEPT
    from linkmgr.adopt.run import adopt as run
    from linkmgr.adopt.write import adoption_patch

    if diff and (as_json or write):
        raise usage_error("cli.goes-with-neither", option="--diff", one="--json", other="--write")
    try:
        with progress() as track:
            adoption = run(
                site,
                catalog_file=catalog_file,
                write=write,
                links=links,
                titles=titles,
                by_rules=by_rules,
                fill=fill,
                keep_related=keep_related,
                discard=discard,
                force=force,
                track=track,
            )
    except KeyboardInterrupt:  # one that comes while posts are written is told by what is done
        raise LinkmgrError(message("adopt.stopped-before")) from None
    if diff:
        click.echo(adoption_patch(adoption), nl=False)
    elif as_json:
        print_json(adoption_json(adoption))
    else:
        print_text(adoption_text(adoption))
    if adoption.kept_products:
        sys.exit(PRODUCTS_KEPT)


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
    include leaves the layouts, and the files that linkmgr wrote are deleted, but for the stylesheet
    of the blocks. catalog.yaml, your own templates and the server's data stay, for you to delete.

    `linkmgr adopt` takes the blocks back, with the same items.
    """
    from linkmgr.adopt.eject import ejection_json, ejection_text, plan_ejection, write_ejection

    with progress() as track:
        ejection = plan_ejection(site, catalog_file, track)
        if write and ejection.anything:
            write_ejection(ejection, force=force, track=track)
            ejection = replace(ejection, written=True)
    if as_json:
        print_json(ejection_json(ejection))
    else:
        print_text(ejection_text(ejection))
