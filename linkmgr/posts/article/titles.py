"""Post titles as text: Jekyll's templates print a title as the HTML that it may contain."""

import re
from html import unescape
from typing import Any

from linkmgr.posts.ruby.values import text_of

# The elements of a line of text; any other `<…>`, such as `List<String>`, is the author's words.
_TAG = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|big|br|cite|code|del|dfn|em|font|i|img|ins|kbd|mark|q|rb|rp|rt|ruby|s"
    r"|samp|small|span|strike|strong|sub|sup|time|tt|u|var|wbr)(?:\s[^<>]*|/)?>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
# Characters of a title that are looked at, some hundred times the longest that anybody reads.
_LONGEST = 20_000
# `html.unescape` alone would read `AT&copy` and `?a=1&copy=2` as an entity, too.
REFERENCE = re.compile(r"&(?:[a-z][a-z0-9]{1,31}|#[0-9]{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)


def title_text(title: Any) -> str:
    """Return a post's title as a reader sees it: `<em>Sand</em> &amp; co` as `Sand & co`."""
    text = text_of(title)[:_LONGEST]
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub(" ", text))
    return resolve_references(text)


def resolve_references(text: str) -> str:
    """Return a text with its character references, such as `&amp;`, as the characters they name."""
    return REFERENCE.sub(lambda found: unescape(found[0]), text) if "&" in text else text
