"""What somebody chose in this browser: Japanese or English, light or dark."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

from babel.support import NullTranslations, Translations
from flask import Blueprint, Flask, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel, get_translations

from linkmgr.admin.common.context import get_admin
from linkmgr.admin.common.security import safe_next, set_admin_cookie
from linkmgr.messages.message import ENGLISH, Language, set_language

LANGUAGES: Final[Mapping[Language, str]] = {"en": "English", "ja": "日本語"}

Theme = Literal["system", "light", "dark"]

_YEAR = 365 * 24 * 3600

COMMON_DOMAIN: Final = "base"
"""The translations of what is on all pages, and of signing in."""

_language_page = Blueprint("language", __name__, url_prefix="/admin/language")
_theme_page = Blueprint("appearance", __name__, url_prefix="/admin/appearance")


def init_preferences(app: Flask, pages: Sequence[str]) -> None:
    """Have an app answer as its user chose, and in the site's time zone.

    Each of the `pages` has its translations in `translations/ja/LC_MESSAGES/<name>.po`; English
    is what the templates have.
    """
    domains = (COMMON_DOMAIN, *pages)
    app.config.update(
        BABEL_TRANSLATION_DIRECTORIES=";".join(["translations"] * len(domains)),
        BABEL_DOMAIN=";".join(domains),
    )
    Babel(app, locale_selector=language, timezone_selector=timezone)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of Jinja's extension
        lambda text: _translations().ugettext(text),
        lambda one, many, count: _translations().ungettext(one, many, count),
        newstyle=True,
    )
    app.register_blueprint(_language_page)
    app.register_blueprint(_theme_page)
    app.before_request(lambda: set_language(language()))
    app.teardown_request(lambda _: set_language(ENGLISH))


def _translations() -> Translations | NullTranslations:
    """Return the translations of the answer's language, found once for all texts of a page."""
    if "translations" not in g:
        g.translations = get_translations()
    translations: Translations | NullTranslations = g.translations
    return translations


def language() -> Language:
    """Return the language of the answer: what was chosen, else what the browser asks for."""
    chosen = _chosen("language")
    if chosen not in LANGUAGES:
        chosen = request.accept_languages.best_match(LANGUAGES)
    return next((language for language in LANGUAGES if language == chosen), ENGLISH)


def theme() -> Theme:
    """Return whether pages are light or dark, or as the system is."""
    chosen = _chosen("theme")
    themes: tuple[Theme, ...] = get_args(Theme)
    return next((theme for theme in themes if theme == chosen), "system")


@_language_page.post("", endpoint="choose")
def _choose_language() -> ResponseReturnValue:
    return _keep("language", LANGUAGES)


@_theme_page.post("", endpoint="choose")
def _choose_theme() -> ResponseReturnValue:
    return _keep("theme", get_args(Theme))


def _chosen(name: str) -> str | None:
    return request.cookies.get(f"linkmgr_{name}")


def _keep(name: str, choices: Collection[str]) -> ResponseReturnValue:
    """Keep in the browser what was chosen, if it is a choice, and go back."""
    answer = redirect(safe_next(request.form.get("next", "")), 303)
    chosen = request.form.get(name, "")
    if chosen in choices:
        set_admin_cookie(answer, f"linkmgr_{name}", chosen, _YEAR)
    return answer


def timezone() -> ZoneInfo:
    """Return the site's time zone."""
    return ZoneInfo(get_admin().catalog().catalog.site.timezone)
