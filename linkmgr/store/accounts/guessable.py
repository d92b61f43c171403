"""Passwords that attackers try first (NIST SP 800-63B-4, section 3.1.1.2).

Compared are the password's words without what people put around them to please rules: digits and
signs before and after, digits in place of letters, one word twice.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

SHORTEST_PASSWORD = 12
"""NIST SP 800-63B asks for 8, of what is the only factor for 15; a line of words has them soon."""

_LIST = "common_passwords.txt"

# `p4ssw0rd` is password; 1 and ! may each be an i or an l.
_LETTERS = (str.maketrans("013457@$!|", "oleastasll"), str.maketrans("013457@$!|", "oieastasii"))
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_REPEATED = re.compile(r"(.+?)\1+")
_ALPHABET, _KEYS = "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm"
_ROWS = (_ALPHABET, _KEYS, _ALPHABET[::-1], _KEYS[::-1])
_SHORTEST_WORD, _SHORTEST_NAME, _SHORTEST_PART = 4, 3, 8
_FEWEST_LETTERS = 6
_FEWEST_CHARACTERS = 5


def is_common(password: str) -> bool:
    """Whether a password is a common one, be it with digits and signs around it."""
    text = _plain(password)
    if len(set(text)) < _FEWEST_CHARACTERS or not any(map(str.isalpha, text)):
        return True
    if (repeated := _REPEATED.fullmatch(text)) and len(repeated[1]) < _SHORTEST_PART:
        return True
    return any(core in _common() or _is_row(core) for core in _cores(text))


def is_made_of(password: str, words: Iterable[str]) -> bool:
    """Whether hardly anything of a password is left without `words`: its account's, its site's."""
    text = _plain(password)
    parts = {part for word in words for part in re.split(r"[\W_]+", _plain(word))}
    parts = {part for part in parts if len(part) >= _SHORTEST_NAME}
    rest = text
    for part in sorted(parts, key=len, reverse=True):
        rest = rest.replace(part, " ")
    left = "".join(filter(str.isalpha, rest))
    return rest != text and (len(left) < _FEWEST_LETTERS or left in _common())


def normalized(password: str) -> str:
    """Return a common password as the list has it, empty for one that no password can be."""
    text = _plain(password)
    core = _AROUND.sub("", text)
    if core.isalpha() and len(core) >= _SHORTEST_WORD:
        return core
    return text if len(text) >= SHORTEST_PASSWORD else ""


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _cores(text: str) -> Iterator[str]:
    """Yield what a password may be in short; digits are letters within it, and not around it."""
    yield text
    starts = (text, text.rstrip("0123456789"), _AROUND.sub("", text))
    translated = (each.translate(letters) for letters in _LETTERS for each in starts)
    for form in (text, *translated):
        for core in (_AROUND.sub("", form), re.sub(r"[\W\d_]+", "", form)):
            yield core
            if repeated := _REPEATED.fullmatch(core):
                yield _AROUND.sub("", repeated[1])


def _is_row(text: str) -> bool:
    return len(text) >= _SHORTEST_WORD and any(text in row for row in _ROWS)


@cache
def _common() -> frozenset[str]:
    lines = (files("linkmgr.store.accounts") / _LIST).read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
