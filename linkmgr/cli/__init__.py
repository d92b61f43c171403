"""The command line: parse, call, print."""

import logging
import sys
from collections.abc import Callable, Iterable
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from linkmgr import __version__
from linkmgr.cli.server import clicks, db, serve
from linkmgr.cli.stats import stats
from linkmgr.cli.terminal import json_option, say, say_json
from linkmgr.cli.users import user
from linkmgr.messages.errors import LinkmgrError, Problem

if TYPE_CHECKING:
    from linkmgr.builder.inputs import Gathered

site_option = click.option(
    "--site",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    show_default="the folder you are in",
    metavar="DIR",
    help="The folder of the Jekyll site, the one that holds _config.yml.",
)
catalog_option = click.option(
    "--catalog",
    "catalog_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The catalog, if it is not the site's catalog.yaml.",
)
drafts_option = click.option("--drafts", is_flag=True, help="Take the drafts in, as Jekyll does.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="linkmgr")
def cli() -> None:
    """Book and call-to-action blocks on every post of a Jekyll blog.

    catalog.yaml says what there is to show and which tags, categories and keywords call for it;
    linkmgr writes the finished blocks, and Jekyll puts them into the pages.

    \b
    Start with:  linkmgr demo      an example blog, with what its posts got and why
    Then:        linkmgr init      in your own blog's folder
                 linkmgr build     before each `jekyll build`
                 linkmgr check     after it
                 linkmgr serve     where clicks are to be counted
    """


@cli.command()
@site_option
@click.option("--write", is_flag=True, help="Also make the edits to layouts and _config.yml.")
def init(site: Path, *, write: bool) -> None:
    """Prepare a Jekyll site.

    Writes a starter catalog.yaml and the include that shows the blocks. Then it says which line to
    put into which layout, and how to keep the catalog out of the published site; with --write it
    does both itself. Running it again changes nothing.
    """
    from linkmgr.builder.setup.install import apply_install, plan_install
    from linkmgr.report import install_text

    plan = plan_install(site)
    apply_install(site, plan, write=write)
    say(install_text(plan, write=write))


@cli.command()
@site_option
@catalog_option
@drafts_option
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if something would change.")
@click.option("--watch", is_flag=True, help="Build again whenever a post or the catalog changes.")
@json_option
def build(  # noqa: PLR0913 - one for each option
    site: Path,
    catalog_file: Path | None,
    *,
    drafts: bool,
    check: bool,
    watch: bool,
    as_json: bool,
) -> None:
    """Write the blocks of every post.

    Writes only what differs: the fragments, the index by which Jekyll finds them, the include, the
    stylesheet and the script. Run it before `jekyll build`.
    """
    from linkmgr.builder.run import build as run
    from linkmgr.report import build_json, build_text, progress

    if watch and (check or as_json):
        raise click.UsageError("--watch goes with neither --check nor --json")

    def once() -> None:
        with progress() as track:
            report = run(site, catalog_file=catalog_file, drafts=drafts, check=check, track=track)
        _warn(report.warnings)
        if as_json:
            say_json(build_json(report))
        else:
            say(build_text(report, check=check))
        if check and report.changed:
            sys.exit(1)

    if not watch:
        once()
        return
    from linkmgr.builder.stop import Stop
    from linkmgr.builder.watch import keep_building

    keep_building(site, catalog_file, lambda: _told(once), Stop.on_signals())


@cli.command()
@site_option
@drafts_option
@json_option
def posts(site: Path, *, drafts: bool, as_json: bool) -> None:
    """List the posts as Jekyll publishes them, the newest first."""
    from linkmgr.posts.publish import posts_as_json
    from linkmgr.posts.site import read_posts
    from linkmgr.report import posts_text

    found = read_posts(site, drafts=drafts)
    if as_json:
        say_json(posts_as_json(found))
    else:
        say(posts_text(found))


@cli.command()
@click.argument("post", nargs=-1)
@site_option
@catalog_option
@drafts_option
@json_option
def resolve(
    post: tuple[str, ...], site: Path, catalog_file: Path | None, *, drafts: bool, as_json: bool
) -> None:
    """Print what each post shows, or each POST (a path, a file name or a URL)."""
    from linkmgr.report import resolutions_json, resolutions_text

    gathered = _gathered(site, catalog_file, drafts=drafts)
    found = [gathered.find(name) for name in post] or gathered.posts
    resolutions = [gathered.resolver.resolve(each) for each in found]
    if as_json:
        say_json(resolutions_json(gathered.catalog, resolutions))
    else:
        say(resolutions_text(gathered.catalog, resolutions))


@cli.command()
@click.argument("post")
@site_option
@catalog_option
@drafts_option
def explain(post: str, site: Path, catalog_file: Path | None, *, drafts: bool) -> None:
    """Print why POST (a path, a file name or a URL) shows what it does.

    Also the runners-up of each block, and what each of them was missing.
    """
    from linkmgr.report import explanation_text

    gathered = _gathered(site, catalog_file, drafts=drafts)
    resolution, runners_up = gathered.resolver.explain(gathered.find(post))
    say(explanation_text(gathered.catalog, resolution, runners_up))


@cli.command()
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
    from linkmgr.adopt.report.text import adoption_json, adoption_text
    from linkmgr.adopt.run import PRODUCTS_KEPT
    from linkmgr.adopt.run import adopt as run
    from linkmgr.adopt.writing.patch import adoption_patch
    from linkmgr.report import progress

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
    if adoption.kept:
        sys.exit(PRODUCTS_KEPT)


@cli.command()
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
    help="Links that begin so lead to other servers' pages, e.g. /shop/. May be given repeatedly.",
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

    Finds links that lead to no page of the site, affiliate links without rel, without a tag or
    with one of another marketplace, those before which no word says that they are ads, and posts
    that lack their blocks or show them twice. Asks no other server. Exits with 1 if anything is
    found; the admin's page Health shows it, too.
    """
    from linkmgr.check.last_result import remember
    from linkmgr.check.report import checked_json, checked_text
    from linkmgr.check.run import check as run
    from linkmgr.report import progress

    with progress() as track:
        checked = run(
            site, catalog_file=catalog_file, built_folder=built_folder, ignored=ignored, track=track
        )
    _warn(checked.warnings)
    try:
        remember(site, checked)
    except (LinkmgrError, OSError) as error:
        say(f"warning: the admin will not show this: {_line(error)}", err=True)
    if as_json:
        say_json(checked_json(checked))
    else:
        say(checked_text(checked))
    if checked.findings:
        sys.exit(1)


@cli.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path("demo"))
def demo(folder: Path) -> None:
    """Write an example blog into FOLDER (by default ./demo), build it, and explain three posts."""
    from linkmgr.demo.run import make_demo

    say(make_demo(folder))


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes linkmgr's commands in SHELL.

    \b
    bash:  linkmgr completion bash >> ~/.bashrc
    zsh:   linkmgr completion zsh  >> ~/.zshrc
    fish:  linkmgr completion fish > ~/.config/fish/completions/linkmgr.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(kind(cli, {}, "linkmgr", "_LINKMGR_COMPLETE").source())


for command in (serve, stats, clicks, db, user):
    cli.add_command(command)


def _gathered(site: Path, catalog_file: Path | None, *, drafts: bool) -> "Gathered":
    from linkmgr.builder.cache import open_cache
    from linkmgr.builder.inputs import gather
    from linkmgr.builder.paths import CATALOG
    from linkmgr.catalog.reading.files import load_catalog

    catalog = load_catalog(catalog_file or site / CATALOG)
    with open_cache(site, read_only=True) as cache:
        return gather(site, catalog, drafts=drafts, cache=cache)


class _Logged(logging.Handler):
    """Prints what the core logs: what Jekyll, too, would only warn of."""

    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage(), err=True)


def _warn(warnings: Iterable[Problem]) -> None:
    for warning in warnings:
        say(f"warning: {warning}", err=True)


def _told(action: Callable[[], None]) -> None:
    """Do something whose failure is told and survived."""
    try:
        action()
    except (LinkmgrError, OSError) as error:
        say(_line(error), err=True)


def _line(error: LinkmgrError | OSError) -> str:
    if isinstance(error, LinkmgrError):
        return str(error)
    file = f"{error.filename}: " if error.filename else ""
    return f"{file}{error.strerror or error}"


def main() -> NoReturn:
    """Run a command; what is for the user to mend becomes a line and exit code 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal may lack a title's characters
    logging.lastResort = _Logged(logging.WARNING)
    try:
        cli(prog_name="linkmgr")
    except (LinkmgrError, OSError) as error:
        say(_line(error), err=True)
    sys.exit(1)
