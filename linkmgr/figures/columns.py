"""The columns of the figures: every output shows and describes the entries of `COLUMNS`.

A column is computed from a row's `Counts`, and from its page views where a CSV has them. The
fields of `Counts` are what the table `totals` stores: SQL, sums and the loader follow from them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from linkmgr.clicks.counts import Counts
from linkmgr.figures.rates import Rate, seen_rate
from linkmgr.messages.message import current_language, message, word

Value = int | float | bool | None
Read = Callable[[Counts, int | None], Value]


class Output(Enum):
    """Where a column can appear."""

    TABLE = auto()  # of `linkmgr stats`
    CSV = auto()
    JSON = auto()  # of `linkmgr stats --json` and the API, whose description has it too
    DASHBOARD = auto()


@dataclass(frozen=True, slots=True)
class FigureColumn:
    """A figure of a row and of a period's sum, and whether it `needs_views`.

    `name` is its key in JSON and its heading in the CSV of the command line. `headings` are those
    of tables and of the dashboard's CSV; `titles` are longer ones for the dashboard's page. `read`
    and `text` (a number by default) take the counts and the page views, `None` where there are
    none. `schema` is JSON Schema in YAML's flow style, for the API's description.
    """

    name: str
    headings: Mapping[str, str]
    read: Read
    outputs: frozenset[Output]
    titles: Mapping[str, str] = field(default_factory=dict)
    text: Callable[[Counts, int | None], str] | None = None
    needs_views: bool = False
    schema: str = "{type: integer}"

    @property
    def heading(self) -> str:
        """The column's heading, in the current language."""
        return self.headings[current_language()]

    def title(self, language: str) -> str:
        """Return what the dashboard calls it."""
        return {**self.headings, **self.titles}[language]

    def words(self, counts: Counts, page_views: int | None = None) -> str:
        """Return the figure for people."""
        if self.text:
            return self.text(counts, page_views)
        value = self.read(counts, page_views)
        return "" if value is None else f"{value:,}"


def columns_of(output: Output, *, with_views: bool = False) -> tuple[FigureColumn, ...]:
    """Return the columns of an output, those that need views only if there are some."""
    return tuple(
        column
        for column in COLUMNS
        if output in column.outputs and (with_views or not column.needs_views)
    )


def column_schemas() -> tuple[str, str]:
    """Return the names of the columns that the API always has, and the schemas of all columns.

    Both are lists in YAML's flow style.
    """
    always = ", ".join(column.name for column in columns_of(Output.JSON))
    columns = columns_of(Output.JSON, with_views=True)
    return always, ", ".join(f"{column.name}: {column.schema}" for column in columns)


def _of_rate(read: Callable[[Rate], Value]) -> Read:
    """Return a function that reads a value of the rate, `None` where there is no rate."""

    def value(counts: Counts, page_views: int | None) -> Value:
        found = seen_rate(counts, page_views)
        return None if found is None else read(found)

    return value


def _views(counts: Counts, page_views: int | None) -> Value:
    return counts.views or page_views


def _rate_text(counts: Counts, page_views: int | None) -> str:
    found = seen_rate(counts, page_views)
    return f"{found.rate:.2%}" if found and found.is_conclusive else ""


def _interval_text(counts: Counts, page_views: int | None) -> str:
    if not _views(counts, page_views):
        return ""
    found = seen_rate(counts, page_views)
    if found is None:
        return word(message("stats.more-clicks"))
    if not found.is_conclusive:
        return word(message("stats.too-few"))
    return word(message("stats.interval", low=f"{found.low:.2%}", high=f"{found.high:.2%}"))


_EVERYWHERE = frozenset(Output)
_WITHOUT_DASHBOARD = _EVERYWHERE - {Output.DASHBOARD}
_FOR_PROGRAMS = frozenset({Output.CSV, Output.JSON})

COLUMNS: tuple[FigureColumn, ...] = (
    FigureColumn(
        "clicks",
        {"en": "clicks", "ja": "クリック"},
        lambda counts, _: counts.clicks,
        _EVERYWHERE,
        titles={"en": "Clicks", "ja": "クリック数"},
    ),
    FigureColumn(
        "visitors",
        {"en": "visitors", "ja": "訪問者"},
        lambda counts, _: counts.visitors,
        _EVERYWHERE,
        titles={"en": "Visitors", "ja": "訪問者数"},
    ),
    FigureColumn(
        "bots",
        {"en": "bots", "ja": "ボット"},
        lambda counts, _: counts.bots,
        _WITHOUT_DASHBOARD,  # which says in a sentence how many there were
    ),
    FigureColumn(
        "views",
        {"en": "views", "ja": "表示"},
        _views,
        _EVERYWHERE,
        titles={"en": "Views", "ja": "表示回数"},
        needs_views=True,
        schema='{type: [integer, "null"]}',
    ),
    FigureColumn(
        "clicked",
        {"en": "clicked", "ja": "表示後クリック"},
        lambda counts, _: counts.clicked if counts.views else None,
        _WITHOUT_DASHBOARD,
        needs_views=True,
        schema='{type: [integer, "null"]}',
    ),
    FigureColumn(
        "rate",
        {"en": "rate", "ja": "クリック率"},
        _of_rate(lambda rate: round(rate.rate, 6)),
        _EVERYWHERE,
        titles={"en": "Click rate", "ja": "クリック率"},
        text=_rate_text,
        needs_views=True,
        schema='{type: [number, "null"]}',
    ),
    FigureColumn(
        "low",
        {"en": "95 %", "ja": "95%"},
        _of_rate(lambda rate: round(rate.low, 6)),
        _WITHOUT_DASHBOARD,
        text=_interval_text,  # both ends, of which programs have each
        needs_views=True,
        schema='{type: [number, "null"]}',
    ),
    FigureColumn(
        "high",
        {"en": "95 %", "ja": "95%"},
        _of_rate(lambda rate: round(rate.high, 6)),
        _FOR_PROGRAMS,
        needs_views=True,
        schema='{type: [number, "null"]}',
    ),
    FigureColumn(
        "tells",
        {"en": "tells", "ja": "判断できるか"},
        _of_rate(lambda rate: rate.is_conclusive),
        _FOR_PROGRAMS,
        needs_views=True,
        schema='{type: [boolean, "null"]}',
    ),
)
