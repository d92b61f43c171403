"""Every metric of /metrics, as the program answers it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from docs._reference.words import said, words_of
from linkmgr.clicks.counters import Counters
from linkmgr.clicks.request import NotCounted
from linkmgr.messages.message import Language
from linkmgr.store.instance.checks import Reports, report_checks
from linkmgr.store.instance.state import SpoolState, WorkerState
from linkmgr.web.metrics import metrics_text

# A server with all that it can have to say; the numbers are not shown.
_WORKER = WorkerState(
    time=0, load_lag=0, loaded=0, repeated=0, folded=0, damaged=0, catalog=(), problems=0,
    loading=True, contact=0,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric by the name under which Prometheus has it; `labels` are their names."""

    name: str
    kind: str
    labels: tuple[str, ...]
    text: str


def load(language: Language) -> Mapping[str, Any]:
    """Return the metrics in the order of the answer, and why requests are not counted.

    Raise KeyError for what `metrics.yaml` does not explain.
    """
    reasons = words_of("metrics", language)
    return {
        "metrics": [
            Metric(metric.name, metric.kind, metric.labels, said(metric.text, language))
            for metric in _metrics()
        ],
        "reasons": [(reason, reasons[reason]) for reason in NotCounted],
    }


def _metrics() -> Iterator[Metric]:
    reports = Reports(_WORKER, SpoolState(0, 0), Counters(), {})
    answer = metrics_text(reports, report_checks(reports), 0, 0).decode()
    for family in text_string_to_metric_families(answer):
        sample = family.samples[0]
        yield Metric(sample.name, family.type, tuple(sample.labels), family.documentation)
