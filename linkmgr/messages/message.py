"""Messages: as data (a code, and the values that its wording mentions), and in words."""

import re
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from typing import Any, Literal, TypeAlias, Union, get_args
from urllib.parse import quote, unquote_to_bytes

# The languages, and which of them is in use.

Language = Literal["ja", "en"]

LANGUAGES: tuple[Language, ...] = get_args(Language)

ENGLISH: Language = "en"

_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")  # the order is POSIX's

_current: ContextVar[Language] = ContextVar("language", default=ENGLISH)


def locale_language(environment: Mapping[str, str]) -> Language:
    """Return the language that the locale variables ask for, English for any other."""
    for name in _LOCALE_VARIABLES:
        if locale := environment.get(name):  # an empty one counts as unset
            language = locale.partition("_")[0].partition(".")[0]
            return "ja" if language.lower() == "ja" else ENGLISH
    return ENGLISH


def current_language() -> Language:
    """Return the language in which messages are worded when no other is named."""
    return _current.get()


def set_language(language: Language) -> None:
    """Word messages in this language from now on, in this context."""
    _current.set(language)


# Messages as data.

Param: TypeAlias = Union[str, int, float, "Message", tuple[Union[str, "Message"], ...]]
"""A value in a message: a text, a number, a message within the message, or a list of them."""

Params: TypeAlias = tuple[tuple[str, Param], ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A message in no language yet.

    `code` names the wording (`catalog.missing`); the part before its first dot is the file of
    translations that has it. `params` are the values that the wording mentions, by name.
    """

    code: str
    params: Params = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as a value for JSON: `{"code": …, "params": {…}}`."""
        return {"code": self.code, "params": {name: _plain(value) for name, value in self.params}}

    def with_texts(self, change: Callable[[str], str]) -> "Message":
        """Return it with every text parameter changed."""
        return Message(
            self.code, tuple((name, _changed(value, change)) for name, value in self.params)
        )

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Message":
        """Return the message that `to_json` gave."""
        params = ((name, _param(value)) for name, value in values["params"].items())
        return cls(values["code"], tuple(params))


def message(code: str, **params: Param) -> Message:
    """Make a message from a code and parameters."""
    return Message(code, tuple(sorted(params.items())))


def excerpt(text: str, most: int = 60) -> str:
    """Return `text` as one line of at most `most` characters, for use in a message."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return shortened(text, most)


def shortened(text: str, most: int) -> str:
    """Return `text`, cut with an ellipsis where it has more than `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


# What an address has percent-encoded beside ASCII, whose characters would mean something else.
_ENCODED = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")


def readable(address: str) -> str:
    """Return an address as browsers show it: with its letters instead of `%E3%83%8F`.

    Bytes that are no UTF-8, spaces and what nobody sees stay encoded.
    """
    return _ENCODED.sub(_decoded, address)


def _decoded(encoded: re.Match[str]) -> str:
    text = unquote_to_bytes(encoded[0]).decode("utf-8", "surrogateescape")
    return "".join(c if c.isprintable() else quote(c, errors="surrogateescape") for c in text)


def _plain(value: Param) -> Any:
    if isinstance(value, Message):
        return value.to_json()
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, Message):
        return value.with_texts(change)
    if isinstance(value, tuple):
        return tuple(_changed(one, change) for one in value)
    return change(value) if isinstance(value, str) else value


def _param(value: Any) -> Any:
    if isinstance(value, dict):
        return Message.from_json(value)
    return tuple(_param(one) for one in value) if isinstance(value, list) else value


# Messages in words: one text for each code and language, in `locale/`.
#
# The texts are gettext catalogs whose ids are the codes. A text names parameters as `str.format`
# does (`{expected}`, `{count:,}`); a plural form is chosen by the parameter `count`. The parameters
# `url`, `link` and `address` are addresses, and printed readable. A code may have a second text for
# the field of a form (context `form`), where the key and the line are in sight.

_ADDRESSES = frozenset(("url", "link", "address"))

_LIST_SEPARATORS: dict[Language, str] = {"en": ", ", "ja": "、"}


def translate(message: Message, language: Language | None = None, *, form: bool = False) -> str:
    """Return the text of a message, by default in the current language.

    With `form` it is the text for the field of a form, where the code has one.
    """
    language = language or current_language()
    params: dict[str, str | int | float] = {}
    for name, value in message.params:
        if name in _ADDRESSES and isinstance(value, str):
            params[name] = readable(value)
        else:
            params[name] = _printable(value, language, form=form)
    return _template(message, language, form=form).format_map(params)


def declared(english: str, language: Language | None = None, *, context: str = "") -> str:
    """Return a text that a declaration has in English, by default in the current language.

    Its Japanese is in `translations/`, under the English; what both languages share is not there.
    In a `context` it may be another one.
    """
    if not english or (language or current_language()) == ENGLISH:
        return english
    translations = _loaded("translations/ja/LC_MESSAGES/declared.mo")
    in_context = translations.pgettext(context, english) if context else english
    return in_context if in_context != english else translations.gettext(english)


def join_texts(texts: Iterable[str]) -> str:
    """Return texts as a list in the current language: `a, b` or `a、b`."""
    return _LIST_SEPARATORS[current_language()].join(texts)


def _template(message: Message, language: Language, *, form: bool) -> str:
    domain = message.code.partition(".")[0]
    translations = _loaded(f"locale/{language}/LC_MESSAGES/{domain}.mo")
    # gettext answers with the code itself where it has no such text.
    code = message.code
    if form:
        text = translations.pgettext("form", code)
        if text != code:
            return text
    count = dict(message.params).get("count")
    if isinstance(count, int):
        text = translations.ngettext(code, code, count)
        if text != code:
            return text
    return translations.gettext(code)


def _printable(value: Param, language: Language, *, form: bool) -> str | int | float:
    if isinstance(value, Message):
        return translate(value, language, form=form)
    if isinstance(value, tuple):
        parts = (str(_printable(part, language, form=form)) for part in value)
        return _LIST_SEPARATORS[language].join(parts)
    return value


@cache
def _loaded(path: str) -> GNUTranslations:
    with files("linkmgr.messages").joinpath(path).open("rb") as opened:
        return GNUTranslations(opened)
