"""What the old blocks were headed and held: the catalog's have headings and limits of their own."""

from collections.abc import Iterator, Mapping

from linkmgr.adopt.finding.frequency import Votes, counted
from linkmgr.adopt.planning.plan import Adoption
from linkmgr.catalog.model import Kind
from linkmgr.catalog.reading.parse import parse_catalog

# Headings of a kind; --json has all.
_SHOWN = 3


def old_headings(adoption: Adoption) -> Mapping[Kind, Votes]:
    """Return the headings of the blocks that leave, with their numbers; a CTA has its own."""
    blocks = [block for post in adoption.site.old.values() for block in post.blocks if block.sure]
    return {
        kind: counted(block.heading for block in blocks if block.kind == kind)
        for kind in (Kind.RELATED, Kind.BOOKS)
    }


def headings(adoption: Adoption) -> Iterator[str]:
    """Say what the old blocks were headed, and where that can be said again."""
    old = old_headings(adoption)
    if any(old.values()):
        yield "Headings of the old blocks; `heading` in the catalog's blocks sets the new ones:"
    for kind, votes in old.items():
        shown = [f"{heading} ({number})" for heading, number in votes[:_SHOWN]]
        if len(votes) > _SHOWN:
            shown.append(f"and {len(votes) - _SHOWN} more")
        if shown:
            yield f"  {kind}: {', '.join(shown)}"
    yield from _limits(adoption)


def _limits(adoption: Adoption) -> Iterator[str]:
    """Say where the catalog, which had items already, shows another number of them."""
    if not adoption.catalog_after:
        return
    catalog = parse_catalog(adoption.catalog_after, adoption.catalog_name)
    for kind, usual in adoption.found.limits.items():
        limit = sum(block.limit for block in catalog.blocks if block.kind is kind)
        if usual and limit != usual:
            yield (
                f"Most old blocks ({kind}) held {usual}, the catalog's hold {limit}; "
                "`limit` in the catalog's blocks sets it."
            )
