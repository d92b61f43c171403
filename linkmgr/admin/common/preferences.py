"""Japanese or English: as the browser asks, unless somebody chose."""

from collections.abc import Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel

from linkmgr.admin.common.context import get_admin
from linkmgr.admin.common.security import safe_next, set_admin_cookie
from linkmgr.messages.message import ENGLISH, Language, set_language

LANGUAGES: Final[Mapping[Language, str]] = {"en": "English", "ja": "日本語"}

_COOKIE = "linkmgr_language"
_YEAR = 365 * 24 * 3600

COMMON_DOMAIN: Final = "base"
"""The translations of what is on all pages, and of signing in."""

page = Blueprint("language", __name__, url_prefix="/admin/language")


def init_i18n(app: Flask, pages: Sequence[str]) -> None:
    """Have an app answer in the user's language and in the site's time zone.

    Each of the `pages` has its translations in `translations/ja/LC_MESSAGES/<name>.po`; English
    is what the templates have.
    """
    domains = (COMMON_DOMAIN, *pages)
    app.config.update(
        BABEL_TRANSLATION_DIRECTORIES=";".join(["translations"] * len(domains)),
        BABEL_DOMAIN=";".join(domains),
    )
    Babel(app, locale_selector=language, timezone_selector=timezone)
    app.register_blueprint(page)
    app.before_request(lambda: set_language(language()))
    app.teardown_request(lambda _: set_language(ENGLISH))


def language() -> Language:
    """Return the language of the answer."""
    chosen = request.cookies.get(_COOKIE)
    if chosen not in LANGUAGES:
        chosen = request.accept_languages.best_match(LANGUAGES)
    return next((language for language in LANGUAGES if language == chosen), ENGLISH)


@page.post("")
def choose() -> ResponseReturnValue:
    """Keep the choice in the browser."""
    answer = redirect(safe_next(request.form.get("next", "")), 303)
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        set_admin_cookie(answer, _COOKIE, chosen, _YEAR)
    return answer


def timezone() -> ZoneInfo:
    """Return the site's time zone."""
    return ZoneInfo(get_admin().catalog().catalog.site.timezone)
