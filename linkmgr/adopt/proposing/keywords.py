"""Candidate keywords for mappings: words of the posts' titles and of the books' texts."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from unicodedata import normalize

from linkmgr.resolver.fold import fold
from linkmgr.resolver.model import PostText

# Words, and in Japanese, which does not part them, runs of one script and runs without hiragana.
_RUNS = (
    re.compile(r"[A-Za-z0-9][A-Za-z0-9.&+-]*|[ァ-ヴー]{2,}|[一-龥々]{2,}|[가-힣]{2,}"),
    re.compile(r"[A-Za-z0-9ァ-ヴー一-龥々]{2,}"),
)
_NUMBER = re.compile(r"[0-9.]+")
_LONGEST = 30

# A word of fewer titles says nothing about other posts.
_FEWEST_TITLES = 3
# A keyword in a larger share of the posts distinguishes none of them.
_COMMON = 1 / 3


def candidate_keywords(titles: Iterable[str], descriptions: Iterable[str]) -> dict[str, str]:
    """Return the keywords to try, as they are compared, each with how it is written.

    `descriptions` are the books' titles and blurbs.
    """
    numbers = Counter(word for title in titles for word in _words(title).items())
    found: dict[str, str] = {}
    for text in descriptions:
        found = _words(text) | found
    shared = Counter(word for word, _ in numbers.elements())
    found |= {
        w: written
        for (w, written), _ in reversed(numbers.most_common())
        if shared[w] >= _FEWEST_TITLES
    }
    return found


def distinctive(texts: Mapping[str, PostText]) -> frozenset[str]:
    """Return the keywords that are not in most of the posts anyway."""
    numbers = Counter(keyword for text in texts.values() for keyword in text.counts)
    return frozenset(k for k, number in numbers.items() if number <= _COMMON * len(texts))


def _words(text: str) -> dict[str, str]:
    plain = normalize("NFKC", text)
    found = (word.strip(".&+-") for runs in _RUNS for word in runs.findall(plain))
    return {
        fold(word): word
        for word in found
        if 1 < len(word) <= _LONGEST and not _NUMBER.fullmatch(word)
    }
