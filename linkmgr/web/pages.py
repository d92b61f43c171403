"""The pages beside the endpoints: `/healthz`, `/readyz`, `/metrics` and a few more.

Also what each process that serves them has: the targets, and the state of the instance.
"""

import hmac
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, abort, request
from werkzeug.exceptions import HTTPException, Unauthorized

from linkmgr.clicks.counters import Counters
from linkmgr.clicks.periods import day_in
from linkmgr.clicks.request import Proxies
from linkmgr.clicks.targets import Targets
from linkmgr.fs import identity
from linkmgr.messages.message import ENGLISH, word
from linkmgr.settings import Settings
from linkmgr.store.instance.checks import (
    HealthCheck,
    Reports,
    free_space,
    read_reports,
    report_checks,
)
from linkmgr.web.endpoints import Current
from linkmgr.web.logs import log_no_request

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
            "problems": [word(problem, ENGLISH) for problem in problems],
            "codes": [problem.code for problem in problems],
            "catalog": catalog,
            "spool": spool and {"bytes": spool.waiting, "age": round(spool.age, 1)},
            "load_lag": worker.load_lag if worker else None,
        }


# The Flask app.

# For search engines: a redirect is no page.
_ROBOTS = "User-agent: *\n" + "".join(
    f"Disallow: /{each}/\n" for each in ("go", "hit", "seen", "admin", "api")
)

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}

_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>{title}</title>'
    "<h1>{title}</h1><p>{text}</p></html>\n"
)


def make_flask(
    settings: Settings,
    health: Callable[[], Health],
    metrics: Callable[[], bytes],
    ready: Callable[[], HealthCheck],
) -> Flask:
    """Return the Flask app.

    `metrics` is called only for holders of the token; `ready` checks for `/readyz` whether the
    process can do its work at present.
    """
    app = Flask("linkmgr.web", static_folder=None)
    proxies = Proxies(settings.trusted_proxies)
    log_no_request(app)

    @app.get("/")
    def home() -> str:
        return _PAGE.format(title="linkmgr", text="This server counts the clicks of a blog.")

    @app.get("/robots.txt")
    def robots() -> Response:
        return Response(_ROBOTS, mimetype="text/plain")

    @app.get("/healthz")
    def healthz() -> Response:
        values = health().as_json() | {"request": _arrival(proxies)}
        return _json(values)

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        check = ready()
        problem = check.public if check.fails else None
        values = {
            "status": "not ready" if problem else "ready",
            "problem": problem and word(problem, ENGLISH),
            "code": problem and problem.code,
        }
        return _json(values), 503 if problem else 200

    @app.get("/metrics")
    def show_metrics() -> Response:
        _refuse_without(settings.metrics_token)
        return Response(metrics(), content_type="text/plain; version=0.0.4; charset=utf-8")

    @app.errorhandler(HTTPException)
    def error_page(error: HTTPException) -> tuple[str, int, list[tuple[str, str]]]:
        headers = [(name, value) for name, value in error.get_headers() if name == "Allow"]
        if isinstance(error, Unauthorized):
            headers.append(("WWW-Authenticate", "Bearer"))
        text = _PAGE.format(title=error.name, text=error.description)
        return text, error.code or 500, headers

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers.update(_HEADERS)
        response.headers["Cache-Control"] = "no-store"
        return response

    return app


def _refuse_without(token: str | None) -> None:
    """Refuse a request that does not carry a token; without one there is no such page."""
    if token is None:
        abort(404)
    sent = request.headers.get("Authorization", "")
    # As bytes, since compare_digest takes no text that is not ASCII.
    if not hmac.compare_digest(sent.encode(), f"Bearer {token}".encode()):
        abort(401)


def _json(values: dict[str, Any]) -> Response:
    body = json.dumps(values, ensure_ascii=False, indent=1)
    return Response(f"{body}\n", mimetype="application/json")


def _arrival(proxies: Proxies) -> dict[str, Any]:
    """Return how the request arrived, without any address: anybody may ask.

    `forwarded` is whether the client's address that a proxy sent along was believed or ignored, or
    `none` was sent; `https` is whether the client used it.
    """
    is_trusted = proxies.trusts(request.remote_addr or "")
    forwarded = "X-Forwarded-For" in request.headers
    believed = "believed" if is_trusted else "ignored"
    proto = request.headers.get("X-Forwarded-Proto", "") if is_trusted else ""
    is_https = request.is_secure or proto.rpartition(",")[2].strip() == "https"
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
