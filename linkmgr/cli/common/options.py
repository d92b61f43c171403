"""Options that several commands have."""

import os
from pathlib import Path

import click

from linkmgr.cli.common.completion import complete_file
from linkmgr.cli.common.database import server_extra
from linkmgr.cli.common.terminal import usage_error
from linkmgr.network.admin_address import admin_origin, is_web_address

site_option = click.option(
    "--site",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    is_eager=True,  # as where the catalog is taken to depends on it
    show_default="the folder you are in",
    metavar="DIR",
    help="The Jekyll site's folder, the one with _config.yml or _posts.",
)
_CATALOG_FILE = click.Path(dir_okay=False, path_type=Path)


def _catalog(context: click.Context, option: click.Parameter, value: str | None) -> Path | None:
    """Return the catalog's file; that of an admin is taken into the site's cache folder."""
    if context.resilient_parsing:  # the shell asks at each TAB: nothing is fetched for it
        return None if value is None else Path(value)
    if value is None or not is_web_address(value):
        return None if value is None else Path(_CATALOG_FILE.convert(value, option, context))
    if context.params.get("watch"):
        raise usage_error("cli.does-not-go-with", option="--watch", other=f"--catalog {value}")
    with server_extra():
        from linkmgr.builder.reading.admin_catalog import take_catalog
        from linkmgr.network.admin import RemoteAdmin
        from linkmgr.settings import read_catalog_token

        admin = RemoteAdmin(admin_origin(value), read_catalog_token(os.environ))
        return take_catalog(context.params["site"], admin)


catalog_option = click.option(
    "--catalog",
    "catalog_file",
    callback=_catalog,
    metavar="FILE|URL",
    shell_complete=complete_file,
    help="The catalog to use instead of the site's catalog.yaml: a file, or an admin's address.",
)
catalog_file_option = click.option(
    "--catalog",
    "catalog_file",
    type=_CATALOG_FILE,
    metavar="FILE",
    help="The catalog to use instead of the site's catalog.yaml.",
)
built_option = click.option(
    "--built",
    "built_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder of the built pages, if it is not the site's destination (_site).",
)
drafts_option = click.option("--drafts", is_flag=True, help="Include drafts, as Jekyll does.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
