"""The columns of the figures: every output shows and describes the entries of `COLUMNS`.

The fields of `Counts` are what is stored of totals: SQL, sums and the loader follow from them.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from linkmgr.clicks.counts import Counts
from linkmgr.figures.rates import Rate, seen_rate
from linkmgr.messages.message import message, word
from linkmgr.reports import (
    EVERYWHERE,
    FOR_PROGRAMS,
    Column,
    Fact,
    Kind,
    Output,
    columns_of,
    schemas,
)


class Counted(Protocol):
    """A row of figures."""

    @property
    def counts(self) -> Counts: ...
    @property
    def page_views(self) -> int | None:
        """How often the page of a post was read, by a CSV; `None` where that is not known."""


class Sum(NamedTuple):
    """The figures of a period, a day or a step of a chart."""

    counts: Counts
    page_views: int | None = None


def figure_columns(output: Output, *, with_views: bool = False) -> tuple[Column[Counted], ...]:
    """Return the columns of an output, those that need views only if there are some."""
    return columns_of(COLUMNS, output, [Fact.VIEWS] if with_views else [])


def column_schemas() -> tuple[str, str]:
    """Return the names of the columns that the API always has, and the schemas of all columns."""
    return schemas(COLUMNS)


def _of_rate(read: Callable[[Rate], Any]) -> Callable[[Counted], Any]:
    """Return a function that reads a value of the rate, `None` where there is no rate."""

    def value(row: Counted) -> Any:
        rate = seen_rate(row.counts, row.page_views)
        return None if rate is None else read(rate)

    return value


def _views(row: Counted) -> int | None:
    return row.counts.views or row.page_views


def _interval_text(row: Counted) -> str:
    if not _views(row):
        return ""
    rate = seen_rate(row.counts, row.page_views)
    if rate is None:
        return word(message("stats.more-clicks"))
    if not rate.is_conclusive:
        return word(message("stats.too-few"))
    return word(message("stats.interval", low=f"{rate.low:.2%}", high=f"{rate.high:.2%}"))


_WITHOUT_PAGE = EVERYWHERE - {Output.PAGE}

COLUMNS: tuple[Column[Counted], ...] = (
    Column(
        "clicks",
        {"en": "clicks", "ja": "クリック"},
        lambda row: row.counts.clicks,
        titles={"en": "Clicks", "ja": "クリック数"},
    ),
    Column(
        "visitors",
        {"en": "visitors", "ja": "訪問者"},
        lambda row: row.counts.visitors,
        titles={"en": "Visitors", "ja": "訪問者数"},
    ),
    Column(
        "bots",
        {"en": "bots", "ja": "ボット"},
        lambda row: row.counts.bots,
        _WITHOUT_PAGE,  # which says in a sentence how many there were
    ),
    Column(
        "views",
        {"en": "views", "ja": "表示"},
        _views,
        titles={"en": "Views", "ja": "表示回数"},
        needs=Fact.VIEWS,
        optional=True,
    ),
    Column(
        "clicked",
        {"en": "clicked", "ja": "表示後クリック"},
        lambda row: row.counts.clicked if row.counts.views else None,
        _WITHOUT_PAGE,
        needs=Fact.VIEWS,
        optional=True,
    ),
    Column(
        "rate",
        {"en": "rate", "ja": "クリック率"},
        lambda row: seen_rate(row.counts, row.page_views),
        kind=Kind.RATE,
        titles={"en": "Click rate", "ja": "クリック率"},
        needs=Fact.VIEWS,
        optional=True,
    ),
    Column(
        "low",
        {"en": "95 %", "ja": "95%"},
        _of_rate(lambda rate: round(rate.low, 6)),
        _WITHOUT_PAGE,
        kind=Kind.NUMBER,
        text=_interval_text,  # both ends, of which programs have each
        needs=Fact.VIEWS,
        optional=True,
    ),
    Column(
        "high",
        {"en": "95 %", "ja": "95%"},
        _of_rate(lambda rate: round(rate.high, 6)),
        FOR_PROGRAMS,
        kind=Kind.NUMBER,
        needs=Fact.VIEWS,
        optional=True,
    ),
    Column(
        "tells",
        {"en": "tells", "ja": "判断できるか"},
        _of_rate(lambda rate: rate.is_conclusive),
        FOR_PROGRAMS,
        kind=Kind.FLAG,
        needs=Fact.VIEWS,
        optional=True,
    ),
)
