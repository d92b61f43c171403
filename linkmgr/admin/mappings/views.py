"""Tags with their items, and the mappings that assign them."""

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext

from linkmgr.admin.common.chips import find_items
from linkmgr.admin.common.context import (
    get_admin,
    index_facts,
    month_clicks,
    page_number,
    site_index,
)
from linkmgr.admin.common.pages import AdminPage
from linkmgr.admin.common.sorting import Sorting, asked_sorting
from linkmgr.admin.mappings import edit
from linkmgr.admin.mappings.lists import (
    MappingColumn,
    mapping_rows,
    search_mappings,
    sorted_mappings,
    tag_rows,
)
from linkmgr.admin.mappings.tag_picker import tag_picker
from linkmgr.admin.selection.mappings import change_mappings
from linkmgr.resolver.statistics import term
from linkmgr.site_index.index.queries import PAGE
from linkmgr.site_index.index.tag_list import TagColumn, TagQuery
from linkmgr.store.figures.figures import Dimension

page = Blueprint("mappings", __name__, url_prefix="/admin/tags")
ADMIN_PAGE = AdminPage(page, lazy_gettext("Tags"), order=3, key="t", resends_forms=True)
page.add_url_rule("/new", view_func=edit.new, methods=["GET", "POST"])
page.add_url_rule("/selected", "selected", change_mappings, methods=["GET", "POST"])
page.add_url_rule("/mapping/<name>", view_func=edit.edit, methods=["GET", "POST"])
page.add_url_rule("/mapping/<name>/delete", view_func=edit.delete, methods=["GET", "POST"])


# What the address of an earlier version calls most posts first.
_USUAL = {"posts": Sorting(TagColumn.USES, falling=True)}


@page.get("")
def index() -> str:
    """List the tags of the blog's posts, those without items first."""
    args, opened, catalog = request.args, site_index(), get_admin().catalog().catalog
    sorting = asked_sorting([*TagColumn], _USUAL.get(args.get("sort", ""), Sorting(TagColumn.NEED)))
    clicks = month_clicks(Dimension.POST) if opened else {}
    item = args.get("item", "").strip()
    wanted = TagQuery(
        search=args.get("q", ""),
        without=args.get("shows") == "nothing",
        items=[chip.id for chip in find_items(catalog, item)] if item else None,
        block=args.get("block", ""),
        column=TagColumn(sorting.column),
        falling=sorting.falling,
        clicks=clicks,
    )
    found = opened.tags(page_number(), wanted) if opened else None
    rows = tag_rows(opened, found.rows, clicks) if opened and found else []
    return render_template(
        "mappings/tags.html",
        rows=rows,
        found=found,
        wanted=wanted,
        item=item,
        blocks=[block.name for block in catalog.blocks],
        sorting=sorting,
        **index_facts(),
    )


@page.get("/mappings")
def mappings() -> str:
    """List the mappings, in the file's order unless the address says otherwise."""
    catalog = get_admin().catalog().catalog
    search, tag = request.args.get("q", ""), request.args.get("tag", "")
    sorting = asked_sorting([*MappingColumn], Sorting(MappingColumn.ADDED))
    found = sorted_mappings(catalog, search_mappings(catalog, search, term(tag)), sorting)
    number = page_number()
    return render_template(
        "mappings/list.html",
        rows=mapping_rows(catalog, found[PAGE * (number - 1) : PAGE * number]),
        total=len(found),
        number=number,
        last=max(1, -(-len(found) // PAGE)),
        search=search,
        tag=tag,
        sorting=sorting,
        any_mapping=bool(catalog.mappings),
        revision=get_admin().catalog().revision.id,
    )


@page.get("/items")
def items() -> str:
    """Return the options for what is typed into the item field."""
    catalog = get_admin().catalog().catalog
    typed = next(filter(None, map(request.args.get, ("add", "item", "given"))), "")
    found = find_items(catalog, typed)
    return render_template("mappings/options.html", found=found)


@page.get("/names")
def tag_names() -> str:
    """Return the options for what is typed into the tag field."""
    picker = tag_picker((), request.args.get("given", "").strip())
    return render_template("mappings/tag_options.html", tags=picker.tags if picker else ())
