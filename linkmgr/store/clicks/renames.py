"""Items by the ids that they had before: rows keep them, and every query reads the present ones.

No row is written again. The days that have clicks under both ids are counted once more, as far as
their rows are kept, so that a visitor of both is one.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, SQLColumnExpression, case, select

from linkmgr.clicks.counts import Dimension
from linkmgr.store.db.models import RenamedItem, Total

OPTION = "linkmgr_renames"


@dataclass(frozen=True, slots=True)
class Renames:
    """The present ids of items by those that they had before."""

    by_old: Mapping[str, str] = field(default_factory=dict)

    def item(self, name: str) -> str:
        """Return the id that an item has now."""
        return self.by_old.get(name, name)

    def value(self, dimension: Dimension, value: str) -> str:
        """Return a value of a dimension with the present id of its item, if it names one."""
        if dimension is Dimension.ITEM:
            return self.item(value)
        if dimension is Dimension.VARIANT:
            item, slash, variant = value.partition("/")
            return f"{self.item(item)}{slash}{variant}"
        return value

    def names(self, items: Iterable[str]) -> list[str]:
        """Return items with all ids that they had."""
        wanted = dict.fromkeys(items)
        return [*wanted, *(old for old, item in self.by_old.items() if item in wanted)]

    def values(self, dimension: Dimension, values: Collection[str]) -> list[str]:
        """Return values of a dimension with those that name the same items by earlier ids."""
        if dimension is Dimension.ITEM:
            return self.names(values)
        if dimension is not Dimension.VARIANT:
            return list(values)
        variants = []
        for value in values:
            item, slash, variant = value.partition("/")
            variants += [f"{name}{slash}{variant}" for name in self.names([item])]
        return variants

    def column(self, item: SQLColumnExpression[str]) -> SQLColumnExpression[str]:
        """Return a column of items with the ids that they have now."""
        if not self.by_old:
            return item
        return case({**self.by_old}, value=item, else_=item)


def renames_of(connection: Connection) -> Renames:
    """Return the renames that a database knows, read once by each connection that is taken."""
    known = connection.get_execution_options().get(OPTION)
    if isinstance(known, Renames):
        return known
    rows = connection.execute(select(RenamedItem.old, RenamedItem.item))
    renames = Renames({old: item for old, item in rows})  # noqa: C416 - a Row is a tuple to mypy
    connection.execution_options(**{OPTION: renames})
    return renames


def renames_for(connection: Connection, *dimensions: Dimension) -> Renames:
    """Return the renames where values of dimensions name items; elsewhere none are read."""
    if {Dimension.ITEM, Dimension.VARIANT}.intersection(dimensions):
        return renames_of(connection)
    return Renames()


def shared_days(
    connection: Connection,
    renames: Renames,
    days: Collection[date] | None = None,
    item: str | None = None,
) -> list[date]:
    """Return the days whose totals have readers of an item, or this one, under several ids."""
    if not renames.by_old:
        return []
    ids = {*renames.by_old, *renames.by_old.values()} if item is None else renames.names([item])
    query = select(Total.day, Total.value).where(
        Total.dimension == Dimension.ITEM, Total.value.in_(ids), Total.visitors > 0
    )
    if days is not None:
        query = query.where(Total.day.in_(days))
    ids_of_day: dict[tuple[date, str], int] = {}
    for day, value in connection.execute(query):
        key = day, renames.item(value)
        ids_of_day[key] = ids_of_day.get(key, 0) + 1
    return sorted({day for (day, _), number in ids_of_day.items() if number > 1})


def days_of_former(connection: Connection, before: Renames, now: Renames) -> list[date]:
    """Return the days whose totals may have clicks under an id that is no longer their item's."""
    former = {item for old, item in before.by_old.items() if now.item(old) != now.item(item)}
    query = select(Total.day).where(Total.dimension == Dimension.ITEM, Total.value.in_(former))
    return list(connection.scalars(query.distinct())) if former else []
