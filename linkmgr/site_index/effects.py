"""What a change of the catalog did: on how many posts something else is shown since."""

from collections.abc import Sequence
from dataclasses import dataclass

from linkmgr.blocks.shown import ShownItems, distinct_items


@dataclass(frozen=True, slots=True)
class Effect:
    """What posts gained and lost between two revisions of the catalog."""

    before: str
    after: str

    posts: int
    """How many show other items, or the same in another order."""

    gained: int
    """How many items they gained, in all posts together."""

    lost: int


def effect_of(
    revisions: tuple[str, str], before: Sequence[ShownItems], after: Sequence[ShownItems]
) -> Effect:
    """Return the effect of a change from one revision to another, by what each post shows."""
    posts = gained = lost = 0
    for had, has in zip(before, after, strict=True):
        if had != has:
            posts += 1
            gained += len(distinct_items(has) - distinct_items(had))
            lost += len(distinct_items(had) - distinct_items(has))
    return Effect(*revisions, posts, gained, lost)
