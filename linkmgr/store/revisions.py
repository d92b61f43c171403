"""The catalog's history: every text that it had, who made it, and what it changed."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Select, func, insert, select
from sqlalchemy.orm import aliased

from linkmgr.store.db.models import RevisionEntry, RevisionRow

PAGE = 50
"""Rows of a page."""

# The most entries of a revision that a page names.
_NAMED = 5

# The most changes among which those of a period are looked for.
_LATEST = 500
# More than these no chart has room for.
_MOST_EDITS = 20


class Action(StrEnum):
    """What was done; `FOUND` is how the catalog was when its history began."""

    ADDED = "added"
    CHANGED = "changed"
    RETIRED = "retired"
    REVIVED = "revived"
    DELETED = "deleted"
    REPLACED = "replaced"
    RENAMED = "renamed"
    RESTORED = "restored"
    BY_HAND = "by hand"
    FOUND = "found"


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """An entry of the catalog, such as `books` and `kitchen-coffee`."""

    section: str
    name: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to which entries, and when (milliseconds since 1970).

    `user` is empty where the file was edited by hand; `summary` is what the entry was called.
    """

    time: int
    user: str
    action: Action
    entries: tuple[Entry, ...] = ()
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A row of the history. Of its entries, `more` are not named in a list."""

    id: int
    revision: str
    audit: AuditEntry
    more: int = 0
    before: str = ""
    """The revision that it was made of, empty for the first."""


@dataclass(frozen=True, slots=True)
class Texts:
    """A revision with the catalog's text after it and before; `before` is `None` for the first."""

    recorded: Recorded
    before: str | None
    after: str


def record(connection: Connection, audit: AuditEntry, revision: str, text: str) -> int:
    """Write down what was done and the text that came of it; return the new row's id."""
    row = {
        "time": audit.time,
        "user": audit.user,
        "action": audit.action,
        "summary": audit.summary[:200],
        "revision": revision,
        "text": zlib.compress(text.encode()),
    }
    number: int = connection.execute(
        insert(RevisionRow).returning(RevisionRow.id), row
    ).scalar_one()
    if audit.entries:
        named = [
            {"section": entry.section, "entry": entry.name, "id": number}
            for entry in sorted(set(audit.entries))
        ]
        connection.execute(insert(RevisionEntry), named)
    return number


def last_revision(connection: Connection) -> str | None:
    """Return the revision that was recorded last, `None` where there is no history yet."""
    return connection.scalar(select(RevisionRow.revision).order_by(RevisionRow.id.desc()).limit(1))


def first_number(connection: Connection) -> int | None:
    """Return the number of the catalog as it was found, `None` where there is no history yet."""
    return connection.scalar(select(RevisionRow.id).order_by(RevisionRow.id).limit(1))


def number_of(connection: Connection, revision: str) -> int | None:
    """Return the number of the last change that led to a revision, `None` if none did."""
    numbers = select(func.max(RevisionRow.id)).where(RevisionRow.revision == revision)
    return connection.scalar(numbers)


def last_text(connection: Connection) -> str:
    """Return the text that was recorded last, empty where there is no history yet."""
    last = connection.scalar(select(RevisionRow.text).order_by(RevisionRow.id.desc()).limit(1))
    return _text(last) if last else ""


def latest(connection: Connection) -> Recorded | None:
    """Return what was done last, `None` where there is no history yet."""
    number = connection.scalar(select(func.max(RevisionRow.id)))
    return None if number is None else _recorded(connection, [number])[0]


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Whose changes of what a page of the history has: all, if nothing is set.

    A `user` of "" is whoever edited the file by hand; `sections` are those of the entries. `search`
    is a part of what an entry was called or of its id, and `named` are ids that are found as well.
    """

    entry: Entry | None = None
    user: str | None = None
    sections: tuple[str, ...] = ()
    search: str = ""
    named: tuple[str, ...] = ()


def history(
    connection: Connection, page: int, wanted: HistoryQuery = HistoryQuery()
) -> tuple[tuple[Recorded, ...], int]:
    """Return a page of the history (counted from 1), the latest first, and how many rows it has."""
    rows = select(RevisionRow.id)
    if wanted.entry:
        rows = _of(rows, wanted.entry)
    if wanted.user is not None:
        rows = rows.where(RevisionRow.user == wanted.user)
    if wanted.sections:
        named = select(RevisionEntry.id).where(RevisionEntry.section.in_(wanted.sections))
        rows = rows.where(RevisionRow.id.in_(named))
    if wanted.search:
        entry, words = RevisionEntry.entry, wanted.search
        is_named = entry.icontains(words, autoescape=True) | entry.in_(wanted.named)
        expression = RevisionRow.id.in_(select(RevisionEntry.id).where(is_named))
        rows = rows.where(expression | RevisionRow.summary.icontains(words, autoescape=True))
    total = connection.scalar(select(func.count()).select_from(rows.subquery())) or 0
    listed = rows.order_by(RevisionRow.id.desc()).limit(PAGE).offset(PAGE * (page - 1))
    return _recorded(connection, connection.scalars(listed).all()), total


def users(connection: Connection) -> tuple[str, ...]:
    """Return who has changed the catalog, in the order of their names; "" is by hand."""
    rows = select(RevisionRow.user).distinct().order_by(RevisionRow.user)
    return tuple(connection.scalars(rows))


def edits_between(
    connection: Connection, begin: int, end: int, entry: Entry | None = None
) -> tuple[Recorded, ...]:
    """Return what was done from a moment to before another (milliseconds), the latest first.

    With an `entry` it is that entry's alone. Of many it is the last ones; older changes than the
    latest hundreds are left out, and the catalog that its history began with.
    """
    rows = select(RevisionRow.id)
    if entry:
        rows = _of(rows, entry)
    latest = rows.order_by(RevisionRow.id.desc()).limit(_LATEST).subquery()
    wanted = (
        select(RevisionRow.id)
        .where(
            RevisionRow.id.in_(select(latest.c.id)),
            RevisionRow.time >= begin,
            RevisionRow.time < end,
            RevisionRow.action != Action.FOUND,
        )
        .order_by(RevisionRow.id.desc())
        .limit(_MOST_EDITS)
    )
    return _recorded(connection, connection.scalars(wanted).all())


def since(connection: Connection, revision: str) -> tuple[Recorded, ...]:
    """Return what was done after the catalog was last of a revision, the latest first.

    Without such a revision it is what was done last; of many changes it is a page.
    """
    last = number_of(connection, revision)
    rows = select(RevisionRow.id).order_by(RevisionRow.id.desc())
    rows = rows.limit(1) if last is None else rows.where(RevisionRow.id > last).limit(PAGE)
    return _recorded(connection, connection.scalars(rows).all())


def count_since(connection: Connection, revision: str) -> int | None:
    """Return how many changes were made after the catalog was last of a revision.

    It is `None` where the catalog never was.
    """
    last = number_of(connection, revision)
    if last is None:
        return None
    return connection.scalar(
        select(func.count()).select_from(RevisionRow).where(RevisionRow.id > last)
    )


def all_entries(connection: Connection, number: int) -> tuple[Entry, ...]:
    """Return every entry that a change was of."""
    rows = select(RevisionEntry.section, RevisionEntry.entry).where(RevisionEntry.id == number)
    return tuple(Entry(row.section, row.entry) for row in connection.execute(rows))


def texts(connection: Connection, number: int) -> Texts | None:
    """Return a revision with its texts, `None` if there is no such row."""
    for _, before, after in texts_around(connection, [number]):
        (recorded,) = _recorded(connection, [number])
        return Texts(recorded, before, after)
    return None


def texts_around(
    connection: Connection, numbers: Iterable[int]
) -> Iterator[tuple[int, str | None, str]]:
    """Yield revisions with the text before, `None` for the first, and after, by one query.

    Numbers of no revision are left out.
    """
    earlier = aliased(RevisionRow)
    before = (
        select(earlier.text)
        .where(earlier.id < RevisionRow.id)
        .order_by(earlier.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = select(RevisionRow.id, RevisionRow.text, before.label("before"))
    for row in connection.execute(rows.where(RevisionRow.id.in_([*numbers]))):
        yield row.id, None if row.before is None else _text(row.before), _text(row.text)


def _of(rows: Select[int], entry: Entry) -> Select[int]:
    return rows.join(RevisionEntry, RevisionEntry.id == RevisionRow.id).where(
        RevisionEntry.section == entry.section, RevisionEntry.entry == entry.name
    )


def _recorded(connection: Connection, numbers: Iterable[int]) -> tuple[Recorded, ...]:
    numbers = list(numbers)
    if not numbers:
        return ()
    entries: dict[int, list[Entry]] = {number: [] for number in numbers}
    counted = select(
        RevisionEntry.id,
        RevisionEntry.section,
        RevisionEntry.entry,
        func.row_number()
        .over(partition_by=RevisionEntry.id, order_by=(RevisionEntry.section, RevisionEntry.entry))
        .label("place"),
        func.count().over(partition_by=RevisionEntry.id).label("all"),
    ).where(RevisionEntry.id.in_(numbers))
    ranked = counted.subquery()
    every: dict[int, int] = {}
    for row in connection.execute(
        select(ranked).where(ranked.c.place <= _NAMED).order_by(ranked.c.place)
    ):
        entries[row.id].append(Entry(row.section, row.entry))
        every[row.id] = row.all
    earlier = aliased(RevisionRow)
    before = (
        select(earlier.revision)
        .where(earlier.id < RevisionRow.id)
        .order_by(earlier.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            RevisionRow.id,
            RevisionRow.time,
            RevisionRow.user,
            RevisionRow.action,
            RevisionRow.summary,
            RevisionRow.revision,
            before.label("before"),
        )
        .where(RevisionRow.id.in_(numbers))
        .order_by(RevisionRow.id.desc())
    )
    return tuple(
        Recorded(
            row.id,
            row.revision,
            AuditEntry(row.time, row.user, Action(row.action), tuple(entries[row.id]), row.summary),
            every.get(row.id, 0) - len(entries[row.id]),
            row.before or "",
        )
        for row in rows
    )


def _text(compressed: bytes) -> str:
    return zlib.decompress(compressed).decode()
