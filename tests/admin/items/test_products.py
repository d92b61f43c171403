"""Products are added, edited and listed as books are."""

import re

import pytest

from tests.support.items import catalog, form_in, form_of, sent, text_of

ADD = "/admin/add-item"
SHOP = "https://item.rakuten.co.jp/minamo/kettle/"


@pytest.fixture
def kettle(admin_client):
    """Add a product through the form."""
    form = form_of(admin_client, f"{ADD}?paste=B0EXAMPLE9&kind=products") | {
        "name": "kettle",
        "title": "細口ケトル",
        "maker": "水面製作所",
        "shops-0-preset": "rakuten",
        "shops-0-url": SHOP,
    }
    assert form["kind"] == "products"
    return admin_client.client.post(ADD, data=form)


def test_an_asin_may_be_a_product_instead_of_a_book(admin_client):
    offered = admin_client.get(f"{ADD}?paste=B0EXAMPLE9")
    assert "It’s a product, not a book" in offered.text
    products = admin_client.get(f"{ADD}?paste=B0EXAMPLE9&kind=products")
    assert "It’s a book, not a product" in products.text
    isbn = admin_client.get(f"{ADD}?paste=978-4-9999990-1-9&kind=products")
    assert 'name="isbn"' in isbn.text


def test_an_address_at_another_shop_may_be_a_product(admin_client):
    page = admin_client.get(f"{ADD}?paste={SHOP}&kind=products")
    assert "A product at" in page.text
    assert form_of(admin_client, f"{ADD}?paste={SHOP}&kind=products")["url"] == SHOP


def test_a_product_is_added_with_the_preset_of_a_shop(kettle, site):
    assert (kettle.status_code, kettle.location) == (303, "/admin/items/kettle")
    product = catalog(site).products["kettle"]
    assert (product.title, product.maker, product.asin) == (
        "細口ケトル",
        "水面製作所",
        "B0EXAMPLE9",
    )
    [shop] = product.shops
    assert (shop.preset, shop.programme, shop.url) == ("rakuten", "rakuten", SHOP)


@pytest.mark.usefixtures("kettle")
def test_an_untouched_form_changes_nothing_and_an_edit_is_saved(admin_client, site):
    before = (site / "catalog.yaml").read_text(encoding="utf-8")
    path = "/admin/items/kettle/edit"
    assert sent(admin_client, path).status_code == 303
    assert (site / "catalog.yaml").read_text(encoding="utf-8") == before
    assert sent(admin_client, path, image="http://a.example/b.jpg").status_code == 400
    assert sent(admin_client, path, image="/assets/kettle.jpg").status_code == 303
    assert catalog(site).products["kettle"].image == "/assets/kettle.jpg"


@pytest.mark.usefixtures("kettle")
def test_a_wrong_address_is_reported_at_the_shop(admin_client):
    over = {"shops-0-url": "https://shopping.yahoo.co.jp/kettle"}
    answer = sent(admin_client, "/admin/items/kettle/edit", **over)
    assert answer.status_code == 400
    assert "does not lead to rakuten" in text_of(answer)


@pytest.mark.usefixtures("kettle")
def test_products_are_kind_of_list_and_have_page_with_their_card(admin_client):
    listed = admin_client.get("/admin/items/?kind=products").text
    assert "細口ケトル" in listed
    assert "kitchen-coffee" not in listed
    page = admin_client.get("/admin/items/kettle").text
    assert "</a> / Product</p>" in page
    assert "linkmgr-products" in page
    assert "水面製作所" in page


@pytest.mark.usefixtures("kettle")
def test_a_further_shop_becomes_the_first_and_back(admin_client, site):
    path = "/admin/items/kettle/edit"
    up = {"do": "shop-up:1"}
    before = catalog(site).products["kettle"]
    shown = form_in(sent(admin_client, path, **up))
    assert (shown["url"], shown["preset"], shown["asin"]) == (SHOP, "rakuten", "")
    assert admin_client.client.post(path, data=shown | {"do": "save"}).status_code == 303
    product = catalog(site).products["kettle"]
    assert (product.url, product.asin, product.also) == (SHOP, None, ("B0EXAMPLE9",))
    [shop] = product.shops
    assert (shop.preset, shop.url) == ("amazon", "https://www.amazon.co.jp/dp/B0EXAMPLE9")
    back = form_in(sent(admin_client, path, **up))
    admin_client.client.post(path, data=back | {"do": "save"})
    assert catalog(site).products["kettle"] == before


@pytest.mark.usefixtures("kettle")
def test_a_programme_is_picked_from_a_list(admin_client):
    page = admin_client.get("/admin/items/kettle/edit").text
    for name in ("programme", "shops-0-programme"):
        options = re.search(rf'<select [^>]*name="{name}".*?</select>', page, re.DOTALL)
        assert '<option value="rakuten">' in options[0]
