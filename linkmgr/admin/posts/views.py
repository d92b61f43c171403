"""Posts: what each shows and why, and pinning or excluding items there."""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext

from linkmgr.admin.common.chips import Chip, chips, find_items, kind_count, kind_name
from linkmgr.admin.common.context import (
    get_admin,
    index_facts,
    site_index,
)
from linkmgr.admin.common.lists import FootRow, Listing, ListReport, page_rows
from linkmgr.admin.common.pages import AdminPage, Sorting, choice_of, csv_file
from linkmgr.admin.common.template_helpers import number
from linkmgr.admin.dashboard.list_figures import (
    FIGURES,
    PER_100_CLICKS,
    Figures,
    ListFigures,
    earned_note,
    period_choices,
)
from linkmgr.admin.dashboard.own_figures import read_month, seen_of_post
from linkmgr.admin.dashboard.wording import labels
from linkmgr.admin.editing.impact import answer_change
from linkmgr.admin.editing.selection import (
    answer,
    ask,
    chosen_item,
    read_selection,
    some_of,
    to_list,
)
from linkmgr.admin.items.preview import framed
from linkmgr.admin.mappings.forms import subject_of
from linkmgr.admin.posts.pins import Pin, PinKind, add_pin, excluding_globs, pins_for, remove_pin
from linkmgr.catalog.blocks import Block
from linkmgr.catalog.items import ITEM_TYPES, ItemKind
from linkmgr.catalog.model import Catalog
from linkmgr.clicks.counts import Dimension, ViewCounts, sum_views_by
from linkmgr.earnings.admin_figures import earned_by_post
from linkmgr.earnings.figures import By
from linkmgr.figures.views import PlacedItem
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import translate
from linkmgr.reports import Column, Kind, Output, sorted_rows
from linkmgr.resolver.explain import reason_message, tag_messages
from linkmgr.resolver.model import CATEGORY, KEYWORD, PATH, PIN, TAG, Placement, Reason
from linkmgr.resolver.statistics import term
from linkmgr.site_index.posts import (
    IndexedPost,
    PostColumn,
    PostQuery,
    PostState,
    SiteIndex,
    TagKind,
)

# How many items are offered to be pinned on a post.
_MOST_SUGGESTED = 3

# The rows of the list of posts, and of what one post shows.


class CountedPost(NamedTuple):
    """The key of a post with its figures: what a list of all posts is sorted and summed up by."""

    key: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post in the list."""

    post: IndexedPost
    figures: Figures
    address: str = ""
    shows: Sequence[str] = ()
    """How many items of each kind it shows, in words."""

    lacks: Sequence[str] = ()
    """The blocks that it lacks, in words."""


_FILE = frozenset({Output.CSV})
_IN_FILE = frozenset({Output.CSV, Output.ORDER})

# Hardly a programme's reports name the page: in the list of posts there would be dashes.
_PER_100_CLICKS = replace(PER_100_CLICKS, outputs=_FILE)

POSTS: ListReport[PostRow] = ListReport(
    Column("title", "Post", lambda row: row.post.title or row.post.path, _IN_FILE, kind=Kind.TEXT),
    (
        Column("key", "key", lambda row: row.post.key, _FILE, kind=Kind.TEXT),
        Column("address", "Address", lambda row: row.address, _FILE, kind=Kind.TEXT),
        Column("day", "Date", lambda row: row.post.day, _IN_FILE, kind=Kind.DAY),
        Column("items", "Items", lambda row: row.post.items, _IN_FILE),
        *(_PER_100_CLICKS if column is PER_100_CLICKS else column for column in FIGURES),
    ),
    usual=Sorting("day", falling=True),
    main="clicks",
)


def rows_of(index: SiteIndex, counted: Sequence[CountedPost]) -> list[PostRow]:
    """Return the rows of a page of posts, by three queries of the index."""
    catalog = get_admin().catalog().catalog
    keys = [post.key for post in counted]
    posts, shown, filled = index.posts_by_key(keys), index.shown_by(keys), index.filled_by(keys)
    rows = []
    for key, figures in counted:
        shows = _shows(catalog, shown.get(key, []))
        lacks = _lacks(catalog, filled.get(key, ()))
        rows.append(PostRow(posts[key], figures, shows=shows, lacks=lacks))
    return rows


def _shows(catalog: Catalog, placed: Sequence[tuple[str, str]]) -> list[str]:
    """Return in words how many items of each kind are shown."""
    counts: Counter[ItemKind] = Counter()
    for name in {name for _, name in placed}:
        item = catalog.items.get(name)  # the index may know some that are gone
        if item:
            counts[item.kind] += 1
    return [kind_count(kind, counts[kind]) for kind in ITEM_TYPES if counts[kind]]


def _lacks(catalog: Catalog, blocks: Container[str]) -> list[str]:
    """Return in words which blocks a post lacks that has these."""
    names = {kind.value: kind_name(kind, "none") for kind in ItemKind}
    lacked = [block.name for block in _wanted_blocks(catalog) if block.name not in blocks]
    return [names.get(name) or gettext("no %(block)s", block=name) for name in lacked]


def _item_blocks(catalog: Catalog) -> list[Block]:
    """Return the blocks that show items, not related posts."""
    return [block for block in catalog.blocks if block.kind.items]


def _wanted_blocks(catalog: Catalog) -> list[Block]:
    """Return the blocks that any post is expected to fill; few posts compare anything."""
    return [block for block in _item_blocks(catalog) if not block.kind.compares]


@dataclass(frozen=True, slots=True)
class Why:
    """A reason for a placement in words, and the address of its rule, if it has one."""

    text: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class ShownPlacement:
    """A placement as a page shows it."""

    placement: Placement
    chip: Chip
    """Its item."""

    reasons: list[Why]
    """Its reasons by weight, then its tags."""


@dataclass(frozen=True, slots=True)
class NextInLine:
    """An item that a post could show as well."""

    chip: Chip
    score: float
    """Its score, 0 where no rule names it there."""

    why: str
    """What keeps it from being shown, or how many other posts show it."""


def shown(catalog: Catalog, placements: tuple[Placement, ...]) -> list[ShownPlacement]:
    """Return placements as a page shows them."""
    named = chips(catalog, [placement.item for placement in placements])
    shown_placements: list[ShownPlacement] = []
    for placement, chip in zip(placements, named, strict=True):
        reasons: list[Why] = []
        for reason in placement.reasons:
            address = _rule_address(catalog, placement.item, reason)
            reasons.append(Why(reason_text(reason), address))
        if placement.item in catalog.items:  # the index may know one that is gone
            reasons += [Why(translate(tag)) for tag in tag_messages(catalog, placement)]
        shown_placements.append(ShownPlacement(placement, chip, reasons))
    return shown_placements


def reason_text(reason: Reason) -> str:
    """Word a reason: `tag coffee (on 3 of 120 posts)`."""
    return translate(reason_message(reason))


_TERMS = {TAG: "tags", CATEGORY: "categories", KEYWORD: "keywords", PATH: "paths"}


def _rule_address(catalog: Catalog, item: str, reason: Reason) -> str:
    """Return the address of the mapping that gives an item for a reason, empty without one."""
    rule = _rule_of(catalog, item, reason)
    return url_for("mappings.edit", name=rule) if rule else ""


def _rule_of(catalog: Catalog, item: str, reason: Reason) -> str | None:
    """Return the id of the mapping that gives an item for a reason, `None` without one."""
    if reason.cause == PIN:
        return reason.measure if reason.measure in catalog.mappings else None  # type: ignore[return-value]
    kind = _TERMS.get(reason.cause)
    if kind is None:
        return None
    wanted = term(reason.term)
    for mapping in catalog.mappings.values():
        if item in mapping.items and not mapping.exclude:
            terms = getattr(mapping.any_of, kind) + getattr(mapping.all_of, kind)
            if wanted in map(term, terms):
                return mapping.id
    return None


# The list of posts: search, filters and order in its address.


def _list_posts() -> str:
    """List the posts that are wanted, the newest first if the address names no order."""
    seen, opened = get_admin().catalog(), site_index()
    if opened is None:
        return render_template("posts/list.html", listing=None, **index_facts())
    wanted, figures = _wanted(seen.catalog), ListFigures.read(Dimension.POST)
    counted = _counted(opened, wanted, figures)
    listing = Listing(
        POSTS,
        rows_of(opened, page_rows(counted)),
        len(counted),
        figures.facts,
        _foot(figures, counted, is_whole=_is_whole(wanted)),
    )
    return render_template(
        "posts/list.html",
        listing=listing,
        picked=figures.picked,
        periods=period_choices(figures.picked),
        note=earned_note(figures),
        wanted=wanted,
        tag=request.args.get("tag", ""),
        item=request.args.get("item", ""),
        missing=_missing(seen.catalog),
        block_options=[(block.name, block.name, None) for block in _item_blocks(seen.catalog)],
        # They count all posts: beside a search they would contradict the list.
        counts=None if _is_narrowed(wanted) else opened.post_counts(),
        revision=seen.revision.id,
        **index_facts(),
    )


def _send_posts() -> Response:
    """Send the posts that are wanted as a file, with the figures that no post has."""
    opened = site_index() or abort(404)
    catalog = get_admin().catalog().catalog
    wanted, figures = _wanted(catalog), ListFigures.read(Dimension.POST)
    counted = _counted(opened, wanted, figures)
    posts = opened.posts_by_key([post.key for post in counted])
    rows = []
    for key, figures_of_post in counted:
        post = posts[key]
        rows.append(PostRow(post, figures_of_post, address=f"{catalog.site.url}{post.url}"))
    foot = _foot(figures, counted, is_whole=_is_whole(wanted))
    return csv_file(POSTS.csv(rows, figures.facts, foot), f"posts-{figures.days_name}.csv")


def _is_narrowed(wanted: PostQuery) -> bool:
    """Whether posts are left out for more than what they lack, which tabs say."""
    asked = wanted.search or wanted.tag or wanted.items is not None or wanted.block
    return bool(asked) or wanted.state not in (None, PostState.NOTHING)


def _is_whole(wanted: PostQuery) -> bool:
    """Whether no posts are left out."""
    return not (_is_narrowed(wanted) or wanted.state or wanted.lacking)


def _counted(index: SiteIndex, wanted: PostQuery, figures: ListFigures) -> list[CountedPost]:
    """Return all posts that are wanted, as the address has them sorted."""
    counted = [CountedPost(key, figures.of_value(key)) for key in index.post_keys(wanted)]
    sorting = POSTS.sorting
    if sorting.column in set(PostColumn):
        return counted
    column = next(figure for figure in FIGURES if figure.name == sorting.column)
    return sorted_rows(counted, column, falling=sorting.falling)


def _foot(figures: ListFigures, counted: list[CountedPost], *, is_whole: bool) -> list[FootRow]:
    posts = len(counted)
    count = ngettext("%(count)s post", "%(count)s posts", posts, count=number(posts))
    if not is_whole:
        return [figures.sum_row(counted, count)]
    return figures.foot_rows(counted, count, gettext("Not matched to a post"), By.POST)


def _missing(catalog: Catalog) -> list[tuple[str, str]]:
    """Return the blocks that a post may lack, with the words for the posts that do."""
    words = {kind.value: kind_name(kind, "without") for kind in ItemKind}
    return [
        (block.name, words.get(block.name) or gettext("Without %(block)s", block=block.name))
        for block in _wanted_blocks(catalog)
    ]


def _wanted(catalog: Catalog) -> PostQuery:
    args, sorting = request.args, POSTS.sorting
    is_figure = sorting.column not in set(PostColumn)
    tag, item = args.get("tag", ""), args.get("item", "").strip()
    return PostQuery(
        search=args.get("q", ""),
        tag=term(tag) if tag else None,
        kind=choice_of(TagKind, "kind") or TagKind.TAG,
        state=choice_of(PostState, "shows"),
        items=[chip.id for chip in find_items(catalog, item)] if item else None,
        block=args.get("block", ""),
        lacking=args.get("without", ""),
        column=PostColumn.DAY if is_figure else PostColumn(sorting.column),
        falling=is_figure or sorting.falling,
        excluded=excluding_globs(catalog),
    )


# Pinning or excluding an item on all selected posts.


def change_posts() -> ResponseReturnValue:
    """Change what the selected posts show."""
    opened = site_index() or abort(404)
    selection = read_selection()
    back = to_list(selection)
    if back is not None:
        return back
    if selection.action not in set(PinKind):
        abort(400)
    known = opened.posts_by_key(selection.ids)
    posts = [known[key] for key in selection.ids if key in known]
    titles = [post.title or post.path for post in posts]
    item, matching = chosen_item(selection)
    names = some_of(titles)
    if selection.action == PinKind.PIN:
        title = gettext("Pin an item on %(names)s", names=names)
    else:
        title = gettext("Exclude an item from %(names)s", names=names)
    if not item:
        problem = gettext("No items match.") if selection.given and not matching else ""
        label = gettext("Which item")
        return ask(selection, title, titles, problem, found=matching, item_label=label)
    pin = Pin(PinKind(selection.action), item)
    paths = [post.path for post in posts]
    change = add_pin(get_admin().catalog().catalog, selection.revision, pin, *paths)
    return answer(selection, change, title)


# The pages.

page = Blueprint("posts", __name__, url_prefix="/admin/posts")
ADMIN_PAGE = AdminPage(page, lazy_gettext("Posts"), order=5, key="p", resends_forms=True)
page.add_url_rule("", "index", _list_posts)
page.add_url_rule("/posts.csv", "csv", _send_posts)
page.add_url_rule("/selected", "selected", change_posts, methods=["GET", "POST"])


@page.get("/<key>")
def show(key: str) -> str:
    """Show what a post shows, and why."""
    if site_index() is None:
        return render_template("posts/post.html", post=None, **index_facts())
    post, placements = _post_of(key)
    return _post_page(post, placements)


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
        matching = find_items(seen.catalog, typed) if typed else []
        problem = "" if matching else gettext("Type an item's name or part of its title.")
        chosen = {"typed": typed, "wanted": wanted, "matching": matching, "problem": problem}
        return _post_page(post, placements, **chosen), 400 if problem else 200
    revision = request.form.get("revision", "")
    write = remove_pin if request.form.get("end") else add_pin
    change = write(seen.catalog, revision, Pin(PinKind(wanted), typed), post.path)
    if change is None or change.entry is None:
        return redirect(here, 303)
    try:
        return answer_change(change, subject_of(change.entry.name), here)
    except LinkmgrError as error:
        return _post_page(post, placements, problem=error.excerpt()), 400


def _post_of(key: str) -> tuple[IndexedPost, tuple[Placement, ...]]:
    opened = site_index() or abort(404)
    return opened.post(key) or abort(404)


def _post_page(post: IndexedPost, placements: tuple[Placement, ...], **more: Any) -> str:
    seen = get_admin().catalog()
    html, problem = _preview(post.key)
    figures = read_month(Dimension.POST, post.key, [Dimension.PLACE, Dimension.REFERRER])
    seen_items = seen_of_post(post.key) if figures.now.sum.views else {}
    pins = pins_for(seen.catalog, post.path)
    named = chips(seen.catalog, [pin.item for pin in pins])
    facts = {
        "post": post,
        "placements": shown(seen.catalog, placements),
        "pins": list(zip(pins, named, strict=True)),
        "next_in_line": _next_in_line(seen.catalog, post.key),
        "excluded": {pin.item for pin in pins if pin.kind is PinKind.EXCLUDE},
        "pinned": {pin.item for pin in pins if pin.kind is PinKind.PIN},
        "items": seen.catalog.items,
        "site": seen.catalog.site,
        "revision": seen.revision.id,
        "preview": html,
        "preview_problem": problem,
        "figures": figures,
        "seen_items": seen_items,
        "seen_places": _by_place(seen_items),
        "label": labels(get_admin(), ()),
        "earned": earned_by_post(post.key),
    }
    return render_template("posts/post.html", **facts, **more, **index_facts())


def _next_in_line(catalog: Catalog, key: str) -> list[NextInLine]:
    """Return the items that are next in line in a post; none where the site cannot be asked."""
    site = get_admin().site()
    try:
        suggestions = site.suggest([key], _MOST_SUGGESTED) if site else ()
    except LinkmgrError:
        return []
    named = chips(catalog, [suggestion.item for suggestion in suggestions])
    return [
        NextInLine(chip, suggestion.score, translate(suggestion.why))
        for chip, suggestion in zip(named, suggestions, strict=True)
    ]


def _by_place(items: Mapping[PlacedItem, ViewCounts]) -> dict[str, ViewCounts]:
    """Return what was seen at each place, whatever stood there meanwhile."""
    return sum_views_by(lambda item: f"{item.block}.{item.rank}", items)


def _preview(key: str) -> tuple[str, str]:
    """Return a page with a post's blocks for a frame of its own, or why there is none."""
    site = get_admin().site()
    try:
        html = site.preview(key) if site else ""
    except LinkmgrError as error:
        return "", error.excerpt()
    return framed(html) if html.strip() else "", ""
