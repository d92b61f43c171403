"""Keeping blocks in their posts: those that only one post has, and those that no catalog takes.

What was pasted is in other posts too; what only one post has may be its author's own text.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from operator import attrgetter

from linkmgr.adopt.post.model import Finding, OldBlock, OldCta, OldPost
from linkmgr.catalog.items import Cta
from linkmgr.catalog.model import Catalog
from linkmgr.links.urls import without_utm
from linkmgr.messages.message import Message, message

# A post and its draft, or one that was published again, are two.
SEVERAL = 3

_Key = tuple[object, ...]


def keep_unrepeated(old: Mapping[str, OldPost], catalog: Catalog) -> dict[str, OldPost]:
    """Return the posts, by path, with the blocks kept that no other posts have alike.

    Everything in a block that leaves must be in several posts, in a block that is certain by
    itself, or in the catalog, where an interrupted run has put it.
    """
    pasted = {*_repeated(old.values()), *_certain(old.values()), *_in_catalog(catalog)}
    return {path: _keep_unrepeated(post, pasted) for path, post in old.items()}


def _keep_unrepeated(post: OldPost, pasted: set[_Key]) -> OldPost:
    unrepeated = {
        block.start: block.reason_if_unrepeated
        for block in post.blocks
        if block.reason_if_unrepeated and not _is_pasted(block, pasted)
    }
    return keep_blocks(post, unrepeated)


def _is_pasted(block: OldBlock, pasted: set[_Key]) -> bool:
    """Whether other posts have everything in a block; of one without items nobody knows."""
    keys = {*_keys(block)}
    return bool(keys) and keys <= pasted


def keep_blocks(post: OldPost, reasons: Mapping[int, Message]) -> OldPost:
    """Return a post that keeps those of its blocks that begin at these bytes, with the reasons.

    What belongs to such a block stays with it: the rule before it, and the disclosures.
    """
    blocks = [
        replace(block, keep_reason=reasons[block.start])
        if block.removable and block.start in reasons
        else block
        for block in post.blocks
    ]
    if post.inline or any(block.kind == "books" and not block.removable for block in blocks):
        reason = message("adopt.keep-disclosed-links")
        blocks = [_keep_disclosure(block, reason) for block in blocks]
    elif not any(block.removable and block.earns for block in blocks):
        reason = message("adopt.keep-disclosure-alone")
        blocks = [_keep_disclosure(block, reason) for block in blocks]
    staying = {old.start for old, new in zip(post.blocks, blocks, strict=True) if old != new}
    blocks = [
        block
        for block, after in zip_longest(blocks, blocks[1:])
        if not (block.kind == "separator" and after and after.start in staying)
    ]
    findings = tuple(each for each in post.findings if not _follows_keep(each, blocks))
    return replace(post, blocks=tuple(blocks), findings=findings)


def _follows_keep(finding: Finding, blocks: Sequence[OldBlock]) -> bool:
    """Whether a finding is that the article goes on after a block, but that block stays."""
    if finding.kind != "text-after-block":
        return False
    following = bisect_left(blocks, finding.line, key=attrgetter("line"))
    return following > 0 and not blocks[following - 1].removable


def _keep_disclosure(block: OldBlock, reason: Message) -> OldBlock:
    if block.kind != "disclosure":
        return block
    return replace(block, keep_reason=block.keep_reason or reason)


def _keys(block: OldBlock) -> Iterator[_Key]:
    """Yield what is compared of each item of a block."""
    for book in block.books:
        # A title alone says little: the section must be the same one.
        yield _key(book.asin, book.title, book.blurb, "" if book.blurb else block.heading)
    for cta in block.ctas:
        yield _cta_key(cta)


def _cta_key(cta: OldCta | Cta) -> _Key:
    return _key(without_utm(cta.url), cta.heading, cta.text)


def _key(*values: object) -> _Key:
    return tuple(" ".join(each.split()) if isinstance(each, str) else each for each in values)


def _repeated(posts: Iterable[OldPost]) -> Iterator[_Key]:
    paths: dict[_Key, set[str]] = defaultdict(set)
    for post in posts:
        for block in post.blocks:
            for key in _keys(block) if block.removable else ():
                paths[key].add(post.path)
    return (key for key, found in paths.items() if len(found) >= SEVERAL)


def _certain(posts: Iterable[OldPost]) -> Iterator[_Key]:
    for post in posts:
        for block in post.blocks:
            if block.removable and not block.reason_if_unrepeated:
                yield from _keys(block)


def _in_catalog(catalog: Catalog) -> Iterator[_Key]:
    for good in catalog.goods.values():
        if good.blurb:
            yield _key(good.asin, good.title, good.blurb, "")
    for cta in catalog.ctas.values():
        yield _cta_key(cta)


def keep_refused(post: OldPost, refused: Mapping[str, Message]) -> OldPost:
    """Return a post whose blocks with items that no catalog takes are left where they are."""
    if not refused:
        return post
    return keep_blocks(
        post, {block.start: why for block in post.blocks if (why := _why(block, refused))}
    )


def _why(block: OldBlock, refused: Mapping[str, Message]) -> Message | None:
    keys = [*(book.asin for book in block.books), *(cta.url for cta in block.ctas)]
    return next((refused[key] for key in keys if key in refused), None)
