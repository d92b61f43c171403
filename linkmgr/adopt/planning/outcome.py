"""What the site shows once all is written: resolved from the new texts, as `linkmgr build` does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from linkmgr.blocks.render import usual_heading_level
from linkmgr.blocks.shown import InArticle, ItemsOfPosts
from linkmgr.builder.fragments import compute_related, is_indexable
from linkmgr.builder.processes import Track, in_parallel
from linkmgr.catalog.model import Catalog
from linkmgr.posts.model import Post
from linkmgr.resolver.model import Placement, PostText, Related
from linkmgr.resolver.related import RelatedChoice
from linkmgr.resolver.resolve import PreparedPosts, Resolver


@dataclass(frozen=True, slots=True)
class ShownInPost:
    """What a post shows."""

    items: tuple[str, ...]
    """Its items, each once: those in blocks, then those in the text of its article."""

    related: tuple[str, ...]
    """The paths of its related posts."""

    has_fragment: bool
    """Whether `linkmgr build` writes a file for it."""

    heading_levels: Mapping[str, int]
    """The level of the headings of its blocks, by their kind."""


def resolve_all(
    catalog: Catalog,
    posts: Sequence[Post],
    texts: Mapping[str, PostText],
    today: date,
    *,
    track: Track,
) -> dict[str, ShownInPost]:
    """Return the outcome of every post, by path."""
    prepared = PreparedPosts(posts, texts)
    choices = {
        RelatedChoice(block.limit, block.minimum)
        for block in catalog.blocks
        if not block.kind.items
    }
    compute_related(prepared, choices, (catalog,), track)
    resolver = Resolver(catalog, prepared, today)
    items_of_posts = ItemsOfPosts(catalog, resolver)

    def resolved(start: int, stop: int) -> list[ShownInPost]:
        return [_shown(catalog, resolver, items_of_posts, post) for post in posts[start:stop]]

    shown = in_parallel(resolved, len(posts))
    return {post.path: in_post for post, in_post in zip(posts, shown, strict=True)}


def _shown(
    catalog: Catalog, resolver: Resolver, items_of_posts: ItemsOfPosts, post: Post
) -> ShownInPost:
    resolution = resolver.resolve_quickly(post)
    placed: dict[str, tuple[Placement, ...]] = {}
    related: list[str] = []
    for name, placements in resolution.blocks.items():
        placed[name] = tuple(
            placement for placement in placements if isinstance(placement, Placement)
        )
        related += (
            placement.post.path for placement in placements if isinstance(placement, Related)
        )
    in_article = InArticle(resolution.text, resolution.compared)
    shown = items_of_posts.of_placed(post, placed, in_article)
    blocks = [block for block in catalog.blocks if block.name in resolution.blocks]
    usual = catalog.site.heading_level or usual_heading_level(post, blocks)
    return ShownInPost(
        items=(*dict.fromkeys(item for items in shown.values() for item in items),),
        related=tuple(related),
        has_fragment=resolution.shows_anything and is_indexable(post.path),
        heading_levels={block.kind.name: block.heading_level or usual for block in blocks},
    )
