"""Messages in words: one text for each code and language, in `locale/`.

The texts are gettext catalogs whose ids are the codes. A text names parameters as `str.format`
does (`{expected}`, `{count:,}`); a plural form is chosen by the parameter `count`. A code may have
a second text for the field of a form (context `form`), where the key and the line are in sight.
"""

from collections.abc import Iterable
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files

from linkmgr.messages.language import Language, current_language
from linkmgr.messages.message import Message, Param

_LIST_SEPARATORS: dict[Language, str] = {"en": ", ", "ja": "、"}


def word(message: Message, language: Language | None = None, *, form: bool = False) -> str:
    """Return the text of a message, by default in the current language.

    With `form` it is the text for the field of a form, where the code has one.
    """
    language = language or current_language()
    params = {name: _printable(value, language, form=form) for name, value in message.params}
    return _template(message, language, form=form).format_map(params)


def word_list(texts: Iterable[str]) -> str:
    """Return texts as a list in the current language: `a, b` or `a、b`."""
    return _LIST_SEPARATORS[current_language()].join(texts)


def _template(message: Message, language: Language, *, form: bool) -> str:
    translations = _translations(message.code.partition(".")[0], language)
    code = message.code
    if form and (text := translations.pgettext("form", code)) != code:
        return text
    count = dict(message.params).get("count")
    if isinstance(count, int) and (text := translations.ngettext(code, code, count)) != code:
        return text
    return translations.gettext(code)


def _printable(value: Param, language: Language, *, form: bool) -> str | int | float:
    if isinstance(value, Message):
        return word(value, language, form=form)
    if isinstance(value, tuple):
        parts = (str(_printable(part, language, form=form)) for part in value)
        return _LIST_SEPARATORS[language].join(parts)
    return value


@cache
def _translations(domain: str, language: Language) -> GNUTranslations:
    file = files("linkmgr.messages") / "locale" / language / "LC_MESSAGES" / f"{domain}.mo"
    with file.open("rb") as opened:
        return GNUTranslations(opened)
