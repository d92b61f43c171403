"""Search: a page of its own without script, with script what the palette shows."""

from flask import Blueprint, render_template, request

from linkmgr.admin.search.find import find

page = Blueprint("search", __name__, url_prefix="/admin/search")


@page.get("")
def index() -> str:
    """Show what the words in the address may mean."""
    typed = request.args.get("q", "")
    return render_template("search/search.html", typed=typed, groups=find(typed))
