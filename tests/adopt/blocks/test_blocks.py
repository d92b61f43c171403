"""Blocks in every form in use: found, read and removed; what only resembles them stays."""

from dataclasses import dataclass, field

import pytest

from linkmgr.adopt.post.model import OldBlock
from linkmgr.links.isbn import asin_problem
from linkmgr.links.model import Utm
from linkmgr.messages.message import translate
from tests.support import legacy_forms as legacy
from tests.support.articles import BOOKS, CTA, DISCLOSURE, RELATED, cleaned, scanned

TEXT = "はじめの段落。\n\n"
MORE = "\nあとの段落。\n"
ASIN = "4000000004"
TAGGED = f"https://www.amazon.co.jp/dp/{ASIN}/?tag=example-22"
MOSHIMO = (
    "//af.moshimo.com/af/c/click?a_id=1&amp;p_id=170&amp;"
    "url=https%3A%2F%2Fwww.amazon.co.jp%2Fdp%2F4000000004"
)
RAKUTEN = (
    "https://hb.afl.rakuten.co.jp/hgc/0a/?pc=https%3A%2F%2Fbooks.rakuten.co.jp%2Frb%2F1%2F&amp;m=x"
)


def blocks_of(text: str) -> list[OldBlock]:
    return [block for block in scanned(text.encode()).blocks if block.removable]


def reasons_of(text: str) -> list[str]:
    reasons = (block.keep_reason for block in scanned(text.encode()).blocks)
    return [translate(reason) for reason in reasons if reason]


def kinds_of(text: str) -> list[str]:
    return [block.kind for block in blocks_of(text)]


YOMEREBA = f"""<div class="booklink-box" style="text-align:left;"><div class="booklink-image">
<a href="{MOSHIMO}" target="_blank"><img src="https://images-fe.ssl-images-amazon.com/x.jpg"></a>
</div><div class="booklink-info"><div class="booklink-name">
<a href="{MOSHIMO}" target="_blank">砂の計算機</a>
<div class="booklink-powered-date">posted with <a href="https://yomereba.com">ヨメレバ</a></div></div>
<div class="booklink-detail">浜野 砂 例社 2024年01月01日</div>
<div class="booklink-link2"><div class="shoplinkrakuten"><a href="{RAKUTEN}">楽天ブックス</a></div>
<div class="shoplinkamazon"><a href="{TAGGED}">Amazon</a></div></div></div>

<div class="booklink-footer"></div></div>
"""
KAEREBA = f"""<div class='kaerebalink-box'><div class='kaerebalink-name'>
<a href='{TAGGED}'>砂の計算機</a></div><div class=kaerebalink-link1>
<a href={RAKUTEN.replace("&amp;", "&")}>楽天市場で探す</a></div></div>
"""
RINKER = f"""<div id="rinkerid1" class="yyi-rinker-contents yyi-rinker-postid-1">
<div class="yyi-rinker-box"><div class="yyi-rinker-info"><div class="yyi-rinker-title">
<a href="{TAGGED.replace("?", "?th=1&amp;")}">砂の計算機</a></div>
<ul class="yyi-rinker-links"><li class="amazonlink"><a href="{TAGGED}">Amazon</a></li>
<li class="rakutenlink"><a href="{RAKUTEN}">楽天市場</a></li></ul></div></div></div>
"""
POCHIPP = f"""<div class="pochipp-box" data-id="1"><div class="pochipp-box__body">
<div class="pochipp-box__title"><a href="{TAGGED}">砂の計算機</a></div></div>
<div class="pochipp-box__btns"><a href="{TAGGED}" class="pochipp-box__btn">Amazonで見る</a>
<a href="{RAKUTEN}" class="pochipp-box__btn">楽天ブックスで見る</a></div></div>
"""
STRIPE = (
    f'<a href="{TAGGED}"><img border="0" alt="砂の計算機" '
    'src="//ws-fe.amazon-adsystem.com/widgets/q?ASIN=4000000004&tag=example-22" ></a>'
    '<img src="//ir-jp.amazon-adsystem.com/e/ir?t=example-22&o=9&a=4000000004">\n'
)


@pytest.mark.parametrize(
    ("card", "shops"),
    [
        pytest.param(YOMEREBA, 1, id="yomereba"),
        pytest.param(KAEREBA, 1, id="kaereba"),
        pytest.param(RINKER, 1, id="rinker"),
        pytest.param(POCHIPP, 1, id="pochipp"),
        pytest.param(STRIPE, 0, id="sitestripe image"),
    ],
)
def test_a_card_is_a_book_and_leaves_the_post_whole(card, shops):
    text = TEXT + card + MORE
    (block,) = blocks_of(text)
    (book,) = block.books
    assert (book.asin, book.title) == ("4000000004", "砂の計算機")
    assert [host for host, _ in book.shops if "rakuten" in host] == ["books.rakuten.co.jp"] * shops
    assert "yomereba.com" not in dict(book.shops)
    assert cleaned(text.encode()).decode() == TEXT + MORE.lstrip("\n")


def test_a_frame_of_amazon_that_tells_no_title_stays():
    frame = (
        '<iframe style="width:120px" src="//rcm-fe.amazon-adsystem.com/e/cm?t=example-22&o=9'
        '&asins=4000000004&linkId=1"></iframe>\n'
    )
    assert reasons_of(TEXT + frame + MORE) == ["no title is known for ASIN 4000000004"]
    titled = frame.replace("<iframe", '<iframe title="砂の計算機"')
    (block,) = blocks_of(TEXT + titled + MORE)
    assert [(book.asin, book.title) for book in block.books] == [("4000000004", "砂の計算機")]


@dataclass
class Section:
    """A section of books, and the (title, blurb) of each."""

    text: str
    books: list[tuple[str, str]] = field(default_factory=list)


SECTIONS = {
    "headings with links": Section(
        BOOKS, [("砂の計算機", "砂粒で数える人の物語"), ("Slow Machines", "Why waiting helps")]
    ),
    "plain headings": Section(
        f"## Recommended books\n\n### 砂の計算機\n\n物語\n\n[View on Amazon]({TAGGED})\n",
        [("砂の計算機", "物語")],
    ),
    "no blank lines": Section(
        f"## おすすめの本\n### [砂の計算機]({TAGGED})\n物語\n[詳しくはこちら]({TAGGED})\n",
        [("砂の計算機", "物語")],
    ),
    "bold links with a line below": Section(
        f"## 関連書籍\n\n**[砂の計算機]({TAGGED})**\n  物語\n", [("砂の計算機", "物語")]
    ),
    "a list": Section(
        f"## 参考図書\n\n- [砂の計算機]({TAGGED}) — 物語\n- [再び]({TAGGED})\n",
        [("砂の計算機", "物語"), ("再び", "")],
    ),
    "a heading with an underline": Section(
        f"おすすめ書籍\n------\n\n### [砂の計算機]({TAGGED})\n\n物語\n", [("砂の計算機", "物語")]
    ),
    "a reference link": Section(
        f"## おすすめ書籍\n\n### [砂の計算機][1]\n\n物語\n\n[Amazonで見る][1]\n\n[1]: {TAGGED}\n",
        [("砂の計算機", "物語")],
    ),
    "HTML links": Section(
        f"## おすすめ書籍\n\n### <a href='{TAGGED}'>砂の計算機</a>\n\n物語\n\n"
        f"<a class=btn href={TAGGED}>see more</a>\n",
        [("砂の計算機", "物語")],
    ),
    "an image that is a link": Section(
        f"## おすすめ書籍\n\n### 砂の計算機\n\n[![表紙](/c.jpg)]({TAGGED})\n\n物語\n\n"
        f"[Amazonで購入する]({TAGGED})\n",
        [("砂の計算機", "物語")],
    ),
}


@pytest.mark.parametrize("section", SECTIONS.values(), ids=SECTIONS)
def test_a_section_of_books_gives_titles_and_blurbs(section):
    (block,) = blocks_of(f"{TEXT}{section.text}{MORE}")
    assert [(book.title, book.blurb) for book in block.books] == section.books


def test_books_of_a_section_have_their_other_shops():
    book = f"### [砂の計算機]({TAGGED})\n\n物語\n\n[楽天ブックスで見る]({RAKUTEN})\n"
    text = f"## おすすめ書籍\n\n{book}"
    (block,) = blocks_of(text)
    (book,) = block.books
    assert [host for host, _ in book.shops] == ["books.rakuten.co.jp"]


@pytest.mark.parametrize(
    "heading",
    [
        "### あわせて読みたい",
        "## 関連記事",
        "## 📚 おすすめ記事",
        "**Read next**",
        "Related posts\n---",
    ],
)
def test_list_of_links_to_posts_under_such_heading_is_related(heading):
    text = f"{TEXT}{heading}\n\n* [一](/2024/03/01/first-post/)\n* [二](/2024/03/05/second-post/)\n"
    (block,) = blocks_of(text)
    assert [(link.title, link.url) for link in block.related] == [
        ("一", "/2024/03/01/first-post/"),
        ("二", "/2024/03/05/second-post/"),
    ]


def test_related_list_whose_last_item_breaks_off_is_removed_too():
    text = f"{TEXT}---\n### 関連記事\n- [一](/2024/03/01/first-post/)\n- [切れた題\n\n---END---\n"
    assert kinds_of(text) == ["separator", "related", "marker"]


def test_links_by_post_url_are_related():
    text = "## Related posts\n\n- [One]({% post_url 2024-03-01-first-post %})\n"
    assert kinds_of(text) == ["related"]


def test_a_cta_gives_its_heading_text_label_utm_and_class():
    (block,) = blocks_of(TEXT + CTA)
    (cta,) = block.ctas
    assert (cta.url, cta.utm) == ("/contact/", Utm("article", "cta", "strategy"))
    assert (cta.heading, cta.label) == ("導入のご相談を承っています", "お問い合わせはこちら")
    assert cta.text == "経験をもとに、計画から運用までお手伝いします。"
    assert cta.css_class == "consulting-cta-link"


@pytest.mark.parametrize(
    ("link", "css_class", "url"),
    [
        pytest.param("[Join]({url}){{: .btn}}", "btn", "/join/?a=1#form", id="span attributes"),
        pytest.param('<a class="cta" href="{url}">Join</a>', "cta", "/join/?a=1#form", id="HTML"),
        pytest.param("**[Join]({url})**", None, "/join/?a=1#form", id="emphasis"),
    ],
)
def test_a_cta_may_be_written_otherwise(link, css_class, url):
    target = "/join/?a=1&utm_source=x&utm_medium=cta&utm_campaign=y#form"
    (block,) = blocks_of(f"{TEXT}## Join us\n\n{link.format(url=target)}\n")
    (cta,) = block.ctas
    assert (cta.url, cta.css_class, cta.utm) == (url, css_class, Utm("x", "cta", "y"))


@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_the_attribute_list_of_a_cta_may_be_on_its_line(blank):
    text = CTA.replace("\n{: .consulting", f"{blank}{{: target=_blank .consulting")
    (block,) = blocks_of(text)
    (cta,) = block.ctas
    assert block.removable
    assert cta.css_class == "consulting-cta-link"
    assert cleaned(text.encode()).strip() == b""


def test_an_element_whose_class_says_so_is_a_cta():
    text = (
        '<div class="cta-box">\n<h3>Join us</h3>\n<p>It is free.</p>\n\n'
        "<a href=/join/?utm_source=x&amp;utm_medium=cta&amp;utm_campaign=y>Join</a>\n</div>\n"
    )
    (block,) = blocks_of(TEXT + text + MORE)
    (cta,) = block.ctas
    assert (cta.heading, cta.text, cta.label) == ("Join us", "It is free.", "Join")
    assert (cta.url, cta.css_class, cta.utm) == ("/join/", "cta-box", Utm("x", "cta", "y"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("*※ 本ページのリンクにはアフィリエイトリンクが含まれます。*\n", id="note"),
        pytest.param("> ※ 当サイトはアフィリエイト広告を利用しています。\n", id="quote"),
        pytest.param(
            "Amazonのアソシエイトとして、例ブログは適格販売により収入を得ています。\n", id="formal"
        ),
        pytest.param("As an Amazon Associate I earn from qualifying purchases.\n", id="English"),
        pytest.param("(This post contains affiliate links.)\n", id="in parentheses"),
        pytest.param("<p><small>本記事には広告リンクを含みます。</small></p>\n", id="HTML"),
    ],
)
def test_a_disclosure_by_itself_is_removed(text):
    assert kinds_of(TEXT + text + MORE) == ["disclosure"]


@pytest.mark.parametrize("marker", ["---END---", r"\-\-\-END---", "---END---  ", "--- END ---"])
def test_a_marker_is_removed(marker):
    text = f"{TEXT}{marker}\n{MORE}"
    assert kinds_of(text) == ["marker"]
    assert cleaned(text.encode()).decode() == TEXT + MORE.lstrip("\n")


def test_a_marker_after_text_leaves_the_text():
    assert cleaned("文です。 ---END---\n".encode()).decode() == "文です。\n"


def flattened(*texts: str) -> str:
    """Return texts in one line, with a rule before each but the first."""
    return " ".join(" --- ".join(texts).split()) + "\n"


def test_blocks_that_lost_line_breaks_leave_the_text_before_them():
    flat = flattened("文です。", RELATED, CTA, BOOKS)
    blocks = blocks_of(flat)
    assert [block.kind for block in blocks] == ["related", "cta", "books"]
    assert [book.title for book in blocks[2].books] == ["砂の計算機", "Slow Machines"]
    assert cleaned(flat.encode()).decode() == "文です。\n"


STAYS = {
    "links to posts under a heading of the article": (
        "## 関連技術の歩み\n\n- [一](/2024/03/01/first-post/)\n- [二](/2024/03/05/second-post/)\n"
    ),
    "a table of contents": "## 目次\n\n- [一](#一)\n- [二](#二)\n",
    "a related heading over a list that is no list of links": (
        "## 関連記事\n\n- 記事の書き方\n- 記事の直し方\n"
    ),
    "an author's sentence about a programme": (
        "私はアフィリエイトの収入で暮らす人のブログを十年読んできたが、その話はまた別の記事に書く。\n"
    ),
    "code": f"```\n{RELATED}```\n",
    "a comment": f"<!--\n{CTA}-->\n",
    "raw Liquid": "{% raw %}\n" + BOOKS + "{% endraw %}\n",
    "an inline link": f"この本、[砂の計算機]({TAGGED})を読んで考えた。\n",
    "a rule between sections": "一。\n\n---\n\n二。\n",
    "a link with UTM in a sentence": (
        "[お知らせ](/news/?utm_source=a&utm_medium=b&utm_campaign=c)を見てほしい。\n"
    ),
}


@pytest.mark.parametrize("text", STAYS.values(), ids=STAYS)
def test_what_only_resembles_a_block_stays(text):
    raw = f"{TEXT}{text}{MORE}".encode()
    assert cleaned(raw) == raw


SEARCH = "https://www.amazon.co.jp/s?k=x&tag=example-22"
DAMAGED = "https://www.amazon.co.jp/dp/40000000/?tag=example-22"
SHORT = "https://amzn.to/3abcdef"
UNTITLED = f'<div class="pochipp-box"><a href="{TAGGED}">Amazonで見る</a></div>\n'
LONG = "この本を読んで考えたことを、ここから先の数段落をかけて書いていく。" * 12
DOUBTS = {
    "a review": f"## 一冊目\n\n### [砂の計算機]({TAGGED})\n\n{LONG}\n",
    "a card of another shop alone": KAEREBA.replace(TAGGED, RAKUTEN),
    "a card with a short link alone": POCHIPP.replace(TAGGED, "https://amzn.to/3abcdef"),
    "a card with a search link alone": POCHIPP.replace("/dp/4000000004/?", "/s?k=x&amp;"),
    "a card with words of the author": RINKER.replace(
        "</ul>", "</ul><p>この本は、私が仕事を始めた年に何度も読み返した一冊です。</p>"
    ),
    "a card that earns through a wrapper": POCHIPP.replace(TAGGED, MOSHIMO),
    "a section with a short link": BOOKS + "\n### [三冊目](https://amzn.to/3abcdef)\n\n物語\n",
    "a card of plain shop links": (
        '<div class="kaerebalink-box"><div class="kaerebalink-name">砂の計算機</div>'
        '<div class="shoplinkkindle"><a href="https://shop.example/1">書店</a></div></div>\n'
    ),
    "a card without a title": UNTITLED,
    "a section with a short link beside a search": (
        f"{BOOKS}\n### [三冊目]({SEARCH})\n\n物語\n\n[Amazonで見る]({SHORT})\n"
    ),
    "a section with a short link beside a damaged ASIN": (
        f"{BOOKS}\n### [三冊目]({DAMAGED})\n\n物語\n\n[Amazonで見る]({SHORT})\n"
    ),
    "a section with a book that has no title": (
        f"## おすすめ書籍\n\n[Amazonで見る]({TAGGED})\n\n物語\n"
    ),
    "a section with another shop alone": f"{BOOKS}\n### [三冊目]({RAKUTEN})\n\n物語\n",
    "a related list with a link elsewhere": (
        "## 関連記事\n\n- [一](/2024/03/01/first-post/)\n- [外](https://other.example/)\n"
    ),
    "an article's own last section": (
        "## まとめ\n\n話は以上。\n\n[連絡](/contact/?utm_source=a&utm_medium=blog&utm_campaign=c)\n"
    ),
}


@pytest.mark.parametrize("text", DOUBTS.values(), ids=DOUBTS)
def test_what_is_not_sure_is_left_and_reported(text):
    raw = f"{TEXT}{text}{MORE}".encode()
    assert cleaned(raw) == raw
    assert reasons_of(raw.decode())
    assert "unsure" in {finding.kind for finding in scanned(raw).findings}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(UNTITLED, "no title is known for ASIN 4000000004", id="no title"),
        pytest.param(
            UNTITLED.replace(TAGGED, DAMAGED),
            f"its ASIN 40000000 {translate(asin_problem('40000000'))}",
            id="a damaged ASIN",
        ),
        pytest.param(
            UNTITLED.replace(TAGGED, RAKUTEN),
            "its book has no ASIN: 1 link to hb.afl.rakuten.co.jp",
            id="another shop",
        ),
        pytest.param(
            '<div class="pochipp-box"><a href="https://shop.example/1">書店</a></div>\n',
            "it has no affiliate link, so it may be part of the article",
            id="no affiliate link",
        ),
        pytest.param(
            UNTITLED.replace(TAGGED, SHORT),
            "its short link does not show which book it is",
            id="short",
        ),
    ],
)
def test_a_card_that_stays_says_what_it_lacks(text, reason):
    assert reasons_of(TEXT + text + MORE) == [reason]


def test_a_short_link_beside_a_good_asin_leaves_with_its_book():
    text = BOOKS.replace(f"見る →]({TAGGED})", f"見る →]({SHORT})")
    assert SHORT in text
    assert kinds_of(TEXT + text) == ["books"]


FLAT_REASONS = {
    "a list with more than links": (
        f"{RELATED} と、続きの文。",
        "it contains more than just links",
    ),
    "a list with a link elsewhere": (
        "### 関連記事 - [外](https://other.example/)",
        "one of its links goes to another site",
    ),
    "a call with a sentence after it": (
        CTA.replace("{: .consulting-cta-link}", "を見てほしい。"),
        "it contains more than just a link",
    ),
    "text after the last link": (f"{BOOKS} 続きの文。", "text follows its last link"),
    "a long blurb": (f"## 関連書籍 [題]({TAGGED}) {LONG}", "its text is longer than a blurb"),
    "a link elsewhere": (
        f"{BOOKS} [外](https://other.example/)",
        "one of its links does not go to a shop",
    ),
    "a short link": (f"## 関連書籍 [題]({SHORT})", "its short link does not show which book it is"),
}


@pytest.mark.parametrize(("piece", "reason"), FLAT_REASONS.values(), ids=FLAT_REASONS)
def test_piece_of_line_that_is_not_certain_stays_with_reason(piece, reason):
    raw = flattened("文です。", piece).encode()
    assert cleaned(raw) == raw
    assert reasons_of(raw.decode()) == [reason]
    assert [each.line for each in scanned(raw).findings if each.kind == "unsure"] == [1]


def test_pieces_before_one_that_stays_stay_and_those_after_leave():
    flat = flattened("文です。", RELATED, f"{BOOKS} 続きの文。", CTA)
    assert kinds_of(flat) == ["cta"]
    assert reasons_of(flat) == ["the rest of its line would stay", "text follows its last link"]
    assert cleaned(flat.encode()).decode() == flattened("文です。", RELATED, f"{BOOKS} 続きの文。")


def test_what_stands_around_block_in_line_is_judged_without_it():
    flat = flattened("文です。", RELATED) + DISCLOSURE
    assert kinds_of(flat) == ["related"]
    assert kinds_of(flattened("", RELATED) + DISCLOSURE) == ["related", "disclosure"]
    (block,) = blocks_of(
        f"{TEXT}## 関連書籍\n\n### [砂の計算機]({TAGGED})\n\n{flattened('物語', RELATED)}"
    )
    assert (block.books[0].blurb, len(block.related)) == ("物語", 2)


def test_a_piece_before_text_of_the_article_is_reported_too():
    flat = flattened("文です。", RELATED, "## 次の節 文が続く。")
    assert cleaned(flat.encode()).decode() == flat
    assert reasons_of(flat) == ["the rest of its line would stay"]


@pytest.mark.parametrize("tag", ["div", "p", "span"])
def test_a_text_of_many_unclosed_tags_is_read_to_its_end(tag):
    inside = f"<{tag} class=" * 1_000
    assert blocks_of(f'{TEXT}<div class="booklink-box">{inside}</div>\n') == []
    assert blocks_of(f"{TEXT}<div>{inside}\n") == []


def test_a_line_of_many_comments_is_read_to_its_end():
    assert reasons_of(f"{TEXT}{'<!--px.a8.net-->' * 60}\n") == []


EASY_LINK = """<!-- START MoshimoAffiliateEasyLink -->
<script type="text/javascript">msmaflink({});</script>
<div id="msmaflink-a">リンク</div>
<!-- MoshimoAffiliateEasyLink END -->
"""


@pytest.mark.parametrize(
    "product",
    [
        f'{{"n":"砂","u":{{"u":"{TAGGED}","t":["amazon"]}},"aid":{{"amazon":1}}}}',
        f'{{"n":"砂\\ud800","b_l":[{{"u_url":"{TAGGED}"}}]}}',
        f'{{"n":"砂","b_l":[{{"u_url":"{TAGGED}\\ud800","a_id":1}}]}}',
        f'{{"n":"砂","b_l":[{{"u_url":"{TAGGED}","a_id":"\\ud800"}}]}}',
        f'{{"n":"砂","b_l":[{{"u_url":"{TAGGED}","a_id":{{"b":[]}}}}]}}',
    ],
)
def test_a_script_with_odd_values_is_read_without_an_error(product):
    (block,) = scanned((TEXT + EASY_LINK.replace("{}", product)).encode()).blocks
    assert block.kind == "books"
    assert all(book.title.encode() for book in block.books)


ELSEWHERE = '<a href="https://press.example/book/1">出版社で見る</a>'


@pytest.mark.parametrize(
    "card",
    [
        legacy.rinker(ASIN, "砂").replace("</ul>", f"<li>{ELSEWHERE}</li></ul>"),
        legacy.rinker(ASIN, "砂").replace("</ul>", '<li><a href="https://[">x</a></li></ul>'),
        legacy.hatena(ASIN, "砂").replace("</p>", f"</p>{ELSEWHERE}"),
        legacy.aawp(ASIN, "砂").replace("</div>", f"{ELSEWHERE}</div>", 1),
        EASY_LINK.replace(
            "{}",
            f'{{"n":"砂","b_l":[{{"u_url":"{TAGGED}"}},{{"u_url":"https://press.example/1"}}]}}',
        ),
    ],
    ids=["rinker", "no address", "hatena", "aawp", "script"],
)
def test_a_card_that_links_elsewhere_than_to_shop_or_tool_stays(card):
    assert reasons_of(f"{TEXT}{card}{MORE}") == ["one of its links does not go to a shop"]
