"""What a change of the catalog did: on how many posts something else is shown since.

That is known to the server that holds the site as it changes, and kept in a file of the instance.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path

from linkmgr.blocks.shown import ShownItems, distinct_items
from linkmgr.fs import replace_file

_NAME = "effects.json"

_MOST = 500
"""The latest changes whose effects are kept: ten pages of the history."""


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


def read_effects(instance: Path) -> dict[tuple[str, str], Effect]:
    """Return the effects of changes by the revisions before and after them.

    There are none without a file, or where it is damaged.
    """
    try:
        rows = json.loads((instance / _NAME).read_bytes())
        effects = [Effect(*row) for row in rows]
    except (OSError, ValueError, TypeError):
        return {}
    return {(effect.before, effect.after): effect for effect in effects}


def keep_effect(instance: Path, effect: Effect) -> None:
    """Add an effect to the instance's file; without room on the disk it is not kept."""
    effects = read_effects(instance)
    effects.pop((effect.before, effect.after), None)
    latest = [*effects.values(), effect][-_MOST:]
    with suppress(OSError):
        replace_file(instance / _NAME, json.dumps([astuple(kept) for kept in latest]).encode())
