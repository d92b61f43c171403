"""What a card says beside title and blurb: colours of shops, the owner's words, a dated price."""

from dataclasses import replace
from datetime import UTC, date, datetime

import html5lib
import pytest

from linkmgr.blocks.render import Renderer
from linkmgr.catalog.blocks import BOOKS, PRODUCTS, RELATED, Block
from linkmgr.catalog.items import Price, ShopLink, Validity
from linkmgr.links.model import Moment, Sale
from tests.support.blocks import (
    make_book,
    make_catalog,
    make_post,
    make_product,
    make_resolution,
    make_site,
)

BLOCKS = (Block("related", RELATED, 3), Block("books", BOOKS, 3), Block("products", PRODUCTS, 3))
SEEN = date(2026, 12, 1)
PRICED = ShopLink("rakuten", "https://item.rakuten.co.jp/a/1/", price=Price("¥6,800", SEEN))


def rendered(*items, today=None, site=None, post=None, blocks=BLOCKS, **shown):
    catalog = make_catalog(*items, site=site, blocks=blocks)
    resolution = make_resolution(post, **shown)
    html = Renderer(catalog, baseurl="", today=today).fragment(resolution)
    return html5lib.HTMLParser(namespaceHTMLElements=False, strict=True).parseFragment(html)


def text_of(tree, name):
    """Return the text of the first element of a class, `None` without one."""
    for element in tree.iter():
        if name in (element.get("class") or "").split():
            return " ".join("".join(element.itertext()).split())
    return None


def test_each_shop_has_its_colour_and_the_first_is_filled():
    shops = (
        ShopLink("rakuten", "https://books.rakuten.co.jp/rb/1/", preset="rakuten-books"),
        ShopLink("amazon", "https://www.amazon.co.jp/dp/B000000002/", preset="kindle"),
        ShopLink("site", "/shop/"),
    )
    tree = rendered(make_book(shops=shops), books=["law"])
    actions = tree.find(".//div[@class='linkmgr-actions']")
    assert [shop.get("class") for shop in actions] == [
        "linkmgr-shop linkmgr-shop-amazon linkmgr-primary",
        "linkmgr-shop linkmgr-shop-rakuten",
        "linkmgr-shop linkmgr-shop-amazon",
        "linkmgr-shop linkmgr-shop-site",
    ]
    assert ["".join(shop.itertext()) for shop in actions] == [
        *("Amazon", "楽天ブックス", "Amazon Kindle", "Our site"),
    ]


@pytest.mark.parametrize(
    ("title", "initial"),
    [("「細い湯」で淹れる", "細"), ("the slow loaf", "T"), ("…", "…")],
)
def test_a_card_without_a_picture_shows_its_titles_first_letter(title, initial):
    tree = rendered(make_book(title=title), books=["law"])
    cover = tree.find(".//span[@class='linkmgr-cover linkmgr-blank']")
    assert "".join(cover.itertext()) == initial
    assert cover.get("aria-hidden") == "true"


@pytest.mark.parametrize(
    ("rating", "words"),
    [(5, "★★★★★ 5.0/5 わたしの評価"), (4.5, "★★★★☆ 4.5/5 わたしの評価"), (None, "")],
)
def test_an_owners_words_stand_before_the_blurb(rating, words):
    product = make_product(badge="毎朝使う", rating=rating, review="/r/", maker="水面")
    tree = rendered(product, products=["kettle"])
    body = tree.find(".//div[@class='linkmgr-body']")
    assert [p.get("class") for p in body] == [
        f"linkmgr-{name}" for name in ("badge", "title", "by", "rating", "blurb")
    ]
    assert text_of(tree, "linkmgr-rating") == f"{words} レビューを読む".strip()
    (review,) = [a for a in tree.iter("a") if a.get("href") == "/r/"]
    assert review.get("rel") is None


@pytest.mark.parametrize(
    ("today", "shown"),
    [
        (date(2026, 11, 30), None),
        (date(2026, 12, 1), "¥6,800 楽天ブックス・12/1時点"),
        (date(2026, 12, 31), "¥6,800 楽天ブックス・12/1時点"),
        (date(2027, 1, 1), None),
    ],
    ids=str,
)
def test_a_price_is_shown_with_its_day_until_it_is_old(today, shown):
    tree = rendered(make_product(shops=(PRICED,)), today=today, products=["kettle"])
    assert text_of(tree, "linkmgr-price") == shown


def test_the_site_says_how_long_a_price_is_shown():
    product, site = make_product(shops=(PRICED,)), make_site(price_days=3, language="en")
    for day, shown in ((4, "¥6,800 at 楽天ブックス on 1 Dec"), (5, None)):
        tree = rendered(product, site=site, today=date(2026, 12, day), products=["kettle"])
        assert text_of(tree, "linkmgr-price") == shown


def test_an_old_price_gives_way_to_that_of_the_next_shop():
    newer = ShopLink("site", "/shop/", price=Price("¥7,000", date(2026, 12, 9)))
    tree = rendered(
        make_product(shops=(PRICED, newer)), today=date(2027, 1, 2), products=["kettle"]
    )
    assert text_of(tree, "linkmgr-price") == "¥7,000 Our site・12/9時点"


@pytest.mark.parametrize(
    ("post", "block", "level"),
    [
        ({"has_sections": True}, {}, "h3"),
        ({"has_sections": False}, {}, "h2"),
        ({"has_sections": True}, {"before_heading": 1}, "h2"),
    ],
    ids=["with sections", "without", "before the first section"],
)
def test_all_blocks_of_a_post_have_one_heading_level(post, block, level):
    blocks = (BLOCKS[0], Block("books", BOOKS, 3, **block), BLOCKS[2])
    items = (make_book(), make_product())
    shown = {"related": [make_post()], "books": ["law"], "products": ["kettle"]}
    tree = rendered(*items, post=make_post(**post), blocks=blocks, **shown)
    headings = [tag.tag for tag in tree.iter() if tag.get("class") == "linkmgr-heading"]
    assert headings == [level] * 3


# Related posts.

POST = make_post(date=datetime(2026, 7, 14, tzinfo=UTC), lead="One.", picture="/a b.jpg")


def rows(show, *posts):
    tree = rendered(make_book(), blocks=(Block("related", RELATED, 3, show=show),), related=posts)
    return [
        [tag.get("class") or tag.tag for tag in row.iter() if tag.tag in ("span", "p", "time")]
        for row in tree.iter("li")
    ]


def test_related_post_has_date_and_if_asked_picture_and_sentence():
    title, blurb = "linkmgr-title", "linkmgr-blurb"
    assert rows(("date",), POST) == [[title, "time"]]
    assert rows(("excerpt",), POST) == [[title, blurb]]
    assert rows(("picture", "date", "excerpt"), POST) == [["linkmgr-cover", title, blurb, "time"]]


def test_related_posts_have_pictures_on_all_rows_or_on_none():
    bare = make_post(path="_posts/2026-01-03-b.md", lead="Two.")
    title = ["linkmgr-title"]
    assert rows(("picture",), POST, bare) == [title, title]


@pytest.mark.parametrize(
    ("picture", "shown"),
    [
        ("/a b.jpg", "/a%20b.jpg"),
        ("assets/a.jpg", "/assets/a.jpg"),
        ("https://c.example/a.jpg", "https://c.example/a.jpg"),
        ("javascript://x", None),
    ],
)
def test_a_picture_is_of_the_site_or_of_the_web(picture, shown):
    post = make_post(picture=picture)
    blocks = (Block("related", RELATED, 3, show=("picture",)),)
    tree = rendered(make_book(), blocks=blocks, related=[post])
    assert [image.get("src") for image in tree.iter("img")] == ([shown] if shown else [])


@pytest.mark.parametrize(("day", "is_shown"), [(3, False), (4, True), (11, True), (12, False)])
def test_a_badge_and_a_price_have_days_of_their_own(day, is_shown):
    days = Validity(date(2026, 12, 4), date(2026, 12, 11))
    shop = ShopLink("site", "/shop/", price=Price("¥6,800", SEEN, days))
    product = make_product(shops=(shop,), badge="Now", badge_validity=days)
    tree = rendered(product, today=date(2026, 12, day), products=["kettle"])
    assert (text_of(tree, "linkmgr-badge") is not None) is is_shown
    assert (text_of(tree, "linkmgr-price") is not None) is is_shown


# Sales.

SALE = Sale("Super Sale", Moment(date(2026, 12, 4), "20:00"), Moment(date(2026, 12, 11), "01:59"))


def with_sale(sale, day, **site):
    """Return a product of a programme with a sale, as a build on a day in December shows it."""
    catalog = make_catalog(make_product(), site=make_site(**site), blocks=BLOCKS)
    amazon = replace(catalog.programmes["amazon"], sales=(sale,))
    catalog = replace(catalog, programmes={**catalog.programmes, "amazon": amazon})
    resolution = make_resolution(products=["kettle"])
    html = Renderer(catalog, baseurl="", today=date(2026, 12, day)).fragment(resolution)
    return html5lib.HTMLParser(namespaceHTMLElements=False, strict=True).parseFragment(html)


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (3, None),
        (4, "Super Sale 12月4日 20:00〜11日 1:59"),
        (11, "Super Sale 12月4日 20:00〜11日 1:59"),
        (12, None),
    ],
)
def test_a_sale_is_named_from_its_first_day_to_its_last(day, shown):
    card = with_sale(SALE, day).find(".//div[@class='linkmgr-body']")
    assert text_of(card, "linkmgr-sale") == shown
    times = [time.get("datetime") for time in card.iter("time")]
    assert times == (["2026-12-04T20:00", "2026-12-11T01:59"] if shown else [])


def test_a_sale_over_new_year_has_both_years():
    card = with_sale(replace(SALE, until=Moment(date(2027, 1, 3))), 5)
    assert text_of(card, "linkmgr-sale") == "Super Sale 2026年12月4日 20:00〜2027年1月3日"


def test_a_sale_may_have_a_line_of_its_own_with_a_link():
    sale = replace(SALE, in_line=True, url="https://www.amazon.co.jp/sale")
    tree = with_sale(sale, 5, language="en")
    assert tree.find(".//div[@class='linkmgr-body']//p[@class='linkmgr-sale']") is None
    line = tree.find(".//p[@class='linkmgr-sale']")
    assert "4 Dec 20:00 – 11 Dec 01:59" in "".join(line.itertext())
    assert line.find(".//a").get("rel") == "sponsored nofollow noopener"
