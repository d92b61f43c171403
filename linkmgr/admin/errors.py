"""What cannot be answered, told in a page like the others."""

import logging
from collections.abc import Sequence

from flask import Flask, render_template, request
from flask_babel import lazy_gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

_log = logging.getLogger(__name__)

# A title, and what to do.
_TOLD = {
    400: (
        lazy_gettext("This cannot be read"),
        lazy_gettext("What the browser sent is not what this page expects. Go back and try again."),
    ),
    403: (
        lazy_gettext("This is not allowed"),
        lazy_gettext("Your account may not do this."),
    ),
    404: (
        lazy_gettext("There is no such page"),
        lazy_gettext("The address may be mistyped, or what stood here was deleted."),
    ),
    413: (
        lazy_gettext("This is too much at once"),
        lazy_gettext("Shorten what you send and try again."),
    ),
    500: (
        lazy_gettext("Something went wrong here"),
        lazy_gettext("The server's log says what. Nothing was saved by this."),
    ),
    503: (
        lazy_gettext("The database does not answer"),
        lazy_gettext("Links lead on and clicks are kept meanwhile. Try again in a minute."),
    ),
}
_STALE = (
    lazy_gettext("This form is too old"),
    lazy_gettext("It was opened before you signed in. Go back, reload the page and send it again."),
)

# Fields that no page shows again.
_SECRET = {"current", "password", "again"}


def tell_errors(app: Flask) -> None:
    """Have an app tell its errors so."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(SQLAlchemyError, _database)


def _http(error: HTTPException) -> tuple[str, int, list[tuple[str, str]]]:
    code = error.code or 500
    kept = [(name, value) for name, value in error.get_headers() if name == "Allow"]
    if error.response is not None:  # a redirect that routing asks for
        kept = [("Location", error.response.headers["Location"])]
    return _page(code, *_TOLD.get(code, _TOLD[500 if code >= 500 else 400])), code, kept  # noqa: PLR2004


def _stale(_: CSRFError) -> tuple[str, int]:
    return _page(400, *_STALE), 400


def _database(error: SQLAlchemyError) -> tuple[str, int]:
    _log.error("the admin cannot use the database: %s", error.__class__.__name__)
    return _page(503, *_TOLD[503], _sent()), 503


def _sent() -> list[tuple[str, str]]:
    """Return what a form brought, to be sent again; nothing of one with a password."""
    fields = [*request.form.items(multi=True)]
    if any(name in _SECRET for name, _ in fields):
        return []
    return [field for field in fields if field[0] != "csrf_token"]


def _page(code: int, title: object, text: object, sent: Sequence[tuple[str, str]] = ()) -> str:
    return render_template("error.html", code=code, title=title, text=text, sent=sent)
