"""A site's coverage as text and as JSON, before and after a change."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from functools import partial
from typing import Any

from linkmgr.messages.message import message
from linkmgr.messages.wording import word
from linkmgr.site_index.coverage.compare import Comparison
from linkmgr.site_index.coverage.measure import Coverage

# So many of a list are named; --json has all.
_NAMED = 10


def coverage_json(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as what JSON can hold; `before` is null without one."""
    before = comparison.before
    return {
        "against": comparison.against or None,
        "now": _json(comparison.now),
        "before": _json(before) if before else None,
    }


def _json(coverage: Coverage) -> dict[str, Any]:
    return {
        "posts": coverage.posts,
        "posts_without_items": list(coverage.without),
        "blocks": dict(coverage.blocks),
        "tags": [asdict(tag) for tag in coverage.tags],
        "unmapped_tags": [tag.tag for tag in coverage.unmapped],
        "items": dict(coverage.items),
        "unshown_items": coverage.unshown,
    }


def coverage_text(comparison: Comparison) -> str:
    """Return the figures, each with what it was before where that differs, and what is missing."""
    return "\n".join(_lines(comparison))


def _lines(comparison: Comparison) -> Iterator[str]:
    now = comparison.now

    def figures(code: str, count: Callable[[Coverage], int], **params: str) -> str:
        numbers = dict.fromkeys(map(count, comparison.measured))
        counts = " → ".join(f"{number:,}" for number in numbers)
        return f"{counts:>15}  {word(message(code, **params))}"

    if comparison.before:
        yield word(message("coverage.against", name=comparison.against))
    yield figures("coverage.posts", lambda each: each.posts)
    yield figures("coverage.posts-without", lambda each: len(each.without))
    for block in dict.fromkeys(name for each in comparison.measured for name in each.blocks):
        yield figures("coverage.block", partial(_posts_with, block), block=block)
    yield figures("coverage.tags", lambda each: len(each.tags))
    yield figures("coverage.tags-unmapped", lambda each: len(each.unmapped))
    yield figures("coverage.items", lambda each: len(each.items))
    yield figures("coverage.items-unshown", lambda each: len(each.unshown))
    tags = (f"{tag.tag} ({tag.posts:,})" for tag in now.unmapped)
    yield from _list("coverage.list-tags", tags)
    yield from _list("coverage.list-items", now.unshown)
    yield from _list("coverage.list-posts", now.without)
    if comparison.before:
        yield from _list("coverage.list-changed", _changed(comparison.before, now))


def _posts_with(block: str, coverage: Coverage) -> int:
    return coverage.blocks.get(block, 0)


def _changed(before: Coverage, now: Coverage) -> Iterator[str]:
    """Yield the items that other numbers of posts show, those with the largest changes first."""
    differences = {
        item: now.items.get(item, 0) - before.items.get(item, 0)
        for item in dict.fromkeys((*before.items, *now.items))
    }
    for item in sorted(differences, key=lambda name: -abs(differences[name])):
        if differences[item]:
            yield f"{item} {before.items.get(item, 0):,} → {now.items.get(item, 0):,}"


def _list(head: str, names: Iterable[str]) -> Iterator[str]:
    listed = list(names)
    if not listed:
        return
    yield ""
    yield word(message(head))
    yield from (f"  {name}" for name in listed[:_NAMED])
    if (more := len(listed) - _NAMED) > 0:
        yield f"  {word(message('coverage.more', count=more))}"
