"""Metrics for Prometheus: the counters of all workers, and figures of the spool and the catalog.

prometheus_client keeps each process's counters in a file of a folder that the environment names;
whichever worker is asked adds them up.
"""

import time
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from linkmgr.store.backlog import SpoolState
from linkmgr.store.keeper_state import KeeperState
from linkmgr.web.endpoints import Counters

# By the attributes of `Counters`.
_COUNTED = {
    "redirects": "Redirects answered.",
    "hits": "Hits of beacons answered.",
    "clicks": "Clicks of readers written down.",
    "bots": "Clicks of bots written down.",
    "refused": "Requests answered with a status from 400 on.",
    "lost": "Clicks answered that could not be written down.",
}
_NAMES = {"lost": "linkmgr_lost_clicks"}


class Counted:
    """A worker's counters, brought up to its plain numbers from time to time."""

    def __init__(self) -> None:
        own = CollectorRegistry()
        self._counters = {
            name: Counter(_NAMES.get(name, f"linkmgr_{name}"), text, registry=own)
            for name, text in _COUNTED.items()
        }
        self._not_counted = Counter(
            "linkmgr_not_counted", "Requests served and not counted.", ["reason"], registry=own
        )
        self._before: dict[str, int] = {}

    def bring_up(self, counters: Counters) -> None:
        """Add what has come since the last time."""
        for name, counter in self._counters.items():
            counter.inc(self._since(name, getattr(counters, name)))
        for reason, number in counters.not_counted.items():
            self._not_counted.labels(reason).inc(self._since(f"not counted: {reason}", number))

    def _since(self, name: str, number: int) -> int:
        before, self._before[name] = self._before.get(name, 0), number
        return number - before


def metrics_text(keeper: KeeperState | None, spool: SpoolState | None, published: float) -> bytes:
    """Return all metrics; `published` is when the catalog was, in seconds since 1970."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(_Figures(keeper, spool, published))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(
        self, keeper: KeeperState | None, spool: SpoolState | None, published: float
    ) -> None:
        self._keeper = keeper
        self._spool = spool
        self._published = published

    def collect(self) -> Iterable[Metric]:
        age = time.time() - self._published
        yield _gauge("catalog_age_seconds", "Since the catalog's links last changed.", age)
        if spool := self._spool:
            yield _gauge("spool_bytes", "Written down and not loaded.", spool.waiting)
            yield _gauge("spool_age_seconds", "Age of the oldest click not loaded.", spool.age)
        if (keeper := self._keeper) is None:
            return
        yield _gauge("load_lag_seconds", "How long the last loaded had waited.", keeper.load_lag)
        yield _gauge("loading", "Whether the database takes the clicks.", keeper.loading)
        yield _gauge("catalog_problems", "Why the last edit is not served.", len(keeper.catalog))
        yield _counter("loaded_lines", "Lines of the spool loaded.", keeper.loaded)
        yield _counter("repeated_clicks", "Of them repeated within seconds.", keeper.repeated)
        yield _counter("folded_clicks", "Of them told apart no more.", keeper.folded)
        yield _counter("damaged_lines", "Of them not whole.", keeper.damaged)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"linkmgr_{name}", text, value=value)


def _counter(name: str, text: str, value: int) -> Metric:
    return CounterMetricFamily(f"linkmgr_{name}", text, value=value)
