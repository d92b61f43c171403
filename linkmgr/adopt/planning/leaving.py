"""What of the owner's leaves the pages although the items stay: each with its number."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from linkmgr.adopt.planning.changes import SHOWN_KINDS, Change
from linkmgr.adopt.planning.outcome import ShownInPost
from linkmgr.adopt.planning.stay_related import PostsByLinks
from linkmgr.adopt.post.model import BlockKind, OldBlock, OldCta, OldPost
from linkmgr.adopt.scanning.titles import Frequencies
from linkmgr.catalog.items import Book, Cta
from linkmgr.catalog.model import Catalog
from linkmgr.links.urls import has_utm, with_utm
from linkmgr.posts.model import Post


class Kept(NamedTuple):
    """How many of the owner's things there were, and how many of them stay."""

    before: int
    after: int


class Heading(NamedTuple):
    """A heading of old blocks that gives place to another one."""

    kind: BlockKind
    old: str
    new: str
    number: int


class Leaving(NamedTuple):
    """What of the published posts' blocks stays, by what it is."""

    utm: Kept
    """Links with UTM parameters."""

    classes: Kept
    """Links of calls to action with a class."""

    related: Kept
    """Links in lists of related posts: those that the new lists have, too."""

    icons: int
    """Links of calls to action that show an icon or another element beside their text."""

    covers: Kept
    """Books and products beside which there is a picture: those whose items have one, too."""

    headings: tuple[Heading, ...]

    posts_in_feeds: int
    """Posts whose text loses blocks to their layout, so that feeds no longer have them."""


def links_that_stay(
    posts: Sequence[Post],
    old: Mapping[str, OldPost],
    named: PostsByLinks,
    shown: Mapping[str, ShownInPost],
    catalog: Catalog,
) -> tuple[Kept, Kept, Kept, int, Kept]:
    """Return how many links with UTM, of a class, and to related posts there were and stay.

    Then the icons, and how many of the goods that had a picture have one. Each is counted once in
    a post.
    """
    utm, classes, related, covers = _Count(), _Count(), _Count(), _Count()
    icons = 0
    pictured = {
        good.asin
        for good in catalog.goods.values()
        if (good.cover if isinstance(good, Book) else good.image)
    }
    for post in posts:
        leaving = _leaving(old.get(post.path))
        on_page = shown[post.path]
        ctas = [catalog.ctas[item] for item in on_page.items if item in catalog.ctas]
        # A page that had a link twice may have it once.
        links = {
            (cta.url, cta.utm, cta.css_class): cta
            for block in leaving
            for cta in block.ctas
            if not cta.code
        }
        for cta in links.values():
            if cta.utm or has_utm(cta.url):
                utm.add(is_kept=any(_same_address(cta, new) for new in ctas))
            icons += cta.has_icon
            if cta.css_class:
                classes.add(is_kept=any(_has_class(cta, new) for new in ctas))
        for link in {link.url: link for block in leaving for link in block.related}.values():
            if has_utm(link.url):
                utm.add(is_kept=False)
            related.add(is_kept=named.path(link) in on_page.related)
        for asin in {book.asin for block in leaving for book in block.books if book.has_cover}:
            covers.add(is_kept=asin in pictured)
    return utm.kept(), classes.kept(), related.kept(), icons, covers.kept()


class _Count:
    def __init__(self) -> None:
        self.before = 0
        self.after = 0

    def add(self, *, is_kept: bool) -> None:
        self.before += 1
        self.after += is_kept

    def kept(self) -> Kept:
        return Kept(self.before, self.after)


def _leaving(post: OldPost | None) -> list[OldBlock]:
    return [block for block in post.blocks if block.removable] if post else []


def _same_address(old: OldCta, new: Cta) -> bool:
    return (old.url, old.utm) == (new.url, new.utm) or _address(old) == _address(new)


def _address(cta: OldCta | Cta) -> str:
    return with_utm(cta.url, cta.utm) if cta.utm else cta.url


def _has_class(old: OldCta, new: Cta) -> bool:
    names = (old.css_class or "").split()
    return {*names} <= {*(new.css_class or "").split()}


def changed_headings(
    headings: Mapping[BlockKind, Frequencies], catalog: Catalog
) -> Iterator[Heading]:
    """Yield the old headings that the new blocks of their kind don't have."""
    for block in catalog.blocks:
        own = block.heading
        new = block.kind.headings[catalog.site.language] if own is None else own
        for kind, old in headings.items():
            if kind == block.kind.name:
                yield from (Heading(kind, text, new, n) for text, n in old if text != new)


def posts_losing_text(changes: Iterable[Change], published: Iterable[Post]) -> int:
    """Return how many published posts have blocks that their layout shows from now on."""
    paths = {post.path for post in published}
    return sum(
        change.path in paths
        and any(block.kind in SHOWN_KINDS and not block.tags for block in change.removed)
        for change in changes
    )
