"""What is pasted is recognised: what it is, whether it is right, and whose link it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.admin.app import make_admin
from linkmgr.admin.items.lookup import look_up
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.settings import read_settings
from tests.support.items import form_of, text_of

ADD = "/admin/add-item"
CATALOG = parse_catalog(
    """
site: {name: a, url: https://blog.example, language: ja}
programmes: {amazon: {tag: a-22, tags: {posts: [b-22]}}, rakuten: {name: 楽天}}
books: {known: {title: a, asin: "4999999005"}}
ctas: {letter: {heading: a, label: b, url: /letter/}}
"""
)

PAGE_OF_DEEP_LEARNING = (
    "https://www.amazon.co.jp/%E3%82%BC%E3%83%AD%E3%81%8B%E3%82%89%E4%BD%9C%E3%82%8B"
    "Deep-Learning-Python/dp/4873119324/ref=sr_1_1"
)


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    """Have messages in English."""
    folder = tmp_path_factory.mktemp("instance")
    app = make_admin(read_settings({"LINKMGR_INSTANCE": str(folder)}))
    with app.test_request_context("/admin/"):
        yield


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
def test_what_is_pasted_becomes_an_entry(spoken, pasted, stated):  # noqa: ARG001 - for messages
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
def test_what_is_wrong_is_reported_with_what_to_do(spoken, pasted, problem):  # noqa: ARG001
    found = look_up(pasted, CATALOG)
    assert problem in found.problem
    assert found.values == {}


def test_another_tag_and_marketplace_are_reported(spoken):  # noqa: ARG001
    found = look_up("https://www.amazon.com/dp/4873119324?tag=their-20", CATALOG)
    facts = " ".join(found.facts)
    assert "amazon.com" in facts
    assert "their-20 is not yours" in facts
    assert "your tag a-22" in facts


@pytest.mark.usefixtures("spoken")
def test_another_tag_of_the_catalogs_stays_with_the_item():
    found = look_up("https://www.amazon.co.jp/dp/B0ABCDEFGH?tag=b-22", CATALOG)
    assert found.values == {"asin": "B0ABCDEFGH", "tag": "b-22"}
    assert "The link goes to amazon.co.jp with your tag b-22." in found.facts


def test_what_the_catalog_has_already_is_reported(spoken):  # noqa: ARG001
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
def test_an_id_is_proposed(spoken, pasted, name):  # noqa: ARG001
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
def test_a_title_is_taken_from_the_address(spoken, pasted, title):  # noqa: ARG001
    found = look_up(pasted, CATALOG)
    assert found.values.get("title") == title
    assert any("title" in fact for fact in found.facts) == (title is not None)


def test_an_address_elsewhere_may_be_a_book_of_a_programme(spoken):  # noqa: ARG001
    url = "https://books.rakuten.co.jp/rb/1/"
    assert look_up(url, CATALOG).kind is ItemKind.CTA
    found = look_up(url, CATALOG, ItemKind.BOOKS)
    assert (found.kind, found.values) == (ItemKind.BOOKS, {"url": url, "programme": "rakuten"})


@given(st.text(max_size=60))
def test_any_text_is_recognised_or_refused(spoken, pasted):  # noqa: ARG001
    found = look_up(pasted, CATALOG)
    assert bool(found.problem) != bool(found.values)


def test_the_rest_of_the_form_follows_without_script(admin_client):
    text = admin_client.get(f"{ADD}?paste=4873119324").text
    assert 'value="4873119324"' in text
    assert 'value="b-4873119324"' in text
    assert "data-hx-get" in text
    refused = admin_client.get(f"{ADD}?paste=4873119325").text
    assert 'name="title"' not in refused
    assert 'value="4873119325"' in refused


def test_a_book_is_added_from_what_was_pasted(admin_client, site):
    form = form_of(admin_client, f"{ADD}?paste=978-4-87311-932-8") | {"title": "足した本"}
    answer = admin_client.client.post(ADD, data=form)
    assert (answer.status_code, answer.location) == (303, "/admin/items/b-4873119324")
    book = load_catalog(site / "catalog.yaml").books["b-4873119324"]
    assert (book.title, book.asin) == ("足した本", "4873119324")


def test_a_cta_is_added_with_its_utm(admin_client, site):
    form = form_of(admin_client, f"{ADD}?kind=cta") | {
        "name": "course",
        "heading": "講座",
        "label": "見る",
        "url": "https://school.example/",
        "utm_source": "blog",
        "utm_medium": "email",
        "utm_campaign": "spring",
    }
    assert admin_client.client.post(ADD, data=form).status_code == 303
    cta = load_catalog(site / "catalog.yaml").ctas["course"]
    assert (cta.heading, cta.utm.campaign) == ("講座", "spring")


@pytest.mark.parametrize(
    ("name", "reported"),
    [
        pytest.param("", "Fill this in.", id="none"),
        pytest.param("Not Good", "Use a-z, 0-9 and hyphens", id="form"),
        pytest.param("newsletter", "This id is taken", id="a CTA's"),
        pytest.param("kitchen-coffee", "This id is taken", id="a book's"),
    ],
)
def test_an_id_that_cannot_be_had_is_reported_and_nothing_is_lost(
    admin_client, site, name, reported
):
    before = (site / "catalog.yaml").read_text(encoding="utf-8")
    form = form_of(admin_client, f"{ADD}?paste=4873119324") | {"title": "足した本", "name": name}
    answer = admin_client.client.post(ADD, data=form)
    assert answer.status_code == 400
    assert reported in text_of(answer)
    assert 'value="足した本"' in answer.text
    assert (site / "catalog.yaml").read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    "text",
    [
        "４８７３１１９３２４",
        "ＩＳＢＮ：９７８－４－８７３１１－９３２－８",
        "４８７３１１－９３２－４",
    ],
)
def test_digits_and_letters_in_full_width_are_look_up(text):
    assert look_up(text, CATALOG).name == "b-4873119324"


def test_an_asin_in_full_width_is_look_up():
    assert look_up("Ｂ０ＡＢＣＤＥＦ１２", CATALOG).values == {"asin": "B0ABCDEF12"}
