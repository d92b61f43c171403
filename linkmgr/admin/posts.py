"""Posts."""

from flask import Blueprint, render_template

page = Blueprint("posts", __name__, url_prefix="/admin/posts")


@page.get("")
def index() -> str:
    """Show the page."""
    return render_template("posts.html")
