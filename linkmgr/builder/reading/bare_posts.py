"""The posts that had nothing when the blog was adopted: the list that `linkmgr adopt` writes.

While the catalog says `fill-bare-posts: false`, rules don't hold for them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

from linkmgr.blocks.templating import OVERRIDES
from linkmgr.fs import leads_outside, wrap_read_errors
from linkmgr.messages.errors import Problem, Problems
from linkmgr.messages.message import message
from linkmgr.posts.model import Bare, Post

BARE_POSTS = f"{OVERRIDES}/bare-posts.txt"
"""The list: paths of posts, a line each, under `[items]` and `[related]`."""

KEY = "fill-bare-posts"
"""The key of the catalog's `site` that says whether rules fill them."""


def bare_posts_text(bare: Mapping[Bare, Collection[str]]) -> bytes:
    """Return the list of posts that have none of a kind, in order, so that diffs are small."""
    lines = [
        "# Posts that had no items, or no related posts, when linkmgr adopted this blog.",
        f"# They stay so while catalog.yaml says `{KEY}: false`. Delete a line to fill its post.",
    ]
    for kind in get_args(Bare):
        if paths := bare.get(kind, ()):
            lines.append(f"[{kind}]")
            lines += sorted(paths)
    return "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape")


def bare_posts_data(root: Path) -> bytes | None:
    """Return the site's list as it is, `None` without one. Raise LinkmgrError."""
    file = root / BARE_POSTS
    if not file.is_file() or leads_outside(root, BARE_POSTS):
        return None
    with wrap_read_errors(file):
        return file.read_bytes()


def marked(root: Path, posts: Iterable[Post], *, is_needed: bool) -> tuple[Post, ...]:
    """Return the posts with what each had none of. Raise Problems if a list `is_needed` and gone.

    Without it the rules would fill all these posts at once.
    """
    bare = _read(root, is_needed=is_needed)
    if not bare:
        return tuple(posts)
    marked_posts: list[Post] = []
    for post in posts:
        kinds = bare.get(post.path)
        marked_posts.append(replace(post, bare=kinds) if kinds else post)
    return tuple(marked_posts)


def _read(root: Path, *, is_needed: bool) -> dict[str, tuple[Bare, ...]]:
    """Return the kinds of items that each post of the list had none of."""
    data = bare_posts_data(root)
    if data is None and is_needed:
        missing = message("build.no-bare-posts", key=KEY)
        raise Problems([Problem.at(str(root / BARE_POSTS), 0, "", missing)])
    bare: dict[str, tuple[Bare, ...]] = {}
    for kind, path in _entries((data or b"").decode(errors="surrogateescape")):
        bare[path] = (*bare.get(path, ()), kind)
    return bare


def _entries(text: str) -> Iterator[tuple[Bare, str]]:
    """Yield the posts of a list, each with what it had none of."""
    kinds: dict[str, Bare] = {f"[{kind}]": kind for kind in get_args(Bare)}
    current: Bare | None = None
    for written in text.splitlines():
        line = written.strip()
        if line in kinds:
            current = kinds[line]
        elif line and not line.startswith("#") and current:
            yield current, line
