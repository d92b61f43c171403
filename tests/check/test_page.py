"""What is read of a built page."""

from html import escape

import pytest
from hypothesis import given, strategies

from linkmgr.check.page import read_page

AMAZON = '<a href="https://www.amazon.co.jp/dp/4785730706/?tag=a-22">Book</a>'


def labelled(before):
    """Tell whether a link after some HTML counts as labelled."""
    (link,) = read_page(before + AMAZON).links
    return link.labelled


@pytest.mark.parametrize(
    "label",
    [
        *("広告", "【広告】", "PR", "［PR］", "プロモーション", "プロモーションを含みます", "Ad"),
        *("Sponsored", "Affiliate links", "&#24195;&#21578;"),
        "※ 本ページのリンクにはアフィリエイトリンクが含まれます。",
        "As an Amazon Associate I earn from qualifying purchases through links here.",
    ],
)
def test_words_that_say_it_is_an_ad_are_a_label(label):
    assert labelled(f"<p>{label}</p>")


def test_our_own_label_is_one_whatever_its_words():
    assert labelled('<p class="linkmgr-label">お知らせ</p>')


@pytest.mark.parametrize(
    "text",
    [
        "<p>広告業界の人と話した。</p>",
        "<p>PR会社に勤めていたころのこと。</p>",
        "<head><title>広告</title></head>",
        "<script>'広告'</script><style>広告{}</style>",
        "<template>広告</template>",
        "<!-- 広告 -->",
        '<img alt="広告">',
        "",
    ],
)
def test_what_does_not_say_so_to_a_reader_is_no_label(text):
    assert not labelled(text)


def test_a_label_after_a_link_does_not_label_it():
    first, second = read_page(f"{AMAZON}<p>広告</p>{AMAZON}").links
    assert not first.labelled
    assert second.labelled


def test_a_link_has_its_line_address_rel_and_policy():
    text = (
        '\n\n<A HREF=" /x?a=1&amp;b=2 " REL="Sponsored NoFollow" referrerpolicy=no-referrer>x</A>'
    )
    (link,) = read_page(text).links
    assert (link.line, link.url, link.rel) == (3, "/x?a=1&b=2", {"sponsored", "nofollow"})
    assert link.hides_referrer
    assert not link.framed


@pytest.mark.parametrize(
    ("tag", "hides"),
    [
        ('<meta name="referrer" content="no-referrer">', True),
        ('<meta name="Referrer" content="same-origin">', True),
        ('<meta name="referrer" content="strict-origin-when-cross-origin">', False),
        ('<meta name="robots" content="no-referrer">', False),
    ],
)
def test_a_page_may_hide_the_site_from_all_others(tag, hides):
    assert read_page(tag).hides_referrer is hides


def test_each_of_our_blocks_is_counted_by_its_name():
    one = '<section class="linkmgr linkmgr-books" lang="ja"></section>'
    more = '<section class="linkmgr linkmgr-books linkmgr-second"></section>'
    assert read_page(one + more + one + "<section class=hero>").blocks == {"books": 2, "second": 1}


@given(strategies.text(alphabet=strategies.characters(exclude_categories=["Cs", "Cc"])))
def test_any_address_is_read_as_it_was_meant(url):
    links = read_page(f'<a href="{escape(url)}">{url}<a {url}').links
    assert not url.strip() or url.strip() in {link.url for link in links}
