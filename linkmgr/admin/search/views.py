"""Search: a page of its own without script, with script what the palette shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for
from flask_babel import format_date, gettext, lazy_gettext

from linkmgr.admin.common.chips import find_items
from linkmgr.admin.common.context import get_admin, site_index
from linkmgr.admin.common.template_helpers import posts_in_words
from linkmgr.resolver.fold import fold
from linkmgr.site_index.posts import (
    IndexedTag,
    PostQuery,
    SiteIndex,
    TagColumn,
    TagKind,
    TagQuery,
)

FIRST = 8
"""The most hits of each kind."""

# What can be reached besides the pages of the navigation: the endpoint with the anchor of a part,
# its name, and further words by which owners look for it, in both languages.
_PLACES = (
    ("items.add", lazy_gettext("Add an item"), "book product asin isbn 本 商品"),
    ("items.tests", lazy_gettext("Tests of variants"), "wording a/b 文 バリエーション"),
    ("mappings.new", lazy_gettext("Add a rule"), "mapping ルール"),
    ("mappings.mappings", lazy_gettext("All rules"), "mappings ルール"),
    ("health.build_page", lazy_gettext("Build the site"), "publish 公開"),
    ("health.check_page", lazy_gettext("Check the built pages"), "dead links リンク切れ"),
    ("earnings.index#reports", lazy_gettext("Import a report"), "csv earnings 収益 取り込み"),
    ("settings.index#site", lazy_gettext("Site"), "name address language time zone server views"),
    ("settings.index#disclosure", lazy_gettext("Label and disclosure"), "pr ad sentence 広告 文言"),
    ("settings.index#programmes", lazy_gettext("Programmes"), "amazon rakuten tag tracking 楽天"),
    ("settings.index#comparisons", lazy_gettext("Comparisons"), "compare table 比較表"),
    ("settings.index#blocks", lazy_gettext("Blocks"), "heading limit 見出し 件数"),
    ("settings.account#password-change", lazy_gettext("Change your password"), "sign in ログイン"),
    ("settings.account#own-clicks", lazy_gettext("Count your own clicks or not"), "exclude 自分"),
    ("settings.token_list", lazy_gettext("API tokens"), "api key"),
    ("settings.users", lazy_gettext("Users"), "account ログイン"),
    ("settings.server", lazy_gettext("This server"), "database folder データベース"),
)


@dataclass(frozen=True, slots=True)
class SearchHit:
    """Something to go to, with a few words about it."""

    name: str
    about: str
    address: str


@dataclass(frozen=True, slots=True)
class HitGroup:
    """The first hits of one kind."""

    heading: str
    hits: tuple[SearchHit, ...]
    all: str | None = None
    """The address of all, `None` if there are no more."""


def find(typed: str) -> list[HitGroup]:
    """Return the pages, items, posts and tags that `typed` may mean; without words pages alone."""
    groups = [_pages(typed)]
    if typed.strip():
        groups.append(_items(typed))
        index = site_index()
        if index is not None:
            groups += [_posts(index, typed), _tags(index, typed)]
    return [group for group in groups if group.hits]


def _pages(typed: str) -> HitGroup:
    words = fold(typed).split()
    hits: list[SearchHit] = []
    for page in get_admin().pages:
        label = str(page.label)
        if _has(words, label):
            hits.append(SearchHit(label, "", url_for(f"{page.name}.index")))
    for place, name, further in _PLACES:
        endpoint, _, anchor = place.partition("#")
        if _has(words, f"{name} {further}"):
            hits.append(SearchHit(str(name), "", url_for(endpoint, _anchor=anchor or None)))
    return HitGroup(gettext("Pages"), tuple(hits))


def _has(words: Sequence[str], text: str) -> bool:
    """Whether a text has all words, however they are written."""
    return all(word in fold(text) for word in words)


def _items(typed: str) -> HitGroup:
    chips = find_items(get_admin().catalog().catalog, typed)
    hits = []
    for chip in chips[:FIRST]:
        about = f"{chip.kind} · {gettext('retired')}" if chip.retired else chip.kind
        hits.append(SearchHit(chip.title, about, url_for("items.item", item=chip.id)))
    more = url_for("items.index", q=typed) if len(chips) > FIRST else None
    return HitGroup(gettext("Items"), tuple(hits), more)


def _posts(index: SiteIndex, typed: str) -> HitGroup:
    posts = index.posts(wanted=PostQuery(typed))
    hits = []
    for post in posts.rows[:FIRST]:
        address = url_for("posts.show", key=post.key)
        hits.append(SearchHit(post.title or post.path, format_date(post.day, "medium"), address))
    more = url_for("posts.index", q=typed) if posts.total > FIRST else None
    return HitGroup(gettext("Posts"), tuple(hits), more)


def _tags(index: SiteIndex, typed: str) -> HitGroup:
    tags = index.tags(wanted=TagQuery(typed, column=TagColumn.USES, falling=True))
    hits = []
    for tag in tags.rows[:FIRST]:
        kind = None if tag.kind is TagKind.TAG else tag.kind
        address = url_for("mappings.index", q=tag.written, kind=kind)
        hits.append(SearchHit(tag.written, _about_tag(tag), address))
    more = url_for("mappings.index", q=typed) if tags.total > FIRST else None
    return HitGroup(gettext("Tags"), tuple(hits), more)


def _about_tag(tag: IndexedTag) -> str:
    kinds = {TagKind.CATEGORY: gettext("category"), TagKind.KEYWORD: gettext("keyword")}
    return " · ".join(filter(None, (kinds.get(tag.kind), posts_in_words(tag.posts))))


page = Blueprint("search", __name__, url_prefix="/admin/search")


@page.get("")
def index() -> str:
    """Show what the words in the address may mean."""
    typed = request.args.get("q", "")
    return render_template("search/search.html", typed=typed, groups=find(typed))
