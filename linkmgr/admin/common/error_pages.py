"""The pages for errors, in the layout of the others."""

import logging

from flask import Flask, current_app, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, gettext, lazy_gettext, ngettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from linkmgr.admin.common.context import get_admin
from linkmgr.clicks.counters import Counters
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.db.engine import is_disk_full, reason_of
from linkmgr.store.instance.checks import has_no_room, was_losing
from linkmgr.store.instance.state import read_counters

_log = logging.getLogger(__name__)

Sent = tuple[tuple[str, str], ...]
"""What a form sent, by name, except its token."""

# A title, and what to do.
_ERRORS = {
    400: (
        lazy_gettext("Invalid request"),
        lazy_gettext("Your browser sent something unexpected. Go back and try again."),
    ),
    403: (
        lazy_gettext("Not allowed"),
        lazy_gettext("Your account doesn't have permission to do this."),
    ),
    404: (
        lazy_gettext("Page not found"),
        lazy_gettext("It may have been moved or deleted."),
    ),
    413: (
        lazy_gettext("Too much data"),
        lazy_gettext("Send less and try again."),
    ),
    429: (
        lazy_gettext("Too many attempts"),
        lazy_gettext("Wait a few minutes and try again."),
    ),
    500: (
        lazy_gettext("Something went wrong"),
        lazy_gettext(
            "See the cause in the server's log, and check in History if your change was saved."
        ),
    ),
}
_STALE = (
    lazy_gettext("This form has expired"),
    lazy_gettext("You opened it before signing in. Go back, reload the page and send it again."),
)
_STALE_WITH_DATA = (_STALE[0], lazy_gettext("You opened it before signing in. Send it again."))
_SIGNED_OUT = (
    lazy_gettext("You're signed out"),
    lazy_gettext(
        "Nothing was saved. Sign in in another tab, then come back here and send it again."
    ),
)
_REFUSED = lazy_gettext("You can't do this right now")


def register_error_handlers(app: Flask) -> None:
    """Have an app answer errors with these pages."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DeadLink, _dead_link)
    app.register_error_handler(MethodNotAllowed, _opened_by_address)
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(LinkmgrError, _refused)
    app.register_error_handler(SQLAlchemyError, _database)


class DeadLink(NotFound):
    """A link that lets nobody in (any more): the `description` says what to do."""


def signed_out_page() -> tuple[str, int] | None:
    """Answer a signed-out user's form with what it sent; `None` where it sent nothing to keep."""
    sent = _sent()
    return _signed_out(403, sent) if sent else None


def _http(error: HTTPException) -> tuple[str, int, list[tuple[str, str]]]:
    code = error.code or 500
    kept = {"Allow", "Retry-After"}
    headers = [(name, value) for name, value in error.get_headers() if name in kept]
    if error.response is not None:  # a redirect that routing asks for
        headers = [("Location", error.response.headers["Location"])]
    nearest = 500 if code >= 500 else 400  # noqa: PLR2004 - the server's fault or not
    title, text = _ERRORS.get(code, _ERRORS[nearest])
    return _page(code, title, text), code, headers


def _dead_link(error: DeadLink) -> tuple[str, int]:
    return _page(404, gettext("This link no longer works"), error.description), 404


def _opened_by_address(error: MethodNotAllowed) -> ResponseReturnValue:
    """Redirect whoever opens a form's address, such as a preview's, to the page above it."""
    if request.method == "GET":
        above = request.path.rpartition("/")[0]
        while above:
            if _is_page(above):
                return redirect(f"{request.script_root}{above}", 303)
            above = above.rpartition("/")[0]
    return _http(error)


def _is_page(path: str) -> bool:
    """Whether an address can be opened."""
    adapter = current_app.create_url_adapter(request)
    return adapter is not None and adapter.test(path, "GET")


def _stale(_: CSRFError) -> tuple[str, int]:
    sent = _sent()
    if sent and "user" not in session:  # it ended, and its token with it
        return _signed_out(400, sent)
    title, text = _STALE_WITH_DATA if sent else _STALE
    return _page(400, title, text, sent), 400


def _signed_out(code: int, sent: Sent) -> tuple[str, int]:
    title, text = _SIGNED_OUT
    return _page(code, title, text, sent, is_signed_out=True), code


def _refused(error: LinkmgrError) -> tuple[str, int]:
    """Answer with what must be fixed first, such as a catalog that cannot be read."""
    return _page(409, _REFUSED, error.excerpt().partition("\n")[0]), 409


def _database(error: SQLAlchemyError) -> tuple[str, int]:
    _log.error("the admin cannot use the database: %s", reason_of(error))
    settings = get_admin().settings
    is_full = has_no_room(settings.instance)
    if is_full and "user" in session:  # only users see the folder's path
        title = gettext("The disk is full")
        text = gettext("Free up some room on the disk of %(folder)s.", folder=settings.instance)
    elif is_full or is_disk_full(error):
        title = gettext("The disk is full")
        text = gettext("Free up some room on the disk of the database.")
    else:
        title = gettext("The database isn't responding")
        text = gettext("Try again in a minute.")
    clicks = _effect_on_clicks(read_counters(settings.counters), is_full=is_full)
    return _page(503, title, f"{text}\n{clicks}", _sent()), 503


def _effect_on_clicks(counters: Counters, *, is_full: bool) -> str:
    """Say if clicks were lost since the server started, and if they will be on a full disk."""
    clicks, views = counters.lost, counters.lost_reports
    if not was_losing(counters):
        text = gettext("Links still work and no clicks are lost.")
        if is_full:
            text = gettext("Links still work, but until then no clicks can be written down.")
    elif views:
        text = gettext(
            "Links still work, but %(clicks)s clicks and %(views)s page views couldn't be written "
            "down and are lost.",
            clicks=format_decimal(clicks),
            views=format_decimal(views),
        )
    elif clicks:
        text = ngettext(
            "Links still work, but %(count)s click couldn't be written down and is lost.",
            "Links still work, but %(count)s clicks couldn't be written down and are lost.",
            clicks,
            count=format_decimal(clicks),
        )
    else:
        text = gettext("Links still work, but clicks of the last 24 hours were lost.")
    return str(text)


def _sent() -> Sent:
    """Return what a form sent, for sending again; nothing if another site made up the form."""
    is_ours = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    resent = {page.name for page in get_admin().pages if page.resends_forms}
    if request.blueprint not in resent or not is_ours:
        return ()
    return tuple(field for field in request.form.items(multi=True) if field[0] != "csrf_token")


def _page(
    code: int, title: object, text: object, sent: Sent = (), *, is_signed_out: bool = False
) -> str:
    """Return the page of an error, each line of its text a paragraph.

    It leads a user who is signed out to the log-in.
    """
    lines = str(text).splitlines()
    return render_template(
        "common/error.html", code=code, title=title, lines=lines, sent=sent, out=is_signed_out
    )
