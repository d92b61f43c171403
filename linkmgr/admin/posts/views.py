"""Posts: what each shows and why, and pinning or excluding items there."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from linkmgr.admin.common.chips import chips, find_items
from linkmgr.admin.common.context import (
    connection,
    get_admin,
    index_facts,
    last_month,
    site_index,
)
from linkmgr.admin.common.pages import AdminPage
from linkmgr.admin.editing.impact import answer_change
from linkmgr.admin.items.preview import framed
from linkmgr.admin.mappings.subject import subject_of
from linkmgr.admin.posts import listing
from linkmgr.admin.posts.pins import PinKind, add_pin, pins_for, remove_pin
from linkmgr.admin.posts.rows import shown
from linkmgr.admin.posts.selected import change_posts
from linkmgr.messages.errors import LinkmgrError
from linkmgr.resolver.model import Placement
from linkmgr.site_index.index.queries import IndexedPost
from linkmgr.store.figures.figures import Dimension, curves

page = Blueprint("posts", __name__, url_prefix="/admin/posts")
ADMIN_PAGE = AdminPage(page, lazy_gettext("Posts"), order=4, key="p", resends_forms=True)


page.add_url_rule("", "index", listing.index)
page.add_url_rule("/selected", "selected", change_posts, methods=["GET", "POST"])


@page.get("/<key>")
def show(key: str) -> str:
    """Show what a post shows, and why."""
    if site_index() is None:
        return render_template("posts/post.html", post=None, **index_facts())
    return _post_page(*_post_of(key))


@page.post("/<key>")
def pin(key: str) -> ResponseReturnValue:
    """Pin or exclude an item on a post, or end that; the impact is shown first."""
    post, placements = _post_of(key)
    action, typed = request.form.get("do", ""), request.form.get("item", "").strip()
    here = url_for("posts.show", key=key)
    if action == "back":
        return redirect(here, 303)
    wanted = request.form.get("kind", "")
    if wanted not in set(PinKind):
        abort(400)
    seen = get_admin().catalog()
    if typed not in seen.catalog.items:
        found = find_items(seen.catalog, typed) if typed else []
        problem = "" if found else gettext("Type an item's name or part of its title.")
        chosen = {"typed": typed, "wanted": wanted, "found": found, "problem": problem}
        return _post_page(post, placements, **chosen), 400 if problem else 200
    revision = request.form.get("revision", "")
    decide = remove_pin if request.form.get("end") else add_pin
    change = decide(seen.catalog, revision, PinKind(wanted), typed, post.path)
    if change is None or change.entry is None:
        return redirect(here, 303)
    try:
        return answer_change(change, subject_of(change.entry.name), here)
    except LinkmgrError as error:
        return _post_page(post, placements, problem=error.excerpt()), 400


def _post_of(key: str) -> tuple[IndexedPost, tuple[Placement, ...]]:
    opened = site_index()
    found = opened.post(key) if opened else None
    return found or abort(404)


def _post_page(post: IndexedPost, placements: tuple[Placement, ...], **more: Any) -> str:
    seen = get_admin().catalog()
    html, problem = _preview(post.key)
    pins = pins_for(seen.catalog, post.path)
    named = chips(seen.catalog, [each.item for each in pins])
    now, before = curves(connection(), last_month(), Dimension.POST, post.key)
    facts = {
        "post": post,
        "placements": shown(seen.catalog, placements),
        "pins": list(zip(pins, named, strict=True)),
        "excluded": {each.item for each in pins if each.kind is PinKind.EXCLUDE},
        "pinned": {each.item for each in pins if each.kind is PinKind.PIN},
        "site": seen.catalog.site,
        "revision": seen.revision.id,
        "preview": html,
        "preview_problem": problem,
        "clicks": now.sum,
        "clicks_before": before.sum,
    }
    return render_template("posts/post.html", **facts, **more, **index_facts())


def _preview(key: str) -> tuple[str, str]:
    """Return a page with a post's blocks for a frame of its own, or why there is none."""
    site = get_admin().site()
    try:
        html = site.preview(key) if site else ""
    except LinkmgrError as error:
        return "", error.excerpt()
    return framed(html) if html.strip() else "", ""
