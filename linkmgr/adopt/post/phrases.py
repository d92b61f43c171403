"""The words by which blocks are known, in Japanese and English."""

import re
import unicodedata
from collections.abc import Iterable

# No heading or label that names a block is as long.
_LONGEST = 100
# "Kindle版はこちら", not a title that ends in "(文庫)".
_LONGEST_EDITION = 16

_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_SPACES = re.compile(r"\s+")


def _any(*alternatives: str) -> str:
    return f"(?:{'|'.join(alternatives)})"


_GOOD = _any("おすすめ", "オススメ", "お勧め", "お薦め")
_POST = _any("記事", "投稿", "エントリー?", "ページ", "ポスト", "コンテンツ")
_RELATED = re.compile(
    _any(
        # この記事を読んだ方におすすめの記事, あわせて読みたい記事, 関連するおすすめ記事はこちら
        rf"(?:この{_POST}(?:と|に|を読んだ(?:人|方)(?:に|は|へ))?(?:の)?)?"
        + _any(
            _any("あわせて", "合わせて", "併せて", "次に", "こちらも")
            + _any(_GOOD, "読みたい", "読む", "読んで(?:ほしい|欲しい)", "どうぞ", "チェック")
            + rf"(?:(?:の)?{_POST})?",
            rf"関連(?:する|した|の)?(?:{_GOOD}(?:の)?)?{_POST}(?:一覧|はこちら)?",
            rf"{_any(_GOOD, '人気')}(?:の|関連)?{_POST}(?:一覧)?",
            rf"よく(?:一緒に)?読まれている{_POST}",
        ),
        r"related (?:posts?|articles?|reading|stories|content|entries|links?)",
        r"(?:posts?|articles?) related to this(?: one)?",
        r"you (?:may|might|will|ll) (?:also )?(?:like|enjoy|be interested in)(?: also)?",
        r"(?:read|up) next|what to read next|keep reading|read (?:more|also|this next)",
        r"(?:recommended|similar|popular|more) (?:posts?|articles?|reading|reads|stories)",
    )
)
_BOOKS = re.compile(
    _any(
        r".*"
        + _any(
            "書籍",
            "図書",
            _any(_GOOD, "関連", "参考", "紹介した", "役立つ", "読みたい", "読んでほしい", "の")
            + "(?:の)?本",
            _any(_GOOD, "関連", "紹介した") + "(?:の)?(?:商品|アイテム|グッズ|教材|参考書)",
        )
        + r"(?:\d+[選冊]|一覧|(?:の|を)?(?:ご)?紹介|はこちら)?",
        r".*\b(?:books?|reading list)\b.*",
        r"(?:recommended|related|featured) (?:products?|gear)",
    )
)
# What somebody has read or bought is told, not recommended: "Books I read in May", 今月読んだ本.
# Not of what the reader has read: この本を読んだ方におすすめの本.
_OWN_READING = re.compile(
    r"\b(?:i|we|you|he|she|they)(?:['’](?:ve|m|re|d))?(?: (?:have|had|am|was|are|were|also|just))*"
    r" (?:read|finished|bought|got|reading|listened|started|loved|liked|enjoyed|missed)\b"
    r"|\b(?:read|finished|bought) (?:in|this|last|during|so far|since)\b"
    r"|\b(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|20\d\d)\b.*\b(?:books?|reading list)\b"
    r"|(?:読んだ|読み終えた|読了した?|読んでいる|買った|購入した|借りた|積読の?)(?:[本書]|書籍|図書|もの)"
)
_SOURCES = _any(
    r"(?:主な|主要)?参考(?:文献|資料|リンク|サイト|記事|url|情報|にした(?:記事|サイト))?",
    *(r"(?:情報)?出典", r"引用(?:元|文献)?", "情報源", "ソース", "脚注", "注釈?"),
    r"(?:references?|sources?|citations?|footnotes?|bibliography|(?:image |photo )?credits?)",
)
_SOURCES_HEADING = re.compile(rf"{_SOURCES}(?:一覧|[・&、と] ?{_SOURCES})*")
_SOURCE = re.compile(rf"\W*(?:{_SOURCES}|via|(?:photo|image)(?: by)?)\s*[:：]", re.IGNORECASE)
# Headings of notes about an article's links.
_ABOUT_ADS = re.compile(
    r".*(?:アフィリエイト|広告|プロモーション).*|免責事項"
    r"|(?:affiliate )?(?:disclosures?|disclaimers?)"
)
_SHOP = _any(
    *(r"amazon(?:\.(?:co\.jp|com))?", "アマゾン", "kindle(?:版|ストア)?", "apple books"),
    *("楽天(?:市場|ブックス|kobo)?", "rakuten(?: books)?", "honto", "紀伊[國国]屋(?:書店)?"),
    *("yahoo!?(?:ショッピング)?", "ヤフー(?:ショッピング)?", "7net", "セブンネット"),
    *("e-?hon", "dmm(?:ブックス)?", "bookshop(?:.org)?", "barnes & noble", "google play"),
    *("公式(?:サイト)?", "ストア", "ショップ", "商品ページ"),
)
_LABEL = re.compile(
    rf"(?:{_SHOP})?(?:[のはをでにへも]|から|では)?"
    rf"(?:{_any('詳しく', '詳細', '価格', '値段', '最安値', '続き', 'レビュー', '口コミ', '商品')}"
    rf"|{_any('今すぐ', 'もっと', '情報', 'ページ', 'この本', '書籍')}|[はをも])*"
    + _any(
        "見る",
        "みる",
        "チェック",
        "購入",
        "買う",
        "探す",
        "さがす",
        "確認",
        "検索",
        "読む",
        "調べる",
    )
    + r"?(?:する|できます)?(?:こちら(?:から)?)?"
)
_LABEL_ENGLISH = re.compile(
    r"(?:see|view|buy|get|find|order|check|shop|read|learn|look|click|available|more|details?)"
    r"(?: (?:it|this|the|a|your|full|more|now|here|today|up|out|latest|current|prices?|details?"
    r"|reviews?|copy|book|about|info|information|on|at|from|in|for|via"
    r"|amazon|kindle|rakuten|shop|store|co|jp|com|uk|us))*"
    r"|(?:amazon|kindle)(?: (?:co|jp|com|us|uk|link|store|page))*"
)
_EDITION = re.compile(
    r"kindle|電子書籍|電子版|紙の(?:本|書籍)|ペーパーバック|単行本|文庫|新書|ハードカバー|オーディオブック"
    r"|audible|audiobook|paperback|hardcover|e-?book",
    re.IGNORECASE,
)
# How shops name the form of a book, and no other good: neither 文庫サイズのカバー nor a hardcover
# notebook, nor 電子書籍リーダー.
_BOOK_FORM = re.compile(
    r"kindle ?(?:版|本(?!体)|ストア|edition|version|books?\b|e-?books?\b(?! ?reader))"
    r"|(?:電子書籍|audible)版|audible edition|オーディオブック|audiobook"
    r"|(?:文庫|新書|選書|叢書|ブックス|コミックス?|単行本|大型本|ムック|雑誌)"
    r"(?!サイズ|カバー|ケース)[・a-z0-9ァ-ヶー ]{0,12}[)\]】』」]"
    r"|[(\[【](?:ペーパーバック|(?:ハード|ソフト)カバー|paperback|hardcover|e-?book)[)\]】]"
    r"|\A\W*(?:単行本|文庫|新書|大型本|コミック|ムック|雑誌)\W*\Z"
    r"|\A\W*(?:ペーパーバック|ハードカバー|電子(?:書籍|版)|paperback|hardcover)"
    r"(?:はこちら|で読む|を(?:見る|読む|購入))?\W*\Z"
)
# Headings over books and whatever else.
_OTHER_GOODS = re.compile(
    r"商品|アイテム|グッズ|教材|リーダー|ガジェット|道具|機材"
    r"|\b(?:products?|gear|gadgets?|tools?|readers?|stands?|lights?|lamps?)\b"
)
_DISCLOSURE = re.compile(
    r"アフィリエイト|アソシエイト|適格販売|成果報酬|(?:プロモーション|広告)(?:リンク)?(?:を|が)(?:含|利用|掲載)"
    r"|\baffiliate|\bamazon associate|qualifying purchases|\bsponsored links?\b"
    r"|\bearn (?:a )?(?:small )?commissions?\b",
    re.IGNORECASE,
)
_ABOUT_LINKS = re.compile(
    r"リンク|含(?:み|ま)|収入|報酬|参加|利用|使用|掲載"
    r"|\blinks?\b|\bearn\b|\bpost\b|\bsite\b|\bdisclosure\b|\bcommission",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"相談|問い?合わ?せ|提案|発信|手伝い|無料|登録|申し?込|資料|ダウンロード|お困り|サポート|支援|募集"
    r"|体験|見積|セミナー|メルマガ|ニュースレター|フォロー|お任せ|ませんか|始め(?:よう|る)|承って|依頼"
    r"|subscribe|newsletter|contact|hire|consult|sign ?up|\bfree\b|download|get started|\bjoin\b"
    r"|work with|talk to|\bdemo\b|trial|book a|let'?s|\bhelp\b|follow",
    re.IGNORECASE,
)
_OF_ARTICLE = re.compile(
    r"まとめ|結論|結び|おわりに|終わりに|最後に|はじめに|始めに|序論|総括|conclusion|summary|introduction"
    r"|wrap(?:ping)? up|takeaways?|final (?:words?|thoughts?)|in closing",
    re.IGNORECASE,
)
# Where a sentence ends, and how authors write about themselves.
_SENTENCE_END = re.compile(r"[。！？!?]|[.](?=\s|$)")
_AUTHOR = re.compile(
    r"(?:私|わたし|僕|俺)(?!たち|達|ども)|筆者|我が家|わが家|[ただ][。！!]|ました|でした"
    r"|\b(?:I|[Mm]y|me|mine)\b",
)
_NAME = r"\w[\w.'’-]*"
# "by Ada Sand and B. Slow", "砂田計著", "著者：砂田計", but not "by far the best".
_BY = re.compile(
    rf"(?:by|von|par|por)\s+(?P<latin>(?-i:(?=[^\W\d_a-z]){_NAME}"
    rf"(?:,?\s+(?:(?=[^\W\d_a-z]){_NAME}|and|et|und|y|&|van|von|de|der))*))"
    r"|(?:著者?|作者)\s*[:：]\s*(?P<after>[^。、！？!?]{2,40})"
    r"|(?P<before>[^。、！？!?]{2,40}?)\s*[(（／/\s]\s*著\s*[)）]?"
    r"|(?P<glued>[^。、！？!?はがをのなで]{2,20}?)(?<![名共原編拙顕])著",
    re.IGNORECASE,
)
# A line above books that is longer speaks to the reader; it does not only announce them.
_HEADING_WORDS = 6
_BOOK_BEFORE = re.compile(
    r"(?:この(?:本|一冊|二冊|作品|書)|これ|本書|同書)|this book\b|it\b", re.IGNORECASE
)
_CALL_CLASSES = frozenset({"cta", "button", "btn", "banner", "promo"})


def plain(text: str) -> str:
    """Return a heading's or label's words alone: folded, without what surrounds them."""
    if len(text) > _LONGEST:
        return ""
    return _EDGES.sub("", _folded(text))


def _folded(text: str) -> str:
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text).casefold())


def is_related_heading(heading: str) -> bool:
    """Whether a heading is one of a list of related posts, by all of its words."""
    return _RELATED.fullmatch(plain(heading)) is not None


def is_books_heading(heading: str) -> bool:
    """Whether a heading announces books (or other products) to its readers."""
    words = plain(heading)
    return _BOOKS.fullmatch(words) is not None and _OWN_READING.search(words) is None


def is_only_books_heading(heading: str) -> bool:
    """Whether a heading announces books and nothing else."""
    return is_books_heading(heading) and _OTHER_GOODS.search(plain(heading)) is None


def names_book(text: str) -> bool:
    """Whether a title or a link's text names a form in which shops sell books alone."""
    return _BOOK_FORM.search(_folded(text)) is not None


def is_sources_heading(heading: str) -> bool:
    """Whether a heading announces the article's sources."""
    return _SOURCES_HEADING.fullmatch(plain(heading)) is not None


def names_source(text: str) -> bool:
    """Whether a text begins as the name of a source does."""
    return _SOURCE.match(text) is not None


def is_heading_of_links(heading: str) -> bool:
    """Whether a heading says nothing that is missed once the links or note below it are gone."""
    return (
        is_books_heading(heading)
        or is_related_heading(heading)
        or is_sources_heading(heading)
        or _ABOUT_ADS.fullmatch(plain(heading)) is not None
    )


def is_label(text: str) -> bool:
    """Whether a link's text only says "see more", so that it is no title."""
    if len(text) > _LONGEST:
        return False
    words = plain(text)
    english = " ".join(re.findall(r"\w+", words))
    return bool(_LABEL.fullmatch(words) or _LABEL_ENGLISH.fullmatch(english))


def is_edition(text: str) -> bool:
    """Whether a link's text names the form in which a book is sold, so that it is no title."""
    return len(text) <= _LONGEST_EDITION and _EDITION.search(text) is not None


def is_disclosure(text: str) -> bool:
    """Whether a text discloses affiliate links, among other things."""
    return _DISCLOSURE.search(text) is not None and _ABOUT_LINKS.search(text) is not None


def letters_of(text: str) -> str:
    """Return a text for comparison: its letters and digits, and the signs of names (C++)."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum() or character in "+#")


def is_call(text: str) -> bool:
    """Whether a text asks its reader to do something."""
    return _CALL.search(text) is not None


def sentences_of(text: str) -> int:
    """Return the number of sentences of a text; the last one may lack its full stop."""
    return sum(any(map(str.isalnum, sentence)) for sentence in _SENTENCE_END.split(text))


def ends_sentence(text: str) -> bool:
    """Whether a text is running text, by how it ends."""
    return text.endswith(("。", "！", "？", ".", "!", "?"))


def announces(text: str) -> bool:
    """Whether a line of its own can serve as a heading: it is no sentence of the author's."""
    return not (ends_sentence(text) or is_personal(text) or len(text.split()) > _HEADING_WORDS)


def author_of(text: str) -> str:
    """Return the author whom a text names, if it says nothing else."""
    match = _BY.fullmatch(text.strip())
    return next(filter(None, match.groups()), "").strip() if match else ""


def refers_to_book(text: str) -> bool:
    """Whether a text begins with a book that was named before it."""
    return _BOOK_BEFORE.match(text) is not None


def is_personal(text: str) -> bool:
    """Whether a text is in the first person, or reports what happened."""
    return _AUTHOR.search(text) is not None


def is_article_heading(heading: str) -> bool:
    """Whether a heading is one that an article's own last or first section has."""
    return _OF_ARTICLE.search(heading) is not None


def is_call_class(css_class: str) -> bool:
    """Whether a class says that the link is a call to action, or may be one: a button."""
    return not _CALL_CLASSES.isdisjoint(_words(css_class))


def is_cta_class(css_class: str) -> bool:
    """Whether a class names a call to action."""
    return "cta" in _words(css_class)


def _words(css_class: str) -> list[str]:
    return re.split(r"[-_\s]+", css_class.lower())


def joined(lines: Iterable[str]) -> str:
    """Join the lines of a text; between Japanese ones a line break is no space."""
    text = ""
    for line in lines:
        text += " " + line if text and text[-1].isascii() else line
    return text
