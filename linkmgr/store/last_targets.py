"""Where links led last: items that are deleted from the catalog keep theirs."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, select

from linkmgr.clicks.targets import Targets
from linkmgr.store.engine import writing
from linkmgr.store.models import LastTarget
from linkmgr.store.writes import upsert

_COLUMNS = ("item", "target", "deleted")


@dataclass(frozen=True, slots=True)
class LeadingOn:
    """An item that is shown no more and where it leads; one that is retired has no `deleted`."""

    item: str
    url: str
    deleted: date | None


def record(engine: Engine, targets: Targets, today: date) -> None:
    """Remember where all items lead, and of those that are no more there since when."""
    present = {item: _text(target) for item, target in _items(targets).items()}
    with writing(engine) as connection:
        known = _rows(connection)
        changed = [
            (item, target, None)
            for item, target in present.items()
            if known.get(item) != (target, None)
        ]
        gone = [
            (item, target, today)
            for item, (target, deleted) in known.items()
            if item not in present and deleted is None
        ]
        rows = [dict(zip(_COLUMNS, row, strict=True)) for row in (*changed, *gone)]
        if rows:
            upsert(connection, LastTarget, "item", rows)


def with_deleted(engine: Engine, targets: Targets) -> Targets:
    """Return the targets and, besides, the last ones of deleted items."""
    with engine.connect() as connection:
        known = _rows(connection)
    present = _items(targets)
    deleted = {item: json.loads(text) for item, (text, _) in known.items() if item not in present}
    values = json.loads(targets.to_json()) | {"items": deleted | present}
    return Targets.from_json(json.dumps(values))


def leading_on(connection: Connection, retired: Collection[str], most: int) -> Sequence[LeadingOn]:
    """Return the items that are deleted, or retired, and where they lead, the latest first."""
    query = select(LastTarget.item, LastTarget.target, LastTarget.deleted).where(
        LastTarget.deleted.is_not(None) | LastTarget.item.in_(retired)
    )
    latest = query.order_by(LastTarget.deleted.desc().nulls_last(), LastTarget.item).limit(most)
    return [
        LeadingOn(item, json.loads(target)["url"], deleted)
        for item, target, deleted in connection.execute(latest)
    ]


def _rows(connection: Connection) -> dict[str, tuple[str, date | None]]:
    query = select(LastTarget.item, LastTarget.target, LastTarget.deleted)
    return {item: (target, deleted) for item, target, deleted in connection.execute(query)}


def _items(targets: Targets) -> dict[str, Any]:
    items: dict[str, Any] = json.loads(targets.to_json())["items"]
    return items


def _text(target: Any) -> str:
    return json.dumps(target, ensure_ascii=False, sort_keys=True)
