"""The words that say what an article is about, for telling which articles are alike."""

import re
from collections import Counter
from itertools import islice
from unicodedata import normalize

from linkmgr.posts.language import prose
from linkmgr.posts.text import sections

MOST = 32
"""Words of an article."""

# Headings say more than the text between them, whose beginning says what comes.
_HEADING_WEIGHT = 2
_HEADINGS = 2_000  # bytes
# What bears meaning in each script. Kana other than katakana are particles and endings.
_WORD = re.compile(
    r"[0-9a-z\u00df-\u024f]{3,24}|[\u0370-\u05ff\u0600-\u06ff]{3,24}|[\u30a1-\u30fa\u30fc]{2,16}"
    r"|[\u3005\u3400-\u9fff]{2,8}|[\uac00-\ud7a3]{2,12}"
)
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


def words_of(body: bytes) -> str:
    """Return up to `MOST` words of an article (UTF-8), folded, the most frequent first.

    They come from its headings and its beginning, and are the same for the same bytes.
    """
    headings = b"\n".join(body[start:end] for start, end in sections(body).headings)[:_HEADINGS]
    counts: Counter[str] = Counter()
    for text, weight in ((headings, _HEADING_WEIGHT), (prose(body), 1)):
        for word in _WORD.findall(_folded(text)):
            counts[word] += weight
    telling = (
        w for w, _ in counts.most_common() if w not in COMMON_WORDS and not _DIGITS.fullmatch(w)
    )
    return " ".join(islice(telling, MOST))


def _folded(text: bytes) -> str:
    return normalize("NFKC", text.decode(errors="replace")).casefold()
