"""What a dashboard address says, and the addresses of its variants."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from flask import url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from linkmgr.admin.dashboard.picking import (
    CALENDAR_PRESETS,
    PRESETS,
    Against,
    Compared,
    Picked,
    compare,
    name_of,
    pick,
)
from linkmgr.catalog.items import ItemKind
from linkmgr.clicks.counts import Dimension
from linkmgr.figures.columns import Counted, figure_columns
from linkmgr.figures.rows import Filters
from linkmgr.reports import Column, Kind, Output

# The values to filter by.

NOTHING: Final = "-"
"""Represents an empty value in addresses, where an empty parameter means no filter."""

FILTERABLE = (
    Dimension.ITEM,
    Dimension.POST,
    Dimension.PLACE,
    Dimension.REFERRER,
    Dimension.DEVICE,
    Dimension.CAMPAIGN,
    Dimension.TRACKING,
)
"""What figures can be filtered by."""


def _read_filters(args: MultiDict[str, str]) -> Filters:
    """Return the filters that an address names."""
    values = ((dimension, args.get(dimension, "")) for dimension in FILTERABLE)
    return {
        dimension: "" if value == NOTHING else value
        for dimension, value in values
        if value and value.isprintable()
    }


# What of the figures is shown: one that is drawn, and of each ranked card one tab.


class Tab(NamedTuple):
    """A table of a card: the values of a dimension, of items those of one kind if it is given."""

    dimension: Dimension
    kind: ItemKind | None = None


CARDS: Mapping[str, Mapping[str, Tab]] = {
    "items": {
        "all": Tab(Dimension.ITEM),
        "books": Tab(Dimension.ITEM, ItemKind.BOOKS),
        "products": Tab(Dimension.ITEM, ItemKind.PRODUCTS),
        "ctas": Tab(Dimension.ITEM, ItemKind.CTA),
    },
    "posts": {"post": Tab(Dimension.POST)},
    "sources": {
        "referrer": Tab(Dimension.REFERRER),
        "campaign": Tab(Dimension.CAMPAIGN),
    },
    "places": {
        "place": Tab(Dimension.PLACE),
        "device": Tab(Dimension.DEVICE),
        "tracking": Tab(Dimension.TRACKING),
    },
}
"""The tabs of each card, by their names in addresses; the first is shown if an address has none."""

DRAWN = "drawn"
"""The name in addresses of the figure that is drawn."""


def _drawable() -> list[Column[Counted]]:
    """Return the columns that can be charted: counts, not rates."""
    columns = figure_columns(Output.PAGE, with_views=True)
    return [column for column in columns if column.kind is Kind.COUNT]


def _read_view(args: MultiDict[str, str]) -> dict[str, str]:
    """Return which tabs and which figure an address names."""
    drawn = [column.name for column in _drawable()]
    chosen = {DRAWN: drawn, **{card: list(tabs) for card, tabs in CARDS.items()}}
    return {
        name: value
        for name, (_, *others) in chosen.items()
        if (value := args.get(name, "")) in others
    }


# The query of a page: all that its address says, and the links to other queries.


class Choice(NamedTuple):
    """A link that picks something, and whether that is picked."""

    name: str
    address: str
    is_picked: bool


@dataclass(frozen=True, slots=True)
class DashboardQuery:
    """The period, what it is compared with, the filters, and of the cards which tabs are shown."""

    picked: Picked
    compared: Compared
    filters: Filters
    view: Mapping[str, str]

    @property
    def parameters(self) -> dict[str, str]:
        """What the address has."""
        return {**self.picked.parameters, **self.without_period}

    @property
    def has_errors(self) -> bool:
        """Whether days that were entered are refused."""
        return bool(self.picked.form.errors or self.compared.form.errors)

    @property
    def column(self) -> Column[Counted]:
        """The figure that is drawn."""
        first, *others = _drawable()
        return next((each for each in others if each.name == self.view.get(DRAWN)), first)

    def tab(self, card: str) -> str:
        """Return the name of a card's tab that is shown."""
        return self.view.get(card, next(iter(CARDS[card])))

    def link(self, changes: Mapping[str, str | None], by: str = "") -> str:
        """Return the address with changes (`None` removes one); with `by`, that of a CSV."""
        parameters = {
            name: value for name, value in {**self.parameters, **changes}.items() if value
        }
        return _address(parameters, by)

    @property
    def without_period(self) -> dict[str, str]:
        """What the address has but for the period."""
        return {**self.compared.parameters, **self._rest()}

    @property
    def without_comparison(self) -> dict[str, str]:
        """What the address has but for what the period is compared with."""
        return {**self.picked.parameters, **self._rest()}

    @property
    def without_filters(self) -> dict[str, str]:
        """What the address has but for the filters."""
        return {**self.picked.parameters, **self.compared.parameters, **self.view}

    def presets(self) -> Iterator[Choice]:
        """Yield the numbers of days up to today that a link picks."""
        for days in PRESETS:
            yield self._period(name_of(days), {"days": str(days)})

    def calendar(self) -> Iterator[Choice]:
        """Yield the months and years that a link picks."""
        for period, preset in CALENDAR_PRESETS.items():
            yield self._period(str(preset.label), {"period": period})

    def comparisons(self) -> Iterator[Choice]:
        """Yield what a link compares the period with."""
        names = {
            Against.PREVIOUS: gettext("Previous period, same weekdays"),
            Against.YEAR: gettext("A year before"),
            Against.NOTHING: gettext("Nothing"),
        }
        for against, name in names.items():
            address = _address({**self.without_comparison, "against": against.value})
            yield Choice(name, address, self.compared.against is against)

    def _period(self, name: str, parameters: Mapping[str, str]) -> Choice:
        # Days of one's own to compare with belong to the period for which they were entered.
        days = self.compared.against is Against.DAYS
        rest = self._rest() if days else self.without_period
        return Choice(name, _address({**parameters, **rest}), self.picked.parameters == parameters)

    def _rest(self) -> dict[str, str]:
        filters = {dimension.value: value or NOTHING for dimension, value in self.filters.items()}
        return {**filters, **self.view}


def _address(parameters: Mapping[str, Any], by: str = "") -> str:
    if by:
        return url_for("dashboard.csv", by=by, **parameters)
    return url_for("dashboard.index", **parameters)


def read_query(args: MultiDict[str, str], today: date) -> DashboardQuery:
    """Return what an address says."""
    picked = pick(args, today)
    compared = compare(args, picked, today)
    return DashboardQuery(picked, compared, _read_filters(args), _read_view(args))
