"""The command that checks the built pages."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from linkmgr.cli.common.database import database, server_extra, settings
from linkmgr.cli.common.follow import followed
from linkmgr.cli.common.help import Command
from linkmgr.cli.common.options import built_option, catalog_option, json_option, site_option
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
    from linkmgr.check.visit import MakeOnlineCheck


@click.command(cls=Command)
@site_option
@catalog_option
@built_option
@click.option(
    "--ignore",
    "ignored",
    multiple=True,
    metavar="PREFIX",
    help="Ignore links that begin with PREFIX, such as /shop/ of another server. Repeatable.",
)
@click.option("--online", is_flag=True, help="Also look whether the shops' pages are still there.")
@click.option(
    "--dismiss",
    "dismissed",
    metavar="URL",
    help="Report no more that the shop's page behind URL is gone, until it changes.",
)
@json_option
@click.option("--github", is_flag=True, help="Print annotations for GitHub Actions.")
@followed(without=("--dismiss", "--json", "--github"))
def check(  # noqa: PLR0913 - the command's options
    *,
    site: Path,
    catalog_file: Path | None,
    built_folder: Path | None,
    ignored: tuple[str, ...],
    dismissed: str | None,
    online: bool,
    as_json: bool,
    github: bool,
    follower: "Track | None",
) -> dict[str, Any] | None:
    """Check the pages that Jekyll has built.

    Finds, on pages and in feeds, dead links and pictures within the site; affiliate links without
    rel, without an ad label before them, with the wrong tag or against their programme's rules;
    posts whose blocks are missing or repeated; and items and rules of the catalog that nothing
    shows. Links through the server are followed by the catalog. Contacts no server without
    --online. Exits with 1 if it finds an error or a warning; the admin's Health page shows the
    result, too.
    """
    from linkmgr.builder.site import CATALOG
    from linkmgr.check.last_result import save_last_result
    from linkmgr.check.output import result_annotations, result_json, result_text
    from linkmgr.check.run import check as run

    if as_json and github:
        raise usage_error("cli.does-not-go-with", option="--json", other="--github")
    if dismissed:
        _dismiss(dismissed, catalog_file or site / CATALOG)
        return None
    with progress(follower) as track, _shop_pages() if online else nullcontext() as make_online:
        result = run(
            site,
            catalog_file=catalog_file,
            built_folder=built_folder,
            ignored=ignored,
            make_online=make_online,
            track=track,
        )
    if follower:
        save_last_result(site, result)
        return {"findings": len(result.findings)}
    warn(result.warnings)
    try:
        save_last_result(site, result)
    except (LinkmgrError, OSError) as error:
        warn([message("cli.check-not-shown", reason=error_text(error))])
    if as_json:
        print_json(result_json(result))
    elif github:
        print_text(result_annotations(result, _repository()))
    else:
        print_text(result_text(result))
    if result.fails:
        sys.exit(1)
    return None


@contextmanager
def _shop_pages() -> Iterator["MakeOnlineCheck"]:
    """Open the database for a look at the shops' pages, which one process at a time has."""
    with server_extra():
        from linkmgr.store.instance.folder import make_instance
        from linkmgr.store.shop_pages import looking

        of = settings()
        make_instance(of.instance)
        with database(of, made=True) as engine, looking(of.instance, engine) as make_online:
            yield make_online


def _dismiss(url: str, catalog_file: Path) -> None:
    """Have a false alarm about the shop's page behind a link reported no more."""
    with server_extra():
        from linkmgr.catalog.reading.files import load_catalog
        from linkmgr.check.shop_links import programmes_of
        from linkmgr.links.programmes.profiles import packaged_profiles
        from linkmgr.links.recognition.shop_pages import shop_page
        from linkmgr.store.shop_pages import ShopPages

        is_there = catalog_file.is_file()
        known = programmes_of(load_catalog(catalog_file)) if is_there else packaged_profiles()
        page = shop_page(url, known) or url
        with database(settings()) as engine:
            if not ShopPages(engine).dismiss(page):
                raise LinkmgrError(message("online.not-reported", url=page))
    print_text(translate(message("online.dismissed", url=page)))


def _repository() -> Path:
    """Return the folder from which GitHub names the files of a repository."""
    return Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd())
