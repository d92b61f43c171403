"""Tags."""

from flask import Blueprint, render_template

page = Blueprint("tags", __name__, url_prefix="/admin/tags")


@page.get("")
def index() -> str:
    """Show the page."""
    return render_template("tags.html")
