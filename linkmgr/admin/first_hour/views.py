"""The first hour: three steps on the dashboard of a new instance, each ticked when it is done."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.context import current_user, get_admin, readers_address
from linkmgr.admin.editing.edits import Change, save
from linkmgr.admin.editing.forms import error_text
from linkmgr.admin.editing.impact import flash_saved
from linkmgr.builder.setup.install import apply_install, plan_install
from linkmgr.builder.setup.layouts import INCLUDE_LINE
from linkmgr.builder.site import LayoutFiles, read_site_config
from linkmgr.builder.warnings import layout_warnings
from linkmgr.catalog.editing.edit import NewValue, edit_entries
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.checkout import note_rewritten
from linkmgr.messages.errors import LinkmgrError, Location
from linkmgr.messages.message import word
from linkmgr.posts.site import post_files
from linkmgr.store.revisions import Action, Entry

page = Blueprint("first_hour", __name__, url_prefix="/admin/first-hour")

# Posts that may show the blocks by themselves, where no layout does.
_POSTS_READ = 50


@dataclass(frozen=True, slots=True)
class Steps:
    """What a new instance needs before readers' clicks are counted.

    `server` is the address that the catalog has, empty for none, and `address` what this server
    takes for it. `has_line` is `None` where the blog's folder is elsewhere, `layout` the file of
    its posts' layout, empty where it has none of its own.
    """

    server: str
    address: str
    has_line: bool | None
    layout: str
    has_item: bool

    line = INCLUDE_LINE

    @property
    def done(self) -> int:
        """How many of the three are done."""
        return sum(map(bool, (self.server, self.has_line, self.has_item)))

    @property
    def next(self) -> int:
        """The first that is yet to be done."""
        return next(
            step
            for step, done in enumerate((self.server, self.has_line, self.has_item, False), 1)
            if not done
        )


@page.app_template_global()
def first_steps() -> Steps | None:
    """Return the steps, `None` once they are done: then the first click is awaited."""
    admin = get_admin()
    catalog = admin.catalog().catalog
    server = catalog.site.server or ""
    has_line, layout = (None, "") if admin.site() is None else _line_of(admin.settings.site_folder)
    if server and catalog.items and has_line is not False:
        return None
    return Steps(server, readers_address(), has_line, layout, bool(catalog.items))


@page.post("/server")
def server() -> ResponseReturnValue:
    """Save where readers find this server."""
    address = request.form.get("server", "").strip()
    revision = get_admin().catalog().revision.id
    entry = Entry("site", "server")

    def make(text: str) -> CatalogText:
        return edit_entries(text, [NewValue(entry.section, entry.name, address)])

    try:
        save(get_admin(), Change(revision, Action.CHANGED, make, entry), current_user())
    except LinkmgrError as error:
        flash(error_text(error), "problem")
    else:
        flash_saved(gettext("Saved. Links lead through this server from the next build on."))
    return redirect(url_for("dashboard.index"), 303)


@page.post("/layout")
def layout() -> ResponseReturnValue:
    """Put the line into the layouts of the blog, as `linkmgr init --write` does."""
    settings = get_admin().settings
    root = settings.site_folder
    try:
        plan = plan_install(root, catalog_file=settings.catalog)
        note_rewritten(root, {root / edit.path: edit.data for edit in plan.edits})
        apply_install(root, plan, write=True)
    except LinkmgrError as error:
        flash(error.excerpt(), "problem")
        return redirect(url_for("dashboard.index"), 303)
    for edit in plan.edits:
        flash(gettext("Written: %(place)s.", place=Location(edit.path, edit.line)), "done")
    for advice in plan.advice:
        flash(word(advice), "problem")
    return redirect(url_for("dashboard.index"), 303)


def _line_of(root: Path) -> tuple[bool | None, str]:
    """Return whether something of a blog shows the blocks, and the file of its posts' layout."""
    try:
        config = read_site_config(root)
        posts = (file.absolute for file in islice(post_files(root, config), _POSTS_READ))
        has_line = not any(layout_warnings(root, config, posts))
        folder = root / config.source / config.layouts_dir
        file = LayoutFiles(folder, config.jekyll.package).file("post")
    except (LinkmgrError, OSError):
        return None, ""
    return has_line, str(file.relative_to(root)) if file else ""
