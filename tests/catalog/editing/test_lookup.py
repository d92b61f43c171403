"""What is pasted is recognised: what it is, whether it is right, and whose link it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.catalog.editing.lookup import look_up, shop_entries
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.reading.parse import parse_catalog

CATALOG = parse_catalog(
    """
site: {name: a, url: https://blog.example, language: ja}
programmes: {amazon: {tag: a-22, tags: {posts: [b-22]}}, rakuten: {name: 楽天}, moshimo: {}}
books: {known: {title: a, asin: "4999999005"}}
ctas: {letter: {heading: a, label: b, url: /letter/}}
"""
)

PAGE_OF_DEEP_LEARNING = (
    "https://www.amazon.co.jp/%E3%82%BC%E3%83%AD%E3%81%8B%E3%82%89%E4%BD%9C%E3%82%8B"
    "Deep-Learning-Python/dp/4873119324/ref=sr_1_1"
)

MOSHIMO = "https://af.moshimo.com/af/c/click?a_id=1&p_id=54&pc_id=54&pl_id=616&url="


@pytest.mark.parametrize(
    ("pasted", "stated"),
    [
        pytest.param("B0ABCDEFGH", {"asin": "B0ABCDEFGH"}, id="asin"),
        pytest.param(" 4-87311-932-4 ", {"isbn": "4-87311-932-4"}, id="isbn-10"),
        pytest.param("ISBN: 978-4-9999990-1-9", {"isbn": "978-4-9999990-1-9"}, id="isbn-13"),
        pytest.param(
            "https://www.amazon.co.jp/Good-Words-Here/dp/4873119324/ref=sr_1?tag=x-22&th=1",
            {"asin": "4873119324", "title": "Good Words Here"},
            id="product",
        ),
        pytest.param("amazon.co.jp/gp/product/B0ABCDEFGH", {"asin": "B0ABCDEFGH"}, id="old form"),
        pytest.param(
            "https://m.amazon.com/gp/aw/d/4873119324", {"asin": "4873119324"}, id="phone's"
        ),
        pytest.param("/letter/", {"url": "/letter/"}, id="own page"),
        pytest.param(
            "https://shop.example/a?b=1&utm_source=x&utm_medium=email&utm_campaign=y#c",
            {
                "url": "https://shop.example/a?b=1#c",
                "utm": {"source": "x", "medium": "email", "campaign": "y"},
            },
            id="utm",
        ),
        pytest.param(
            "https://shop.example/a?utm_source=x&utm_id=7&utm_medium=email&utm_campaign=y",
            {
                "url": "https://shop.example/a?utm_id=7",
                "utm": {"source": "x", "medium": "email", "campaign": "y"},
            },
            id="a UTM parameter that has no field",
        ),
    ],
)
def test_what_is_pasted_becomes_an_entry(pasted, stated):
    found = look_up(pasted, CATALOG)
    assert found.problem == ""
    assert found.values == stated


@pytest.mark.parametrize(
    ("pasted", "problem"),
    [
        pytest.param("4873119325", "check digit", id="isbn-10"),
        pytest.param("9784999999018", "check digit", id="isbn-13"),
        pytest.param("9791234567896", "979", id="no asin"),
        pytest.param("https://www.amazon.co.jp/dp/4873119325", "check digit", id="in an address"),
        pytest.param("https://amzn.to/3abcdef", "short link", id="short"),
        pytest.param("https://www.amazon.co.jp/s?k=coffee", "not a product page", id="search"),
        pytest.param("コーヒーの本", "not an address", id="words"),
        pytest.param("https://", "not a valid address", id="half an address"),
        pytest.param("javascript:alert(1)", "not an address", id="script"),
    ],
)
def test_what_is_wrong_is_reported_with_what_to_do(pasted, problem):
    found = look_up(pasted, CATALOG)
    assert problem in found.problem
    assert found.values == {}


def test_another_tag_and_marketplace_are_reported():
    found = look_up("https://www.amazon.com/dp/4873119324?tag=their-20", CATALOG)
    facts = " ".join(found.facts)
    assert "amazon.com" in facts
    assert "their-20 is not yours" in facts
    assert "your tag a-22" in facts


def test_another_tag_of_the_catalogs_stays_with_the_item():
    found = look_up("https://www.amazon.co.jp/dp/B0ABCDEFGH?tag=b-22", CATALOG)
    assert found.values == {"asin": "B0ABCDEFGH", "tag": "b-22"}
    assert "The link goes to amazon.co.jp with your tag b-22." in found.facts


def test_what_the_catalog_has_already_is_reported():
    assert look_up("978-4-9999990-0-2", CATALOG).known == "known"
    assert look_up("/letter/", CATALOG).known == "letter"
    assert look_up("4873119324", CATALOG).known == ""


@pytest.mark.parametrize(
    ("pasted", "name"),
    [
        ("https://www.amazon.co.jp/Good-Words-Here/dp/4873119324", "good-words-here"),
        (f"{PAGE_OF_DEEP_LEARNING}?tag=x-22", "deep-learning-python"),
        ("https://www.amazon.co.jp/%E3%83%AD%E3%83%B3/dp/4873119324", "b-4873119324"),
        ("https://www.amazon.co.jp/-/en/dp/4873119324", "b-4873119324"),
        ("https://shop.example/%E5%86%AC/gifts/", "gifts"),
        ("https://shop.example/2026/%E5%86%AC", "shop-example"),
        ("4873119324", "b-4873119324"),
        ("/letter/", "letter-2"),
        ("https://a.example/?utm_source=a&utm_medium=b&utm_campaign=spring_sale", "spring-sale"),
    ],
    ids=[
        "words",
        "latin words among encoded ones",
        "encoded words only",
        "language",
        "call to action",
        "call to action without words",
        "number",
        "taken",
        "campaign",
    ],
)
def test_an_id_is_proposed(pasted, name):
    assert look_up(pasted, CATALOG).name == name


@pytest.mark.parametrize(
    ("pasted", "title"),
    [
        (PAGE_OF_DEEP_LEARNING, "ゼロから作るDeep Learning Python"),
        ("https://www.amazon.co.jp/-/en/%E6%9C%AC/dp/4873119324", "本"),
        ("https://www.amazon.co.jp/%E6%9C%AC%E3%83/dp/4873119324", "本"),
        ("https://www.amazon.co.jp/-/en/dp/4873119324", None),
        ("https://www.amazon.co.jp/gp/product/4873119324", None),
        ("4873119324", None),
    ],
    ids=["encoded", "after a language", "cut within a letter", "none", "old form", "number"],
)
def test_a_title_is_taken_from_the_address(pasted, title):
    found = look_up(pasted, CATALOG)
    assert found.values.get("title") == title
    assert any("title" in fact for fact in found.facts) == (title is not None)


@pytest.mark.parametrize(
    ("url", "kind", "programme"),
    [
        ("https://books.rakuten.co.jp/rb/1/", ItemKind.BOOKS, "rakuten"),
        ("https://item.rakuten.co.jp/a/set/", ItemKind.PRODUCTS, "rakuten"),
        (f"{MOSHIMO}https%3A%2F%2Fitem.rakuten.co.jp%2Fa%2Fset%2F", ItemKind.PRODUCTS, "moshimo"),
    ],
    ids=["book shop", "any shop", "through a programme"],
)
def test_an_address_at_a_known_shop_is_what_it_sells(url, kind, programme):
    result = look_up(url, CATALOG)
    assert (result.kind, result.values) == (kind, {"url": url, "programme": programme})
    assert look_up(url, CATALOG, ItemKind.CTA).kind is ItemKind.CTA


def test_several_addresses_are_one_good_at_several_shops():
    result = look_up(
        "https://www.amazon.co.jp/Pot/dp/B0ABCDEFGH/ref=x\nhttps://item.rakuten.co.jp/a/pot/\n"
        "https://store.shopping.yahoo.co.jp/a/pot.html\nhttps://pots.example/1",
        CATALOG,
    )
    assert result.kind is ItemKind.PRODUCTS
    assert result.values["asin"] == "B0ABCDEFGH"
    assert result.values["shops"] == [
        {"url": "https://item.rakuten.co.jp/a/pot/", "preset": "rakuten"},
        {
            "url": "https://store.shopping.yahoo.co.jp/a/pot.html",
            "preset": "yahoo",
            "programme": "site",
        },
        {"url": "https://pots.example/1", "programme": "site", "label": "pots.example"},
    ]


def test_address_of_further_shop_at_amazon_loses_what_is_others():
    (shop,) = shop_entries("https://www.amazon.co.jp/Pot/dp/B0ABCDEFGH/?tag=x-22", CATALOG)
    assert shop == {"url": "https://www.amazon.co.jp/dp/B0ABCDEFGH", "preset": "amazon"}


@given(st.text(max_size=60))
def test_any_text_is_recognised_or_refused(pasted):
    result = look_up(pasted, CATALOG)
    assert bool(result.problem) != bool(result.values)


@pytest.mark.parametrize(
    "text",
    [
        "４８７３１１９３２４",
        "ＩＳＢＮ：９７８－４－８７３１１－９３２－８",
        "４８７３１１－９３２－４",
    ],
)
def test_digits_and_letters_in_full_width_are_known(text):
    assert look_up(text, CATALOG).name == "b-4873119324"


def test_an_asin_in_full_width_is_known():
    assert look_up("Ｂ０ＡＢＣＤＥＦ１２", CATALOG).values == {"asin": "B0ABCDEF12"}
