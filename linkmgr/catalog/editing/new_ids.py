"""Ids for new items and mappings: short, and the same in every run."""

import re
from collections.abc import Collection, Container, Iterable, Mapping
from itertools import chain, count
from types import MappingProxyType
from unicodedata import combining, normalize
from urllib.parse import unquote, urlsplit

from linkmgr.catalog.declaration import MAX_WORD
from linkmgr.catalog.items import Cta, Good, Item
from linkmgr.messages.message import excerpt

_WORD = re.compile(r"[0-9a-z]+")
_NOT_OF_MAPPINGS = re.compile(r"[^a-z0-9]+")
# Two words of a title identify an item if they have this many letters together.
_ENOUGH_WORDS, _ENOUGH_LETTERS = 2, 8
# Room for the number that tells two of the same name apart.
_LONGEST = MAX_WORD - len("-9999")

NO_NAMES: Mapping[str, str] = MappingProxyType({})


def good_id(kind: type[Good], title: str, number: str, taken: Collection[str]) -> str:
    """Return an id for a good: its title's ASCII words if they say enough, else its number.

    The number is its ASIN; for want of one the programme of its shop.
    """
    words = list(dict.fromkeys(_words(title)))
    named = [word for word in words if not word.isdigit()]
    enough = len(named) >= _ENOUGH_WORDS and sum(map(len, named)) >= _ENOUGH_LETTERS
    return unique("-".join(words) if enough else f"{kind.id_prefix}-{number}".lower(), taken)


def cta_id(campaign: str, heading: str, url: str, taken: Collection[str]) -> str:
    """Return an id for a CTA from its campaign, else its heading or its address."""
    parts = urlsplit(url)
    path = _words(unquote(parts.path, errors="ignore"))
    # A path of numbers only, usually a date, does not say what is there.
    path = path if any(not word.isdigit() for word in path) else []
    names = (_words(campaign), _words(heading), path, _words(parts.hostname or ""))
    return unique("-".join(next(filter(None, names), ["cta"])), taken)


def mapping_id(text: str, taken: Container[str]) -> str:
    """Return a free id for a mapping, from the letters of `text` that an id may have."""
    name = _NOT_OF_MAPPINGS.sub("-", text.casefold()).strip("-")[:40].strip("-") or "mapping"
    return free_name(name, taken)


def unique(name: str, taken: Collection[str]) -> str:
    """Return a name that is not taken, cut so that a number has room at its end."""
    return free_name(name[:_LONGEST].strip("-"), taken)


def free_name(name: str, taken: Container[str]) -> str:
    """Return a name, numbered if it is taken."""
    numbered = (f"{name}-{number}" for number in count(2))
    return next(free for free in chain([name], numbered) if free not in taken)


def _words(text: str) -> list[str]:
    """Return the Latin words of a text, their accents left out."""
    plain = (letter for letter in normalize("NFKD", text) if not combining(letter))
    return _WORD.findall("".join(plain).casefold())


def names_of_numbers(items: Iterable[Item]) -> dict[str, str]:
    """Return the titles of the items whose ids, made of numbers, do not say what they are."""
    return {
        item.id: item.title
        for item in items
        if not isinstance(item, Cta) and item.asin and item.asin.lower() in item.id
    }


def name_comment(items: Iterable[str], names: Mapping[str, str]) -> str:
    """Return the comment that names such items behind their ids, empty if they need none."""
    named = [excerpt(names[item]) for item in items if item in names]
    return f"  # {' / '.join(named)}" if named else ""
