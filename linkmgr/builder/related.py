"""Which posts are related and nearest to which: computed on all processors, kept for later."""

from collections.abc import Callable, Collection, Iterable, Sequence
from hashlib import blake2b
from typing import Any

from linkmgr import __version__
from linkmgr.builder.processes.parallel import in_parallel
from linkmgr.builder.processes.progress import Track
from linkmgr.builder.reading.cache import Cache
from linkmgr.catalog.model import Catalog
from linkmgr.messages.message import message
from linkmgr.posts.model import Post
from linkmgr.resolver.prepared import PreparedPosts
from linkmgr.resolver.related import Choice
from linkmgr.resolver.rules import asks_neighbours


def compute_related(
    prepared: PreparedPosts,
    choices: Collection[Choice],
    catalogs: Iterable[Catalog],
    track: Track,
) -> None:
    """Compute what the posts show by some choices, unless all of it is known.

    The posts nearest to each, too, if the evidence for the items of a catalog depends on them.
    """
    related, nearest = prepared.related, prepared.nearest
    wanted = () if related.are_known(choices) else choices
    asked = not nearest.are_known and any(
        asks_neighbours(catalog.mappings.values()) for catalog in catalogs
    )
    if not wanted and not asked:
        return

    def run(work: Callable[[int, int], Sequence[Any]], number: int) -> Iterable[Any]:
        return track(in_parallel(work, number), message("build.comparing-posts"), number)

    related.compute(wanted, run)
    if asked:
        nearest.know([nearest.of(position) for position in range(len(prepared.posts))])


def digest_of_compared(posts: Iterable[Post]) -> str:
    """Digest all of the posts that decides which are like which."""
    found = blake2b(__version__.encode(), digest_size=12)
    for post in posts:
        date, terms = post.date.isoformat(), (post.tags, post.categories)
        values = post.path, post.live_url, post.language, date, post.title, terms
        found.update(repr(values).encode(errors="replace"))
        found.update(post.words.encode(errors="replace"))
    return found.hexdigest()


def know_nearest(cache: Cache, prepared: PreparedPosts, digest: str) -> None:
    """Take over the posts nearest to each from the cache, if it has those of the same posts."""
    before, found = cache.state("nearest") or ("", [])
    if before == digest:
        prepared.nearest.know([[*zip(near[::2], near[1::2], strict=True)] for near in found])


def keep_nearest(cache: Cache, prepared: PreparedPosts, digest: str) -> None:
    """Store the posts nearest to each, as those of the posts with this digest."""
    if prepared.nearest.are_known:
        found = (prepared.nearest.of(number) for number in range(len(prepared.posts)))
        cache.set_state(nearest=(digest, [[n for pair in near for n in pair] for near in found]))
