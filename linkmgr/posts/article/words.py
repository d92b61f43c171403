"""The words that say what an article is about, by which similar articles are found."""

import re
from collections import Counter
from itertools import islice
from unicodedata import normalize

from linkmgr.posts.article.text import headings

MOST = 32
"""Words of an article."""

# Headings say more than the text between them, whose beginning says what comes.
_HEADING_WEIGHT = 2
_HEADINGS = 2_000  # bytes
# What bears meaning in each script. Kana other than katakana are particles and endings.
_WORD = re.compile(
    r"[\u3005\u3400-\u9fff]{2,}|[\u30a1-\u30fa\u30fc\uff66-\uff9f]{2,}"
    r"|[0-9a-z\u00df-\u024f\uff10-\uff5a]{3,}|[\u0370-\u05ff\u0600-\u06ff]{3,}|[\uac00-\ud7a3]{2,}"
)
_LONGEST = 24
_DIGITS = re.compile(r"[0-9]+(?:st|nd|rd|th)?")
# The commonest English words. Those of other languages are as common on their sites, so that they
# weigh little; on a small site a few look rare.
_COMMON = (
    "a an as at be by do go he i if in is it me my no of on or so to up us we "
    "about after all also and any are been before being but can could did does each even few for "
    "from get had has have her here him his how into its just let like made make many may more "
    "most much new not now off one only other our out over own same she should since some such "
    "than that the their them then there these they this those though through too two under until "
    "use used using very was way were what when where which while who why will with would yet you "
    "your"
)
COMMON_WORDS = frozenset(_COMMON.split())
"""Words that say nothing of what a text is about."""


def words_of(body: bytes, beginning: bytes) -> str:
    """Return up to `MOST` words of an article (UTF-8), folded, the most frequent first.

    They come from its headings and its `beginning`, which `prose` gives.
    """
    titles = b"\n".join(body[start:end] for start, end in headings(body))[:_HEADINGS]
    counts = Counter(_found(titles) * _HEADING_WEIGHT)
    counts.update(_found(beginning))
    folded = (normalize("NFKC", word).casefold() for word, _ in counts.most_common())
    telling = (w for w in folded if len(w) <= _LONGEST and not _tells_nothing(w))
    return " ".join(islice(dict.fromkeys(telling), MOST))


def _found(text: bytes) -> list[str]:
    return _WORD.findall(text.decode(errors="replace").lower())


def _tells_nothing(word: str) -> bool:
    return word in COMMON_WORDS or _DIGITS.fullmatch(word) is not None
