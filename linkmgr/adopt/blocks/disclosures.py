"""Finding disclosures of affiliate links."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter

from linkmgr.adopt.post.anchors import Part
from linkmgr.adopt.post.parsed_post import FoundBlock, ParsedPost
from linkmgr.adopt.post.phrases import is_disclosure, is_personal
from linkmgr.messages.message import message

# One of these is in every disclosure. Without their first letters, so that case does not matter.
_HINTS = tuple(
    word.encode()
    for word in (
        *("アフィリエイト", "アソシエイト", "適格販売", "成果報酬", "プロモーション", "広告"),
        *("ffiliate", "mazon ", "ualifying", "ponsored", "ommission"),
    )
)
# The longest disclosure seen, English ones included, has 190 characters.
_LONGEST = 320
_SENTENCE = re.compile(r"(?<=[。！!])|(?<=[.])\s+")
# How a note begins: ※, a bracket, or a word that says what it is.
_NOTE = re.compile(
    r"\s*(?:[※＊*†(（\[【〔〈<＜]"
    r"|(?:pr|ad|広告|disclosure|affiliate disclosure|note|注意?|免責事項?)\b\s*[:：】\])）]?)",
    re.IGNORECASE,
)
# An address may have the word without telling a reader anything.
_BARE_URL = re.compile(r"https?://\S+")
_EMPHASISED = re.compile(
    rb"[ \t>]*(?:[*_]{1,3}[^*_].*[*_]{1,3}|<(small|em|i|p|span|div)\b.*</\1>)[ \t]*$", re.DOTALL
)
_FORMAL = re.compile(
    r"適格販売により(?:収入|報酬)を得て"
    r"|(?:(?:この|本|当)(?:ページ|記事|サイト|ブログ|メディア)|上記|以下|記事内|文中)"
    r".*(?:アフィリエイト|アソシエイト|広告|プロモーション)"
    r"|as an amazon associate,? (?:i|we) earn"
    r"|(?:this|the) (?:post|page|article|site|blog|website) (?:may )?"
    r"(?:contains?|includes?|uses?|participates)",
    re.IGNORECASE,
)
# What the further sentences of a disclosure are about.
_MORE = re.compile(
    r"購入|サポート|価格|料金|運営|費用|ポリシー|収益|\b(?:costs?|prices?|purchases?|buy|support|policy)\b",
    re.IGNORECASE,
)


def may_contain_disclosure(raw: bytes) -> bool:
    """Whether a file may contain a disclosure: most have none of its words."""
    return any(word in raw for word in _HINTS)


def may_disclose(raw: bytes, start: int, end: int) -> bool:
    """Whether a disclosure may be there: a quick filter."""
    return end - start <= _LONGEST * 4 and any(raw.find(word, start, end) >= 0 for word in _HINTS)


def is_only_disclosure(text: str) -> bool:
    """Whether a text is a disclosure and nothing else."""
    if len(text) > _LONGEST or not is_disclosure(text):
        return False
    for sentence in _SENTENCE.split(text):
        is_one = is_disclosure(sentence) or _FORMAL.search(sentence)
        adds_to_it = _MORE.search(sentence) and not is_personal(sentence)
        if not (is_one or adds_to_it) and any(map(str.isalnum, sentence)):
            return False
    return True


def find_disclosure(
    parsed: ParsedPost, parts: Sequence[Part], at: int, *, bordered: bool
) -> FoundBlock | None:
    """Return the disclosure that `parts[at]` is by itself.

    An author's own sentence that mentions a programme is none. `bordered` says whether another
    block comes before it.
    """
    part = parts[at]
    if part.kind not in ("paragraph", "quote", "html") or parsed.affiliate(part):
        return None
    if not may_disclose(parsed.raw, part.start, part.end):
        return None
    text = _BARE_URL.sub("", parsed.text(part))
    # A link or an image alone is a button, whatever its text is about.
    is_button = parsed.anchors(part) and all(row.only_link for row in parsed.rows(part))
    if not is_only_disclosure(text) or is_button:
        return None
    if part.kind == "quote" and _quotes_more(parsed, part):
        return FoundBlock("disclosure", at, at + 1, keep_reason=message("adopt.keep-quotation"))
    emphasised = _EMPHASISED.match(parsed.raw[part.start : part.end].strip())
    if not (emphasised or bordered or _NOTE.match(text) or _FORMAL.search(text)):
        return None
    takes_attributes = parsed.attributes_after(parts, at + 1) is not None
    return FoundBlock("disclosure", at, at + 1 + takes_attributes)


def _quotes_more(parsed: ParsedPost, part: Part) -> bool:
    """Whether a quotation has other lines: each line of one is a part."""
    parts = parsed.article.parts
    at = bisect_left(parts, part.start, key=attrgetter("start"))
    return any(
        neighbour.kind == "quote"
        for neighbour in (*parts[max(at - 1, 0) : at], *parts[at + 1 : at + 2])
    )
