"""Texts of the program as parts of a page of Markdown."""

import re

_CODE = re.compile(r"(`[^`]*`)")
# What Markdown would take for its own outside of code; no text has a link.
_MARKUP = re.compile(r"([\\*<])")


def prose(text: str) -> str:
    """Return a text whose only markup is `code`."""
    parts = _CODE.split(text)
    return "".join(part if at % 2 else _MARKUP.sub(r"\\\1", part) for at, part in enumerate(parts))


def cell(text: str) -> str:
    """Return a text on one line, for a cell of a table."""
    return prose(" ".join(text.split())).replace("|", "\\|")


def code(text: str) -> str:
    """Return a text as code, for a cell of a table; nothing if it is empty."""
    return f"`{text}`".replace("|", "\\|") if text else ""
