"""The languages of messages, and which of them a command uses."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Literal, get_args

Language = Literal["ja", "en"]

LANGUAGES: tuple[Language, ...] = get_args(Language)

ENGLISH: Language = "en"

_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")  # the order is POSIX's

_current: ContextVar[Language] = ContextVar("language", default=ENGLISH)


def locale_language(environment: Mapping[str, str]) -> Language:
    """Return the language that the locale variables ask for, English for any other."""
    locale = next(filter(None, map(environment.get, _LOCALE_VARIABLES)), "")
    wanted = locale.partition("_")[0].partition(".")[0].lower()
    return next((language for language in LANGUAGES if language == wanted), ENGLISH)


def current_language() -> Language:
    """Return the language in which messages are worded when no other is named."""
    return _current.get()


def set_language(language: Language) -> None:
    """Word messages in this language from now on, in this context."""
    _current.set(language)
