"""Which item a block showed wherever nothing else fitted."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from linkmgr.adopt.deciding.model import Placed
from linkmgr.catalog.blocks import Block
from linkmgr.catalog.model import Catalog
from linkmgr.posts.model import Post
from linkmgr.posts.publish import live_posts
from linkmgr.resolver.resolve import Resolver

# This share of the posts that no rule fits must have had it, and at least so many posts: fewer may
# have a subject that no word tells. A book that 79 % of these had on a real blog fitted two fifths
# of the posts that had had no book.
_WHEREVER = 9 / 10
_FEWEST = 10


def fallbacks(
    catalog: Catalog,
    resolver: Resolver,
    posts: Sequence[Post],
    placed: Mapping[str, Placed],
    without_rule: Collection[str],
) -> dict[str, str]:
    """Return, by block, which of the items `without_rule` its posts carried that no rule fits.

    These had items of the block's kinds below their article, and `resolver` finds none for them.
    """
    found = {}
    live = [post for post in live_posts(posts).values() if post.path in placed]
    for block in catalog.blocks:
        carried = {post.path: _items(block, placed[post.path]) for post in live}
        left = [p for p in live if carried[p.path] and not resolver.items(p).get(block.name)]
        numbers = Counter(item for post in left for item in carried[post.path])
        item = max(without_rule, key=numbers.__getitem__, default="")
        if numbers[item] >= max(_FEWEST, _WHEREVER * len(left)) and not block.fallback:
            found[block.name] = item
    return found


def _items(block: Block, placed: Placed) -> set[str]:
    return {item for kind in block.kind.items for item in placed.at_end(kind)}
