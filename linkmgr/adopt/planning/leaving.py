"""What of the owner's leaves the pages although the items stay: each with its number."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Self

from linkmgr.adopt.deciding.model import CollectedItems
from linkmgr.adopt.planning.changes import FileChange
from linkmgr.adopt.planning.outcome import ShownInPost
from linkmgr.adopt.planning.stay import PostsByLinks
from linkmgr.adopt.post.model import OldBlock, OldCta
from linkmgr.adopt.scanning.read_blog import OldSite
from linkmgr.catalog.items import Cta
from linkmgr.catalog.model import Catalog
from linkmgr.links.urls import has_utm, with_utm


class Kept(NamedTuple):
    """How many of the owner's things there were, and how many of them stay."""

    before: int = 0
    after: int = 0

    def plus(self, before: int, shown: int) -> "Kept":
        """Add the numbers of one kind in a post: before, and shown there afterwards."""
        return Kept(self.before + before, self.after + min(before, shown))


class ReplacedHeading(NamedTuple):
    """A heading of old blocks that gives place to another one."""

    kind: str
    old: str
    new: str
    number: int


class HeadingLevel(NamedTuple):
    """A level of old blocks' headings that gives place to another one, in a number of posts."""

    kind: str
    old: int
    new: int
    posts: int


class Leaving(NamedTuple):
    """What stays of the published posts' blocks, by its kind."""

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

    headings: tuple[ReplacedHeading, ...]

    heading_levels: tuple[HeadingLevel, ...]

    headings_in_cards: int
    """Those of calls to action, which are text of their cards from now on."""

    posts_in_feeds: int
    """Posts whose text loses blocks to their layout, so that feeds no longer have them."""


def what_leaves(
    site: OldSite,
    collected: CollectedItems,
    changes: Sequence[FileChange],
    *,
    shown: Mapping[str, ShownInPost],
    catalog: Catalog,
) -> Leaving:
    """Return the owner's content that leaves with the blocks; `shown` and `catalog` replace them.

    A link that a post has more than once counts each time; an icon, and a picture, once in a post.
    A dead link to a related post stands for the post that it can have meant; the new lists name a
    post once.
    """
    utm, classes, related, covers = Kept(), Kept(), Kept(), Kept()
    icons = headings_in_cards = 0
    levels: Counter[tuple[str, int, int]] = Counter()
    named = PostsByLinks(site)
    pictured = {good.asin for good in catalog.goods.values() if good.picture}
    for path, on_page in shown.items():
        leaving = site.old[path].leaving
        placed = collected.placed.get(path)
        in_place = placed.in_place if placed else {}
        ctas = [cta for block in leaving for cta in block.ctas if not cta.code]
        icons += sum({(cta.url, cta.utm, cta.css_class): cta.has_icon for cta in ctas}.values())
        new = _links_shown(on_page, in_place, catalog)
        addresses: Counter[str] = Counter()
        for link, number in Counter(map(_CtaLink.of_cta, ctas)).items():
            addresses[link.address] += number
            if link.classes:
                kept = [other for other in new if link.is_kept_by(other)]
                classes = classes.plus(number, sum(new[other] for other in kept))
        for address, number in addresses.items():
            if has_utm(address):
                same = [other for other in new if other.address == address]
                utm = utm.plus(number, sum(new[other] for other in same))
        old_related = [link for block in leaving for link in block.related]
        utm = utm.plus(sum(has_utm(link.url) for link in old_related), 0)
        for post, number in Counter(map(named.path, old_related)).items():
            related = related.plus(number, on_page.related.count(post) if post else 0)
        for asin in {book.asin for block in leaving for book in block.books if book.has_cover}:
            covers = covers.plus(1, asin in pictured)
        headings_in_cards += sum(
            block.kind == "cta" and block.heading_level > 0 for block in leaving
        )
        levels.update(_changed_levels(leaving, in_place, on_page))
    return Leaving(
        utm=utm,
        classes=classes,
        related=related,
        icons=icons,
        covers=covers,
        headings=tuple(_changed_headings(collected, catalog)),
        heading_levels=tuple(HeadingLevel(*level, posts) for level, posts in levels.most_common()),
        headings_in_cards=headings_in_cards,
        posts_in_feeds=sum(change.path in shown and change.loses_blocks for change in changes),
    )


class _CtaLink(NamedTuple):
    """What a reader's browser knows of a call to action's link."""

    address: str
    classes: frozenset[str]

    @classmethod
    def of_cta(cls, cta: OldCta | Cta) -> Self:
        address = with_utm(cta.url, cta.utm) if cta.utm else cta.url
        return cls(address, frozenset((cta.css_class or "").split()))

    def is_kept_by(self, new: "_CtaLink") -> bool:
        return self.address == new.address and self.classes <= new.classes


def _links_shown(
    on_page: ShownInPost, in_place: Mapping[int, Sequence[str]], catalog: Catalog
) -> Counter[_CtaLink]:
    """Count the links of the calls to action that a post shows, in its block and as cards."""
    cards = Counter(item for items in in_place.values() for item in items)
    links: Counter[_CtaLink] = Counter()
    for item in on_page.items:
        if item in catalog.ctas:
            links[_CtaLink.of_cta(catalog.ctas[item])] += cards.get(item, 1)
    return links


def _changed_headings(collected: CollectedItems, catalog: Catalog) -> Iterator[ReplacedHeading]:
    """Yield the old headings that the new blocks of their kind don't have."""
    for block in catalog.blocks:
        new = block.heading
        if new is None:
            new = block.kind.headings[catalog.site.language]
        for old, number in collected.headings.get(block.kind.name, ()):
            if old != new:
                yield ReplacedHeading(block.kind.name, old, new, number)


def _changed_levels(
    leaving: Sequence[OldBlock], in_place: Mapping[int, Sequence[str]], on_page: ShownInPost
) -> Iterator[tuple[str, int, int]]:
    """Yield the kind of a post's new blocks whose headings have another level, the old and new."""
    levels: dict[str, int] = {}
    for block in leaving:
        # The heading above cards stays as it is, and that of a call to action is in its card.
        is_kept = block.start in in_place or block.kind == "cta"
        if block.heading and block.heading_level and not is_kept:
            levels[block.kind] = block.heading_level
    for kind, level in levels.items():
        new = on_page.heading_levels.get(kind, level)
        if new != level:
            yield kind, level, new
