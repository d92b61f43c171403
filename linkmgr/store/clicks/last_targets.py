"""The last targets of links: those of deleted items are kept, and the tests that have ended."""

import json
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, Engine, delete, insert, select

from linkmgr.catalog.variants import VariantTest
from linkmgr.clicks.targets import Target, Targets, merge_retired
from linkmgr.store.clicks.counting import note_renames
from linkmgr.store.clicks.renames import Renames, days_of_former, renames_of, shared_days
from linkmgr.store.db.engine import upsert, writing
from linkmgr.store.db.models import LastTarget, RenamedItem, VariantTestRow

_NO_TESTS = '"variants": {}'
"""In the JSON of a target: those of all other items need not be read."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StillRedirecting:
    """An item that is no longer shown and where it leads; a retired one has no `deleted`."""

    item: str
    url: str
    deleted: date | None


def record(
    engine: Engine, targets: Targets, today: date, served: Mapping[str, Target] | None = None
) -> None:
    """Remember where all items lead, and since when missing ones have been gone.

    `served` has those that are served besides: a new database does not know the deleted ones.
    """
    with writing(engine) as connection:
        known = _rows(connection)
        earlier = merge_retired(targets.items, _tested(known, targets))
        rows: list[dict[str, object]] = []
        for item, target in earlier.items():
            text = target.to_json()
            if known.get(item) != (text, None):
                rows.append({"item": item, "target": text, "deleted": None})
        for item, (text, deleted) in known.items():
            if item not in earlier and deleted is None:
                rows.append({"item": item, "target": text, "deleted": today})
        for item, target in (served or {}).items():
            if item not in earlier and item not in known:
                rows.append({"item": item, "target": target.to_json(), "deleted": today})
        if rows:
            upsert(connection, LastTarget, "item", rows)


def record_renames(engine: Engine, renamed: Mapping[str, str], items: Collection[str]) -> None:
    """Remember the ids that present items had before; a deleted one keeps those that it had."""
    with writing(engine) as connection:
        before = renames_of(connection)
        kept = {
            old: item
            for old, item in before.by_old.items()
            if item not in items and old not in items
        }
        now = Renames({**kept, **renamed})
        if now == before:
            return
        connection.execute(delete(RenamedItem))
        if now.by_old:
            rows = [{"old": old, "item": item} for old, item in now.by_old.items()]
            connection.execute(insert(RenamedItem), rows)
        days = {*shared_days(connection, now), *days_of_former(connection, before, now)}
        note_renames(connection, days)


def record_tests(engine: Engine, tests: Iterable[VariantTest], now: datetime) -> None:
    """Remember the tests of variants that are published, and since when.

    A test of an item that was renamed since is known by the item's present id.
    """
    rows = {(test.item, test.key): _row_of(test, now) for test in tests}
    if not rows:
        return
    with writing(engine) as connection:
        renames = renames_of(connection)
        known = connection.execute(select(VariantTestRow.item, VariantTestRow.key))
        for item, key in known:
            rows.pop((renames.item(item), key), None)
        if rows:
            connection.execute(insert(VariantTestRow), [*rows.values()])


def _row_of(test: VariantTest, now: datetime) -> dict[str, object]:
    return {
        "item": test.item,
        "key": test.key,
        "test": test.test,
        "weights": json.dumps(dict(test.weights)),
        "shows": json.dumps({variant: shown.id for variant, shown in test.shows.items()}),
        "share": test.share,
        "vary_by": test.vary_by,
        "since": int(now.timestamp() * 1000),
    }


def with_deleted(engine: Engine, targets: Targets) -> Targets:
    """Return the targets and, besides, the last ones of deleted items and the tests that ended."""
    with engine.connect() as connection:
        known = _rows(connection)
    gone = [(item, text) for item, (text, _) in known.items() if item not in targets.items]
    before = dict(_readable(gone)) | _tested(known, targets)
    return replace(targets, items=merge_retired(targets.items, before))


def still_redirecting(
    connection: Connection, retired: Collection[str], most: int
) -> Sequence[StillRedirecting]:
    """Return the items that are deleted, or retired, and where they lead, the latest first."""
    query = select(LastTarget.item, LastTarget.target, LastTarget.deleted).where(
        LastTarget.deleted.is_not(None) | LastTarget.item.in_(retired)
    )
    latest = query.order_by(LastTarget.deleted.desc().nulls_last(), LastTarget.item).limit(most)
    last = {item: (text, deleted) for item, text, deleted in connection.execute(latest)}
    texts = [(item, text) for item, (text, _) in last.items()]
    return [StillRedirecting(item, target.url, last[item][1]) for item, target in _readable(texts)]


def _rows(connection: Connection) -> dict[str, tuple[str, date | None]]:
    query = select(LastTarget.item, LastTarget.target, LastTarget.deleted)
    return {item: (target, deleted) for item, target, deleted in connection.execute(query)}


def _tested(known: Mapping[str, tuple[str, date | None]], targets: Targets) -> dict[str, Target]:
    """Return what is known of the present items that have been in a test of variants."""
    texts = ((item, text) for item, (text, _) in known.items() if item in targets.items)
    return dict(_readable((item, text) for item, text in texts if _NO_TESTS not in text))


def _readable(texts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Target]]:
    """Yield the targets that this version can read, and log the others' items."""
    for item, text in texts:
        try:
            yield item, Target.from_json(text)
        except (ValueError, KeyError, TypeError):
            _log.warning("%s: its last target is of another version of linkmgr: left out", item)
