"""Posts that had nothing stay so until the owner says otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from linkmgr.adopt.deciding.model import Placed
from linkmgr.adopt.scanning.read_blog import OldSite
from linkmgr.builder.reading.bare_posts import KEY, marked
from linkmgr.catalog.editing.edit import NewValue, edit_entries, remove_entry
from linkmgr.catalog.editing.rewrite import with_comments
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.model import Catalog
from linkmgr.messages.message import message, word
from linkmgr.posts.model import Bare, Post

_ITEM_BLOCKS = frozenset(map(str, ItemKind))


def find_bare(site: OldSite, placed: Mapping[str, Placed]) -> dict[Bare, frozenset[str]]:
    """Return the paths of the published posts that had no items, or no related posts.

    A list of related posts that stays is its author's: another one below it would be new.
    """
    without_items: list[str] = []
    without_related: list[str] = []
    for post in site.posts:
        blocks = site.old[post.path].blocks
        kept = {block.kind for block in blocks if not block.removable}
        chosen = any(post.override.items(kind.value) for kind in ItemKind)
        if not (post.path in placed or post.cards or chosen or kept & _ITEM_BLOCKS):
            without_items.append(post.path)
        if not any(block.kind == "related" and block.removable for block in blocks):
            without_related.append(post.path)
    bare: dict[Bare, frozenset[str]] = {}
    if without_items:
        bare["items"] = frozenset(without_items)
    if without_related:
        bare["related"] = frozenset(without_related)
    return bare


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
    return with_comments(text, {("site", KEY): word(note, catalog.site.language)})
