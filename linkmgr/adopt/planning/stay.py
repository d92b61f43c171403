"""Posts that stay as they were: those that had nothing, and lists of related posts, if asked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from linkmgr.adopt.deciding.model import Placed
from linkmgr.adopt.planning.keep_choices import FrontMatterChoice
from linkmgr.adopt.post.model import OldRelated
from linkmgr.adopt.scanning.read_blog import OldSite
from linkmgr.builder.reading.bare_posts import KEY, marked
from linkmgr.catalog.editing.edit import NewValue, edit_entries, remove_entry
from linkmgr.catalog.editing.rewrite import with_comments
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.model import Catalog
from linkmgr.messages.message import message, translate
from linkmgr.posts.model import Bare, Post
from linkmgr.posts.publish import live_posts

# Posts that had nothing stay so until the owner says otherwise.

_ITEM_BLOCKS = frozenset(map(str, ItemKind))


def find_bare(site: OldSite, placed: Mapping[str, Placed]) -> dict[Bare, frozenset[str]]:
    """Return the paths of the published posts that had no items, or no related posts.

    A list of related posts that stays is its author's: another one below it would be new.
    """
    without: dict[Bare, list[str]] = {"items": [], "related": []}
    for post in site.posts:
        old = site.old[post.path]
        kept = {block.kind for block in old.blocks if not block.removable}
        chosen = any(post.override.items(kind.value) for kind in ItemKind)
        if not (post.path in placed or post.cards or chosen or kept & _ITEM_BLOCKS):
            without["items"].append(post.path)
        if all(block.kind != "related" for block in old.leaving):
            without["related"].append(post.path)
    return {kind: frozenset(paths) for kind, paths in without.items() if paths}


def with_bare(
    root: Path, posts: Sequence[Post], bare: Mapping[Bare, frozenset[str]]
) -> tuple[Post, ...]:
    """Return the posts with what each of them had none of, now or in an earlier adoption."""
    if not bare:
        return marked(root, posts, is_needed=False)
    result = []
    for post in posts:
        kinds = tuple(kind for kind, paths in bare.items() if post.path in paths)
        result.append(replace(post, bare=kinds) if kinds else post)
    return tuple(result)


def with_bare_posts(
    text: str, bare: Mapping[Bare, frozenset[str]], catalog: Catalog, *, fill: bool
) -> str:
    """Return a catalog's text with the line that keeps these posts as they are.

    With `fill` an earlier adoption's line leaves it. The `catalog` is as it was.
    """
    if fill and not catalog.site.fill_bare_posts:
        return remove_entry(text, "site", KEY)
    if not bare:
        return text
    note = message("adopt.note-bare", count=len(frozenset().union(*bare.values())))
    text = edit_entries(text, [NewValue("site", KEY, value=False)])
    return with_comments(text, {("site", KEY): translate(note, catalog.site.language)})


# Lists of related posts, kept in the front matter of their posts by path.

_LIQUID = re.compile(r"\{%-?\s*(?:post_url|link)\s+[\"']?(?P<name>[^\s\"'%]+)")


def with_related(
    choices: Mapping[str, FrontMatterChoice], site: OldSite
) -> dict[str, FrontMatterChoice]:
    """Return the choices with the lists of related posts that leave, by path.

    A dead link stands for the one post that it can have meant; others have no place in a list. A
    list without any post is replaced like all.
    """
    named = PostsByLinks(site)
    kept = dict(choices)
    for path, post in site.old.items():
        related: dict[str, None] = {}
        for block in post.leaving:
            for link in block.related:
                other = named.path(link)
                if other and other != path:
                    related[other] = None
        if related:
            kept[path] = kept.get(path, FrontMatterChoice())._replace(related=(*related,))
    return kept


class PostsByLinks:
    """The posts of a site by the links to them."""

    def __init__(self, site: OldSite) -> None:
        self._live = site.live
        self._by_url = {post.url: post.path for post in live_posts(site.posts).values()}
        self._by_stem = {PurePosixPath(post.path).stem: post.path for post in site.posts}

    def path(self, link: OldRelated) -> str | None:
        if liquid := _LIQUID.match(link.url):
            return self._by_stem.get(PurePosixPath(liquid["name"]).name.removesuffix(".md"))
        address = self._live.own_path(link.url)
        if address is None:
            return None
        url = self._live.post(address) or self._live.closest_post(address)
        return self._by_url.get(url) if url else None
