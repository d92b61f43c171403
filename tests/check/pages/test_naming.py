"""Which links say where they lead, by their text or by what stands with them."""

import pytest

from linkmgr.check.pages.page import read_page
from linkmgr.links.programmes.profiles import packaged_profiles

BOOK = "<a href='https://www.amazon.co.jp/dp/4785730706?tag=x-22'>生成AI法務</a>"
PICTURE = BOOK.replace("生成AI法務", "<img src=/b.jpg alt='{}'>")
LONG = "<p>" + "法務とガバナンスの話が続く。" * 60 + "</p>"
SECTION = f"<section><h2>参考</h2>{LONG}<p>{{}}</p>{LONG}</section>"


def named(html):
    (link,) = read_page(html, packaged_profiles()).links
    return link.names_shop


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(f"<p>{BOOK}（Amazon）</p>", id="its paragraph"),
        pytest.param(SECTION.format(f"{BOOK}（Ａｍａｚｏｎ）"), id="in wide letters"),
        pytest.param(SECTION.format(BOOK.replace("生成AI法務", "アマゾンで見る")), id="its text"),
        pytest.param(SECTION.format(PICTURE.format("Amazonで見る")), id="its picture"),
        pytest.param(SECTION.format(BOOK.replace("<a", "<a class=btn-amazon")), id="its class"),
        pytest.param(SECTION.format(BOOK).replace("参考", "Kindleの本"), id="its heading"),
        pytest.param(
            f"{LONG}<div><div>{BOOK}</div><p>著者</p><div><span>Amazon</span></div></div>{LONG}",
            id="its card",
        ),
        pytest.param(
            f"<table><tr><th>Amazon<tr><td>{LONG}<td>{BOOK}</table>", id="its table's head"
        ),
        pytest.param(f"{LONG}<p>{BOOK}</p><p>Amazonで詳しく見る</p>", id="what follows"),
        pytest.param(
            f"<h2>本</h2>{LONG}<h3>{BOOK}</h3><p>紹介</p>\n<p>Amazonで詳しく見る</p><h3>次</h3>{LONG}",
            id="what follows its heading",
        ),
        pytest.param(
            SECTION.format("<a href=https://amzn.to/3x>https://amzn.to/3x</a>"), id="its address"
        ),
        pytest.param(SECTION.format(BOOK.replace("生成AI法務", "")), id="nothing to be seen"),
        pytest.param(SECTION.format("<a href=https://shop.example/>Tea</a>"), id="no such rule"),
        pytest.param(SECTION.format("<a href=/dp/4785730706>Tea</a>"), id="the site itself"),
    ],
)
def test_a_shop_is_named_by(html):
    assert named(html)


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(SECTION.format(BOOK), id="in an article"),
        pytest.param(SECTION.format(PICTURE.format("本の表紙")), id="a picture"),
        pytest.param(
            f"<h2>Amazon</h2>{LONG}<h2>本</h2><p>{BOOK}</p>{LONG}<h2>Amazon</h2>",
            id="other headings",
        ),
        pytest.param(SECTION.format("<a href=https://amzn.to/3x>この本</a>"), id="a short link"),
    ],
)
def test_a_link_does_not_say_where_it_leads(html):
    assert not named(html)


def test_html_nested_without_end_takes_no_growing_time():
    html = "<div>" * 4_000 + f"{LONG}{BOOK}{LONG}" + "</div>" * 4_000
    assert not named(html)
