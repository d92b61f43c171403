"""Places for the items that no post would show any more: some of the posts that carried them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from linkmgr.adopt.deciding.model import Placed
from linkmgr.adopt.proposing.measure import unseen
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.model import Catalog
from linkmgr.posts.model import Post
from linkmgr.posts.publish import live_posts
from linkmgr.resolver.model import PIN, Placement, PostResolution
from linkmgr.resolver.resolve import Resolver

# An item is given back so many of its posts at most, for each is named in the catalog.
FEW_POSTS = 5


def pin_leftovers(
    catalog: Catalog,
    resolver: Resolver,
    posts: Sequence[Post],
    placed: Mapping[str, Placed],
    items: Collection[str],
) -> dict[str, tuple[str, ...]]:
    """Return, for those of `items` that no live post would show, the posts to pin them in.

    These are the newest in which a pin costs no old placement, else one in which what it displaces
    is shown elsewhere too, else the newest. Each item gets one post before any gets a second.
    """
    lost = [item for item in unseen(resolver, posts, placed) if item in items]
    carriers: dict[str, list[str]] = defaultdict(list)
    capacities = _Capacities(catalog, placed)
    for post in live_posts(posts).values() if lost else ():
        if post.path in placed:
            capacities.take(resolver.resolve(post))
            for item in placed[post.path].items:
                carriers[item].append(post.path)
    pins: dict[str, list[str]] = {item: [] for item in lost}
    for _ in range(FEW_POSTS):
        for item in sorted(lost, key=lambda item: len(carriers[item])):
            left = [path for path in carriers[item] if path not in pins[item]]
            pins[item] += capacities.pin(item, left, first=not pins[item])
    return {item: tuple(sorted(paths)) for item, paths in pins.items()}


@dataclass(slots=True)
class _Capacity:
    """What a post shows of a kind for its points, the last being the first to go, and how many."""

    limit: int
    scored: list[str]


class _Capacities:
    def __init__(self, catalog: Catalog, placed: Mapping[str, Placed]) -> None:
        self._catalog = catalog
        self._placed = placed
        self._capacities: dict[tuple[str, ItemKind], _Capacity] = {}
        self._shown: Counter[str] = Counter()

    def take(self, resolution: PostResolution) -> None:
        """Note what a post shows."""
        for kind in ItemKind:
            blocks = [block for block in self._catalog.blocks if kind in block.kind.items]
            capacity = _Capacity(sum(block.limit for block in blocks), [])
            for each in chain(*(resolution.blocks.get(block.name, ()) for block in blocks)):
                if not isinstance(each, Placement):
                    continue
                self._shown[each.item] += 1
                if each.reasons and each.reasons[0].cause == PIN:
                    capacity.limit -= 1
                else:
                    capacity.scored.append(each.item)
            self._capacities[resolution.post.path, kind] = capacity

    def pin(self, item: str, carriers: Sequence[str], *, first: bool) -> list[str]:
        """Choose one of the posts that carried an item, if there is any, and note that it shows it.

        Only the `first` may cost an old placement.
        """
        kind = self._catalog.items[item].kind
        free = (path for path in carriers if self._costs_nothing(path, kind))
        swaps = (path for path in carriers if self._displaced(path, kind))
        path = next(free, None)
        if path is None and first:
            path = next(swaps, carriers[0])
        if path is None:
            return []
        capacity = self._capacities[path, kind]
        capacity.limit -= 1
        while len(capacity.scored) > max(capacity.limit, 0):
            self._shown[capacity.scored.pop()] -= 1
        self._shown[item] += 1
        return [path]

    def _costs_nothing(self, path: str, kind: ItemKind) -> bool:
        capacity = self._capacities[path, kind]
        if len(capacity.scored) < capacity.limit:
            return True
        displaced = self._displaced(path, kind)
        return displaced is not None and displaced not in self._placed[path].items

    def _displaced(self, path: str, kind: ItemKind) -> str | None:
        """Return what a pin would displace, if that is shown elsewhere too."""
        scored = self._capacities[path, kind].scored
        return scored[-1] if scored and self._shown[scored[-1]] > 1 else None
