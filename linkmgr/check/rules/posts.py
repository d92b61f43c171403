"""The rules for the blocks of posts: each a function under the code that it reports."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from linkmgr.check import findings
from linkmgr.check.findings import CheckCode, Finding
from linkmgr.check.pages.page import Page
from linkmgr.check.sources import Places
from linkmgr.resolver.model import TEXT


@dataclass(frozen=True, slots=True)
class PostPage:
    """A post's built page. `is_stale`: its blocks are newer than the page.

    `blocks_are_optional`: a layout shows single blocks, so that a post may rightly show none.
    """

    page: Page
    is_stale: bool
    blocks_are_optional: bool


PostRule = Callable[[PostPage], Iterable[str]]
"""Returns what a finding is about, one for each: a block's name, or "" for the page as a whole."""

_POST_RULES: list[tuple[CheckCode, PostRule]] = []


def post_rule(code: CheckCode) -> Callable[[PostRule], PostRule]:
    """Have a code reported for each value that the function returns for a post."""

    def add(rule: PostRule) -> PostRule:
        _POST_RULES.append((code, rule))
        return rule

    return add


def post_findings(post: PostPage, path: str, places: Places) -> Iterator[Finding]:
    """Yield what is wrong with the blocks on a post's page."""
    for code, rule in _POST_RULES:
        for what in rule(post):
            source = places.of_blocks(path) if what else places.of_page(path)
            yield Finding(code, what, path, source)


@post_rule(findings.STALE)
def _is_stale(post: PostPage) -> Iterator[str]:
    if post.is_stale:
        yield ""


@post_rule(findings.NO_BLOCKS)
def _has_no_blocks(post: PostPage) -> Iterator[str]:
    if not (post.is_stale or post.page.blocks or post.blocks_are_optional):
        yield ""


@post_rule(findings.BLOCK_TWICE)
def _shows_block_twice(post: PostPage) -> Iterator[str]:
    # Each card in an article's text is a block of that name.
    return (name for name, times in post.page.blocks.items() if times > 1 and name != TEXT)
