"""Asks a server's `/healthz`, as a reader's browser would reach it."""

import json
from contextlib import closing, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

PATIENCE = 10.0
"""Seconds for each step of a request."""

_MOST_BYTES = 2**16


class HealthAnswer(NamedTuple):
    """What a server answered."""

    status: int
    health: dict[str, Any]
    """What `/healthz` says; empty if it is not a linkmgr server's."""
    date: datetime | None
    """When it answered, by its own clock."""


def ask_health(origin: str, path: str = "/healthz", patience: float = PATIENCE) -> HealthAnswer:
    """Ask a server once, without following where it may lead. Raise OSError or HTTPException."""
    parts = urlsplit(origin)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    with closing(kind(parts.hostname or "", parts.port, timeout=patience)) as connection:
        connection.request("GET", path, headers={"User-Agent": "linkmgr doctor"})
        response = connection.getresponse()
        body = response.read(_MOST_BYTES)
        return HealthAnswer(response.status, _health(body), _date(response.getheader("Date", "")))


def failure(error: OSError | HTTPException) -> str:
    """Return why there was no answer, in the system's words."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _health(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    is_ours = isinstance(values, dict) and "load_lag" in values
    return values if is_ours and isinstance(values.get("request", {}), dict) else {}


def _date(sent: str) -> datetime | None:
    """Return when an answer was sent, `None` if its date makes no sense."""
    with suppress(ValueError):
        date = parsedate_to_datetime(sent)
        return date if date.tzinfo else date.replace(tzinfo=UTC)  # `-0000` is UTC, too
    return None
