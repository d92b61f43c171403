"""Browsers that signed in before: failed attempts from elsewhere do not lock them out."""

import secrets

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadData, URLSafeSerializer

from linkmgr.admin.common.security import set_admin_cookie

_COOKIE = "linkmgr_known"

# The longest that browsers keep a cookie.
_SECONDS = 400 * 24 * 3600


def known_as(name: str) -> str:
    """Return what this browser was called when it signed in to an account, empty if it never did.

    It lets nobody in: its failures are counted apart from those of strangers.
    """
    try:
        account, called = _signer().loads(request.cookies.get(_COOKIE, ""))
    except (BadData, ValueError, TypeError):
        return ""
    return str(called) if account == name else ""


def remember_browser(name: str) -> None:
    """Have the browser that is answered known for an account."""
    value = _signer().dumps([name, known_as(name) or secrets.token_urlsafe(12)])

    @after_this_request
    def keep(response: Response) -> Response:
        set_admin_cookie(response, _COOKIE, value, _SECONDS)
        return response


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known browser")
