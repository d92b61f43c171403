"""What of the owner's leaves the pages although the items stay: each with its number."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Self

from linkmgr.adopt.deciding.model import Placed
from linkmgr.adopt.planning.changes import SHOWN_KINDS, FileChange
from linkmgr.adopt.planning.outcome import ShownInPost
from linkmgr.adopt.planning.stay_related import PostsByLinks
from linkmgr.adopt.post.model import BlockKind, OldBlock, OldCta, OldPost
from linkmgr.adopt.scanning.titles import Frequencies
from linkmgr.catalog.items import Cta
from linkmgr.catalog.model import Catalog
from linkmgr.links.urls import has_utm, with_utm
from linkmgr.posts.model import Post


class Kept(NamedTuple):
    """How many of the owner's things there were, and how many of them stay."""

    before: int
    after: int


class ReplacedHeading(NamedTuple):
    """A heading of old blocks that gives place to another one."""

    kind: BlockKind
    old: str
    new: str
    number: int


class HeadingLevel(NamedTuple):
    """A level of old blocks' headings that gives place to another one, in a number of posts."""

    kind: BlockKind
    old: int
    new: int
    posts: int


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

    headings: tuple[ReplacedHeading, ...]

    heading_levels: tuple[HeadingLevel, ...]

    headings_in_cards: int
    """Those of calls to action, which are text of their cards from now on."""

    posts_in_feeds: int
    """Posts whose text loses blocks to their layout, so that feeds no longer have them."""


def links_that_stay(
    old: Mapping[str, OldPost],
    placed: Mapping[str, Placed],
    shown: Mapping[str, ShownInPost],
    catalog: Catalog,
) -> tuple[Kept, Kept]:
    """Return how many links with UTM, and of calls to action with a class, there were and stay.

    `old`, `placed` and `shown` are by the posts' paths. A link that a post has more than once
    counts each time.
    """
    utm, classes = _Count(), _Count()
    for path, on_page in shown.items():
        leaving = _leaving(old.get(path))
        new = _links_shown(on_page, placed.get(path), catalog)
        before = Counter(
            _CtaLink.of(cta) for block in leaving for cta in block.ctas if not cta.code
        )
        addresses: Counter[str] = Counter()
        for link, number in before.items():
            addresses[link.address] += number
            if link.classes:
                classes.add(number, sum(new[other] for other in new if link.is_kept_by(other)))
        for address, number in addresses.items():
            if has_utm(address):
                utm.add(number, sum(new[other] for other in new if other.address == address))
        for block in leaving:
            for related in block.related:
                if has_utm(related.url):
                    utm.add(1, 0)
    return utm.kept(), classes.kept()


def related_that_stay(
    old: Mapping[str, OldPost], named: PostsByLinks, shown: Mapping[str, ShownInPost]
) -> Kept:
    """Return how many links lists of related posts had, and to how many of the posts they lead.

    A dead link stands for the post that it can have meant. The new lists name a post once.
    """
    count = _Count()
    for path, on_page in shown.items():
        links = [link for block in _leaving(old.get(path)) for link in block.related]
        for post, number in Counter(named.path(link) for link in links).items():
            count.add(number, on_page.related.count(post) if post else 0)
    return count.kept()


def looks_that_stay(
    old: Mapping[str, OldPost], shown: Mapping[str, ShownInPost], catalog: Catalog
) -> tuple[int, Kept]:
    """Return how many links of calls to action had an icon, and how many goods keep a picture.

    Each is counted once in a post.
    """
    icons, covers = 0, _Count()
    pictured = {good.asin for good in catalog.goods.values() if good.picture}
    for path in shown:
        leaving = _leaving(old.get(path))
        ctas = {
            (cta.url, cta.utm, cta.css_class): cta
            for block in leaving
            for cta in block.ctas
            if not cta.code
        }
        icons += sum(cta.has_icon for cta in ctas.values())
        for asin in {book.asin for block in leaving for book in block.books if book.has_cover}:
            covers.add(1, int(asin in pictured))
    return icons, covers.kept()


class _Count:
    def __init__(self) -> None:
        self.before = 0
        self.after = 0

    def add(self, before: int, after: int) -> None:
        """Add so many links of one kind in a post, and so many that are shown there then."""
        self.before += before
        self.after += min(before, after)

    def kept(self) -> Kept:
        return Kept(self.before, self.after)


class _CtaLink(NamedTuple):
    """What a reader's browser knows of a call to action's link."""

    address: str
    classes: frozenset[str]

    @classmethod
    def of(cls, cta: OldCta | Cta) -> Self:
        address = with_utm(cta.url, cta.utm) if cta.utm else cta.url
        return cls(address, frozenset((cta.css_class or "").split()))

    def is_kept_by(self, new: "_CtaLink") -> bool:
        return self.address == new.address and self.classes <= new.classes


def _leaving(post: OldPost | None) -> list[OldBlock]:
    return [block for block in post.blocks if block.removable] if post else []


def _links_shown(
    on_page: ShownInPost, placed: Placed | None, catalog: Catalog
) -> Counter[_CtaLink]:
    """Count the links of the calls to action that a post shows, in its block and as cards."""
    cards = Counter(item for items in placed.in_place.values() for item in items) if placed else {}
    links: Counter[_CtaLink] = Counter()
    for item in on_page.items:
        if item in catalog.ctas:
            links[_CtaLink.of(catalog.ctas[item])] += cards.get(item, 1)
    return links


def changed_headings(
    headings: Mapping[BlockKind, Frequencies], catalog: Catalog
) -> Iterator[ReplacedHeading]:
    """Yield the old headings that the new blocks of their kind don't have."""
    for block in catalog.blocks:
        own = block.heading
        new = block.kind.headings[catalog.site.language] if own is None else own
        for kind, old in headings.items():
            if kind == block.kind.name:
                yield from (ReplacedHeading(kind, text, new, n) for text, n in old if text != new)


def changed_levels(
    old: Mapping[str, OldPost], placed: Mapping[str, Placed], shown: Mapping[str, ShownInPost]
) -> Iterator[HeadingLevel]:
    """Yield the levels of headings that the posts' new blocks of their kind don't have."""
    posts: Counter[tuple[BlockKind, int, int]] = Counter()
    for path, on_page in shown.items():
        in_place = placed[path].in_place if path in placed else {}
        levels: dict[BlockKind, int] = {}
        for block in _leaving(old.get(path)):
            # The heading above cards stays as it is.
            if block.heading and block.heading_level and block.start not in in_place:
                levels[block.kind] = block.heading_level
        for kind, level in levels.items():
            if kind == "cta":  # its heading is in its card
                continue
            new = on_page.heading_levels.get(kind, level)
            if new != level:
                posts[kind, level, new] += 1
    for (kind, level, new), number in posts.most_common():
        yield HeadingLevel(kind, level, new, number)


def count_headings_in_cards(old: Mapping[str, OldPost], published: Iterable[str]) -> int:
    """Count the headings of calls to action in posts at these paths."""
    return sum(
        block.kind == "cta" and block.heading_level > 0
        for path in published
        for block in _leaving(old.get(path))
    )


def posts_losing_text(changes: Iterable[FileChange], published: Iterable[Post]) -> int:
    """Return how many published posts have blocks that their layout shows from now on."""
    paths = {post.path for post in published}
    return sum(
        change.path in paths
        and any(block.kind in SHOWN_KINDS and not block.tags for block in change.removed)
        for change in changes
    )
