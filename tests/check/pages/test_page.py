"""What is read of a built page."""

from html import escape

import pytest
from hypothesis import given, strategies

from linkmgr.check.pages.page import read_page

AMAZON = '<a href="https://www.amazon.co.jp/dp/4785730706/?tag=a-22">Book</a>'


def labelled(before):
    """Tell whether a link after some HTML counts as labelled."""
    return read_page(before + AMAZON).links[-1].labelled


@pytest.mark.parametrize(
    "label",
    [
        *(
            "広告",
            "【広告】",
            "PR",
            "ＰＲ",
            "［PR］",
            "広告・PR",
            "広告：",
            "【宣伝】",
            "広告リンク",
        ),
        *("プロモーション", "プロモーションを含みます", "スポンサーリンク", "スポンサードリンク"),
        *("【PR】台所の本", "[PR] 本", "PR 台所の本", "おすすめの本（PR）", "【広告】この本が好き"),
        *(
            "※PR記事です",
            "この記事にはPRが含まれています",
            "商品リンクは広告です。",
            "本記事は広告です",
        ),
        "記事内に商品プロモーションを含む場合があります",
        "※ 本ページのリンクにはアフィリエイトリンクが含まれます。",
        "当サイトはアフィリエイト広告を利用しています",
        "Amazonのアソシエイトとして、てづくり日和は適格販売により収入を得ています。",
        *("Ad", "Sponsored", "Advertising", "(paid link)", "Affiliate links", "&#24195;&#21578;"),
        "This post may contain affiliate links.",
        "本ページは広告を含みますが、内容に影響はありません。",
        "This site isn't sponsored; it uses affiliate links.",
        "As an Amazon Associate I earn from qualifying purchases.",
    ],
)
def test_words_that_say_it_is_an_ad_are_a_label(label):
    assert labelled(f"<p><small>\n{label}\n</small></p>")


def test_our_own_label_is_one_whatever_its_words():
    assert labelled('<p class="linkmgr-label">お知らせ</p>')


def test_a_label_counts_where_the_end_of_the_head_is_left_out():
    assert labelled("<html><head><title>t</title><meta charset=utf-8><body><p>広告</p>")


@pytest.mark.parametrize(
    "text",
    [
        "広告業界の人と話した。",
        "広告費を計算します。",
        "PR会社に勤めていたころのこと。",
        "PRを出します。",
        "アフィリエイト入門:リンクの作り方",
        "アフィリエイトの始め方の記事を参加者に",
        *("この記事は広告を含みません。", "広告は含まれていません", "広告を掲載していない"),
        *("This page contains no ads", "It is not sponsored", "We don’t use ads", "It is ad-free"),
        "Add to cart",
        "The ad was loud.",
        "長い話。" * 200 + "広告を含みます",
    ],
)
def test_an_article_that_speaks_of_ads_is_no_label(text):
    assert not labelled(f"<p>{text}</p>")


@pytest.mark.parametrize(
    "text",
    [
        "<head><title>広告</title></head>",
        "<script>'広告'</script><style>広告{}</style>",
        "<template>広告</template>",
        "<!-- 広告 -->",
        '<img alt="広告">',
        "<nav>PR</nav>",
        '<a href="/tags/ad/">ad</a>',
        "<textarea>広告</textarea>",
        "<select><option>AD</select>",
        "<p hidden>広告</p>",
        '<div style="display: none"><p>広告</p></div>',
        '<p style="visibility: hidden">広告</p>',
        '<p style="opacity: 0">広告</p>',
        '<p style="position:absolute; left:-9999px">広告</p>',
        '<p class="note sr-only">広告</p>',
        "<footer><p>広告</p></footer>",
        "<aside><p>広告</p></aside>",
        "<dialog><p>広告</p></dialog>",
        "<details><summary>About</summary><p>広告</p></details>",
        "<aside><details><summary>広告</summary></details></aside>",
        "",
    ],
)
def test_what_no_reader_sees_or_leads_elsewhere_is_no_label(text):
    assert not labelled(text)


@pytest.mark.parametrize(
    "text",
    [
        "<header><p>広告</p></header>",
        "<main><article><aside><p>広告</p></aside><p>",
        "<details open><summary>About</summary><p>広告</p></details>",
        "<details><summary>広告</summary><p>About</p></details>",
    ],
)
def test_a_label_counts_where_readers_meet_it_first(text):
    assert labelled(text)


@pytest.mark.parametrize("around", ["footer", "aside", "details"])
def test_a_label_beside_the_text_counts_for_what_is_beside_it(around):
    html = f"<{around}>{AMAZON}<p>広告</p>{AMAZON}</{around}>{AMAZON}"
    assert [link.labelled for link in read_page(html).links] == [False, True, False]


def test_a_label_after_a_link_does_not_label_it():
    first, second = read_page(f"{AMAZON}<p>広告</p>{AMAZON}").links
    assert not first.labelled
    assert second.labelled


def test_a_link_has_its_address_rel_and_policy():
    text = '<A HREF=" /x?a=1&amp;b=2 " REL="Sponsored NoFollow" referrerpolicy=no-referrer>x</A>'
    (link,) = read_page(text).links
    assert (link.url, link.rel) == ("/x?a=1&b=2", {"sponsored", "nofollow"})
    assert link.policy == "no-referrer"
    assert not link.framed


def test_links_that_no_reader_can_follow_are_none():
    unseen = "<template>{0}</template><textarea>{0}</textarea><noscript>{0}</noscript>"
    assert read_page(unseen.format(AMAZON)).links == []


@pytest.mark.parametrize(
    ("tag", "own", "policy"),
    [
        ('<meta name="referrer" content="no-referrer">', "", "no-referrer"),
        ('<meta name="Referrer" content="Same-Origin">', "", "same-origin"),
        ('<meta name="referrer" content="no-referrer">', "referrerpolicy=origin", "origin"),
        ('<meta name="robots" content="no-referrer">', "", ""),
        ('<meta name="referrer" content="origin">', "rel=noreferrer", "no-referrer"),
    ],
)
def test_a_link_has_its_own_referrer_policy_or_the_pages(tag, own, policy):
    (link,) = read_page(f"{tag}<a {own} href=/x>").links
    assert link.policy == policy


def test_clicks_are_counted_by_link_or_by_what_stands_around_it():
    html = (
        "<a ping=/hit/1 href=/1></a><a data-linkmgr-hit=/hit/2 href=/2></a>"
        "<div data-linkmgr-hits='/3 /hit/3 /4 /hit/4'><p><a href=/4></a><a href=/5></a></div>"
        "<a href=/3></a>"
    )
    counted = [link.url for link in read_page(html).links if link.is_counted]
    assert counted == ["/1", "/2", "/4"]


def test_a_picture_is_read_with_all_addresses_that_it_may_have():
    html = (
        '<img src=a.jpg srcset="b.jpg, c,d.jpg 2x,e.jpg 3x"><source srcset="f.webp 480w">'
        "<div hidden><img src=g.jpg></div><template><img src=h.jpg></template><img src=' '>"
    )
    pictures = read_page(html).pictures
    assert [picture.url for picture in pictures] == [
        *("a.jpg", "b.jpg", "c,d.jpg", "e.jpg", "f.webp", "g.jpg")
    ]
    assert [picture.url for picture in pictures if not picture.seen] == ["g.jpg"]


def test_each_of_our_blocks_is_counted_by_its_name():
    one = '<section class="linkmgr linkmgr-books" lang="ja"></section>'
    more = '<div class="card linkmgr linkmgr-books linkmgr-second wide"></div>'
    assert read_page(one + more + one + "<p class=linkmgr>").blocks == {"books": 2, "second": 1}


def test_a_page_that_only_redirects_is_known():
    assert read_page('<meta http-equiv="Refresh" content="0; url=/x">').redirects


@pytest.mark.parametrize(
    "html", ["<![foo[", "<!", "</", "<a ", '<a b="', "<br><hr>", "<svg><style><!--"]
)
def test_html_however_broken_is_read(html):
    page = read_page(html * 20_000 + "\"'>--></style>" + AMAZON)
    assert len(page.links) <= 1


@given(strategies.text(alphabet=strategies.characters(exclude_categories=["Cs", "Cc"])))
def test_any_address_is_read_as_it_was_meant(url):
    links = read_page(f'<a href="{escape(url)}">{url}').links
    assert not url.strip() or links[0].url == url.strip()


# Variants of a block.

WAYS = """\
<div data-linkmgr-tests="cta.1 12345678 100 original 1 b 1">
<template data-linkmgr-variant="1"><noscript>
<div class="linkmgr linkmgr-cta">{}<a href="/go/talk">Talk</a></div></noscript></template>
<template data-linkmgr-variant="2"><noscript>
<div class="linkmgr linkmgr-cta">{}<a href="/go/talk">Talk!</a><a href="/go/shop">Shop</a></div>
</noscript></template>
<noscript data-linkmgr-originals>
<div class="linkmgr linkmgr-cta">{}<a href="/go/talk">Talk</a></div></noscript>
<script>1</script></div>
"""
LABEL = '<p class="linkmgr-label">Ad</p>'


def test_the_links_of_all_variants_are_there_each_once():
    page = read_page(WAYS.format("", LABEL, ""))

    assert [(link.url, link.block, link.labelled) for link in page.links] == [
        ("/go/talk", "cta", False),
        ("/go/shop", "cta", True),
    ]


def test_a_block_with_variants_is_there_once_and_again_with_next():
    assert read_page(WAYS.format("", "", "")).blocks["cta"] == 1
    assert read_page(WAYS.format("", "", "") * 2).blocks["cta"] == 2


def test_what_follows_a_block_is_labelled_if_every_variant_is():
    assert labelled(WAYS.format(LABEL, LABEL, LABEL))
    assert not labelled(WAYS.format(LABEL, "", LABEL))


def test_what_noscript_has_besides_is_read_with_its_own_labels():
    more = '<a href="/go/more">More</a><img src="/more.png" alt="">'
    page = read_page(WAYS.format(LABEL, LABEL, more))

    assert [(link.url, link.labelled) for link in page.links][2:] == [("/go/more", False)]
    assert [each.url for each in page.pictures] == ["/more.png"]


def test_other_templates_of_a_page_are_left_out():
    page = read_page('<template><a href="/x">x</a></template>' + WAYS.format("", "", ""))

    assert [link.url for link in page.links] == ["/go/talk", "/go/shop"]


def test_variants_pictures_are_read_and_the_noscripts_are_not():
    picture = '<img src="/a.png" alt="">'
    page = read_page(WAYS.format(picture, picture.replace("a.png", "b.png"), picture))

    assert [each.url for each in page.pictures] == ["/a.png", "/b.png"]
