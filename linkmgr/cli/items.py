"""The commands that add an item to the catalog and give one another id."""

from pathlib import Path

import click

from linkmgr.cli.common.help import Command
from linkmgr.cli.common.options import catalog_file_option, json_option, site_option
from linkmgr.cli.common.terminal import print_json, print_text, usage_error
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message, translate

_CTA = "cta"


@click.command(cls=Command)
@click.argument("text", metavar="ASIN|ISBN|ADDRESS")
@site_option
@catalog_file_option
@click.option(
    "--kind",
    "noun",
    type=click.Choice(["book", "product", _CTA]),
    help="What it is, if it is not what linkmgr takes it for.",
)
@click.option("--title", help="Its title, or the heading of a call to action.")
@click.option("--label", help="The text of the button of a call to action.")
@click.option("--id", "item_id", metavar="ID", help="Its id, instead of the proposed one.")
@json_option
def add(  # noqa: PLR0913 - the command's options
    text: str,
    *,
    site: Path,
    catalog_file: Path | None,
    noun: str | None,
    title: str | None,
    label: str | None,
    item_id: str | None,
    as_json: bool,
) -> None:
    """Add a book, a product or a call to action to the catalog.

    Takes what the admin's field Add takes: an ASIN, an ISBN, the address of a page or the code that
    a programme issued. Says what it is and whose tag its link has. What the catalog has already, or
    would refuse, is not added.
    """
    from linkmgr.builder.site import CATALOG
    from linkmgr.catalog.editing.edit import add_entry
    from linkmgr.catalog.editing.edit_file import edit_catalog, read_revision
    from linkmgr.catalog.editing.lookup import look_up
    from linkmgr.catalog.items import ITEM_TYPES, ItemKind
    from linkmgr.catalog.reading.parse import parse_catalog

    file = catalog_file or site / CATALOG
    before = read_revision(file)
    catalog = parse_catalog(before.text.encode(), str(file))
    kinds = {own.noun: kind for kind, own in ITEM_TYPES.items()}
    looked_up = look_up(text, catalog, kinds[noun] if noun else None)
    if looked_up.problem:
        raise LinkmgrError(message("cli.add-refused", text=looked_up.problem))
    if looked_up.known:
        raise LinkmgrError(message("cli.add-known", item=looked_up.known))
    own = looked_up.kind.type
    if label and looked_up.kind is not ItemKind.CTA:
        raise usage_error("cli.goes-with", option="--label", other=f"--kind {_CTA}")
    values = {**looked_up.values}
    if title:
        values[own.title_key] = title
    if label:
        values["label"] = label
    if own.title_key not in values:
        raise LinkmgrError(message("cli.add-no-title"))
    name = item_id or looked_up.name
    edit_catalog(file, before.id, lambda old: add_entry(old, own.section, name, values))
    if as_json:
        added = {"section": own.section, "id": name, "entry": values}
        print_json({**added, "facts": looked_up.facts})
        return
    for fact in looked_up.facts:
        print_text(fact)
    print_text(translate(message("cli.added", entry=f"{own.section}.{name}", file=str(file))))
    print_text(translate(message("cli.added-next", item=name)))


@click.command(cls=Command)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@site_option
@catalog_file_option
@click.option("--dry-run", is_flag=True, help="Only list the files that would change.")
@json_option
def rename(  # noqa: PLR0913 - the command's options
    old: str, new: str, *, site: Path, catalog_file: Path | None, dry_run: bool, as_json: bool
) -> None:
    """Give an item another id, in the catalog and in all posts that name it.

    Front matter and the tags of articles change with the catalog, or nothing does. Links of the old
    id lead to the item for good, and what was counted of it stays its own.
    """
    from linkmgr.builder.site import CATALOG
    from linkmgr.renaming import plan_renaming, write_renaming

    planned = plan_renaming(site, catalog_file or site / CATALOG, old, new)
    if not dry_run:
        write_renaming(planned)
    paths = [str(planned.catalog_file), *(file.path for file in planned.files)]
    if as_json:
        print_json({"old": old, "new": new, "written": not dry_run, "files": paths})
        return
    code = "cli.rename-planned" if dry_run else "cli.renamed"
    print_text(translate(message(code, old=old, new=new, count=len(paths))))
    for path in paths:
        print_text(f"  {path}")
