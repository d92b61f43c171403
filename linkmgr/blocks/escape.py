"""Text made safe for a fragment, which is parsed as Liquid first and as HTML after."""

import re
from functools import lru_cache
from typing import Any

import markupsafe
from markupsafe import Markup

# What an HTML document may not contain (WHATWG HTML 13.2.3.5): control characters other than
# white space, surrogates (no UTF-8 either) and noncharacters.
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane << 16 | low) for plane in range(0x11) for low in (0xFFFE, 0xFFFF)
)
_FORBIDDEN = re.compile(f"[\0-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff{_NONCHARACTERS}]")

POST_KEY = "\0"
"""Placeholder for the key of a post in what is rendered once for many; no escaped text has it."""

BASEURL = "\1"
"""Placeholder for the site's base URL, likewise."""

CODE = "\3"
"""Stands before and after what names an item, or a shop of it, in place of its issued code."""


def escape(value: Any) -> Markup:
    """Escape any value for HTML and Liquid. Markup keeps its tags but never gets to run Liquid."""
    if type(value) is str:  # by far the most, so first
        return _escape_text(value)
    if isinstance(value, Markup):
        return _escape_liquid(value) if "{" in value or "}" in value else value
    return _escape_text(str(value))


@lru_cache(maxsize=50_000)  # every title, blurb and label of a large site: about 20 MB
def _escape_text(text: str) -> Markup:
    return _escape_liquid(markupsafe.escape(_FORBIDDEN.sub("\ufffd", text)))


def _escape_liquid(markup: Markup) -> Markup:
    escaped = str(markup).replace("{", "&#123;").replace("}", "&#125;")
    return Markup(escaped)  # noqa: S704 - it was markup, and stays so
