"""Cards of products, and the shops that books and products list by presets."""

import html5lib
import pytest

from linkmgr.blocks.render import Renderer
from linkmgr.catalog.blocks import DEFAULT_BLOCKS, PRODUCTS, Block, default_blocks
from linkmgr.catalog.items import ItemKind, ShopLink
from linkmgr.clicks.catalog_targets import targets_of
from linkmgr.links.model import Tracking
from tests.support.blocks import (
    SERVER,
    make_book,
    make_catalog,
    make_post,
    make_product,
    make_resolution,
    make_site,
)
from tests.support.resolver import article, mapping, others, shown
from tests.support.resolver import make_catalog as parsed_catalog

BLOCKS = (*DEFAULT_BLOCKS, Block("products", PRODUCTS, 3))
KINDLE = ShopLink("amazon", "https://www.amazon.co.jp/dp/B000000002/", preset="kindle")
RAKUTEN = ShopLink("rakuten", "https://item.rakuten.co.jp/a/1/", preset="rakuten")


def fragment_of(*items, post=None, site=None, trackings=None, **blocks):
    catalog = make_catalog(*items, site=site, blocks=BLOCKS, trackings=trackings or {})
    return Renderer(catalog, baseurl="").fragment(make_resolution(post, **blocks))


def parsed(html):
    return html5lib.HTMLParser(namespaceHTMLElements=False, strict=True).parseFragment(html)


def links(html):
    return [("".join(a.itertext()), a.get("href")) for a in parsed(html).iter("a")]


def test_card_has_picture_name_maker_blurb_and_link_to_each_shop():
    product = make_product(maker="Minamo & co", image="/k.jpg", shops=(RAKUTEN,))
    html = fragment_of(product, products=["kettle"])
    card = parsed(html).find(".//*[@role='listitem']")
    assert card.find("span/img").attrib == {
        "src": "/k.jpg",
        "alt": "",
        "width": "240",
        "height": "240",
        "loading": "lazy",
        "decoding": "async",
    }
    assert [p.text for p in card.findall(".//p")] == [None, "Minamo & co", "Pours."]
    assert [label for label, _ in links(html)] == [
        "Drip kettle",
        "Amazon",
        "楽天市場",
    ]
    assert html.count("linkmgr-label") == html.count("linkmgr-disclosure") == 1


@pytest.mark.parametrize(
    ("language", "label"),
    [("ja", "楽天市場"), ("en", "Rakuten")],
)
def test_a_preset_speaks_the_language_of_the_post(language, label):
    book = make_book(shops=(RAKUTEN,))
    html = fragment_of(book, post=make_post(language=language), books=["law"])
    assert [text for text, _ in links(html)] == ["AI and the Law", "Amazon", label]


def test_two_shops_of_one_programme_are_told_apart_by_clicks():
    audible = ShopLink("amazon", "https://www.amazon.co.jp/dp/B000000003/", preset="audible")
    product = make_product(shops=(KINDLE, audible))
    trackings = {"amazon": Tracking.REDIRECT}
    html = fragment_of(product, trackings=trackings, products=["kettle"])
    ends = [href.partition("&b=")[2] for _, href in links(html)]
    assert ends == ["products.1", "products.1", "products.1&s=kindle", "products.1&s=audible"]
    target = targets_of(make_catalog(product, trackings=trackings)).items["kettle"]
    assert target.shops == {
        "kindle": f"{KINDLE.url}?tag=ours-22",
        "audible": f"{audible.url}?tag=ours-22",
    }


def test_a_shop_without_a_preset_keeps_its_name_in_links():
    product = make_product(shops=(ShopLink("rakuten", "https://books.example/1"),))
    html = fragment_of(product, site=make_site(server=SERVER), products=["kettle"])
    assert links(html)[-1][1].endswith("&s=rakuten")


PRODUCT = {"kettle": {"title": "Kettle", "asin": "B000000001"}}
MAPPINGS = {"tea": mapping("kettle", "a", tags=["tea"])}


def test_a_catalog_without_blocks_shows_its_products_last():
    catalog = parsed_catalog(products=PRODUCT, mappings=MAPPINGS)
    assert catalog.blocks == default_blocks({ItemKind.PRODUCTS}, has_comparisons=False)
    assert [block.name for block in catalog.blocks] == ["related", "cta", "books", "products"]
    found = shown(catalog, article(tags=["tea"]), *others((), count=3))
    assert found == {"books": ["a"], "products": ["kettle"]}
    assert parsed_catalog(mappings={}).blocks == DEFAULT_BLOCKS


def test_products_show_only_in_blocks_that_are_theirs():
    catalog = parsed_catalog(products=PRODUCT, mappings=MAPPINGS, blocks={"books": {}})
    assert shown(catalog, article(tags=["tea"]), *others((), count=3)) == {"books": ["a"]}


def test_front_matter_chooses_products_and_limits_them():
    products = PRODUCT | {"scale": {"title": "Scale", "asin": "B000000002"}}
    catalog = parsed_catalog(products=products, mappings=MAPPINGS)
    chosen = article(tags=["tea"], linkmgr={"products": ["scale", "kettle"], "limit": 1})
    assert shown(catalog, chosen, *others((), count=3)) == {"books": ["a"], "products": ["scale"]}
