"""A price counts where it stands beside a link; other amounts of an article do not."""

import pytest

from linkmgr.check.pages.page import read_page

LINK = '<a href="https://shop.example/tea">Tea</a>'


def price(html):
    """Return the price that is read beside the only link."""
    (link,) = read_page(html.replace("LINK", LINK)).links
    return link.price


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>LINK（1,980円）</p>", "1,980円"),
        ("<p>LINK は約1,980円でした。</p>", "1,980円"),
        ("<p>1,980円のLINKを買った。</p>", "1,980円"),
        ("<p>LINK ￥１，９８０</p>", "¥1,980"),
        ("<p>Buy LINK for $12.99</p>", "$12.99"),
        ("<p>LINK: $12.99</p>", "$12.99"),
        ("<p>LINK 1,980円 送料無料</p>", "1,980円"),
        ("<p>LINK、1,980円で買えます。</p>", "1,980円"),
        ("<p>LINK のKindle版は税込1,980円。</p>", "1,980円"),
        ("<p>LINK。定価は1,980円。</p>", ""),
        ("<li>LINK<br>1,980円（税込）</li>", "1,980円"),
        ("<table><tr><td>LINK<td>1,980円</table>", "1,980円"),
        ("<div class=product-card><h3>LINK</h3><p>¥1,980</p></div>", "¥1,980"),
        ("<div class=card>LINK<span class=price>1,980円〜</span></div>", "1,980円"),
        ("<table><tr><td>LINK（お茶の専門店）<td>1,980円</table>", "1,980円"),
        (f"<table><tr><td>Hosting<td>$45<td>{'We mail our readers with it. ' * 2}LINK</table>", ""),
        ("<article><p>LINK</p><p>¥1,980</p></article>", ""),
        ("<h3>LINK</h3><p>会社は3,000円の配当を出した。</p>", ""),
    ],
)
def test_a_price_is_read_beside_a_link(html, found):
    assert price(html) == found


@pytest.mark.parametrize(
    "text",
    [
        "LINKによれば売上高は3,000億円に達した。",
        "LINKでは、1万円札の歴史を読める。",
        "500円玉を集める人のLINK。",
        "月額20ドルのChatGPTを使う。LINK",
        "政府は$100 millionを投じた。LINK",
        "LINK ($100M)",
        "LINK $1.5 billion",
        "年収500円の話はLINKに書いた。",
        "3,000円から始める投資の話を、この本で読んだ: LINK",
        "LINK 2026円周率",
        "LINK &rarr; $1,492.16",
    ],
)
def test_another_amount_is_no_price(text):
    assert price(f"<p>{text}</p>") == ""


@pytest.mark.parametrize(
    "html",
    [
        '<p><a href="https://shop.example/">はじめての3000円投資生活</a>を読む。</p>',
        '<p><a href="https://shop.example/">3000円投資生活</a></p>',
        '<p><a href="https://shop.example/">The $100 Startup</a></p>',
        "<p>LINK、500円で始めるお菓子の本。</p>",
        "<p>LINK, $100 Startup</p>",
    ],
)
def test_an_amount_in_a_title_is_no_price(html):
    assert price(html) == ""


def test_a_price_with_its_time_is_not_written_by_hand():
    assert price("<li>LINK<br>価格：1,980円（税込）<br>(2026/11/1 10:00時点)</li>") == ""


def test_a_price_beside_a_long_text_is_found_cheaply():
    long = "長い話。" * 10_000
    links = [*read_page(f"<p>{long}約{'1,980円のLINK、' * 90}</p>".replace("LINK", LINK)).links]
    assert {link.price for link in links} == {"1,980円"}
    assert price(f"<p>{long}1,980円。{long}LINK</p>") == ""


def test_a_price_in_a_link_is_beside_it():
    html = '<li><a href="https://shop.example/tea">Tea 1,980円</a></li>'
    assert read_page(html).links[0].price == "1,980円"


@pytest.mark.parametrize(
    "text", ["¥1," * 2_000, "¥1円" * 2_000, "Kindle価格" * 2_000, "¥1" + ",1" * 50_000 + "億"]
)
def test_any_number_of_amounts_in_a_row_is_read_at_once(text):
    # Each of these can be read in so many ways that trying them all would not end.
    assert price(f"<ul><li>LINK<br>{text}あ</ul>") == ""
