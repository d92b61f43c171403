"""The words by which blocks are known, in Japanese and English."""

import re
import unicodedata

_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_SPACES = re.compile(r"\s+")

_RELATED = re.compile(
    r"(?:この記事(?:と|に|を読んだ(?:人|方)(?:に|は|へ))?(?:の)?)?"
    r"(?:(?:あわせて|合わせて|併せて|次に|こちらも)(?:読みたい|読む|読んで(?:ほしい|欲しい)|どうぞ"
    r"|おすすめ|オススメ|お勧め|チェック|ご覧ください|読まれています)(?:(?:の)?(?:記事|投稿|ページ))?"
    r"|関連(?:する|した|の)?(?:おすすめ|オススメ)?(?:の)?(?:記事|投稿|エントリー?|ページ|ポスト|コンテンツ)(?:一覧|はこちら)?"
    r"|(?:おすすめ|オススメ|お勧め|人気)(?:の|関連)?(?:記事|投稿|エントリー?)(?:一覧)?"
    r"|よく(?:一緒に)?読まれている記事)"
    r"|related (?:posts?|articles?|reading|stories|content|entries|links?)"
    r"|(?:posts?|articles?) related to this(?: one)?"
    r"|you (?:may|might|will|ll)(?: also)? (?:also )?(?:like|enjoy|be interested in)"
    r"|(?:read|up) next|what to read next|keep reading|read (?:more|also|this next)"
    r"|(?:recommended|similar|popular|more) (?:posts?|articles?|reading|reads|stories)"
)
_BOOKS = re.compile(
    r".*(?:書籍|図書|(?:おすすめ|オススメ|お勧め|関連|参考|紹介した|役立つ|読みたい|読んで(?:ほしい|おきたい)|この|の)(?:の|した)?本"
    r"|(?:おすすめ|オススメ|お勧め|関連|紹介した)(?:の)?(?:商品|アイテム|グッズ|ツール|教材|参考書))"
    r"(?:\d+選|一覧|紹介|の紹介|のご紹介|はこちら)?"
    r"|.*\b(?:books?|reading list|products?|gear)\b.*"
)
_LABEL = re.compile(
    r"(?:(?:amazon|アマゾン|楽天(?:市場|ブックス|kobo)?|yahoo!?(?:ショッピング)?|ヤフー(?:ショッピング)?|kindle(?:版|ストア)?"
    r"|honto|紀伊[國国]屋(?:書店)?|7net|セブンネット(?:ショッピング)?|e-?hon|dmm(?:ブックス)?|au pay ?マーケット|公式(?:サイト)?"
    r"|(?:rakuten|bookshop(?:\.org)?|barnes ?& ?noble|apple books|google play)|ストア|ショップ|商品ページ)(?:\.(?:co\.jp|com))?)?"
    r"(?:[のはをでにへも]|から|では)?"
    r"(?:(?:詳しく|詳細|価格|値段|最安値|続き|レビュー|口コミ|商品(?:情報)?|今すぐ|くわしく|もっと|いま|ページ)*[はをもの]?"
    r"(?:見る|みる|チェック(?:する)?|購入(?:する)?|買う|探す|さがす|確認(?:する)?|検索(?:する)?|読む|調べる|開く|こちら(?:から)?|表示))?"
)
_LABEL_ENGLISH = re.compile(
    r"(?:(?:see|view|buy|get|find|order|check|shop|read|learn|look|click|available|more|details?|here)\b"
    r"(?: (?:it|this|the|a|your|full|more|now|here|today|up|out|latest|current|price|prices|details?"
    r"|review|reviews|copy|book|about|info|information))*"
    r"(?: (?:on|at|from|in|for|via))?(?: (?:amazon|kindle|rakuten|the shop|price|details?))?"
    r"(?: ?\.? ?(?:co ?jp|com))?)|(?:amazon|kindle)(?: ?(?:co ?jp|com|jp|us|uk|link|store|page))*"
)
_DISCLOSURE = re.compile(
    r"アフィリエイト|アソシエイト|適格販売|成果報酬|プロモーション(?:を|が)(?:含|利用)|広告(?:を|が|リンクを)(?:含|利用|掲載)"
    r"|\baffiliate|\bamazon associate|qualifying purchases|\bsponsored links?\b"
    r"|\bearn (?:a )?(?:small )?commissions?\b",
    re.IGNORECASE,
)
_ABOUT_LINKS = re.compile(
    r"リンク|含(?:み|ま)|収入|ページ|記事|サイト|ブログ|参加(?:者|して)|\blinks?\b|\bearn\b|\bpost\b|\bsite\b"
    r"|\bdisclosure\b|\bcommission",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"相談|問い?合わ?せ|提案|発信|手伝い|無料|登録|申し?込|資料|ダウンロード|お困り|サポート|支援|募集|体験|見積"
    r"|セミナー|メルマガ|ニュースレター|フォロー|お任せ|しませんか|ませんか|始め(?:よう|る)|承って|依頼"
    r"|subscribe|newsletter|contact|hire|consult|sign ?up|\bfree\b|download|get started|\bjoin\b"
    r"|work with|talk to|\bdemo\b|trial|book a|let'?s|need (?:help|a)|\bhelp\b|follow",
    re.IGNORECASE,
)
_OF_ARTICLE = re.compile(
    r"まとめ|結論|結び|おわりに|終わりに|最後に|はじめに|始めに|序論|総括|conclusions?|summary|introduction"
    r"|wrap(?:ping)? up|takeaways?|final (?:words?|thoughts?)|in closing",
    re.IGNORECASE,
)
_CALL_CLASS = re.compile(r"\b(?:\w+[-_])*(?:cta|button|btn|banner|promo|call-to-action)\b(?:[-_]\w+)*", re.I)


def plain(text: str) -> str:
    """Return a heading's or label's words alone: folded, without what surrounds them."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _EDGES.sub("", _SPACES.sub(" ", folded))


def names_related(heading: str) -> bool:
    """Whether a heading is one of a list of related posts, by all of its words."""
    return _RELATED.fullmatch(plain(heading)) is not None


def names_books(heading: str) -> bool:
    """Whether a heading says that books (or other products) follow."""
    return _BOOKS.fullmatch(plain(heading)) is not None


def is_label(text: str) -> bool:
    """Whether a link's text only says "see more", so that it is no title."""
    words = plain(text)
    if _LABEL.fullmatch(words):
        return True
    return _LABEL_ENGLISH.fullmatch(_SPACES.sub(" ", re.sub(r"[^\w ]+", " ", words)).strip()) is not None


def is_disclosure(text: str) -> bool:
    """Whether a paragraph tells of affiliate links; whether it does nothing else is not said."""
    return _DISCLOSURE.search(text) is not None and _ABOUT_LINKS.search(text) is not None


def is_call(text: str) -> bool:
    """Whether a text calls upon its reader to do something."""
    return _CALL.search(text) is not None


def heads_article(heading: str) -> bool:
    """Whether a heading is one that an article's own last or first section has."""
    return _OF_ARTICLE.search(heading) is not None


def is_call_class(css_class: str) -> bool:
    """Whether a class says that the link is a call to action."""
    return _CALL_CLASS.search(css_class) is not None
