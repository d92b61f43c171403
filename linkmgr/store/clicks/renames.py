"""Items that got another id: rows keep the earlier one, and every query reads the present one.

No row is written again. The days that have clicks under both ids are counted once more, as far as
their rows are kept, so that a visitor of both is one.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, SQLColumnExpression, case, select

from linkmgr.clicks.counts import Dimension
from linkmgr.store.db.models import RenamedItem, Total

_OPTION = "linkmgr_renames"
"""The option of a connection that keeps what was read."""


@dataclass(frozen=True, slots=True)
class Renames:
    """The present ids of items by those that they had before."""

    by_old: Mapping[str, str] = field(default_factory=dict)

    def present_id(self, item: str) -> str:
        """Return the id that an item has now."""
        return self.by_old.get(item, item)

    def present_value(self, dimension: Dimension, value: str) -> str:
        """Return a value of a dimension with the present id of its item, if it names one."""
        if dimension is Dimension.ITEM:
            return self.present_id(value)
        if dimension is Dimension.VARIANT:
            item, slash, variant = value.partition("/")
            return f"{self.present_id(item)}{slash}{variant}"
        return value

    def all_ids(self, items: Iterable[str]) -> list[str]:
        """Return items' present ids, and then those that they had before."""
        present = dict.fromkeys(items)
        earlier = [old for old, item in self.by_old.items() if item in present]
        return [*present, *earlier]

    def all_values(self, dimension: Dimension, values: Collection[str]) -> list[str]:
        """Return values of a dimension with those that name the same items by earlier ids."""
        if dimension is Dimension.ITEM:
            return self.all_ids(values)
        if dimension is not Dimension.VARIANT:
            return list(values)
        variants = []
        for value in values:
            item, slash, variant = value.partition("/")
            variants += [f"{name}{slash}{variant}" for name in self.all_ids([item])]
        return variants

    def present_ids(self, item: SQLColumnExpression[str]) -> SQLColumnExpression[str]:
        """Return a column of items with the ids that they have now."""
        if not self.by_old:
            return item
        return case({**self.by_old}, value=item, else_=item)


def renames_of(connection: Connection) -> Renames:
    """Return the renames that a database knows, read once by each connection that is taken."""
    known = connection.get_execution_options().get(_OPTION)
    if isinstance(known, Renames):
        return known
    rows = connection.execute(select(RenamedItem.old, RenamedItem.item))
    renames = Renames({old: item for old, item in rows})  # noqa: C416 - a Row is a tuple to mypy
    connection.execution_options(**{_OPTION: renames})
    return renames


def renames_for(connection: Connection, *dimensions: Dimension) -> Renames:
    """Return the renames if one of the dimensions is of items or variants; else none are read."""
    if {Dimension.ITEM, Dimension.VARIANT}.intersection(dimensions):
        return renames_of(connection)
    return Renames()


def shared_days(
    connection: Connection,
    renames: Renames,
    days: Collection[date] | None = None,
    item: str | None = None,
) -> list[date]:
    """Return the days whose totals have readers of an item under several ids.

    With `item` it is that one, else any; with `days` only these are looked at.
    """
    if not renames.by_old:
        return []
    of_renamed = {*renames.by_old, *renames.by_old.values()}
    ids = of_renamed if item is None else renames.all_ids([item])
    query = select(Total.day, Total.value).where(
        Total.dimension == Dimension.ITEM, Total.value.in_(ids), Total.visitors > 0
    )
    if days is not None:
        query = query.where(Total.day.in_(days))
    items_of_days: set[tuple[date, str]] = set()
    days_with_several: set[date] = set()
    for day, value in connection.execute(query):
        item_of_day = day, renames.present_id(value)
        if item_of_day in items_of_days:
            days_with_several.add(day)
        items_of_days.add(item_of_day)
    return sorted(days_with_several)


def days_of_former(connection: Connection, before: Renames, now: Renames) -> list[date]:
    """Return the days whose totals may have clicks under an id that is no longer their item's."""
    former = {
        item for old, item in before.by_old.items() if now.present_id(old) != now.present_id(item)
    }
    if not former:
        return []
    query = select(Total.day).where(Total.dimension == Dimension.ITEM, Total.value.in_(former))
    return list(connection.scalars(query.distinct()))
