"""Light, dark, or as the system is, as somebody chose in this browser."""

from typing import Final, Literal

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from linkmgr.admin.common.security import safe_next, set_admin_cookie

Theme = Literal["system", "light", "dark"]
THEMES: Final[tuple[Theme, ...]] = ("system", "light", "dark")

_COOKIE = "linkmgr_theme"
_YEAR = 365 * 24 * 3600

page = Blueprint("appearance", __name__, url_prefix="/admin/appearance")


def theme() -> Theme:
    """Return what was chosen in this browser."""
    chosen = request.cookies.get(_COOKIE)
    return next((theme for theme in THEMES if theme == chosen), "system")


@page.post("")
def choose() -> ResponseReturnValue:
    """Keep the choice in the browser."""
    answer = redirect(safe_next(request.form.get("next", "")), 303)
    chosen = request.form.get("theme", "")
    if chosen in THEMES:
        set_admin_cookie(answer, _COOKIE, chosen, _YEAR)
    return answer
