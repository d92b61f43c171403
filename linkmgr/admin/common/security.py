"""Sessions and their key, sign-in for all pages, and the headers that protect browsers."""

from io import BytesIO
from urllib.parse import urlencode
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Request, Response, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from werkzeug.formparser import FormDataParser
from werkzeug.wrappers import Response as AnyResponse

from linkmgr.admin.common.context import asks_for_part, connection
from linkmgr.admin.common.error_pages import signed_out_page
from linkmgr.clicks.request import Proxies
from linkmgr.settings import Network
from linkmgr.store.accounts.users import epoch_of

# The endpoints that are open to users who are not signed in. All others are refused.
PUBLIC = {
    "static",
    "language.choose",
    "login.form",
    "login.enter",
    "login.setup",
    "login.set_up",
    "login.join",
    "login.choose_password",
}

_YEAR = 365 * 24 * 3600
SESSION_SECONDS = 30 * 24 * 3600

# Covers of books may be on any site; everything else is ours.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}

SIGN_IN_BYTES = 8 * 2**10
"""The most bytes of the body of a request without a session."""

FORM_BYTES = 2**20
"""The most bytes of a form: an entry of the catalog, or the answers about a report."""

FILE_BYTES = 8_000_000
"""The most bytes of a file that a form brings, a report or a cover."""

MOST_BYTES = FILE_BYTES + 2**16
"""The most bytes of any body, with the fields of the form beside its file."""


class _Request(Request):
    def make_form_data_parser(self) -> FormDataParser:
        """Return a parser of forms that keeps files in memory.

        Werkzeug's writes large ones to the disk before anybody knows who sends them.
        """
        parser = super().make_form_data_parser()
        parser.stream_factory = _open_in_memory
        return parser


def _open_in_memory(*_: object, **__: object) -> BytesIO:
    return BytesIO()


class _Sessions(SecureCookieSessionInterface):
    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - Flask's signature
        """Whether the browser came by https; plain http works on one's own machine."""
        return request.is_secure

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Whether an answer sets the cookie: those with a part of a page or a file only a new one.

        A part may arrive after the answer to a form, whose message an older cookie would undo. A
        file may be kept by any cache.
        """
        if asks_for_part() or request.endpoint == "static":
            return session.modified
        return super().should_set_cookie(app, session)


def init_security(app: Flask, key: bytes) -> None:
    """Have an app require sign-in, check every change, and send the headers."""
    app.config.update(
        SECRET_KEY=key,
        SESSION_COOKIE_NAME="linkmgr_session",
        SESSION_COOKIE_PATH="/admin",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=SESSION_SECONDS,
        # As long as the session: a form may lie open for a night.
        WTF_CSRF_TIME_LIMIT=None,
        # Compares the Referer with the Host, which many proxies set to their own name for us.
        WTF_CSRF_SSL_STRICT=False,
        MAX_FORM_MEMORY_SIZE=FORM_BYTES,
    )
    app.request_class = _Request
    app.session_interface = _Sessions()
    app.before_request(_limit_body)  # before the form is read for its token
    CSRFProtect(app)
    app.before_request(_refuse_strangers)
    app.after_request(_harden)


def sign_in(name: str, epoch: int) -> None:
    """Begin a session, with nothing in it of the one before."""
    session.clear()
    session.permanent = True
    session["user"] = name
    session["epoch"] = epoch


def set_admin_cookie(response: AnyResponse, name: str, value: str, seconds: int) -> None:
    """Have a browser keep a value for the admin's pages alone, out of the reach of scripts."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/admin",
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def safe_next(target: str) -> str:
    """Return where to go on: to a target that is a page of ours, or else to the dashboard."""
    is_ours = target.startswith("/admin/") and target.isprintable() and "\\" not in target
    path = target.partition("?")[0]
    if not is_ours or "//" in path:
        return url_for("dashboard.index")
    return target


def trust_proxies(app: WSGIApplication, proxies: tuple[Network, ...]) -> WSGIApplication:
    """Believe `X-Forwarded-Proto` of a trusted proxy, and of nobody else."""
    trusted = Proxies(proxies)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> object:
        scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip()
        if scheme in {"http", "https"} and trusted.trusts(environ.get("REMOTE_ADDR", "")):
            environ["wsgi.url_scheme"] = scheme
        return app(environ, start_response)

    return answer  # type: ignore[return-value]


def _limit_body() -> None:
    if not session.get("user"):
        request.max_content_length = SIGN_IN_BYTES
    elif request.mimetype == "multipart/form-data":
        request.max_content_length = MOST_BYTES
    else:
        request.max_content_length = FORM_BYTES


def _refuse_strangers() -> ResponseReturnValue | None:
    if request.endpoint == "static":
        return None
    name = session.get("user")
    if name and epoch_of(connection(), name) == session.get("epoch"):
        g.user = name
        return None
    if request.endpoint in PUBLIC:
        return None
    login = url_for("login.form")
    if "HX-Request" in request.headers:  # the page as a whole has to go
        return "", 401, {"HX-Redirect": login}
    page = signed_out_page()
    if page:
        return page
    wanted = request.full_path.removesuffix("?")
    if request.method == "GET" and wanted != url_for("dashboard.index"):
        login = f"{login}?{urlencode({'next': wanted})}"
    return redirect(login, 303)


def _harden(response: Response) -> Response:
    response.headers.update(_HEADERS)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
    if request.endpoint == "static" and response.status_code < 400:  # noqa: PLR2004 - no error
        # Its address has a digest of its content.
        response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    else:
        response.headers["Cache-Control"] = "no-store"
    return response
