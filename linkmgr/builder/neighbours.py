"""The posts nearest to each post, found on all processors."""

from collections.abc import Iterable

from linkmgr.builder.processes.parallel import in_parallel
from linkmgr.builder.processes.progress import Track
from linkmgr.messages.message import message
from linkmgr.resolver.related import Choice, RelatedPosts


def find_neighbours(related: RelatedPosts, choices: Iterable[Choice], track: Track) -> None:
    """Find the posts nearest to each, unless all that these choices show is known."""
    if related.are_known(choices):
        return
    related.prepare()
    number = len(related)
    found = track(in_parallel(related.neighbours, number), message("build.comparing-posts"), number)
    related.know([*found])
