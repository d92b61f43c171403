"""The columns of the figures: every output shows and describes the entries of `COLUMNS`.

A column is computed from a row's `Counts`, and from its views where a CSV of them was given. The
fields of `Counts` are what the table `totals` stores: SQL, sums and the loader follow from them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from math import sqrt

from linkmgr.messages.message import current_language, message, word
from linkmgr.store.figures.figures import Counts

# Rates: clicks per view, and how sure they are.

# The quantile of the normal distribution that leaves 2.5 % on each side.
_Z = 1.959964

WIDEST = 2.0
"""The most times its lower end that the upper end of a conclusive interval can be.

A post must do twice as well as another before an owner moves anything for it; an interval that is
wider than that cannot order even those two. It takes some 30 clicks to get there.
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """Clicks per view with its 95 % interval from `low` to `high`, all from 0 to 1."""

    rate: float
    low: float
    high: float

    @property
    def is_conclusive(self) -> bool:
        """Whether there were enough clicks and views to say anything by it."""
        return self.high <= WIDEST * self.low


def rate_of(clicks: int, views: int) -> Rate | None:
    """Return the rate with Wilson's score interval; `None` if there are fewer views than clicks.

    The interval is that of E. B. Wilson, "Probable inference, the law of succession, and
    statistical inference", Journal of the American Statistical Association 22 (1927), 209-212; as
    recommended by Brown, Cai and DasGupta, "Interval estimation for a binomial proportion",
    Statistical Science 16 (2001), 101-133: unlike p ± z·σ it holds for rates near 0 too.
    """
    if not 0 <= clicks <= views or not views:
        return None
    share = clicks / views
    spread = _Z * sqrt(share * (1 - share) / views + (_Z / views) ** 2 / 4)
    middle, scale = share + _Z**2 / (2 * views), 1 + _Z**2 / views
    return Rate(share, max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale))


# Columns.

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
    """A figure of a row, and of a period's sum unless it `needs_views`.

    `name` is its key in JSON and its heading in the CSV of the command line. `headings` are those
    of tables and of the dashboard's CSV; `titles` are longer ones for the dashboard's page. `read`
    and `text` (a number by default) take the counts and the views, `None` where none are known.
    `schema` is JSON Schema in YAML's flow style, for the API's description.
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

    def words(self, counts: Counts, views: int | None = None) -> str:
        """Return the figure for people."""
        return self.text(counts, views) if self.text else f"{self.read(counts, views):,}"


def columns_of(output: Output, *, with_views: bool = False) -> tuple[FigureColumn, ...]:
    """Return the columns of an output, those that need views only if there are some."""
    return tuple(
        column
        for column in COLUMNS
        if output in column.outputs and (with_views or not column.needs_views)
    )


def column_schemas() -> tuple[str, str]:
    """Return the names of the API's columns and their schemas, as lists in YAML's flow style."""
    columns = columns_of(Output.JSON)
    schemas = (f"{column.name}: {column.schema}" for column in columns)
    return ", ".join(column.name for column in columns), ", ".join(schemas)


def _rate(counts: Counts, views: int | None) -> Rate | None:
    return None if views is None else rate_of(counts.clicks, views)


def _of_rate(read: Callable[[Rate], Value]) -> Read:
    """Return a function that reads a value of the rate, `None` where there is no rate."""

    def value(counts: Counts, views: int | None) -> Value:
        found = _rate(counts, views)
        return None if found is None else read(found)

    return value


def _rate_text(counts: Counts, views: int | None) -> str:
    found = _rate(counts, views)
    return f"{found.rate:.2%}" if found and found.is_conclusive else ""


def _interval_text(counts: Counts, views: int | None) -> str:
    if not views:
        return ""
    found = _rate(counts, views)
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
        {"en": "views", "ja": "閲覧"},
        lambda _, views: views,
        _FOR_PROGRAMS,
        needs_views=True,
    ),
    FigureColumn(
        "rate",
        {"en": "clicks/view", "ja": "クリック率"},
        _of_rate(lambda rate: round(rate.rate, 6)),
        _WITHOUT_DASHBOARD,
        text=_rate_text,
        needs_views=True,
    ),
    FigureColumn(
        "low",
        {"en": "95 %", "ja": "95 %"},
        _of_rate(lambda rate: round(rate.low, 6)),
        _WITHOUT_DASHBOARD,
        text=_interval_text,  # both ends, of which programs have each
        needs_views=True,
    ),
    FigureColumn(
        "high",
        {"en": "95 %", "ja": "95 %"},
        _of_rate(lambda rate: round(rate.high, 6)),
        _FOR_PROGRAMS,
        needs_views=True,
    ),
    FigureColumn(
        "tells",
        {"en": "tells", "ja": "判断できるか"},
        _of_rate(lambda rate: rate.is_conclusive),
        _FOR_PROGRAMS,
        needs_views=True,
    ),
)
