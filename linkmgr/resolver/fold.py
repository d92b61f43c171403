"""The one form in which text is compared: NFKC, then case folded."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from unicodedata import normalize

# Characters that `fold` changes lie in these ranges; between them are the CJK ideographs, the
# Hangul syllables and the private use area, which it leaves alone, and letters of rare scripts.
_FOLDING_RANGES = (
    (0x80, 0x3400),
    (0xA000, 0xAC00),
    (0xF900, 0x10000),
    (0x1D400, 0x1D800),
    (0x1F100, 0x1F260),
    (0x2F800, 0x2FA20),
)
# Accents, and the voicing marks of kana in either width: these join the character before them,
# whatever it is.
_MARKS = frozenset(map(chr, (*range(0x300, 0x370), 0x3099, 0x309A, 0xFF9E, 0xFF9F)))


def fold(text: str) -> str:
    """Return `text` in the form in which tags, keywords and titles are compared."""
    return normalize("NFKC", text).casefold()


@cache
def _folding_characters() -> Mapping[str, frozenset[str]]:
    """Map each character to those beyond ASCII that fold into it, or into more than it."""
    sources = defaultdict(set)
    for first, end in _FOLDING_RANGES:
        for character in map(chr, range(first, end)):
            folded = fold(character)
            if folded != character:
                for target in folded:
                    sources[target].add(character)
    return {character: frozenset(folding) for character, folding in sources.items()}


def characters_folding_into(alphabet: Iterable[str]) -> list[str]:
    """Return the characters beyond ASCII that `fold` may map to one of `alphabet`.

    These are the characters that change by themselves (`Ａ`, `①`, `É`) and the marks that join the
    character before them (`か` + U+3099). A text without any of them needs no `fold` beyond
    lower-casing its ASCII before characters of `alphabet` are searched in it.
    """
    folding = _folding_characters()
    changing: set[str] = set()
    marks = set(_MARKS)
    for character in set(alphabet):
        changing.update(folding.get(character, ()))
        marks.update(normalize("NFD", character)[1:])
    return sorted(changing) + sorted(marks - changing)
