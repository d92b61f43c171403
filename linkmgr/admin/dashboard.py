"""Dashboard."""

from flask import Blueprint, render_template

page = Blueprint("dashboard", __name__, url_prefix="/admin")


@page.get("/")
def index() -> str:
    """Show the page."""
    return render_template("dashboard.html")
