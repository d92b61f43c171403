"""For whom the links of the posts earn, where the blocks will earn for somebody else."""

from collections.abc import Iterable
from typing import NamedTuple

from linkmgr.adopt.deciding.changes import Change
from linkmgr.adopt.finding.votes import Votes, counted
from linkmgr.catalog.model import Catalog
from linkmgr.links.model import AMAZON


class Earnings(NamedTuple):
    """What changes of the links to Amazon that leave the posts, with their numbers.

    `tags` are those other than the catalog's `tag`; `wrappers` are the programmes through which
    links go now, where the blocks link to Amazon directly.
    """

    tag: str | None
    tags: Votes
    wrappers: Votes


def earnings(changes: Iterable[Change], catalog: Catalog) -> Earnings:
    """Compare the links that leave the posts with what `catalog` says of Amazon."""
    tag = catalog.programmes[AMAZON].tag
    links = [link for each in changes for link in each.links if link.programme == AMAZON]
    return Earnings(
        tag,
        counted(link.tag for link in links if not link.wrapper and link.tag != tag),
        counted(link.wrapper for link in links),
    )
