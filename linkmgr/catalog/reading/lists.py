"""Texts that were to be lists, and how they are written as such."""

import re

from linkmgr.catalog.reading.emit import flow
from linkmgr.catalog.reading.typos import SEPARATORS
from linkmgr.messages.message import excerpt


def mended_list(name: str, text: str) -> str | None:
    """Return what to write in place of a text for a list, `None` for a text without words."""
    words = _words(text)
    if not words:
        return None
    wide = _first(text, "［" + SEPARATORS)
    return f"write {name}: {excerpt(flow(words))}" + (f" ({wide} is full-width)" if wide else "")


def separator_problem(text: str) -> str | None:
    """Return what is wrong with an unquoted text in brackets that has a full-width comma."""
    comma = _first(text, SEPARATORS)
    if comma is None:
        return None
    words = excerpt(flow(_words(text))[1:-1])
    return f"{comma} is full-width and separates nothing: write {words} (or put the text in quotes)"


def _words(text: str) -> list[str]:
    bare = text.strip("[]［］ \u3000").removeprefix("-")
    words = (word.strip().strip("\"'“”＂‘’") for word in re.split(f"[,{SEPARATORS}]", bare))
    return [word for word in words if word]


def _first(text: str, characters: str) -> str | None:
    return next((character for character in text if character in characters), None)
