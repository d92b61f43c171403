"""Words by which a reader knows an ad.

Japan's rule on stealth marketing (景品表示法) and the FTC ask for such a label before the first
affiliate link of a page.
"""

import re
import unicodedata

_WORD = (
    r"(?:(?:商品|企業)?(?:プロモーション|広告)(?:リンク|記事)?|アフィリエイト(?:リンク|広告|記事)?"
    r"|スポンサー(?:ド)?(?:リンク|記事)?|宣伝|タイアップ|PR(?:リンク|記事)?|ads?|advertisements?"
    r"|advertising|sponsored|promotions?|promoted|(?:affiliate|paid|ad) links?)"
)
_END = r"(?:を含み(?:ます)?|が?あります|です|だ|である)?"
# Nothing but such words: 広告, 【PR】, 広告・PR, Ad.
_ALONE = re.compile(rf"\W*{_WORD}(?:[\W_]+{_WORD})*{_END}\W*", re.IGNORECASE)
# A mark in brackets or with a colon, before or after other words: 【PR】台所の本, 本（広告）.
_MARK = re.compile(
    rf"^\W*[\[(【〔<《]\s*{_WORD}\s*[\])】〕>》]|[\[(【〔<《]\s*{_WORD}\s*[\])】〕>》]\W*$"
    rf"|^\W*{_WORD}\s*:|^PR\s",
    re.IGNORECASE,
)
# What follows a verb that says of ads that there are none.
_NONE = r"(?!れ?(?:[てで]?い)?(?:ませ|な[いし]))"
# A sentence that discloses it for the page or for its links.
_SENTENCE = re.compile(
    r"(?:広告|プロモーション|アフィリエイト|アソシエイト|スポンサー|\bPR)[^。]{0,40}?"
    rf"(?:(?:含[むみまん]|(?:掲載|利用|使用|参加|表示)して|を得て){_NONE}|があります)"
    r"|(?:広告|プロモーション|PR)です"
    r"|適格販売により"
    r"|(?<!not )(?<!n't )\b(?:contains?|includes?|uses?|has|are|is)\b"
    r"(?:(?!\b(?:not?|never|without|free)\b).){0,40}\b(?:affiliate|paid|sponsored|ads?)\b(?!-free)"
    r"|\bas an amazon associate\b|\bearns? .{0,40}\b(?:commissions?|purchases)\b",
    re.IGNORECASE | re.ASCII,
)
_LONGEST = 400  # a paragraph, not an article


def is_label(text: str) -> bool:
    """Whether a text of a page says that it is an ad, or that there are affiliate links."""
    plain = " ".join(unicodedata.normalize("NFKC", text[: 2 * _LONGEST]).split())
    plain = plain.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if not plain or len(plain) > _LONGEST:
        return False
    return bool(_ALONE.fullmatch(plain) or _MARK.search(plain) or _SENTENCE.search(plain))
