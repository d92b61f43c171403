"""Options that several commands have."""

from pathlib import Path

import click

site_option = click.option(
    "--site",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    show_default="the folder you are in",
    metavar="DIR",
    help="The Jekyll site's folder, the one with _config.yml or _posts.",
)
catalog_option = click.option(
    "--catalog",
    "catalog_file",
    type=click.Path(dir_okay=False, path_type=Path),
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
