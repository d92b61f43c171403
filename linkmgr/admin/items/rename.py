"""Renaming an item: another id in the catalog and in the posts that name it, in one change."""

from functools import partial

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, StringField

from linkmgr.admin.common.chips import name_of
from linkmgr.admin.common.context import current_user, get_admin
from linkmgr.admin.common.forms import PageForm
from linkmgr.admin.editing import edits
from linkmgr.admin.editing.edits import Change
from linkmgr.admin.editing.forms import error_text
from linkmgr.admin.editing.impact import flash_saved
from linkmgr.admin.items.item_page import users_of
from linkmgr.messages.errors import Conflict, LinkmgrError
from linkmgr.renaming import plan_renaming, posts_naming, writing_posts
from linkmgr.store.revisions import Action


class RenamingForm(PageForm):
    """Another id for an item of the catalog's `revision`."""

    revision = HiddenField()
    name = StringField(lazy_gettext("New id"))


def ask(item: str) -> str:
    """Ask for another id of an item, which `to` proposes, and show what will be rewritten."""
    form = RenamingForm()
    form.name.data = request.args.get("to", item)
    return _page(item, form)


def rename(item: str) -> ResponseReturnValue:
    """Rename an item, and the posts that name it."""
    admin = get_admin()
    renamed = admin.catalog().catalog.items.get(item) or abort(404)
    form = RenamingForm()
    new, title = (form.name.data or "").strip(), name_of(renamed)
    try:
        planned = plan_renaming(admin.settings.site_folder, admin.settings.catalog, item, new)
        change = Change(
            form.revision.data or "",
            Action.RENAMED,
            lambda _: planned.text,
            summary=title,
            beside=partial(writing_posts, planned),
        )
        edits.save(admin, change, current_user())
    except Conflict:
        form.general.append(gettext("The catalog was changed in the meantime: look again."))
        return _page(item, form), 409
    except LinkmgrError as error:
        form.name.errors = [error_text(error)]
        return _page(item, form), 400
    flash_saved(gettext("%(name)s now has the id %(id)s.", name=title, id=new))
    return redirect(url_for("items.item", item=new), 303)


def _page(item: str, form: RenamingForm) -> str:
    admin = get_admin()
    seen = admin.catalog()
    renamed = seen.catalog.items.get(item) or abort(404)
    form.revision.data = seen.revision.id
    problem, posts = "", []
    try:
        posts = posts_naming(admin.settings.site_folder, seen.catalog.site.pages, item)
    except LinkmgrError as error:
        problem = error.excerpt()
    return render_template(
        "items/rename.html",
        form=form,
        item=renamed,
        name=name_of(renamed),
        users=users_of(seen.catalog, item),
        posts=posts,
        problem=problem,
        has_site=admin.site() is not None,
        counts_clicks=seen.catalog.site.server is not None,
    )
