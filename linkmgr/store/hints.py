"""The opportunities that the owner has put aside, until they are taken back."""

from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, insert, select

from linkmgr.store.clicks.renames import renames_of
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import HintAside


class HintKind(StrEnum):
    """What an opportunity says of its subject."""

    GONE_ITEM = "gone-item"
    BARE_POST = "bare-post"
    BARE_TAG = "bare-tag"
    DOUBTED_CATEGORY = "doubted-category"
    RARE_ITEM = "rare-item"
    RARE_PLACE = "rare-place"
    RISEN_ITEM = "risen-item"
    FALLEN_ITEM = "fallen-item"
    UNPAID_ITEM = "unpaid-item"
    UNPAID_POST = "unpaid-post"
    OUTEARNED_ITEM = "outearned-item"
    DECIDED_TEST = "decided-test"


_ABOUT_ITEMS = frozenset(
    {
        HintKind.GONE_ITEM,
        HintKind.RARE_ITEM,
        HintKind.RISEN_ITEM,
        HintKind.FALLEN_ITEM,
        HintKind.UNPAID_ITEM,
        HintKind.OUTEARNED_ITEM,
    }
)


class Hint(NamedTuple):
    """An opportunity by its kind and the id, the key or the name of what it is about."""

    kind: HintKind
    subject: str


def hints_aside(connection: Connection) -> frozenset[Hint]:
    """Return what was put aside, items by the ids that they have now."""
    hints = set()
    for kind, subject in connection.execute(select(HintAside.kind, HintAside.subject)):
        is_item = kind in _ABOUT_ITEMS
        name = renames_of(connection).present_id(subject) if is_item else subject
        hints.add(Hint(HintKind(kind), name))
    return frozenset(hints)


def put_aside(engine: Engine, hint: Hint) -> None:
    """Put an opportunity aside."""
    with writing(engine) as connection:
        if hint not in hints_aside(connection):
            connection.execute(insert(HintAside), hint._asdict())


def take_back(engine: Engine, hint: Hint) -> None:
    """Have an opportunity shown again."""
    with writing(engine) as connection:
        subjects = [hint.subject]
        if hint.kind in _ABOUT_ITEMS:
            subjects = renames_of(connection).all_ids(subjects)
        is_of_hint = (HintAside.kind == hint.kind) & HintAside.subject.in_(subjects)
        connection.execute(delete(HintAside).where(is_of_hint))
