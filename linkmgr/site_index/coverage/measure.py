"""How many posts show what, and what no post shows."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from linkmgr.builder.processes.parallel import in_parallel
from linkmgr.builder.processes.progress import Track
from linkmgr.builder.related import compute_related
from linkmgr.catalog.blocks import Block
from linkmgr.catalog.model import Catalog
from linkmgr.posts.model import Post
from linkmgr.resolver.model import TEXT
from linkmgr.resolver.prepared import PreparedPosts
from linkmgr.resolver.related import Choice
from linkmgr.resolver.resolve import Resolver
from linkmgr.resolver.statistics import term, terms

RelatedPosts = Mapping[Choice, AbstractSet[str]]
"""The paths of the posts that have related ones, by how these are chosen."""

_Shown = Mapping[str, tuple[str, ...]]
"""The items that a post shows, by block and in its text; empty blocks are left out."""


@dataclass(frozen=True, slots=True)
class TagCoverage:
    """A tag as the newest post writes it: on how many posts, of which so many show no item.

    So many `items` are named by the mappings of the tag.
    """

    tag: str
    posts: int
    without: int
    items: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the posts of a site show by one catalog.

    `blocks` and `items` have how many posts show each, `items` only those in use. `without` are
    the paths of the posts that show no item, the newest first.
    """

    posts: int
    blocks: Mapping[str, int]
    tags: tuple[TagCoverage, ...]
    items: Mapping[str, int]
    without: tuple[str, ...]

    @property
    def unmapped(self) -> list[TagCoverage]:
        """The tags that no mapping names, those on most posts first."""
        return [tag for tag in self.tags if not tag.items]

    @property
    def unshown(self) -> list[str]:
        """The items in use that no post shows."""
        return [item for item, posts in self.items.items() if not posts]


def measure(
    catalog: Catalog, prepared: PreparedPosts, today: date, related: RelatedPosts
) -> Coverage:
    """Measure a catalog against the posts, on a day in the site's time zone."""
    posts = prepared.posts
    resolver = Resolver(catalog, prepared, today)
    _ = prepared.neighbours  # before the workers are forked, not in each

    def shown(start: int, stop: int) -> list[_Shown]:
        return [_items(resolver, post) for post in posts[start:stop]]

    by_post = [*in_parallel(shown, len(posts))]
    blocks = Counter(name for each in by_post for name in each)
    for block in catalog.blocks:
        if choice := choice_of(block):
            blocks[block.name] = len(related[choice])
    items = Counter(
        item for each in by_post for item in {item for ids in each.values() for item in ids}
    )
    without = tuple(post.path for post, each in zip(posts, by_post, strict=True) if not each)
    in_use = [
        item.id
        for item in catalog.items.values()
        if not item.retired and not (item.validity.until and item.validity.until < today)
    ]
    return Coverage(
        posts=len(posts),
        blocks={block.name: blocks[block.name] for block in catalog.blocks},
        tags=tuple(_tags(catalog, posts, frozenset(without))),
        items={item: items[item] for item in in_use},
        without=without,
    )


def choice_of(block: Block) -> Choice | None:
    """Return how a block's related posts are chosen; `None` for a block of items."""
    return None if block.kind.items else (block.limit, block.minimum)


def related_posts(
    catalogs: Sequence[Catalog], prepared: PreparedPosts, track: Track
) -> RelatedPosts:
    """Find which posts have related ones, by each way in which the catalogs choose them."""
    posts, related = prepared.posts, prepared.related
    choices = {
        choice for catalog in catalogs for block in catalog.blocks if (choice := choice_of(block))
    }
    compute_related(prepared, choices, catalogs, track)

    def shown(start: int, stop: int) -> list[list[bool]]:
        return [
            [not post.override.disabled and bool(related.shown(post, choice)) for choice in choices]
            for post in posts[start:stop]
        ]

    by_post = [*in_parallel(shown, len(posts))] if choices else []
    return {
        choice: {post.path for post, each in zip(posts, by_post, strict=True) if each[number]}
        for number, choice in enumerate(choices)
    }


def _items(resolver: Resolver, post: Post) -> _Shown:
    placed = {**resolver.items(post), TEXT: (*resolver.text(post).values(),)}
    shown = {name: tuple(each.item for each in placements) for name, placements in placed.items()}
    return {name: items for name, items in shown.items() if items}


def _tags(
    catalog: Catalog, posts: Sequence[Post], without: AbstractSet[str]
) -> Iterator[TagCoverage]:
    written: dict[str, str] = {}
    number: Counter[str] = Counter()
    empty: Counter[str] = Counter()
    for post in posts:
        for tag in map(str, post.tags):
            written.setdefault(term(tag), tag)
        found = terms(post.tags)
        number.update(found)
        if post.path in without:
            empty.update(found)
    items: dict[str, set[str]] = {}
    for mapping in catalog.mappings.values():
        for tag in (*mapping.any_of.tags, *mapping.all_of.tags):
            if not mapping.exclude:
                items.setdefault(term(tag), set()).update(mapping.items)
    for tag, count in number.most_common():
        yield TagCoverage(written[tag], count, empty[tag], len(items.get(tag, ())))
