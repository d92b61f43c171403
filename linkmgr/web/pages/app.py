"""The pages beside the endpoints: what the server is, and how it is."""

import hmac
import json
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, abort, request
from werkzeug.exceptions import HTTPException, Unauthorized

from linkmgr.clicks.proxies import Proxies
from linkmgr.messages.language import ENGLISH
from linkmgr.messages.wording import word
from linkmgr.settings import Settings
from linkmgr.web.logs import log_no_request
from linkmgr.web.pages.health import Health
from linkmgr.web.pages.ready import Problem

# For search engines: a redirect is no page.
_ROBOTS = "User-agent: *\nDisallow: /go/\nDisallow: /hit/\nDisallow: /admin/\nDisallow: /api/\n"

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
    not_ready: Problem,
) -> Flask:
    """Return the Flask app. `metrics` is asked only by whom the token lets."""
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
        problem = not_ready()
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
