"""An item on one page: its card, its clicks, and where it is shown."""

from flask import abort, render_template

from linkmgr.admin.common.context import (
    Admin,
    connection,
    get_admin,
    page_number,
    survey,
    survey_facts,
    today,
)
from linkmgr.admin.items.card import card, framed
from linkmgr.admin.items.entry_values import SECTIONS, kind_of
from linkmgr.admin.items.rows import mapped_items, name_of, states_of
from linkmgr.admin.items.utm import link_preview
from linkmgr.catalog.model import Catalog, Item
from linkmgr.messages.errors import LinkmgrError
from linkmgr.site_index.index.queries import Page, PostPlacement
from linkmgr.store.figures.items import sums_of


def item(item: str) -> str:
    """Show an item."""
    return item_page(item)


def item_page(name: str, problem: str = "") -> str:
    """Render an item's page, with what went wrong with it last."""
    admin = get_admin()
    seen = admin.catalog()
    catalog = seen.catalog
    if name not in catalog.items:
        abort(404)
    item = catalog.items[name]
    shown_card, card_problem = _card(admin, catalog, item)
    return render_template(
        "items/item.html",
        item=item,
        name=name_of(item),
        kind=kind_of(catalog, name),
        section=SECTIONS[kind_of(catalog, name)],
        states=states_of(item, today(), is_mapped=name in mapped_items(catalog)),
        card=shown_card,
        card_problem=card_problem,
        link=link_preview(catalog, item),
        sums=sums_of(connection(), name, today()),
        mappings=[own for own in catalog.mappings.values() if name in own.items],
        shown=_shown(name),
        revision=seen.revision.id,
        problem=problem,
        **survey_facts(),
    )


def _card(admin: Admin, catalog: Catalog, item: Item) -> tuple[str, str]:
    """Return a page with an item's card, or why there is none."""
    try:
        return framed(card(catalog, item, admin.settings.site_folder)), ""
    except LinkmgrError as error:
        return "", str(error)


def _shown(item: str) -> Page[PostPlacement] | None:
    """Return the posts that show an item, `None` while no survey is there."""
    opened = survey()
    return opened.placements_of(item, page_number()) if opened else None
