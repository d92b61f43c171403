"""Which items a post shows: the one answer that counts, lists, comparisons and warnings rest on."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Self

from linkmgr.blocks.variants import Variants
from linkmgr.catalog.blocks import COMPARE
from linkmgr.catalog.model import Catalog
from linkmgr.posts.model import Post
from linkmgr.resolver.model import TEXT, Placement, PostText
from linkmgr.resolver.resolve import Placed, Resolver
from linkmgr.resolver.unshown import Readers, UnshownItem, items_in_rules, unshown_items

ShownItems = Mapping[str, tuple[str, ...]]
"""The items of a post by block and, as `text`, in its article; empty blocks are left out."""


class InArticle(NamedTuple):
    """What an article's own tags show: items, and the items of comparisons, by what they name."""

    text: Mapping[str, Placement]
    compared: Mapping[str, tuple[Placement, ...]]

    @classmethod
    def of_post(cls, resolver: Resolver, post: Post) -> Self:
        """Resolve an article's own tags."""
        return cls(resolver.text(post), resolver.compared(post))


class ItemsOfPosts:
    """Says of posts which items they show by a catalog.

    These are what front matter, rules and pins put into blocks, the cards, links and comparisons
    that the article's own tags put into its text, and of each item all variants that readers may
    see.
    """

    def __init__(self, catalog: Catalog, resolver: Resolver) -> None:
        self._variants = Variants(catalog)
        self._resolver = resolver

    def shown_in(self, post: Post) -> ShownItems:
        """Resolve a post, and return the items that it shows."""
        placed = self._resolver.items(post, scored=False)
        return self.of_placed(post, placed, InArticle.of_post(self._resolver, post))

    def shown_in_all(self, posts: Iterable[Post]) -> dict[str, ShownItems]:
        """Resolve posts, and return the items that each shows, by path."""
        return {post.path: self.shown_in(post) for post in posts}

    def of_placed(self, post: Post, placed: Placed, in_article: InArticle) -> ShownItems:
        """Return the items that a post shows with these in its blocks and its article."""
        shown: dict[str, tuple[str, ...]] = {}
        for block, placements in placed.items():
            shown[block] = self._variants_of(post, placements)
        items: dict[str, None] = {}
        for asked, placement in in_article.text.items():
            # A card of the text is a block of its own; a link has no variants.
            is_card = asked in post.cards
            of_item = self._variants_of(post, (placement,)) if is_card else (placement.item,)
            items |= dict.fromkeys(of_item)
        if items:
            shown[TEXT] = (*items,)
        for placements in in_article.compared.values():
            compared = (*shown.get(COMPARE.name, ()), *(placement.item for placement in placements))
            shown[COMPARE.name] = tuple(dict.fromkeys(compared))
        return shown

    def _variants_of(self, post: Post, placements: tuple[Placement, ...]) -> tuple[str, ...]:
        items: dict[str, None] = {}
        for combination in self._variants.choice(placements, post.path).combinations:
            items |= dict.fromkeys(shown.item.id for shown in combination)
        return (*items,)


def distinct_items(shown: ShownItems) -> set[str]:
    """Return the items that a post shows, wherever it does."""
    return {item for items in shown.values() for item in items}


def count_posts(posts: Iterable[ShownItems]) -> Counter[str]:
    """Return the number of posts that show each item; a post counts once."""
    numbers: Counter[str] = Counter()
    for shown in posts:
        numbers.update(distinct_items(shown))
    return numbers


def find_unshown(
    catalog: Catalog, readers: Sequence[Readers], texts: Mapping[str, PostText]
) -> list[UnshownItem]:
    """Resolve posts until each item of a rule is shown, and return those that never are."""
    in_rules = set(items_in_rules(catalog, readers[0].resolver.today))
    left = set(in_rules)
    for resolver, posts in readers:
        items = ItemsOfPosts(catalog, resolver)
        for post in posts:
            if not left:
                return []
            left -= distinct_items(items.shown_in(post))
    return unshown_items(catalog, readers, texts, in_rules - left)
