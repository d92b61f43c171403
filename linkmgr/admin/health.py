"""Health."""

from flask import Blueprint, render_template

page = Blueprint("health", __name__, url_prefix="/admin/health")


@page.get("")
def index() -> str:
    """Show the page."""
    return render_template("health.html")
