"""The command that lists which links are on which pages."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from linkmgr.cli.common.completion import complete_item, complete_programme
from linkmgr.cli.common.database import settings
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
from linkmgr.messages.message import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkmgr.builder.processes import Track
    from linkmgr.placements.find import LinkPlacement


@click.command(cls=Command)
@site_option
@catalog_option
@built_option
@click.option(
    "--programme",
    default="",
    metavar="ID",
    shell_complete=complete_programme,
    help="Only links of this programme or advertiser.",
)
@click.option(
    "--item",
    default="",
    metavar="ID",
    shell_complete=complete_item,
    help="Only links of this item of the catalog.",
)
@click.option("--page", default="", metavar="TEXT", help="Only pages with TEXT in their address.")
@click.option("--all", "listed", is_flag=True, help="List every link.")
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option(
    "--a8",
    "a8_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the list of pages that A8 asks for into FILE.",
)
@click.option("--since-last", is_flag=True, help="Leave out what the last list for A8 had.")
@followed(
    without=(
        "--programme",
        "--item",
        "--page",
        "--all",
        "--json",
        "--csv",
        "--a8",
        "--since-last",
    )
)
def placements(  # noqa: PLR0913 - the command's options
    *,
    site: Path,
    catalog_file: Path | None,
    built_folder: Path | None,
    programme: str,
    item: str,
    page: str,
    a8_file: Path | None,
    listed: bool,
    as_json: bool,
    as_csv: bool,
    since_last: bool,
    follower: "Track | None",
) -> dict[str, Any] | None:
    """Count the affiliate links and items on the pages that Jekyll has built, or list them.

    Prints how many there are of each programme and item. With --all it lists every link by page,
    those written by hand too, with its programme, file and line; with --programme, --item or --page
    those that fit. The admin's Placements page shows the result, too.
    """
    from linkmgr.placements.find import PlacementQuery, find_placements
    from linkmgr.placements.output import (
        ahead_messages,
        list_text,
        register_csv,
        register_json,
        save_register,
        summary_text,
    )

    if as_json and as_csv:
        raise usage_error("cli.does-not-go-with", option="--json", other="--csv")
    narrowed = {"--programme": programme, "--item": item, "--page": page}
    formats = {"--all": listed, "--json": as_json, "--csv": as_csv}
    _refuse_with_a8(a8_file, {**narrowed, **formats}, since_last=since_last)
    with progress(follower) as track:
        register = find_placements(
            site, catalog_file=catalog_file, built_folder=built_folder, track=track
        )
    placed = register.placements
    if follower:
        save_register(site, register)
        return {"placements": len(placed)}
    warn(ahead_messages(register))
    try:
        save_register(site, register)
    except (LinkmgrError, OSError) as error:
        warn([message("placements.not-shown", reason=error_text(error))])
    if a8_file:
        _write_a8(placed, a8_file, since_last=since_last)
        return None
    wanted = PlacementQuery(programme, item, page).select(placed)
    if as_json:
        print_json(register_json(wanted))
    elif as_csv:
        click.echo(register_csv(wanted), nl=False)
    elif listed or any(narrowed.values()):
        print_text(list_text(wanted, of=len(placed)))
    else:
        print_text(summary_text(placed))
    return None


def _refuse_with_a8(
    a8_file: Path | None, others: dict[str, str | bool], *, since_last: bool
) -> None:
    """Raise UsageError for options that do not go with the list for A8, or only with it."""
    for option, given in others.items():
        if a8_file and given:
            raise usage_error("cli.does-not-go-with", option="--a8", other=option)
    if since_last and not a8_file:
        raise usage_error("cli.goes-with", option="--since-last", other="--a8")


def _write_a8(listed: "Sequence[LinkPlacement]", file: Path, *, since_last: bool) -> None:
    """Write the list for A8, and say what is different from the last one."""
    from linkmgr.placements.a8 import LAST_LIST, a8_change, export
    from linkmgr.placements.output import a8_text
    from linkmgr.store.instance.folder import make_instance

    instance = settings().instance
    make_instance(instance)
    last_list = instance / LAST_LIST
    change = a8_change(listed, last_list)
    warn(
        message("placements.a8-unnamed", url=pages[0], link=link, count=len(pages))
        for link, pages in change.unnamed.items()
    )
    export(change, file, last_list, only_added=since_last)
    print_text(a8_text(change, str(file)))
