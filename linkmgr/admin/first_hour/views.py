"""The first hour: what is known of the blog, what to do next, and where clicks are counted.

The dashboard has it until the first click.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from linkmgr.admin.common.context import (
    Admin,
    connection,
    current_user,
    get_admin,
    site_index,
    today,
)
from linkmgr.admin.common.template_helpers import number
from linkmgr.admin.dashboard.views import index as dashboard
from linkmgr.admin.editing.edits import Change, save
from linkmgr.admin.editing.forms import error_text
from linkmgr.admin.editing.impact import flash_saved
from linkmgr.admin.health.board import count_unshown
from linkmgr.admin.health.shops import GonePage, gone_products
from linkmgr.builder.setup.install import apply_install, plan_install
from linkmgr.builder.setup.layouts import INCLUDE_LINE
from linkmgr.builder.site import LayoutFiles, read_site_config
from linkmgr.builder.warnings import layout_warnings
from linkmgr.catalog.blocks import BOOKS
from linkmgr.catalog.editing.edit import NewValue, edit_entries
from linkmgr.catalog.items import Good
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.checkout import note_rewritten
from linkmgr.links.reach import Reach, reach_of
from linkmgr.links.urls import origin_problem
from linkmgr.messages.errors import LinkmgrError, Location
from linkmgr.messages.message import translate
from linkmgr.network.health import ask_health, failure
from linkmgr.posts.site import post_files
from linkmgr.resolver.fold import fold
from linkmgr.site_index.posts import SiteIndex, TagQuery
from linkmgr.store.revisions import Action, Entry, first_number

page = Blueprint("first_hour", __name__, url_prefix="/admin/first-hour")

# How many posts are read to see if they show the blocks by themselves, where no layout does.
_POSTS_READ = 50

_MOST_STEPS = 3
_MOST_SUGGESTED = 2

# Seconds for each step of the request that tries whether readers reach an address.
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next: a number with what it counts, and the link that acts."""

    number: str
    unit: str
    title: str
    text: str
    label: str
    address: str
    tone: str = ""
    """`up` where the number is to be gained."""
    is_sent: bool = False
    """Whether the address takes a form that is sent, instead of being a page."""
    code: str = ""
    """What to copy, in place of an action."""


@dataclass(frozen=True, slots=True)
class KnownPosts:
    """What the posts of the blog show by now."""

    posts: int
    nothing: int
    """Those that show nothing at all."""
    drafts: int
    """Those in `_drafts`, which are no posts until they are published."""
    without_book: int | None
    """Those without a book, `nothing` among them; `None` where no block shows books."""

    @property
    def showing(self) -> int:
        """How many show anything, and so have links."""
        return self.posts - self.nothing


@dataclass(frozen=True, slots=True)
class FirstHour:
    """What the dashboard has before the first click."""

    known: KnownPosts | None
    """`None` where the blog is elsewhere, or was not read yet."""
    problems: Sequence[str]
    """Why the posts could not be read as they are now."""
    has_site: bool
    host: str
    """The blog's."""
    contents: str
    """The address of the page that has the catalog as it was found."""
    items: int
    unshown: int
    """Items in use that no post shows."""
    gone: Sequence[GonePage]
    steps: Sequence[NextStep]
    server: str
    """The address that the catalog has, empty for none."""
    typed: str
    """The address that was typed and not saved, empty for none."""
    problem: str
    """Why the typed address was not saved."""
    may_skip_check: bool

    @property
    def suggested(self) -> str:
        """A name that the server may have, below the blog's own."""
        return f"go.{self.host.removeprefix('www.')}"

    @property
    def posts_with_gone(self) -> int:
        """How many posts link to pages that are gone, each counted once a page."""
        return sum(page.posts for page in self.gone)


@page.app_template_global()
def first_hour() -> FirstHour:
    """Return what is known of the blog, and what to do next."""
    admin, opened = get_admin(), site_index()
    catalog = admin.catalog().catalog
    problems = opened.meta.problems if opened else ()
    if opened and not opened.meta.revision:  # it could not be made yet
        opened = None
    gone = gone_products()
    unshown = count_unshown(admin) if opened else 0
    refused: _RefusedAddress = g.get("refused_server", _RefusedAddress("", ""))
    return FirstHour(
        known=_known_posts(admin, opened) if opened else None,
        problems=problems,
        has_site=admin.site() is not None,
        host=urlsplit(catalog.site.url).hostname or "",
        contents=_page_of_contents(),
        items=len(catalog.items),
        unshown=unshown,
        gone=gone,
        steps=list(islice(_steps(admin, opened, gone, unshown), _MOST_STEPS)),
        server=catalog.site.server or "",
        typed=refused.typed,
        problem=refused.problem,
        may_skip_check=refused.may_skip_check,
    )


def _page_of_contents() -> str:
    """Return the address of the catalog's first revision, of History before there is one."""
    number = first_number(connection())
    if number:
        return url_for("history.revision", number=number)
    return url_for("history.index")


def _known_posts(admin: Admin, opened: SiteIndex) -> KnownPosts:
    counts = opened.post_counts()
    drafts = 0 if admin.site() is None else _count_drafts(admin.settings.site_folder)
    without_book = None
    if any(block.name == BOOKS.name for block in admin.catalog().catalog.blocks):
        without_book = counts.posts - counts.showing.get(BOOKS.name, 0)
    return KnownPosts(counts.posts, counts.nothing, drafts, without_book)


def _count_drafts(root: Path) -> int:
    """Count the drafts that are not among the posts, 0 where they cannot be read."""
    try:
        config = read_site_config(root)
        if config.show_drafts:
            return 0
        files = post_files(root, config, drafts=True)
    except (LinkmgrError, OSError):
        return 0
    return sum("_drafts" in Path(file.path).parts for file in files)


# What to do next: what is broken first, then what is missing, then what is too much.


def _steps(
    admin: Admin, opened: SiteIndex | None, gone: Sequence[GonePage], unshown: int
) -> Iterator[NextStep]:
    has_line, layout = None, ""
    if admin.site() is not None:
        has_line, layout = _line_of(admin.settings.site_folder)
    if not has_line:
        yield _line_step(opened, layout, is_here=has_line is False)
    if gone:
        yield _gone_step(gone)
    if not admin.catalog().catalog.items:
        yield NextStep(
            "0",
            gettext("items"),
            gettext("Add the first item"),
            gettext(
                "A book, a product or a call to action. Paste its address, and its card is there."
            ),
            gettext("Add an item"),
            url_for("items.add"),
        )
    if opened:
        yield from _tag_steps(admin, opened)
    if unshown:
        yield NextStep(
            number(unshown),
            ngettext("item", "items", unshown),
            ngettext(
                "Find a place for the unused item", "Find a place for the unused items", unshown
            ),
            gettext("They are in the catalog, and no post shows them."),
            gettext("See the items"),
            url_for("items.index", sort="posts"),
        )


def _line_step(opened: SiteIndex | None, layout: str, *, is_here: bool) -> NextStep:
    """Return the step to the line of the layouts, which can be written where the blog is here."""
    posts = opened.post_counts().posts if opened else 0
    if layout:
        where = gettext(
            "It goes where the blocks are to appear, below the text of a post, in %(file)s.",
            file=layout,
        )
    else:
        where = gettext("It goes where the blocks are to appear, below the text of a post.")
    return NextStep(
        number(posts) if posts else "1",
        ngettext("post", "posts", posts) if posts else gettext("line"),
        gettext("One line in the blog’s layout"),
        where,
        gettext("Put it below the text for me") if is_here else "",
        url_for("first_hour.layout") if is_here else "",
        is_sent=is_here,
        code=INCLUDE_LINE,
    )


def _gone_step(gone: Sequence[GonePage]) -> NextStep:
    posts = sum(page.posts for page in gone)
    return NextStep(
        number(posts),
        ngettext("post links there", "posts link there", posts),
        ngettext(
            "Fix %(count)s dead link",
            "Fix %(count)s dead links",
            len(gone),
            count=number(len(gone)),
        ),
        gettext(
            "The product’s page is gone. Choose another one, and all of these links work again."
        ),
        gettext("Choose what replaces it"),
        url_for("health.index", _anchor="gone"),
    )


def _tag_steps(admin: Admin, opened: SiteIndex) -> Iterator[NextStep]:
    """Yield the tag without a mapping that is on the most posts which show nothing."""
    for tag in opened.tags(1, TagQuery(unmapped=True)).rows[:1]:
        nothing = tag.posts - tag.shown
        if not nothing:
            continue
        for_tag: dict[str, Any] = {tag.kind.value: tag.written}
        text = gettext(
            "It is on %(posts)s of %(all)s posts that show nothing. No rule names it.",
            all=number(opened.post_counts().nothing),
            posts=number(nothing),
        )
        fitting = _items_named_after(tag.written, admin)
        if fitting:
            for_tag["item"] = [item.id for item in fitting]
            text = gettext("%(first)s %(second)s", first=text, second=_what_fits(fitting))
        yield NextStep(
            f"+{number(nothing)}",
            ngettext("post", "posts", nothing),
            gettext("Show something for “%(tag)s”", tag=tag.written),
            text,
            gettext("Add a rule"),
            url_for("mappings.new", **for_tag),
            tone="up",
        )


def _items_named_after(tag: str, admin: Admin) -> list[Good]:
    """Return books and products in use that have the tag in their title, in the catalog's order."""
    day, word_of_tag = today(), fold(tag)
    goods = [item for item in admin.catalog().catalog.items.values() if isinstance(item, Good)]
    named = (good for good in goods if word_of_tag in fold(good.title) and good.is_shown_on(day))
    return list(islice(named, _MOST_SUGGESTED))


def _what_fits(items: Sequence[Good]) -> str:
    text: str
    if len(items) == 1:
        text = gettext("“%(title)s” may fit: it has the tag in its title.", title=items[0].title)
    else:
        text = gettext(
            "“%(first)s” and “%(second)s” may fit: they have the tag in their titles.",
            first=items[0].title,
            second=items[1].title,
        )
    return text


def _line_of(root: Path) -> tuple[bool | None, str]:
    """Return whether a blog shows the blocks, `None` if it can't be read, and its posts' layout."""
    try:
        config = read_site_config(root)
        posts = (file.absolute for file in islice(post_files(root, config), _POSTS_READ))
        has_line = not any(layout_warnings(root, config, posts))
        folder = root / config.source / config.layouts_dir
        file = LayoutFiles(folder, config.jekyll.package).file("post")
    except (LinkmgrError, OSError):
        return None, ""
    return has_line, str(file.relative_to(root)) if file else ""


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
        flash(translate(advice), "problem")
    return redirect(url_for("dashboard.index"), 303)


# Where readers find this server.


@dataclass(frozen=True, slots=True)
class _RefusedAddress:
    """An address that was typed and not saved."""

    typed: str
    problem: str
    may_skip_check: bool = False
    """Whether it may be right though this machine does not reach it."""


@page.post("/server")
def server() -> ResponseReturnValue:
    """Save where readers find this server, if they can."""
    typed = request.form.get("server", "").strip()
    address = typed if "://" in typed else f"https://{typed}"
    refused = _refusal(address, typed)
    if refused is None and not request.form.get("unchecked"):
        refused = _unreached(address, typed)
    if refused is None:
        refused = _save_server(address, typed)
    if refused:
        g.refused_server = refused
        return dashboard(), 400
    flash_saved(gettext("Saved. Links lead through this server from the next build on."))
    return redirect(url_for("dashboard.index"), 303)


def _refusal(address: str, typed: str) -> _RefusedAddress | None:
    """Refuse what is no address, and on a public blog what readers cannot reach."""
    if not typed:
        return _RefusedAddress(typed, gettext("Enter an address, or do it later."))
    problem = origin_problem(address)
    if problem:
        return _RefusedAddress(typed, error_text(LinkmgrError(problem)))
    if reach_of(get_admin().catalog().catalog.site.url) is not Reach.EVERYBODY:
        return None
    reach = reach_of(address)
    if not reach.is_local:
        return None
    host = urlsplit(address).hostname or ""
    if reach is Reach.THIS_COMPUTER:
        why = gettext("%(host)s is this computer itself.", host=host)
    else:
        why = gettext("%(host)s is known in your own network alone.", host=host)
    opened = site_index()
    counts = opened.post_counts() if opened else None
    posts = counts.posts - counts.nothing if counts else 0
    if posts:
        effect = ngettext(
            "It was not saved: readers’ clicks would fail in %(count)s post.",
            "It was not saved: readers’ clicks would fail in %(count)s posts.",
            posts,
            count=number(posts),
        )
    else:
        effect = gettext("It was not saved: readers’ clicks would fail.")
    return _RefusedAddress(typed, gettext("%(first)s %(second)s", first=why, second=effect))


def _unreached(address: str, typed: str) -> _RefusedAddress | None:
    """Refuse an address at which this server does not answer."""
    if reach_of(address) is Reach.NOBODY:
        return None
    try:
        answer = ask_health(address, patience=_PATIENCE)
    except (OSError, HTTPException) as error:
        text = gettext(
            "It was not saved: nothing answers at %(address)s (%(reason)s).",
            address=address,
            reason=failure(error),
        )
    else:
        if answer.health:
            return None
        text = gettext(
            "It was not saved: another server answers at %(address)s, with status %(status)s.",
            address=address,
            status=answer.status,
        )
    return _RefusedAddress(typed, text, may_skip_check=True)


def _save_server(address: str, typed: str) -> _RefusedAddress | None:
    revision = get_admin().catalog().revision.id
    entry = Entry("site", "server")

    def make(text: str) -> CatalogText:
        return edit_entries(text, [NewValue(entry.section, entry.name, address)])

    try:
        save(get_admin(), Change(revision, Action.CHANGED, make, entry), current_user())
    except LinkmgrError as error:
        return _RefusedAddress(typed, error_text(error))
    return None
