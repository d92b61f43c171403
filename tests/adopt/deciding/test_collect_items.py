"""What all posts hold becomes the items of a catalog."""

from datetime import UTC, datetime

import pytest

from linkmgr.adopt.deciding.collect import collect_items
from linkmgr.adopt.deciding.losses import keep_refused
from linkmgr.adopt.deciding.model import Placed
from linkmgr.catalog.editing.new_ids import cta_id, good_id
from linkmgr.catalog.items import Book, ItemKind
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.links.model import Utm
from linkmgr.messages.message import translate
from tests.support.legacy_blogs import EMPTY, SLOW, old_book, old_cta, old_post


def test_most_frequent_title_and_blurb_win_and_others_are_listed():
    posts = [
        old_post("a", [old_book(title="砂の計算機")]),
        old_post("b", [old_book(title="砂の計算機", blurb="")]),
        old_post("c", [old_book(title="砂の計算機 (文庫)", blurb="別の紹介")]),
        old_post("d", [old_book(blurb="別の紹介")]),
        old_post("e", [old_book(blurb="別の紹介")]),
    ]
    (found,) = collect_items(posts, EMPTY).books
    assert (found.item.title, found.item.blurb, found.posts) == ("砂の計算機", "別の紹介", 5)
    assert [translate(each) for each in found.alternatives] == [
        "title in 1 other: 砂の計算機 (文庫)",
        "blurb in 1 other: 砂粒で数える人の物語",
    ]


ELSEWHERE = "https://shop.example/contact/"


def test_links_with_other_utm_or_heading_are_other_ctas():
    posts = [
        old_post("a", ctas=[old_cta(url=ELSEWHERE)]),
        old_post("b", ctas=[old_cta(url=ELSEWHERE, text="別の文")]),
        old_post("c", ctas=[old_cta(url=ELSEWHERE), old_cta(url=ELSEWHERE)]),
        old_post("d", ctas=[old_cta(url=ELSEWHERE, heading="お困りですか")]),
        old_post("e", ctas=[old_cta(url=ELSEWHERE, utm=Utm("article", "cta", "tech_guide"))]),
    ]
    found = collect_items(posts, EMPTY)
    assert [(c.item.id, c.posts) for c in found.ctas] == [
        ("strategy", 3),
        ("strategy-2", 1),
        ("tech-guide", 1),
    ]
    assert found.placed["d"].ctas == ("strategy-2",)


def test_links_to_one_address_with_other_labels_are_other_ctas():
    posts = [
        old_post("a", ctas=[old_cta(label="Lenguaje C#", heading="", utm=None)]),
        old_post("b", ctas=[old_cta(label="Lenguaje Go", heading="", utm=None)]),
    ]
    found = collect_items(posts, EMPTY)
    assert [each.item.label for each in found.ctas] == ["Lenguaje C#", "Lenguaje Go"]
    assert found.placed["b"].ctas == (found.ctas[1].item.id,)


def test_cta_gets_text_of_newest_post_and_older_ones_are_listed():
    posts = [
        old_post("a", ctas=[old_cta(text="新しい文")]),
        old_post("b", ctas=[old_cta(text="古い文")]),
        old_post("c", ctas=[old_cta(text="古い文")]),
        old_post("draft", ctas=[old_cta(text="下書きの文")]),
    ]
    days = {"a": 9, "b": 1, "c": 2}
    dates = {path: datetime(2024, 2, day, tzinfo=UTC) for path, day in days.items()}
    (found,) = collect_items(posts, EMPTY, dates).ctas
    assert found.item.text == "新しい文"
    assert [translate(each) for each in found.alternatives] == [
        "text in 2 others: 古い文",
        "text in 1 other: 下書きの文",
    ]


@pytest.mark.parametrize(
    "url", ["/contact/", "https://blog.example/contact/", "/contact/?utm_source=a&b=1"]
)
def test_a_link_to_a_page_of_the_blog_keeps_its_utm(url):
    other = Utm("article", "cta", "other")
    posts = [
        old_post("a", ctas=[old_cta(url=url, utm=other)]),
        old_post("b", ctas=[old_cta(url=url, utm=other)]),
        old_post("c", ctas=[old_cta(url=url, utm=None)]),
    ]
    ctas = collect_items(posts, EMPTY).ctas
    assert [(cta.item.url, cta.item.utm) for cta in ctas] == [(url, other), (url, None)]


def test_known_items_are_found_by_asin_or_address_utm_and_label():
    catalog = parse_catalog(
        "site: {name: x, url: https://blog.example}\n"
        "books: {mine: {asin: '4000000004', title: Sand}}\n"
        "ctas: {ask: {heading: h, label: お問い合わせ, url: /contact/,"
        " utm: {source: article, medium: cta, campaign: strategy}}}\n"
    )
    found = collect_items([old_post("a", [old_book()], [old_cta()])], catalog)
    assert [(each.item.id, each.known) for each in (*found.books, *found.ctas)] == [
        ("mine", True),
        ("ask", True),
    ]
    assert found.placed["a"] == Placed(("mine",), ("ask",))


def test_placements_are_in_the_posts_order_each_once():
    post = old_post("a", [old_book(*SLOW), old_book(), old_book(*SLOW)])
    found = collect_items([post, old_post("b", [old_book()]), old_post("c")], EMPTY)
    assert found.placed["a"].books == ("slow-machines", "b-4000000004")
    assert "c" not in found.placed
    assert found.limits == {ItemKind.BOOKS: 2, ItemKind.PRODUCTS: 0, ItemKind.CTA: 0}


def test_a_book_of_another_marketplace_is_left_where_it_is():
    post = old_post("a", [old_book(marketplace="amazon.com")])
    others = [old_post(path, [old_book(*SLOW)]) for path in "bcd"]
    found = collect_items([post, *others], EMPTY)
    why = "ASIN 4000000004 is sold at amazon.com, not amazon.co.jp"
    refused = {key: translate(reason) for key, reason in found.refused.items()}
    assert refused == {"4000000004": why}
    assert [each.item.asin for each in found.books] == [SLOW[0]]
    cta, books = keep_refused(post, found.refused).blocks
    assert (cta.removable, books.removable, translate(books.keep_reason)) == (True, False, why)


def test_cta_whose_address_no_catalog_takes_is_left_where_it_is():
    post = old_post("a", ctas=[old_cta(url="mailto:me@blog.example")])
    found = collect_items([post], EMPTY)
    assert found.ctas == ()
    assert not keep_refused(post, found.refused).blocks[0].removable


def test_the_usual_tag_that_fits_the_marketplace_is_the_blogs():
    tags = ["other-20", "other-20", "mine-22", None]
    found = collect_items([old_post(str(n), [old_book(tag=t)]) for n, t in enumerate(tags)], EMPTY)
    assert found.tags == (("other-20", 2), ("mine-22", 1))
    assert (found.marketplace, found.tag) == ("amazon.co.jp", "mine-22")


def test_other_shops_become_programmes_and_links():
    shops = (("books.rakuten.co.jp", "https://hb.afl.rakuten.co.jp/x?pc=1"),)
    found = collect_items([old_post("a", [old_book(shops=shops)])], EMPTY)
    assert [(p.id, p.name) for p in found.programmes] == [("rakuten", "楽天")]
    assert [(s.programme, s.url) for s in found.books[0].item.shops] == [("rakuten", shops[0][1])]


def test_utm_that_no_catalog_takes_stays_in_the_address():
    (found,) = collect_items(
        [old_post("a", ctas=[old_cta(url=ELSEWHERE, utm=Utm("Blog", "cta", "秋"))])], EMPTY
    ).ctas
    assert found.item.utm is None
    assert found.item.url == f"{ELSEWHERE}?utm_source=Blog&utm_medium=cta&utm_campaign=%E7%A7%8B"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        pytest.param("Slow Machines", "slow-machines", id="English"),
        pytest.param("Google Gemini 100%活用", "google-gemini-100", id="mixed"),
        pytest.param("AI白書 2025", "b-4000000004", id="too few words"),
        pytest.param("砂の計算機", "b-4000000004", id="Japanese"),
    ],
)
def test_a_book_is_named_by_its_title_if_that_says_enough(title, name):
    assert good_id(Book, title, "4000000004", ()) == name


def test_names_are_unique_and_never_too_long():
    assert cta_id("", "", "https://shop.example/", {"shop-example"}) == "shop-example-2"
    assert cta_id("", "砂", "/ask/us/", ()) == "ask-us"
    assert len(good_id(Book, "long words " * 20 + "indeed " * 3, "4000000004", ())) <= 64
