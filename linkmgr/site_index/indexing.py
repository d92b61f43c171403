"""Making the site index: what all posts of a snapshot show, and why some items are on none."""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from linkmgr.blocks.include import post_key
from linkmgr.blocks.shown import InArticle, ItemsOfPosts, ShownItems, distinct_items
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.posts.article.text import title_text
from linkmgr.posts.model import Post
from linkmgr.resolver.fold import fold
from linkmgr.resolver.model import CATEGORY, KEYWORD, TAG, Cause, Placement
from linkmgr.resolver.resolve import Placed, PreparedPosts
from linkmgr.resolver.rules import matching
from linkmgr.resolver.statistics import term
from linkmgr.site_index.posts import (
    IndexedPost,
    IndexedTag,
    ShownPost,
    SiteIndex,
    TaggedPosts,
    TagKind,
)
from linkmgr.site_index.snapshot import Snapshot


def encodable(text: str) -> str:
    """Return a text that UTF-8 can encode: YAML can make lone surrogates."""
    return text.encode(errors="replace").decode()


@dataclass(frozen=True, slots=True)
class MadeIndex:
    """An index, and what each post shows, with which the impact of an edit is compared."""

    site_index: SiteIndex
    shown: Sequence[ShownItems]


def make_index(snapshot: Snapshot) -> MadeIndex:
    """Resolve all posts of a snapshot."""
    catalog, prepared, resolver = snapshot.catalog, snapshot.prepared, snapshot.resolver()
    items_of_posts = ItemsOfPosts(catalog, resolver)
    by_post = matching(catalog.mappings.values(), prepared.posts, prepared.texts)
    shown_posts: list[ShownPost] = []
    shown_items: list[ShownItems] = []
    for post, mappings in zip(prepared.posts, by_post, strict=True):
        in_blocks, in_article = resolver.items(post), InArticle.of_post(resolver, post)
        shown = items_of_posts.of_placed(post, in_blocks, in_article)
        shown_items.append(shown)
        placements = [*chain.from_iterable(in_blocks.values()), *_placements_in(in_article)]
        number_of_items = len({placement.item for placement in placements})
        indexed = _indexed_post(post, number_of_items)
        shown_posts.append(
            ShownPost(
                indexed,
                folded=fold(f"{indexed.title}\n{indexed.path}"),
                placements=tuple(placements),
                items=frozenset(distinct_items(shown)),
                filled=_filled_blocks(catalog, in_blocks, in_article),
                mappings=tuple(mappings),
            )
        )
    on_posts: set[str] = set()
    for shown_post in shown_posts:
        on_posts |= shown_post.items
    index = SiteIndex(
        tuple(shown_posts),
        _tagged_posts(prepared, catalog, shown_posts),
        unshown_items={item.item: item for item in snapshot.unshown_items(resolver, on_posts)},
        keywords=_written_keywords(catalog),
        revision=snapshot.revision,
        ends_at=snapshot.ends_at(),
    )
    return MadeIndex(index, shown_items)


def _placements_in(in_article: InArticle) -> list[Placement]:
    """Return the placements of an article's own tags."""
    return [*in_article.text.values(), *chain.from_iterable(in_article.compared.values())]


def _filled_blocks(catalog: Catalog, in_blocks: Placed, in_article: InArticle) -> frozenset[str]:
    """Return the blocks that a post does not lack: a book that its article shows is one, too."""
    filled = set(in_blocks)
    kinds = {catalog.items[placement.item].kind for placement in _placements_in(in_article)}
    for block in catalog.blocks:
        if block.kind.compares:
            fills = bool(in_article.compared)
        else:
            fills = not block.items and bool(kinds.intersection(block.kind.items))
        if fills:
            filled.add(block.name)
    return frozenset(filled)


def _indexed_post(post: Post, number_of_items: int) -> IndexedPost:
    return IndexedPost(
        key=post_key(post.path),
        path=encodable(post.path),
        url=encodable(post.url),
        title=encodable(title_text(post.title)),
        day=post.date.date(),
        tags=tuple(dict.fromkeys(encodable(str(tag)) for tag in post.tags)),
        excerpt=encodable(post.excerpt),
        items=number_of_items,
    )


# The tags of posts, their categories, and the keywords of mappings: by kind, and as compared.
_Tag = tuple[Cause, str]


def _tagged_posts(
    prepared: PreparedPosts, catalog: Catalog, shown_posts: Sequence[ShownPost]
) -> tuple[TaggedPosts, ...]:
    """Return the site's tags with their posts and the items that their mappings name."""
    items = _items_of_tags(catalog)
    written, numbers = _tags_of_posts(prepared, catalog)
    blocks_by_post = [shown.blocks for shown in shown_posts]
    tagged_posts: list[TaggedPosts] = []
    for (kind, tag), posts in numbers.items():
        blocks: set[str] = set()
        showing = 0
        for post in posts:
            blocks |= blocks_by_post[post]
            showing += bool(blocks_by_post[post])
        indexed = IndexedTag(
            TagKind(kind),
            encodable(tag),
            encodable(written[kind, tag]),
            posts=len(posts),
            shown=showing,
            items=tuple(items.get((kind, tag), {})),
        )
        tagged_posts.append(TaggedPosts(indexed, posts, frozenset(blocks)))
    return tuple(tagged_posts)


def _items_of_tags(catalog: Catalog) -> Mapping[_Tag, dict[str, None]]:
    """Return the items that the mappings of each tag name, in their order, each once."""
    items: dict[_Tag, dict[str, None]] = {}
    for mapping in catalog.mappings.values():
        if not mapping.exclude:
            for kind, text in named_tags(mapping):
                items.setdefault((kind, term(text)), {}).update(dict.fromkeys(mapping.items))
    return items


def _written_keywords(catalog: Catalog) -> dict[str, str]:
    """Return the keywords as the first mapping writes them, by how they are compared."""
    written: dict[str, str] = {}
    for mapping in catalog.mappings.values():
        for kind, text in named_tags(mapping):
            if kind == KEYWORD:
                written.setdefault(term(text), text)
    return written


def _tags_of_posts(
    prepared: PreparedPosts, catalog: Catalog
) -> tuple[dict[_Tag, str], dict[_Tag, "array[int]"]]:
    """Return the tags as the newest post has them, keywords as mappings do; and their posts."""
    written: dict[_Tag, str] = {}
    for keyword, text in _written_keywords(catalog).items():
        written[KEYWORD, keyword] = text
    numbers: dict[_Tag, array[int]] = defaultdict(lambda: array("I"))
    for number, post in enumerate(prepared.posts):
        kinds: tuple[tuple[Cause, Sequence[object]], ...]
        kinds = ((TAG, post.tags), (CATEGORY, post.categories))
        for kind, texts in kinds:
            own: dict[str, str] = {}
            for text in reversed(texts):
                own[term(str(text))] = str(text)
            for tag, text in own.items():
                written.setdefault((kind, tag), text)
                numbers[kind, tag].append(number)
        for keyword in prepared.texts[post.path].counts:
            if (KEYWORD, keyword) in written:
                numbers[KEYWORD, keyword].append(number)
    return written, numbers


def named_tags(mapping: CatalogMapping) -> Iterator[tuple[Cause, str]]:
    """Yield the tags, categories and keywords that a mapping names, each with its kind."""
    for named in (mapping.any_of, mapping.all_of):
        for tag in named.tags:
            yield TAG, tag
        for category in named.categories:
            yield CATEGORY, category
        for keyword in named.keywords:
            yield KEYWORD, keyword
