"""What forms share: their base, and the fields of a list of texts and of an entry's tags."""

import re
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import Field, StringField, TextAreaField


class PageForm(FlaskForm):  # type: ignore[misc]  # flask_wtf comes without types
    """A form that reads the request it is made in, and carries the session's token.

    `general` are the errors that belong to no field.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.general: list[str] = []

    def visible_fields(self) -> list[Field]:
        """Return the fields that people see."""
        return [field for field in self if field.type not in {"HiddenField", "CSRFTokenField"}]

    def invalid_fields(self) -> list[Field]:
        """Return the fields with errors, in their order."""
        return [field for field in self.visible_fields() if field.errors]


_MOST_LINES = 2_000
"""The most lines of a list: what the API takes for a whole entry."""


class LinesField(TextAreaField):
    """Texts such as tags or ids, one per line; empty lines are skipped."""

    data: list[str]  # type: ignore[assignment]  # the text area's is one text

    def _value(self) -> str:
        return "\n".join(self.data or ())

    def process_data(self, value: Sequence[str] | None) -> None:
        self.data = list(value or ())

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        entries: dict[str, None] = {}  # each once, in their order
        for value in valuelist:
            for line in str(value).splitlines():
                if line.strip():
                    entries[line.strip()] = None
        self.data = list(entries)[:_MOST_LINES]
        if len(entries) > _MOST_LINES:
            raise ValueError(gettext("Enter at most %(most)s lines.", most=_MOST_LINES))


# What stands between terms; a keyboard of any language has one of them.
_BETWEEN_TERMS = re.compile(r"[,、，]")


class TermsField(LinesField):
    """Terms such as tags, one a line or several with a comma or 、 between them.

    A line stays whole if the entry had that term before, or if `is_term` says that it is one.
    """

    def __init__(
        self, label: Any = None, *, is_term: Callable[[str], bool] | None = None, **settings: Any
    ) -> None:
        super().__init__(label, **settings)
        self._is_term = is_term

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        before = frozenset(self.data)
        super().process_formdata(valuelist)
        terms: list[str] = []
        for line in self.data:
            terms += self._terms_of(line, before)
        self.data = list(dict.fromkeys(terms))

    def _terms_of(self, line: str, before: Container[str]) -> Sequence[str]:
        parts = [part.strip() for part in _BETWEEN_TERMS.split(line) if part.strip()]
        if parts == [line]:
            return parts
        if line in before or (self._is_term and self._is_term(line)):
            return [line]
        return parts


_SALE_KEYS = ("name", "from", "until", "url")
_LINE = "line"
"""What ends the text of a sale that blocks show in a line of its own."""


class SalesField(LinesField):
    """Sales, one a line: `name | from | until | address | line`, the last two where they have them.

    `data` is as the catalog has it.
    """

    data: list[dict[str, Any]]  # type: ignore[assignment]  # the lines are parsed

    def _value(self) -> str:
        return "\n".join(_sale_text(sale) for sale in self.data or ())

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        super().process_formdata(valuelist)
        self.data = [_sale_of(str(line)) for line in self.data]


def _sale_text(sale: Mapping[str, Any]) -> str:
    parts = [str(sale.get(key, "")) for key in _SALE_KEYS]
    in_line = str(sale.get("in-line", "")).lower() == "true"
    parts.append(_LINE if in_line else "")
    return " | ".join(parts).rstrip(" |")


def _sale_of(line: str) -> dict[str, Any]:
    """Return the sale of a line; what is missing in it is left to the catalog's reader."""
    parts = [part.strip() for part in line.split("|")]
    in_line = len(parts) > len(_SALE_KEYS) - 1 and parts[-1] == _LINE
    if in_line:
        parts.pop()
    named = zip(_SALE_KEYS, parts, strict=False)
    sale: dict[str, Any] = {key: part for key, part in named if part}
    return sale | {"in-line": True} if in_line else sale


class NamedTextsField(LinesField):
    """Texts by names of the owner's, one a line: `name: text`. `data` is as the catalog has it."""

    data: dict[str, str]  # type: ignore[assignment]  # the lines are parsed

    def _value(self) -> str:
        return "\n".join(f"{name}: {text}" for name, text in (self.data or {}).items())

    def process_data(self, value: Mapping[str, str] | None) -> None:  # type: ignore[override]
        self.data = dict(value or {})

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        lines: dict[str, str] = {}
        for line in "\n".join(map(str, valuelist)).splitlines()[:_MOST_LINES]:
            name, _, text = _with_plain_colon(line).partition(":")
            if name.strip():
                lines[name.strip()] = text.strip()
        self.data = lines


def _with_plain_colon(line: str) -> str:
    """Return a line whose first colon, which a Japanese keyboard types wide, is a plain one."""
    return line if ":" in line else line.replace("：", ":", 1)


class TagsField(StringField):
    """An entry's tag, or tags by programme; `data` is as the catalog has it.

    A text is Amazon's tag, `amazon: a-22, rakuten: b` names programmes.
    """

    data: str | dict[str, str] | None  # type: ignore[assignment]  # a StringField has a text

    def _value(self) -> str:
        return tags_text(self.data or "")

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        text = str(valuelist[0]).strip() if valuelist else ""
        pairs = [part.partition(":") for part in text.split(",")]
        named = {name.strip(): tag.strip() for name, colon, tag in pairs if colon}
        self.data = named if len(named) == len(pairs) else text


def tags_text(tags: str | Mapping[str, str]) -> str:
    """Return tags as the field shows them."""
    if isinstance(tags, str):
        return tags
    return ", ".join(f"{programme}: {tag}" for programme, tag in tags.items())
