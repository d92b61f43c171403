"""Where an address is in a file that people write: Markdown, HTML, Liquid or YAML."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from urllib.parse import quote, unquote

# What may be part of an address goes neither before one nor after it; a dot ends a sentence, too.
# Before a path is what in Markdown, HTML, Liquid or YAML comes before an address: `A / B` has none.
_BEFORE = r"(?<![\w/%:.?&=#-])"
_BEFORE_PATH = r"(?:(?<=[(<\"'=},])|(?<=[:-]\s)|^)"
_AFTER = r"(?!\.?[\w/%?&=#-])"

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)

# What percent-encoding leaves of an address as it is.
_SAFE = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True, slots=True)
class AddressSearch:
    """Finds the addresses that a page shows in the text from which it was made.

    There they may be written without what Jekyll's filters and variables put before them: one of
    `prefixes`, which are the site's own addresses and its base.
    """

    prefixes: tuple[str, ...]
    _known: dict[str, "_Spellings"] = field(default_factory=dict)

    def lines(self, address: str, text: str) -> list[int]:
        """Return the line of each place in a text where an address is."""
        if address not in self._known:
            self._known[address] = _Spellings.of(self._written(address))
        return [text.count("\n", 0, place) + 1 for place in self._known[address].places(text)]

    def _written(self, address: str) -> Iterator[str]:
        yield address
        for prefix in self.prefixes:
            rest = address.removeprefix(prefix)
            if prefix and rest != address and rest.startswith("/"):
                yield rest


@dataclass(frozen=True, slots=True)
class _Spellings:
    """The ways to write an address: encoded or not, escaped for HTML or not."""

    texts: tuple[str, ...]
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, addresses: Iterable[str]) -> "_Spellings":
        written = {
            spelling
            for address in addresses
            for text in (address, unquote(address), quote(address, safe=_SAFE))
            for spelling in (text, escape(text, quote=False))
        }
        texts = (*sorted(written, key=len, reverse=True),)
        either = "|".join(_before(text) + re.escape(text) for text in texts)
        return cls(texts, re.compile(f"(?:{either}){_AFTER}", re.MULTILINE))

    def places(self, text: str) -> list[int]:
        # Most texts have none of them, which a plain search tells much sooner.
        if not any(spelling in text for spelling in self.texts):
            return []
        return [found.start() for found in self.pattern.finditer(text)]


def _before(address: str) -> str:
    return _BEFORE if _SCHEME.match(address) else _BEFORE_PATH
