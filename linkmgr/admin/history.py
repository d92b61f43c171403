"""History."""

from flask import Blueprint, render_template

page = Blueprint("history", __name__, url_prefix="/admin/history")


@page.get("")
def index() -> str:
    """Show the page."""
    return render_template("history.html")
