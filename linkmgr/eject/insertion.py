"""Where in an article the blocks go that its layout put before and into it."""

import re

from linkmgr.builder.setup.edits import line_ending
from linkmgr.posts.article.text import Spans, fenced, headings

_LEVELS = (2, 3)
_FEWEST = 3
"""Of headings of the first of these levels; with fewer, all count, as in the include."""

_FEWEST_OF_ALL = 2
"""With fewer headings at all, a block in the middle is between two paragraphs."""

# A paragraph that begins as text does, not as a list, a table, a quotation, code or HTML.
_HASHES = re.compile(rb"#+")
_PARAGRAPH = re.compile(rb"\n\r?\n(?=[^\s#>*+|<`~{=-])(?!\d+[.)])")


def inserted(article: bytes, html: str, place: int) -> bytes:
    """Put HTML into an article before the byte at `place`, with blank lines around it."""
    ending = line_ending(article)
    block = html.strip("\n").encode().replace(b"\n", ending)
    before, after = article[:place], article[place:]
    if before.strip():
        before = before.rstrip(b"\r\n") + ending * 2
    return before + block + (ending * 2 + after.lstrip(b"\r\n") if after.strip() else ending)


def place_of(article: bytes, number: int) -> int:
    """Return where the heading with a number begins, the article's end where there is none.

    0 is the heading, or else the paragraph, that is the nearest to the middle of the article.
    """
    found = _headings(article)
    few = len(found) < _FEWEST_OF_ALL
    if number:
        return len(article) if few or number > len(found) else found[number - 1]
    if few:
        code = Spans([*fenced(article)])
        places = (each.end() for each in _PARAGRAPH.finditer(article))
        found = [place for place in places if place not in code]
    suitable = [place for place in found if _has_text_above(article, place)]
    return min(suitable, key=lambda place: abs(2 * place - len(article)), default=len(article))


def _headings(article: bytes) -> list[int]:
    starts = [article.rfind(b"\n", 0, start) + 1 for start, _ in headings(article)]
    levels = {start: _level(article, start) for start in starts}
    upper = [start for start in starts if levels[start] == _LEVELS[0]]
    return upper if len(upper) >= _FEWEST else [s for s in starts if levels[s] in _LEVELS]


def _level(article: bytes, start: int) -> int:
    found = _HASHES.match(article, start)
    return len(found[0]) if found else 0


def _has_text_above(article: bytes, place: int) -> bool:
    """Whether what is right above is neither nothing nor a heading."""
    while place and article[place - 1 : place].isspace():
        place -= 1
    return place > 0 and not article.startswith(b"#", article.rfind(b"\n", 0, place) + 1)
