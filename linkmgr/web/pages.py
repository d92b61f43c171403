"""The pages beside the endpoints: `/healthz`, `/readyz`, `/metrics` and a few more.

Also what each process that serves them has: the targets, and the state of the instance.
"""

import hmac
import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from linkmgr.clicks.counters import Counters
from linkmgr.clicks.periods import day_in
from linkmgr.clicks.request import Proxies
from linkmgr.clicks.targets import Targets
from linkmgr.fs import identity
from linkmgr.messages.message import ENGLISH, translate
from linkmgr.settings import Settings
from linkmgr.store.instance.checks import (
    HealthCheck,
    Reports,
    free_space,
    read_reports,
    report_checks,
)
from linkmgr.web.endpoints import Current

_log = logging.getLogger(__name__)

# `/healthz`: how the server is.


@dataclass(frozen=True, slots=True)
class Health:
    """The checks and the figures beside them. Links are redirected whatever fails."""

    checks: Sequence[HealthCheck]

    items: int

    published: float
    """When the links that are served were last written, in seconds since 1970."""

    reports: Reports

    def as_json(self) -> dict[str, Any]:
        """Return the answer of `/healthz`; ages and lags in seconds."""
        worker, spool, now = self.reports.worker, self.reports.spool, time.time()
        problems = [check.public for check in self.checks if check.fails and check.public]
        catalog = {"items": self.items, "age": round(now - self.published, 1)}
        if worker and worker.contact is not None:
            catalog["contact_age"] = round(now - worker.contact, 1)
        return {
            "status": "degraded" if problems else "ok",
            "problems": [translate(problem, ENGLISH) for problem in problems],
            "codes": [problem.code for problem in problems],
            "catalog": catalog,
            "spool": spool and {"bytes": spool.waiting, "age": round(spool.age, 1)},
            "load_lag": worker.load_lag if worker else None,
        }


# The pages. Plain WSGI: Flask would be half of what a process that answers readers imports.

# For search engines: a redirect is no page.
_ROBOTS = "User-agent: *\n" + "".join(
    f"Disallow: /{folder}/\n" for folder in ("go", "hit", "seen", "admin", "api")
)

_POLICY = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = (
    ("Content-Security-Policy", _POLICY),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex"),
    ("Cache-Control", "no-store"),
)

_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>{title}</title>'
    "<h1>{title}</h1><p>{text}</p></html>\n"
)

_METHODS = ("GET", "HEAD")


class _Page(NamedTuple):
    content: bytes
    content_type: str
    status: HTTPStatus = HTTPStatus.OK
    headers: tuple[tuple[str, str], ...] = ()


class Pages:
    """A WSGI callable that answers with the pages.

    `metrics` is called only for holders of the token; `ready` checks for `/readyz` whether the
    process can do its work at present.
    """

    def __init__(
        self,
        settings: Settings,
        health: Callable[[], Health],
        metrics: Callable[[], bytes],
        ready: Callable[[], HealthCheck],
    ) -> None:
        self._token = settings.metrics_token
        self._proxies = Proxies(settings.trusted_proxies)
        self._health = health
        self._metrics = metrics
        self._ready = ready
        self._pages: Mapping[str, Callable[[WSGIEnvironment], _Page]] = {
            "/": lambda _: _html("linkmgr", "This server counts the clicks of a blog."),
            "/robots.txt": lambda _: _Page(_ROBOTS.encode(), "text/plain; charset=utf-8"),
            "/healthz": self._show_health,
            "/readyz": lambda _: self._show_readiness(),
            "/metrics": self._show_metrics,
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        page = self._page_for(environ)
        headers = [
            ("Content-Type", page.content_type),
            ("Content-Length", str(len(page.content))),
            *_HEADERS,
            *page.headers,
        ]
        start_response(f"{page.status.value} {page.status.phrase}", headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else page.content]

    def _page_for(self, environ: WSGIEnvironment) -> _Page:
        make_page = self._pages.get(environ.get("PATH_INFO", ""))
        if make_page is None:
            return _error(HTTPStatus.NOT_FOUND)
        if environ["REQUEST_METHOD"] not in _METHODS:
            return _error(HTTPStatus.METHOD_NOT_ALLOWED, ("Allow", ", ".join(_METHODS)))
        try:
            return make_page(environ)
        except Exception:  # noqa: BLE001 - whatever it is, the next request has an answer
            # Not by the server, which would log what was sent.
            _log.exception("a page failed")
            return _error(HTTPStatus.INTERNAL_SERVER_ERROR)

    def _show_health(self, environ: WSGIEnvironment) -> _Page:
        return _json(self._health().as_json() | {"request": _arrival(environ, self._proxies)})

    def _show_readiness(self) -> _Page:
        check = self._ready()
        problem = check.public if check.fails else None
        values = {
            "status": "not ready" if problem else "ready",
            "problem": problem and translate(problem, ENGLISH),
            "code": problem and problem.code,
        }
        return _json(values, HTTPStatus.SERVICE_UNAVAILABLE if problem else HTTPStatus.OK)

    def _show_metrics(self, environ: WSGIEnvironment) -> _Page:
        """Return the metrics to who sends the token; where none is set there is no such page."""
        if self._token is None:
            return _error(HTTPStatus.NOT_FOUND)
        sent = environ.get("HTTP_AUTHORIZATION", "")
        # As bytes, since compare_digest takes no text that is not ASCII.
        if not hmac.compare_digest(sent.encode(), f"Bearer {self._token}".encode()):
            return _error(HTTPStatus.UNAUTHORIZED, ("WWW-Authenticate", "Bearer"))
        return _Page(self._metrics(), "text/plain; version=0.0.4; charset=utf-8")


def _html(title: str, text: str) -> _Page:
    return _Page(_PAGE.format(title=title, text=text).encode(), "text/html; charset=utf-8")


def _error(status: HTTPStatus, *headers: tuple[str, str]) -> _Page:
    return _html(status.phrase, f"{status.description}.")._replace(status=status, headers=headers)


def _json(values: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> _Page:
    body = json.dumps(values, ensure_ascii=False, indent=1)
    return _Page(f"{body}\n".encode(), "application/json", status)


def _arrival(environ: WSGIEnvironment, proxies: Proxies) -> dict[str, Any]:
    """Return how the request arrived, without any address: anybody may ask.

    `forwarded` is whether the client's address that a proxy sent along was believed or ignored, or
    `none` was sent; `https` is whether the client used it.
    """
    is_trusted = proxies.trusts(environ.get("REMOTE_ADDR", ""))
    forwarded = "HTTP_X_FORWARDED_FOR" in environ
    believed = "believed" if is_trusted else "ignored"
    proto = environ.get("HTTP_X_FORWARDED_PROTO", "") if is_trusted else ""
    is_https = "https" in {environ["wsgi.url_scheme"], proto.rpartition(",")[2].strip()}
    return {"forwarded": believed if forwarded else "none", "https": is_https}


def with_admin(pages: WSGIApplication, admin: WSGIApplication) -> WSGIApplication:
    """Return the admin, which knows its addresses under `/admin` and `/api`, with the pages."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/":
            start_response("303 See Other", [("Location", "/admin/"), ("Content-Length", "0")])
            return []
        first = path.partition("/")[2].partition("/")[0]
        return (admin if first in {"admin", "api"} else pages)(environ, start_response)

    return answer


# What a process serves from and reports: the published targets, and the instance's health.


class Served:
    """The targets in their file, read again whenever it is replaced."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen = identity(file)
        targets = Targets.from_json(file.read_bytes())
        self.current = Current(targets, day_in(targets.timezone, datetime.now(UTC)))

    @property
    def published(self) -> float:
        """When the targets were published, in seconds since 1970."""
        return self._seen[1] / 1e9 if self._seen else 0.0

    def follow(self) -> None:
        """Read the file if it was replaced. Raise OSError or what `from_json` does."""
        present = identity(self._file)
        if present != self._seen:
            self.current.targets = Targets.from_json(self._file.read_bytes())
            self._seen = present


class Instance:
    """The state of the instance as a process sees it; `counters` returns all workers' sums."""

    def __init__(
        self, settings: Settings, served: Served, counters: Callable[[], Counters]
    ) -> None:
        self._settings = settings
        self._served = served
        self.counters = counters
        self._started = time.time()

    def health(self) -> Health:
        """Return the answer of `/healthz`."""
        reports = read_reports(self._settings, self.counters())
        checks = report_checks(reports, self._started)
        items = len(self._served.current.targets.items)
        return Health(checks, items, self._served.published, reports)

    def metrics(self) -> bytes:
        # Imported here: it takes 4 MB, and most servers have no metrics.
        from linkmgr.web.metrics import metrics_text  # noqa: PLC0415

        reports = read_reports(self._settings, self.counters())
        checks = report_checks(reports, self._started)
        free = free_space(self._settings.spool)
        return metrics_text(reports, checks, free, self._served.published)
