"""The one form in which text is compared: NFKC, then case folded."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import chain, starmap
from unicodedata import normalize

# Characters that `fold` changes lie in these ranges; between them are the CJK ideographs, the
# Hangul syllables and the private use area, which it leaves alone, and letters of rare scripts.
_FOLDING_RANGES = (
    *((0x80, 0x3400), (0xA000, 0xAC00), (0xF900, 0x10000)),
    *((0x1D400, 0x1D800), (0x1F100, 0x1F260), (0x2F800, 0x2FA20)),
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
    for code in chain.from_iterable(starmap(range, _FOLDING_RANGES)):
        character = chr(code)
        if (folded := fold(character)) != character:
            for target in folded:
                sources[target].add(character)
    return {character: frozenset(folding) for character, folding in sources.items()}


def characters_folding_into(alphabet: Iterable[str]) -> list[str]:
    """Return the characters beyond ASCII that `fold` may map to one of `alphabet`.

    These are the characters that change by themselves (`Ａ`, `①`, `É`) and the marks that join the
    character before them (`か` + U+3099). A text without any of them needs no `fold` beyond
    lower-casing its ASCII before characters of `alphabet` are searched in it.
    """
    wanted = frozenset(alphabet)
    folding = _folding_characters()
    changing = sorted(set().union(*(folding.get(c, ()) for c in wanted)))
    marks = {mark for c in wanted for mark in normalize("NFD", c)[1:]}
    return [*changing, *sorted(marks.union(_MARKS).difference(changing))]
