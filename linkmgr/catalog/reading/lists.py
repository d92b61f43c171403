"""Texts that were to be lists, and how they are written as such."""

import re

from linkmgr.catalog.reading.emit import flow
from linkmgr.catalog.reading.typos import SEPARATORS
from linkmgr.messages.message import Message, excerpt, message


def list_advice(name: str, text: str) -> Message | None:
    """Return what to write in place of a text for a list, `None` for a text without words."""
    words = _words(text)
    if not words:
        return None
    fixed = excerpt(flow(words))
    if wide := _first(text, "［" + SEPARATORS):
        return message("catalog.write-half-width-list", key=name, list=fixed, found=wide)
    return message("catalog.write-list", key=name, list=fixed)


def separator_problem(text: str) -> Message | None:
    """Return what is wrong with an unquoted text in brackets that has a full-width comma."""
    comma = _first(text, SEPARATORS)
    if comma is None:
        return None
    words = excerpt(flow(_words(text))[1:-1])
    return message("catalog.full-width-comma", found=comma, expected=words)


def _words(text: str) -> list[str]:
    bare = text.strip("[]［］ \u3000").removeprefix("-")
    words = (word.strip().strip("\"'“”＂‘’") for word in re.split(f"[,{SEPARATORS}]", bare))
    return [word for word in words if word]


def _first(text: str, characters: str) -> str | None:
    return next((character for character in text if character in characters), None)
