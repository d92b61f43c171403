"""Metrics for Prometheus: the counters of all workers, and figures of the spool and the catalog."""

import time
from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from linkmgr import __version__
from linkmgr.clicks.counters import Counters
from linkmgr.store.instance.checks import HealthCheck, ReportCheck, Reports


def metrics_text(
    reports: Reports, checks: Sequence[HealthCheck], free: int | None, published: float
) -> bytes:
    """Return all metrics.

    `free` is what the spool's disk has left, in bytes; `published` is when the links last were, in
    seconds since 1970.
    """
    registry = CollectorRegistry()
    figures = _figures(reports, checks, free, published)
    registry.register(
        _Collector([_build_info(), *_answered(reports.counters), *figures, _failed(checks)])
    )
    return generate_latest(registry)


class _Collector(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _build_info() -> Metric:
    info = GaugeMetricFamily("linkmgr_build_info", "The version, as a label.", labels=["version"])
    info.add_metric([__version__], 1)
    return info


def _answered(counters: Counters) -> Iterable[Metric]:
    yield _counter("redirects", "Redirects answered.", counters.redirects)
    yield _counter("hits", "Beacons answered.", counters.hits)
    yield _counter("clicks", "Clicks of readers written to the spool.", counters.clicks)
    yield _counter("bots", "Clicks of bots written to the spool.", counters.bots)
    yield _counter("refused", "Requests answered with a status of 400 or above.", counters.refused)
    lost = "Clicks answered that could not be written to the spool."
    yield _counter("lost_clicks", lost, counters.lost)
    yield _counter("reports", "Reports of views answered.", counters.reports)
    spooled = "Reports of views written to the spool."
    yield _counter("spooled_reports", spooled, counters.spooled_reports)
    lost = "Reports of views answered that could not be written to the spool."
    yield _counter("lost_reports", lost, counters.lost_reports)
    crowded = "Clicks and reports answered but not written: too many new visitors of one address."
    yield _counter("crowded_out", crowded, counters.crowded_out)
    not_counted = CounterMetricFamily(
        "linkmgr_not_counted", "Requests served but not counted, by reason.", labels=["reason"]
    )
    for reason, number in counters.not_counted.items():
        not_counted.add_metric([reason], number)
    yield not_counted


def _failed(checks: Sequence[HealthCheck]) -> Metric:
    text = "1 for a check that fails, else 0, by its name."
    failed = GaugeMetricFamily("linkmgr_check_failed", text, labels=["check"])
    for check in checks:
        failed.add_metric([check.name], check.fails)
    return failed


def _figures(
    reports: Reports, checks: Sequence[HealthCheck], free: int | None, published: float
) -> Iterable[Metric]:
    worker, spool = reports.worker, reports.spool
    numbers = {check.name: check.number for check in checks}
    age = time.time() - published
    yield _gauge("catalog_age_seconds", "Seconds since the catalog's links last changed.", age)
    if spool:
        yield _gauge("spool_bytes", "Bytes of the spool that are not loaded yet.", spool.waiting)
        yield _gauge(
            "spool_age_seconds",
            "Age in seconds of the oldest click that is not loaded yet.",
            numbers[ReportCheck.SPOOL_WAITS],
        )
    if free is not None:
        yield _gauge("spool_free_bytes", "Bytes left on the spool's disk.", free)
    if worker is None:
        return
    if worker.contact is not None:
        contact = "Seconds since a node last reached the admin that hands out its links."
        yield _gauge("contact_age_seconds", contact, numbers[ReportCheck.NO_CONTACT])
    lag = "Seconds that the oldest click had waited when clicks were last loaded."
    yield _gauge("load_lag_seconds", lag, worker.load_lag)
    yield _gauge("loading", "1 while the database takes the clicks, else 0.", worker.loading)
    yield _gauge(
        "catalog_problems",
        "Mistakes that keep the present catalog from being served.",
        numbers[ReportCheck.CATALOG_SERVED],
    )
    yield _counter("loaded_lines", "Lines of the spool that the loader has read.", worker.loaded)
    yield _counter(
        "repeated_clicks", "Clicks left out as repeated within ten seconds.", worker.repeated
    )
    yield _counter(
        "capped_clicks", "Clicks left out as past a visitor's daily limit.", worker.capped
    )
    yield _counter(
        "folded_clicks",
        "Clicks with a new name past the daily limit, counted under Other.",
        worker.folded,
    )
    late = "Clicks loaded for a day that is no longer counted, as its clicks were deleted."
    yield _counter("late_clicks", late, worker.late)
    yield _counter("loaded_reports", "Reports of views that the loader has read.", worker.reports)
    yield _counter(
        "capped_views", "Views left out as past a visitor's daily limit.", worker.capped_views
    )
    yield _counter(
        "damaged_lines",
        "Lines of the spool that were not whole, or of another version.",
        worker.damaged,
    )


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"linkmgr_{name}", text, value=value)


def _counter(name: str, text: str, value: int) -> Metric:
    return CounterMetricFamily(f"linkmgr_{name}", text, value=value)
