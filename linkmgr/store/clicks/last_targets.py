"""The last targets of links: those of deleted items are kept, and the tests that have ended."""

import json
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, insert, select

from linkmgr.catalog.variants import VariantTest
from linkmgr.clicks.targets import Target, Targets, merge_retired
from linkmgr.store.clicks.counting import note_renames
from linkmgr.store.clicks.renames import Renames, days_of_former, renames_of, shared_days
from linkmgr.store.db.engine import upsert, writing
from linkmgr.store.db.models import LastTarget, RenamedItem, VariantTestRow

_NO_TESTS = '"variants": {}'
"""In the JSON of a target without tests: it need not be read to know that."""

_log = logging.getLogger(__name__)


class _Known(NamedTuple):
    """What the database has of an item."""

    text: str
    """Its target as JSON, of whatever version of linkmgr."""
    deleted: date | None


@dataclass(frozen=True, slots=True)
class StillRedirecting:
    """An item that is no longer shown, and where it leads."""

    item: str
    url: str
    deleted: date | None
    """Since when it is not in the catalog; `None` for one that is retired there."""


def record(
    engine: Engine, targets: Targets, today: date, served: Mapping[str, Target] | None = None
) -> None:
    """Remember where all items lead, and since when missing ones have been gone.

    `served` has the targets that are served now: those of deleted items, too, of which a new
    database knows nothing.
    """
    with writing(engine) as connection:
        known = _read_known(connection)
        present = merge_retired(targets.items, _tested(known, targets))
        rows: list[dict[str, object]] = []
        for item, target in present.items():
            text = target.to_json()
            if known.get(item) != (text, None):
                rows.append({"item": item, "target": text, "deleted": None})
        for item, (text, deleted) in known.items():
            if item not in present and deleted is None:
                rows.append({"item": item, "target": text, "deleted": today})
        for item, target in (served or {}).items():
            if item not in present and item not in known:
                rows.append({"item": item, "target": target.to_json(), "deleted": today})
        if rows:
            upsert(connection, LastTarget, "item", rows)


def record_renames(engine: Engine, renamed: Mapping[str, str], items: Collection[str]) -> None:
    """Remember the ids that present items had before; a deleted one keeps those that it had."""
    with writing(engine) as connection:
        before = renames_of(connection)
        of_deleted = {
            old: item
            for old, item in before.by_old.items()
            if item not in items and old not in items
        }
        now = Renames({**of_deleted, **renamed})
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
    new_rows = {(test.item, test.key): _row_of(test, now) for test in tests}
    if not new_rows:
        return
    with writing(engine) as connection:
        renames = renames_of(connection)
        known = connection.execute(select(VariantTestRow.item, VariantTestRow.key))
        for item, key in known:
            new_rows.pop((renames.present_id(item), key), None)
        if new_rows:
            connection.execute(insert(VariantTestRow), [*new_rows.values()])


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
        known = _read_known(connection)
    deleted = {item: known[item].text for item in known if item not in targets.items}
    before = {**_read_targets(deleted), **_tested(known, targets)}
    return replace(targets, items=merge_retired(targets.items, before))


def still_redirecting(
    connection: Connection, retired: Collection[str], most: int
) -> Sequence[StillRedirecting]:
    """Return the items that are deleted, or retired, and where they lead, the latest first."""
    query = select(LastTarget.item, LastTarget.target, LastTarget.deleted).where(
        LastTarget.deleted.is_not(None) | LastTarget.item.in_(retired)
    )
    latest = query.order_by(LastTarget.deleted.desc().nulls_last(), LastTarget.item).limit(most)
    texts: dict[str, str] = {}
    deleted_on: dict[str, date | None] = {}
    for item, text, deleted in connection.execute(latest):
        texts[item] = text
        deleted_on[item] = deleted
    targets = _read_targets(texts)
    return [StillRedirecting(item, targets[item].url, deleted_on[item]) for item in targets]


def _read_known(connection: Connection) -> dict[str, _Known]:
    query = select(LastTarget.item, LastTarget.target, LastTarget.deleted)
    return {item: _Known(text, deleted) for item, text, deleted in connection.execute(query)}


def _tested(known: Mapping[str, _Known], targets: Targets) -> dict[str, Target]:
    """Return what is known of the present items that have been in a test of variants."""
    texts = {}
    for item, (text, _) in known.items():
        if item in targets.items and _NO_TESTS not in text:
            texts[item] = text
    return _read_targets(texts)


def _read_targets(texts: Mapping[str, str]) -> dict[str, Target]:
    """Return the targets that this version can read, by item, and log the others' items."""
    targets = {}
    for item, text in texts.items():
        try:
            targets[item] = Target.from_json(text)
        except (ValueError, KeyError, TypeError):
            _log.warning("%s: its last target is of another version of linkmgr: left out", item)
    return targets
