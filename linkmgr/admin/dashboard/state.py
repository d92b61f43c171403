"""What an address of the dashboard says, and the addresses of what differs from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext, lazy_gettext, ngettext
from werkzeug.datastructures import MultiDict

from linkmgr.admin.dashboard.comparison import Against, Compared, compare
from linkmgr.admin.dashboard.periods import CALENDAR_PRESETS, PRESETS, Picked, pick
from linkmgr.admin.dashboard.query import NOTHING, read_filters
from linkmgr.store.figures.figures import Dimension
from linkmgr.store.figures.filtered import Filters

OTHERS: Mapping[Dimension, Any] = {
    Dimension.ITEM: lazy_gettext("Another item"),
    Dimension.POST: lazy_gettext("Another post"),
    Dimension.PLACE: lazy_gettext("Another place"),
    Dimension.REFERRER: lazy_gettext("Another referrer"),
    Dimension.DEVICE: lazy_gettext("Another device"),
    Dimension.CAMPAIGN: lazy_gettext("Another campaign"),
}
"""What else of a dimension is called that figures can be compared with."""


class Choice(NamedTuple):
    """A link that picks something, and whether that is picked."""

    name: str
    address: str
    is_picked: bool


@dataclass(frozen=True, slots=True)
class State:
    """The period, what it is compared with, and the filters.

    Of the dimension `choosing` another value is about to be chosen to compare with.
    """

    picked: Picked
    compared: Compared
    filters: Filters
    choosing: Dimension | None = None

    @property
    def query(self) -> dict[str, str]:
        """What the address has."""
        return {**self.picked.query, **self.compared.query, **self._filter_query()}

    @property
    def has_errors(self) -> bool:
        """Whether days that were entered are refused."""
        return bool(self.picked.form.errors or self.compared.form.errors)

    def link(self, changes: Mapping[str, str | None], by: str = "") -> str:
        """Return the address with changes, `None` taking out; with `by` that of a CSV."""
        query = {name: value for name, value in {**self.query, **changes}.items() if value}
        return _address(query, by)

    @property
    def figures_address(self) -> str:
        """The address of the figures by themselves."""
        query: Mapping[str, Any] = self.query
        return url_for("dashboard.figures", **query)

    @property
    def without_period(self) -> dict[str, str]:
        """What the address has but for the period, and days that are compared with that alone."""
        days = self.compared.against is Against.DAYS
        return {**({} if days else self.compared.query), **self._filter_query()}

    @property
    def without_comparison(self) -> dict[str, str]:
        """What the address has but for what the period is compared with."""
        return {**self.picked.query, **self._filter_query()}

    @property
    def without_filters(self) -> dict[str, str]:
        """What the address has but for the filters, and values that are compared with theirs."""
        values = self.compared.against is Against.VALUE
        return {**self.picked.query, **({} if values else self.compared.query)}

    def periods(self) -> Iterator[Choice]:
        """Yield the periods that a link picks."""
        for days in PRESETS:
            name = gettext("Today") if days == 1 else ngettext("%(num)s day", "%(num)s days", days)
            yield self._period(name, {"days": str(days)})
        for period, preset in CALENDAR_PRESETS.items():
            yield self._period(str(preset.label), {"period": period})

    def comparisons(self) -> Iterator[Choice]:
        """Yield what a link compares the period with."""
        names = {
            Against.PREVIOUS: gettext("Previous period"),
            Against.YEAR: gettext("Same days a year earlier"),
        }
        for against, name in names.items():
            query = {"against": against.value}
            address = _address({**self.picked.query, **query, **self._filter_query()})
            yield Choice(name, address, self.compared.query == query)
        for dimension in self.filters:
            address = _address({**self.query, "choose": dimension.value})
            yield Choice(str(OTHERS[dimension]), address, self.choosing is dimension)

    def _period(self, name: str, query: Mapping[str, str]) -> Choice:
        address = _address({**query, **self.without_period})
        return Choice(name, address, self.picked.query == query)

    def _filter_query(self) -> dict[str, str]:
        return {dimension.value: value or NOTHING for dimension, value in self.filters.items()}


def _address(query: Mapping[str, Any], by: str = "") -> str:
    if by:
        return url_for("dashboard.csv", by=by, **query)
    return url_for("dashboard.index", **query)


def read_state(args: MultiDict[str, str], today: date) -> State:
    """Return what an address says."""
    picked, filters = pick(args, today), read_filters(args)
    compared = compare(args, picked, filters, today)
    choosing = next((dimension for dimension in filters if args.get("choose") == dimension), None)
    return State(picked, compared, filters, choosing or compared.dimension)
