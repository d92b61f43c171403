"""`linkmgr add` adds to the catalog what the admin's field takes."""

import json

import pytest

from linkmgr.catalog.reading.files import load_catalog
from tests.support.builds import write_blog
from tests.support.cli import run


@pytest.fixture
def site(tmp_path):
    return write_blog(tmp_path / "site")


@pytest.fixture
def catalog(site):
    """Give what reads the catalog as it is now."""
    return lambda: load_catalog(site / "catalog.yaml")


def test_an_address_at_amazon_becomes_a_book_with_our_tag(site, catalog):
    address = "https://www.amazon.com/Good-Words-Here/dp/4873119324/ref=sr_1?tag=x-22"
    done = run("add", address, "--site", site)
    assert (done.code, done.err) == (0, "")
    assert "The tag x-22 is not yours and was removed." in done.out
    assert f"Added books.good-words-here to {site / 'catalog.yaml'}.\n" in done.out
    book = catalog().books["good-words-here"]
    assert (book.title, book.asin) == ("Good Words Here", "4873119324")


def test_a_product_is_added_as_such_under_an_id_of_ones_own(site, catalog):
    options = ("--kind", "product", "--title", "Kettle", "--id", "kettle", "--json")
    done = run("add", "B0EXAMPLE9", *options, "--site", site)
    added = json.loads(done.out)
    assert (added["section"], added["id"]) == ("products", "kettle")
    assert added["entry"] == {"asin": "B0EXAMPLE9", "title": "Kettle"}
    assert added["facts"][-1] == "The link goes to amazon.com with your tag ours-20."
    assert catalog().products["kettle"].title == "Kettle"


def test_a_page_becomes_a_call_to_action(site, catalog):
    address = "https://shop.example/letter?utm_source=a&utm_medium=email&utm_campaign=b"
    done = run("add", address, "--title", "A letter", "--label", "Read", "--site", site)
    assert done.code == 0
    cta = catalog().ctas["b"]
    assert (cta.heading, cta.label, cta.url) == ("A letter", "Read", "https://shop.example/letter")
    assert cta.utm.campaign == "b"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["4873119325"], "check digit", id="wrong number"),
        pytest.param(["B0EXAMPLE1"], "green is in the catalog already", id="known"),
        pytest.param(["B0EXAMPLE9"], "give it with --title", id="no title"),
        pytest.param(["/letter/", "--title", "A"], "ctas.letter.label", id="no label"),
        pytest.param(["B0EXAMPLE9", "--title", "A", "--id", "green"], "green", id="taken id"),
        pytest.param(["B0EXAMPLE9", "--label", "A"], "--kind cta", id="label of a book"),
    ],
)
def test_what_the_catalog_refuses_is_not_added(site, arguments, says):
    before = (site / "catalog.yaml").read_bytes()
    done = run("add", *arguments, "--site", site)
    assert done.code in {1, 2}
    assert says in done.err
    assert (site / "catalog.yaml").read_bytes() == before


def test_mistakes_are_told_in_japanese(site):
    done = run("add", "B0EXAMPLE1", "--site", site, "--lang", "ja")
    assert done.err == "green はもうカタログにあるため、何も追加しませんでした\n"
