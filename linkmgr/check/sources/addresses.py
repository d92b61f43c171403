"""Where an address is in a file that people write: Markdown, HTML, Liquid or YAML."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from itertools import takewhile
from urllib.parse import quote, unquote

from linkmgr.posts.article.titles import REFERENCE

# What may be part of an address goes neither before one nor after it; a dot ends a sentence, too.
# Before a path is what in Markdown, HTML, Liquid or YAML comes before an address: `A / B` has none.
_BEFORE = r"(?<![\w/%:.?&=#-])"
_BEFORE_PATH = r"(?:(?<=[(<\"'=},])|(?<=[:-]\s)|^)"
_AFTER = r"(?!\.?[\w/%?&=#-])"

_SCHEME_NAME = r"(?:[a-z][a-z0-9+.-]*:|//)"
_SCHEME = re.compile(_SCHEME_NAME, re.IGNORECASE)
_START = re.compile(
    rf"(?:{_BEFORE_PATH}|{_BEFORE}(?={_SCHEME_NAME}))", re.IGNORECASE | re.MULTILINE
)

# Letters beside `\w` of which words and addresses are made: marks of Indic scripts and of Thai,
# joiners and other format characters, emoji.
_LETTERS = frozenset(("Mn", "Mc", "Me", "Cf", "So", "Sk"))

# What percent-encoding leaves of an address as it is.
_SAFE = "!#$%&'()*+,/:;=?@[]~"

# A text in which more addresses are looked for has the places sorted at which one may begin: to
# search the whole text for each takes a time that grows with its square.
_MANY = 20
_SORTED_BY = 200  # characters


@dataclass(frozen=True, slots=True)
class AddressSearch:
    """Finds the addresses that a page shows in the text from which it was made.

    There they may be written without what Jekyll's filters and variables put before them: one of
    `prefixes`, which are the site's own addresses and its base.
    """

    prefixes: tuple[str, ...]
    _known: dict[str, "_Spellings"] = field(default_factory=dict)
    _texts: dict[str, "_Text"] = field(default_factory=dict)

    def lines(self, address: str, text: str) -> list[int]:
        """Return the line of each place in a text where an address is."""
        if address not in self._known:
            self._known[address] = _Spellings(self._written(address))
        if text not in self._texts:
            self._texts[text] = _Text(text)
        return self._texts[text].lines(address, self._known[address])

    def _written(self, address: str) -> Iterator[str]:
        yield address
        for prefix in self.prefixes:
            rest = address.removeprefix(prefix)
            if prefix and rest != address and rest.startswith("/"):
                yield rest


class _Spellings:
    """The ways to write an address: encoded or not."""

    def __init__(self, addresses: Iterable[str]) -> None:
        written = {
            spelling
            for address in addresses
            for spelling in (address, unquote(address), quote(address, safe=_SAFE))
        }
        self.texts = sorted(written, key=len, reverse=True)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        either = "|".join(_before(text) + re.escape(text) for text in self.texts)
        return re.compile(f"(?:{either}){_AFTER}", re.MULTILINE)


class _Text:
    """A text with its character references resolved, such as `&#038;`, and what is known of it."""

    def __init__(self, text: str) -> None:
        self._text = REFERENCE.sub(_resolved, text)
        self._found: dict[str, list[int]] = {}

    def lines(self, address: str, spellings: _Spellings) -> list[int]:
        if address not in self._found:
            places = self._places(spellings)
            self._found[address] = [bisect_right(self._line_starts, at) for at in places]
        return self._found[address]

    def _places(self, spellings: _Spellings) -> list[int]:
        if len(self._found) < _MANY:
            # Most texts have none of them, which a plain search tells much sooner.
            if not any(spelling in self._text for spelling in spellings.texts):
                return []
            found = spellings.pattern.finditer(self._text)
        else:
            starts = sorted({at for text in spellings.texts for at in self._beginning_with(text)})
            found = filter(None, (spellings.pattern.match(self._text, at) for at in starts))
        return [each.start() for each in found if not self._goes_on(each.end())]

    def _goes_on(self, end: int) -> bool:
        """Whether a character follows of which addresses are made."""
        return unicodedata.category(self._text[end : end + 1] or " ") in _LETTERS

    def _beginning_with(self, spelling: str) -> Iterator[int]:
        beginning = spelling[:_SORTED_BY]
        first = bisect_left(self._starts, beginning, key=self._at)
        rest = (self._starts[at] for at in range(first, len(self._starts)))
        return takewhile(lambda at: self._text.startswith(beginning, at), rest)

    def _at(self, start: int) -> str:
        return self._text[start : start + _SORTED_BY]

    @cached_property
    def _starts(self) -> list[int]:
        """The places at which an address may begin, in the order of what follows."""
        return sorted((found.start() for found in _START.finditer(self._text)), key=self._at)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer("\n", self._text))]


def _resolved(reference: re.Match[str]) -> str:
    """Return what a reference stands for; that of a line's end would change the lines."""
    character = unescape(reference[0])
    return reference[0] if "\n" in character else character


def _before(address: str) -> str:
    return _BEFORE if _SCHEME.match(address) else _BEFORE_PATH
