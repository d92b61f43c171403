"""Which programmes are redirected by default, and what is said where one must not be."""

import re

import pytest

from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.reading.programme_warnings import programme_warnings
from linkmgr.links.model import Tracking

SITE = "site: {name: Tea, url: https://tea.example, language: en, server: https://l.example}\n"


def trackings(text):
    found = parse_catalog(SITE + text).programmes
    return {programme.id: programme.tracking for programme in found.values()}


def warned(text):
    whole = SITE + text
    return list(map(str, programme_warnings(parse_catalog(whole), "catalog.yaml", whole.encode())))


def test_only_the_sites_own_links_are_redirected_by_default():
    assert trackings("programmes:\n  rakuten: {name: Rakuten}\n  shop: {name: Shop}\n") == {
        "amazon": Tracking.BEACON,
        "site": Tracking.REDIRECT,
        "rakuten": Tracking.DIRECT,
        "shop": Tracking.DIRECT,
    }


@pytest.mark.parametrize("tracking", Tracking)
def test_what_the_catalog_says_comes_before_the_default(tracking):
    entry = f"{{name: R, tracking: {tracking}}}"
    assert trackings(f"programmes: {{rakuten: {entry}}}\n")["rakuten"] == tracking


def test_a_catalog_without_forbidden_redirects_is_read_silently():
    assert warned("programmes: {rakuten: {name: R}, shop: {name: S, tracking: redirect}}\n") == []


def kettle(url="https://store.shopping.yahoo.co.jp/minamo/kettle.html", key="one", more=""):
    shop = f"{{preset: yahoo, url: '{url}'{more}}}"
    return f"  {key}: {{title: T, asin: B0EXAMPLE1, shops: [{shop}]}}\n"


def test_plain_shop_addresses_are_reported_once_a_programme():
    (warning,) = warned("programmes: {yahoo: {}}\nproducts:\n" + kettle() + kettle(key="two"))
    where = "catalog.yaml:4: products.one.shops[1].url: "
    assert warning.startswith(f"{where}is the plain address of a shop")
    assert "(1 more item likewise): give the programme yahoo a url with {url}" in warning


TWO_SHOPS = """\
programmes: {yahoo: {}, honto: {}}
products:
  one:
    title: T
    asin: B0EXAMPLE1
    shops:
      - {preset: honto, url: 'https://honto.jp/netstore/pd-book_1.html?affi=1'}
      - preset: yahoo
        label: At Yahoo!
        url: https://store.shopping.yahoo.co.jp/minamo/kettle.html
"""


def test_a_plain_address_is_reported_at_its_own_line():
    (warning,) = warned(TWO_SHOPS)
    assert warning.startswith("catalog.yaml:11: products.one.shops[2].url: ")


def test_a_plain_rakuten_address_does_not_lack_its_code():
    shop = "{preset: rakuten, url: https://item.rakuten.co.jp/minamo/kettle/}"
    products = f"products: {{one: {{title: T, asin: B0EXAMPLE1, shops: [{shop}]}}}}\n"
    (warning,) = warned("programmes: {rakuten: {}}\n" + products)
    assert "plain address of a shop, which earns nothing" in warning
    example = "https://hb.afl.rakuten.co.jp/hgc/YOUR-ID/?pc={url}"
    assert f"a url with {{url}} such as {example}, paste" in warning


@pytest.mark.parametrize(
    ("programme", "shop"),
    [
        pytest.param("{url: 'https://go.example/?u={url}'}", kettle(), id="a template"),
        pytest.param("{}", kettle(more=", programme: site"), id="meant to earn nothing"),
        pytest.param("{}", kettle("https://shopping.yahoo.co.jp/k?afid=1"), id="a parameter"),
        pytest.param(
            "{}",
            kettle(
                "https://af.moshimo.com/af/c/click?a_id=1&url=https%3A%2F%2Fshopping.yahoo.co.jp"
            ),
            id="a link of a programme",
        ),
    ],
)
def test_addresses_of_the_sites_own_programme_are_not_reported(programme, shop):
    assert warned(f"programmes: {{yahoo: {programme}}}\nproducts:\n{shop}") == []


EXAMPLES = """\
site: {name: Tea, url: https://tea.blog}
programmes:
  amazon: {tag: your-tag-22, tags: {categories: {Tea: example-food-22}}}
  rakuten:
    url: https://hb.afl.rakuten.co.jp/hgc/YOUR-ID/?pc={url}  # as issued
products:
  one:
    title: Example-22, of which this is the name
    asin: B0EXAMPLE1
    shops:
      - {preset: kindle, url: https://www.amazon.co.jp/dp/B0EXAMPLE2}
      - {preset: rakuten, url: https://item.rakuten.co.jp/minamo/kettle/}
"""


def test_what_examples_have_is_reported_at_its_line():
    warnings = programme_warnings(parse_catalog(EXAMPLES), "catalog.yaml", EXAMPLES)
    what = [str(warning).partition(", which is only an example")[0] for warning in warnings]
    assert what == [
        "catalog.yaml:3: programmes.amazon.tag: has your-tag-22",
        "catalog.yaml:3: programmes.amazon.tags.categories.Tea: has example-food-22",
        "catalog.yaml:5: programmes.rakuten.url: has YOUR-ID",
        "catalog.yaml:9: products.one.asin: has B0EXAMPLE1",
        "catalog.yaml:11: products.one.shops[1].url: has B0EXAMPLE2",
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(EXAMPLES.replace("tea.blog", "tea.example.com"), id="a blog for examples"),
        pytest.param(re.sub("(?m)^", "#", EXAMPLES.partition("programmes")[2]), id="comments"),
    ],
)
def test_examples_that_nobody_reads_are_not_reported(text):
    text = text if text.startswith("site") else f"site: {{name: T, url: https://t.blog}}\n{text}"
    assert list(programme_warnings(parse_catalog(text), "catalog.yaml", text)) == []


def test_without_a_server_nothing_is_redirected_or_reported():
    text = "site: {name: Tea, url: https://tea.example}\nprogrammes: {amazon: {tracking: redirect}}"
    assert list(programme_warnings(parse_catalog(text), "catalog.yaml", text)) == []


@pytest.mark.parametrize(
    ("programme", "parts"),
    [
        pytest.param(
            "amazon: {\n    tracking: redirect}",
            ("Amazon", "Program Policies", "tracking: beacon"),
            id="Amazon",
        ),
        pytest.param(
            "rakuten: {name: R,\n    tracking: redirect}",
            ("Rakuten", "affiliate.rakuten.co.jp/guides/help", "tracking: direct"),
            id="Rakuten, by its id",
        ),
        pytest.param(
            "books: {name: R, url: 'https://hb.afl.rakuten.co.jp/hgc/1/?pc={url}',\n"
            "    tracking: redirect}",
            ("Rakuten", "affiliate.rakuten.co.jp/guides/help", "tracking: direct"),
            id="Rakuten, by its address",
        ),
        pytest.param(
            "a8: {name: A8,\n    tracking: redirect}",
            ("A8.net", "short", "tracking: direct"),
            id="A8",
        ),
        pytest.param(
            "valuecommerce: {name: V,\n    tracking: redirect}",
            ("バリューコマース", "ad tag", "tracking: direct"),
            id="ValueCommerce",
        ),
    ],
)
def test_a_forbidden_redirect_has_its_line_rule_and_remedy(programme, parts):
    (warning,) = warned(f"programmes:\n  {programme}\n")
    name = programme.partition(":")[0]
    assert warning.startswith(f"catalog.yaml:{3 + programme.count(chr(10))}: ")
    assert f": programmes.{name}.tracking: " in warning
    for part in parts:
        assert part in warning


def test_moshimo_whose_pages_forbid_no_redirect_is_not_named():
    assert warned("programmes: {moshimo: {name: もしも, tracking: redirect}}\n") == []


def test_a_programme_of_ready_made_links_is_known_by_them():
    shop = "shops: [{programme: asp, url: https://px.a8.net/svt/ejp?a8mat=1}]"
    books = "".join(f"  b{n}: {{title: B, asin: B0EXAMPLE{n}, {shop}}}\n" for n in range(9))
    tracked, alone = warned(
        f"programmes:\n  asp: {{name: ASP, tracking: redirect}}\nbooks:\n{books}"
    )
    assert tracked.startswith("catalog.yaml:3: programmes.asp.tracking: A8.net")
    assert alone.startswith("catalog.yaml:5: books.b0.shops: is a link of A8.net without the code")
    assert "8 more items" in alone


def test_a_cta_that_earns_as_the_sites_own_is_reported_once():
    cta = "heading: H, label: L, url: 'https://px.a8.net/svt/ejp?a8mat="
    first, second = warned(
        f"ctas:\n  one: {{{cta}1'}}\n  two: {{{cta}2'}}\n"
        "  cj: {heading: H, label: L, url: 'https://www.anrdoezrs.net/x'}\n"
        "  own: {heading: H, label: L, url: /a/}\n"
    )
    assert first == (
        "catalog.yaml:3: ctas.one.url: is an affiliate link of A8.net, so it is marked as an ad "
        "and not redirected (1 more item likewise): write programme: a8 beside it, and "
        "a8: {name: A8.net} under programmes"
    )
    assert second == (
        "catalog.yaml:5: ctas.cj.url: is an affiliate link of CJ, so it is marked as an ad and not "
        "redirected: write programme: cj beside it, and cj: {name: CJ} under programmes"
    )


def test_a_book_that_passes_for_the_sites_own_is_reported_too():
    book = "{title: T, programme: site, url: 'https://px.a8.net/svt/ejp?a8mat=1'}"
    (warning,) = warned(f"books: {{one: {book}}}\n")
    assert warning.startswith("catalog.yaml:2: books.one.url: is an affiliate link of A8.net")


def test_a_cta_of_a_known_programme_only_has_to_name_it():
    (warning,) = warned(
        "programmes: {a8: {name: A8.net}}\n"
        "ctas: {one: {heading: H, label: L, url: 'https://px.a8.net/svt/ejp?a8mat=1'}}\n"
    )
    assert warning.endswith(": write programme: a8 beside it")
