"""A link leads to a page of a shop's, and a visit there is nobody's click."""

import pytest

from linkmgr.links.programmes.profile import AddressShape, Profile
from linkmgr.links.programmes.profiles import packaged_profiles
from linkmgr.links.recognition.shop_pages import earns_by_visit, shop_page

OWN = Profile("go", "Go", links=(AddressShape.parse("go.example"),))
PROGRAMMES = packaged_profiles().with_own([OWN])

AMAZON = "https://www.amazon.co.jp/dp/4000000000/"
SHOP = "https://shop.example/kettle?size=2"
ENCODED = "https%3A%2F%2Fshop.example%2Fkettle%3Fsize%3D2"


@pytest.mark.parametrize(
    ("url", "page"),
    [
        pytest.param("https://www.amazon.co.jp/dp/4000000000?tag=ours-22", AMAZON, id="product"),
        pytest.param(
            "http://amazon.co.jp/gp/product/4000000000/ref=as_li?linkCode=ll1&amp;tag=ours-22",
            AMAZON,
            id="product in an old form",
        ),
        pytest.param(
            "https://www.amazon.co.jp/s?k=tea&tag=ours-22&ascsubtag=x&linkId=y",
            "https://www.amazon.co.jp/s?k=tea",
            id="search",
        ),
        pytest.param(SHOP + "&utm_source=blog&aff_id=3#top", SHOP, id="what earns goes"),
        pytest.param(
            "https://a.gumroad.com/l/tea?a=9", "https://a.gumroad.com/l/tea", id="gumroad"
        ),
        pytest.param("//shop.example", "https://shop.example/", id="no scheme"),
        pytest.param("https://店.example/本", "https://xn--hxt.example/%E6%9C%AC", id="Japanese"),
        pytest.param(
            "https://apps.apple.com/jp/app/id1?at=1001l&ct=blog",
            "https://apps.apple.com/jp/app/id1",
            id="apple",
        ),
        pytest.param(
            f"https://hb.afl.rakuten.co.jp/hgc/0a1/?pc={ENCODED}&m={ENCODED}", SHOP, id="rakuten"
        ),
        pytest.param(
            f"//af.moshimo.com/af/c/click?a_id=1&p_id=2&pc_id=3&pl_id=4&url={ENCODED}",
            SHOP,
            id="moshimo",
        ),
        pytest.param(
            f"https://px.a8.net/svt/ejp?a8mat=1+2+3&a8ejpredirect={ENCODED}", SHOP, id="a8"
        ),
        pytest.param(
            "https://af.moshimo.com/af/c/click?url="
            "https%3A%2F%2Fhb.afl.rakuten.co.jp%2Fhgc%2F0a1%2F%3Fpc%3Dhttps%253A%252F%252F"
            "item.rakuten.co.jp%252Ftea%252F1%252F",
            "https://item.rakuten.co.jp/tea/1/",
            id="one in another",
        ),
        pytest.param(f"https://go.example/?to={ENCODED}", SHOP, id="the owner's programme"),
    ],
)
def test_a_link_leads_to_a_page_without_what_earns(url, page):
    assert shop_page(url, PROGRAMMES) == page
    assert not earns_by_visit(page, PROGRAMMES)


def test_a_programme_s_host_in_wide_letters_is_the_programme_s():
    assert shop_page("https://ｐｘ。ａ８。net/svt/ejp?a8mat=1+2+3+4", PROGRAMMES) is None


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://amzn.to/3abc", id="short link"),
        pytest.param("https://a.r10.to/h1", id="Rakuten's short link"),
        pytest.param("https://px.a8.net/svt/ejp?a8mat=1+2+3+4", id="no address in it"),
        pytest.param("https://bookshop.org/a/12345/9784000000000", id="an account in the path"),
        pytest.param("https://www10.a8.net/0.gif?a8mat=1+2+3+4", id="pixel"),
        pytest.param("https://go.example/kettle", id="the owner's programme"),
        pytest.param("https://px.a8.net/svt/ejp?a8ejpredirect=https%3A%2F%2Famzn.to%2F3", id="two"),
        pytest.param("https://rcm-fe.amazon-adsystem.com/e/cm?t=o-22&asins=4000000000", id="frame"),
    ],
)
def test_what_only_a_programme_s_server_knows_stays_unknown(url):
    assert shop_page(url, PROGRAMMES) is None
    assert earns_by_visit(url, PROGRAMMES)


@pytest.mark.parametrize(
    "url", ["/go/tea", "mailto:a@b.example", "https://a:b@shop.example/", "https://[x", "", "//"]
)
def test_what_is_no_address_of_a_shop_is_no_page(url):
    assert shop_page(url, PROGRAMMES) is None
