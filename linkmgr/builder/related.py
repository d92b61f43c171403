"""Which posts are related to which, computed on all processors."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from linkmgr.builder.processes.parallel import in_parallel
from linkmgr.builder.processes.progress import Track
from linkmgr.messages.message import message
from linkmgr.resolver.related import Choice, RelatedPosts


def compute_related(related: RelatedPosts, choices: Collection[Choice], track: Track) -> None:
    """Compute what the posts show by some choices, unless all of it is known."""
    if related.are_known(choices):
        return

    def run(work: Callable[[int, int], Sequence[Any]], number: int) -> Iterable[Any]:
        return track(in_parallel(work, number), message("build.comparing-posts"), number)

    related.compute(choices, run)
