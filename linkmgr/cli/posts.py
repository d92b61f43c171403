"""The commands about posts: a list, what each shows and why, and what of the catalog they show."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from linkmgr.cli.common.completion import complete_file, complete_post
from linkmgr.cli.common.help import Command
from linkmgr.cli.common.options import catalog_option, drafts_option, json_option, site_option
from linkmgr.cli.common.terminal import print_json, print_text, progress
from linkmgr.messages.message import message, readable, translate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkmgr.builder.reading.inputs import SiteInputs
    from linkmgr.posts.model import Post


@click.command(cls=Command)
@site_option
@drafts_option
@json_option
def posts(site: Path, *, drafts: bool, as_json: bool) -> None:
    """List the posts as Jekyll publishes them, the newest first."""
    from linkmgr.builder.site import read_site_config
    from linkmgr.posts.publish import posts_as_json
    from linkmgr.posts.site import read_posts

    published = read_posts(site, read_site_config(site), drafts=drafts)
    if as_json:
        print_json(posts_as_json(published))
    else:
        print_text(_posts_text(published))


@click.command(cls=Command)
@click.argument("post", nargs=-1, shell_complete=complete_post)
@site_option
@catalog_option
@drafts_option
@json_option
def resolve(
    post: tuple[str, ...], site: Path, catalog_file: Path | None, *, drafts: bool, as_json: bool
) -> None:
    """Print what each post shows, or each POST (a path, a file name or a URL)."""
    from linkmgr.resolver.explain import resolutions_json, resolutions_text

    site_inputs = _load_inputs(site, catalog_file, drafts=drafts)
    wanted = [site_inputs.find(name) for name in post] or site_inputs.posts_and_pages
    resolutions = [site_inputs.resolver_of(article).resolve(article) for article in wanted]
    if as_json:
        print_json(resolutions_json(site_inputs.catalog, resolutions))
    else:
        print_text(resolutions_text(site_inputs.catalog, resolutions))


@click.command(cls=Command)
@click.argument("post", shell_complete=complete_post)
@site_option
@catalog_option
@drafts_option
def explain(post: str, site: Path, catalog_file: Path | None, *, drafts: bool) -> None:
    """Print why POST (a path, a file name or a URL) shows what it does.

    Also the runners-up of each block, and what each of them was missing.
    """
    from linkmgr.resolver.explain import explanation_text, with_whole_words

    site_inputs = _load_inputs(site, catalog_file, drafts=drafts)
    article = site_inputs.find(post)
    resolution, runners_up = site_inputs.resolver_of(article).explain(article)
    explained = with_whole_words(resolution, runners_up, site_inputs.text_of)
    print_text(explanation_text(site_inputs.catalog, *explained))


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

    Names the tags that no rule has, the items that no post shows and the posts that show no
    item. With --against, each figure has before it what it was by the other catalog. Writes
    nothing.
    """
    from linkmgr.site_index.coverage import compare, coverage_json, coverage_text

    with progress() as track:
        comparison = compare(site, catalog_file=catalog_file, against=against, track=track)
    if as_json:
        print_json(coverage_json(comparison))
    else:
        print_text(coverage_text(comparison))


def _posts_text(posts: "Sequence[Post]") -> str:
    """List posts by date and URL."""
    from linkmgr.posts.article.text import title_text

    if not posts:
        return translate(message("cli.no-post"))
    return "\n".join(f"{p.date:%Y-%m-%d}  {readable(p.url)}  {title_text(p.title)}" for p in posts)


def _load_inputs(site: Path, catalog_file: Path | None, *, drafts: bool) -> "SiteInputs":
    from linkmgr.builder.reading.cache import open_cache
    from linkmgr.builder.reading.inputs import load_inputs
    from linkmgr.builder.site import CATALOG
    from linkmgr.catalog.reading.files import load_catalog

    catalog = load_catalog(catalog_file or site / CATALOG)
    with open_cache(site, read_only=True) as cache:
        return load_inputs(site, catalog, drafts=drafts, cache=cache)
