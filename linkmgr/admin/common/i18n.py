"""Japanese or English: as the browser asks, unless somebody chose."""

from typing import Final
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel

from linkmgr.admin.common.context import get_admin
from linkmgr.admin.common.security import safe_next

LANGUAGES: Final = {"en": "English", "ja": "日本語"}

_COOKIE = "linkmgr_language"
_YEAR = 365 * 24 * 3600

# The files of translations, one for each part of the admin: translations/ja/LC_MESSAGES/<name>.po.
# English needs none, being what stands in the templates.
DOMAINS = ("base", "dashboard", "items", "tags", "posts", "history", "health", "api")

page = Blueprint("language", __name__, url_prefix="/admin/language")


def speak(app: Flask) -> None:
    """Have an app answer in the reader's language and in the site's time zone."""
    app.config.update(
        BABEL_TRANSLATION_DIRECTORIES=";".join(["translations"] * len(DOMAINS)),
        BABEL_DOMAIN=";".join(DOMAINS),
    )
    Babel(app, locale_selector=language, timezone_selector=timezone)
    app.register_blueprint(page)


def language() -> str:
    """Return the language of the answer."""
    chosen = request.cookies.get(_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or "en"


@page.post("")
def choose() -> ResponseReturnValue:
    """Keep the choice in the browser."""
    answer = redirect(safe_next(request.form.get("next", "")), 303)
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        answer.set_cookie(
            _COOKIE,
            chosen,
            max_age=_YEAR,
            path="/admin",
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
        )
    return answer


def timezone() -> ZoneInfo:
    """Return the site's time zone."""
    return ZoneInfo(get_admin().catalog().catalog.site.timezone)
