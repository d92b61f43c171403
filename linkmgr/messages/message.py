"""A message as data: a code, and the values that its wording mentions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, Union

Param: TypeAlias = Union[str, int, float, "Message", tuple[Union[str, "Message"], ...]]
"""A value in a message: a text, a number, a message within the message, or a list of them."""

Params: TypeAlias = tuple[tuple[str, Param], ...]


@dataclass(frozen=True, slots=True)
class Message:
    """What there is to say, in no language yet.

    `code` names the wording (`catalog.missing`); the part before its first dot is the file of
    translations that has it. `params` are the values that the wording mentions, by name.
    """

    code: str
    params: Params = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as a value for JSON: `{"code": …, "params": {…}}`."""
        return {"code": self.code, "params": {name: _plain(value) for name, value in self.params}}

    def with_texts(self, change: Callable[[str], str]) -> "Message":
        """Return it with each text among its parameters changed."""
        return Message(
            self.code, tuple((name, _changed(value, change)) for name, value in self.params)
        )

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Message":
        """Return the message that `to_json` gave."""
        params = ((name, _param(value)) for name, value in values["params"].items())
        return cls(values["code"], tuple(params))


def message(code: str, **params: Param) -> Message:
    """Make a message of a code and its parameters."""
    return Message(code, tuple(sorted(params.items())))


def excerpt(text: str, most: int = 60) -> str:
    """Return `text` as one line of at most `most` characters, for use in a message."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return shortened(text, most)


def shortened(text: str, most: int) -> str:
    """Return `text`, cut with an ellipsis where it has more than `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


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
