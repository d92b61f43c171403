"""Tags: which items each calls for, and the mappings behind that."""

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext

from linkmgr.admin.common.context import get_admin, page_number, survey, survey_facts
from linkmgr.admin.common.pages import AdminPage
from linkmgr.admin.items.chips import find_items
from linkmgr.admin.mappings import edit as tags_edit
from linkmgr.admin.mappings.by_tag import search_mappings, shown
from linkmgr.admin.mappings.rows import rows_of
from linkmgr.resolver.statistics import term
from linkmgr.site_index.index.queries import PAGE

page = Blueprint("tags", __name__, url_prefix="/admin/tags")
ADMIN_PAGE = AdminPage(page, lazy_gettext("Tags"), order=3, resends_forms=True)
page.add_url_rule("/new", view_func=tags_edit.new, methods=["GET", "POST"])
page.add_url_rule("/mapping/<name>", view_func=tags_edit.edit, methods=["GET", "POST"])
page.add_url_rule("/mapping/<name>/delete", view_func=tags_edit.delete, methods=["GET", "POST"])


@page.get("")
def index() -> str:
    """List the tags of the blog's posts, those first that lead to nothing."""
    search = request.args.get("q", "")
    by_use = request.args.get("sort") == "posts"
    opened = survey()
    found = opened.tags(page_number(), search, unmapped_first=not by_use) if opened else None
    rows = rows_of(opened, found.rows) if opened and found else []
    facts = {"search": search, "by_use": by_use, **survey_facts()}
    return render_template("mappings/tags.html", rows=rows, found=found, **facts)


@page.get("/mappings")
def mappings() -> str:
    """List the mappings in the file's order."""
    catalog = get_admin().catalog().catalog
    search, tag = request.args.get("q", ""), request.args.get("tag", "")
    found = search_mappings(catalog, search, term(tag))
    number = page_number()
    return render_template(
        "mappings/list.html",
        rows=shown(catalog, found[PAGE * (number - 1) : PAGE * number]),
        total=len(found),
        number=number,
        last=max(1, -(-len(found) // PAGE)),
        search=search,
        tag=tag,
        any_mapping=bool(catalog.mappings),
    )


@page.get("/items")
def items() -> str:
    """Offer items to who types one: the options of a list."""
    catalog = get_admin().catalog().catalog
    typed = request.args.get("add") or request.args.get("item", "")
    found = find_items(catalog, typed)
    return render_template("mappings/options.html", found=found)
