"""Items."""

from flask import Blueprint, render_template

page = Blueprint("items", __name__, url_prefix="/admin/items")


@page.get("")
def index() -> str:
    """Show the page."""
    return render_template("items.html")
