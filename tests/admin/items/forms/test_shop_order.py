"""Nothing that a shop has is lost by the buttons of the shops, in any order of presses."""

from itertools import permutations

import pytest

from linkmgr.catalog.items import Book
from tests.support.items import catalog, form_in, form_of, sent

PATH = "/admin/items/drip-notes/edit"
ISBN = "978-4-9999990-1-9"
ENTRY = f"""\
    isbn: {ISBN}
    label: 紙の本
    shops:
      - {{preset: kindle, url: "https://www.amazon.co.jp/dp/B0KINDLE01", label: 電子の本}}
      - {{preset: rakuten-kobo, url: "https://books.rakuten.co.jp/rk/1/", programme: site}}
      - url: https://tezukuri.example.com/shop/1
        programme: site
        label: 直販
        price: ￥1,800
        price-at: 2026-12-01
"""


@pytest.fixture
def book(file):
    """Give the book an ISBN and three further shops, each with words of its own."""
    text = file.read_text(encoding="utf-8")
    before, _, rest = text.partition("  drip-notes:\n")
    end = rest.index("\n\n")
    title = "  drip-notes:\n    title: ハンドドリップ実験ノート\n"
    file.write_text(before + title + ENTRY + rest[end:], encoding="utf-8")
    return file


def shops_of(book: Book):
    """Return by address what each shop of a book has, in the order of the buttons."""
    first = book.url or f"https://www.amazon.co.jp/dp/{book.asin}"
    shops = {
        first: (book.preset or (book.asin and "amazon"), book.programme, book.label, book.price)
    }
    for shop in book.shops:
        shops[shop.url] = (shop.preset, shop.programme, shop.label, shop.price)
    return shops


@pytest.mark.usefixtures("book")
def test_each_order_of_shops_keeps_all_that_they_have(admin_client, site):
    before = catalog(site).books["drip-notes"]
    rows = shops_of(before)
    start = form_of(admin_client, PATH)
    for order in permutations(rows):
        form, present = start, [*rows]
        for place, address in enumerate(order):
            for number in range(present.index(address), place, -1):
                form = form_in(
                    admin_client.client.post(PATH, data=form | {"do": f"shop-up:{number}"})
                )
            present.remove(address)
            present.insert(place, address)
        assert form["isbn"] == ISBN
        answer = admin_client.client.post(PATH, data=form | {"do": "save"})
        assert answer.status_code == 303, order
        moved = catalog(site).books["drip-notes"]
        assert list(shops_of(moved).items()) == [(address, rows[address]) for address in order]
        assert before.asin in (moved.asin, *moved.also)
        start = start | {"revision": form_of(admin_client, PATH)["revision"]}


@pytest.mark.usefixtures("book")
def test_the_first_shop_is_removed_and_the_next_takes_its_place(admin_client, site):
    rows = shops_of(catalog(site).books["drip-notes"])
    form = form_in(sent(admin_client, PATH, do="shop-remove:0"))
    assert admin_client.client.post(PATH, data=form | {"do": "save"}).status_code == 303
    left = shops_of(catalog(site).books["drip-notes"])
    assert list(left.items()) == list(rows.items())[1:]


@pytest.mark.usefixtures("book")
def test_a_number_that_leads_nowhere_stays_where_it_is(admin_client):
    form = form_in(sent(admin_client, PATH, do="shop-up:1", isbn="978-4-9999990-1-8"))
    assert form["isbn"] == "978-4-9999990-1-8"
    assert form["shops-0-preset"] == "kindle"


@pytest.mark.usefixtures("book")
def test_shops_are_added_below_those_that_are_there(admin_client, site):
    more = "https://honto.jp/netstore/pd-book_1.html\nhttps://www.kinokuniya.co.jp/f/dsg-01-1"
    form = form_in(sent(admin_client, PATH, do="shop-add", more_shops=more))
    assert admin_client.client.post(PATH, data=form | {"do": "save"}).status_code == 303
    presets = [shop.preset for shop in catalog(site).books["drip-notes"].shops]
    assert presets == ["kindle", "rakuten-kobo", None, "honto", "kinokuniya"]
