"""Affiliate links in every form in use."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.links.amazon import TAG_SUFFIXES
from linkmgr.links.model import AffiliateLink
from linkmgr.links.recognition.affiliate import affiliate_link

ASIN = "4000000004"
JP = "amazon.co.jp"
DIRECT = f"https://www.{JP}/dp/{ASIN}"


def product(url: str, tag: str | None = "x-22", *, wrapper: str | None = None) -> AffiliateLink:
    return AffiliateLink(url, "product", "amazon", ASIN, tag, JP, wrapper)


PRODUCTS = [
    f"https://www.{JP}/dp/{ASIN}/?tag=x-22",
    f"http://{JP}/dp/{ASIN}?tag=x-22&linkCode=as2",
    f"//www.{JP}/dp/{ASIN}/ref=nosim?tag=x-22",
    f"https://www.{JP}/gp/product/{ASIN}/ref=as_li_tl?ie=UTF8&camp=247&tag=x-22",
    f"https://www.{JP}/exec/obidos/ASIN/{ASIN}/x-22",
    f"https://www.{JP}/exec/obidos/ASIN/{ASIN}/x-22/ref=nosim/",
    f"https://www.{JP}/o/ASIN/{ASIN}/x-22",
    f"https://www.{JP}/o/ASIN/{ASIN}/ref=nosim/x-22/",
    f"https://www.{JP}/product/{ASIN}?tag=x-22",
    f"https://www.{JP}/gp/aw/d/{ASIN}?tag=x-22",
    f"https://www.{JP}/%E7%A0%82%E3%81%AE%E8%A8%88%E7%AE%97%E6%A9%9F/dp/{ASIN}/ref=sr_1_1?tag=x-22",
    f"https://www.{JP}/砂の計算機-例社/dp/{ASIN}?tag=x-22",
    f"https://m.{JP}/dp/{ASIN}?tag=x-22#detail",
]


@pytest.mark.parametrize("url", PRODUCTS)
def test_a_product_is_known_in_every_form(url):
    assert affiliate_link(url) == product(url)


def test_escaped_ampersands_are_read_as_they_are_meant():
    assert affiliate_link(f"{DIRECT}?a=1&amp;tag=x-22") == product(f"{DIRECT}?a=1&tag=x-22")


def test_an_address_that_is_encoded_as_a_whole_is_read():
    assert affiliate_link(quote(f"{DIRECT}?tag=x-22", safe="")) == product(f"{DIRECT}?tag=x-22")


def test_a_page_of_reviews_is_no_product():
    assert affiliate_link(f"https://www.{JP}/Sand/product-reviews/{ASIN}/ref=x") is None
    tagged = affiliate_link(f"https://www.{JP}/Sand/product-reviews/{ASIN}/?tag=x-22")
    assert tagged is not None
    assert (tagged.kind, tagged.asin) == ("other", None)


def test_a_product_page_without_a_tag_counts():
    assert affiliate_link(DIRECT) == product(DIRECT, None)


@pytest.mark.parametrize("asin", ["40000000", "4000000005", ""])
def test_a_damaged_asin_is_given_as_it_stands(asin):
    found = affiliate_link(f"https://www.{JP}/dp/{asin}")
    assert found is not None
    assert found.asin == asin


TARGET = quote(f"{DIRECT}?tag=x-22", safe="")
WRAPPED = {
    "moshimo": f"https://af.moshimo.com/af/c/click?a_id=1&p_id=2&url={TARGET}",
    "a8": f"https://px.a8.net/svt/ejp?a8mat=AAA&a8ejpredirect={TARGET}",
    "rakuten": f"https://hb.afl.rakuten.co.jp/hgc/0a.1b/?pc={TARGET}&m={TARGET}",
    "valuecommerce": f"//ck.jp.ap.valuecommerce.com/servlet/referral?sid=1&pid=2&vc_url={TARGET}",
    "go.example": f"https://go.example/r?to={quote(TARGET, safe='')}",
    "click.example": "https://click.example/?u="
    + quote(f"https://go.example/?url={TARGET}", safe=""),
}


@pytest.mark.parametrize(("wrapper", "url"), WRAPPED.items(), ids=WRAPPED)
def test_a_redirector_leads_to_the_product_in_its_parameter(wrapper, url):
    assert affiliate_link(url) == product(url, wrapper=wrapper)


def test_a_redirector_to_another_shop_is_its_own_programme():
    url = f"https://hb.afl.rakuten.co.jp/hgc/0a/?pc={quote('https://books.rakuten.co.jp/rb/1/')}"
    assert affiliate_link(url) == AffiliateLink(url, "other", "rakuten", wrapper="rakuten")


def test_redirectors_are_followed_to_a_limited_depth():
    url = DIRECT
    for _ in range(30):
        url = f"https://go.example/?u={quote(url, safe='')}"
    assert affiliate_link(url) is None


@pytest.mark.parametrize(
    "url", ["https://amzn.to/3AbC", "https://amzn.asia/d/1", "https://a.co/d/1"]
)
def test_a_short_link_says_nothing_of_where_it_leads(url):
    assert affiliate_link(url) == AffiliateLink(url, "short", "amazon")


@pytest.mark.parametrize("path", ["s?k=%E7%A0%82&", "gp/search?ie=UTF8&keywords=sand&", "s/?k=a&"])
def test_a_search_has_no_asin(path):
    url = f"https://www.{JP}/{path}tag=x-22"
    assert affiliate_link(url) == AffiliateLink(url, "search", "amazon", None, "x-22", JP)


NETWORKS = {
    "impact": "https://affiliates.books.example/c/3172345/77416/2029?u=https%3A%2F%2Fbooks.example",
    "afb": "https://track.affiliate-b.com/visit.php?a=T49219-w1&p=i9",
    "rentracks": "https://www.rentracks.jp/adx/r.html?idx=0.5.3.1.2&dna=17",
    "flexoffers": "https://track.flexlinkspro.com/a.ashx?foid=10.13&foc=1",
    "ambassador": "http://mbsy.co/mailers/319",
}


@pytest.mark.parametrize(("network", "url"), NETWORKS.items(), ids=NETWORKS)
def test_a_networks_link_is_known_by_its_address(network, url):
    assert affiliate_link(url) == AffiliateLink(url, "other", network, wrapper=network)


@pytest.mark.parametrize(
    "path", ["c/2019/05/06", "c/31723/77416", "c/31723/77416/2029/reviews", "x/31723/77416/2029"]
)
def test_other_paths_on_a_shops_host_are_not_impacts(path):
    assert affiliate_link(f"https://books.example/{path}") is None


WIDGETS = {
    "image": f"//ws-fe.amazon-adsystem.com/widgets/q?_encoding=UTF8&ASIN={ASIN}&tag=x-22",
    "pixel": f"https://ir-jp.amazon-adsystem.com/e/ir?t=x-22&l=li3&o=9&a={ASIN}",
    "frame": f"https://rcm-fe.amazon-adsystem.com/e/cm?ref=tf_til&t=x-22&asins={ASIN}&linkId=1",
}


@pytest.mark.parametrize(("name", "url"), WIDGETS.items(), ids=WIDGETS)
def test_a_widget_tells_asin_and_tag(name, url):
    kind = "frame" if name == "frame" else "image"
    assert affiliate_link(url) == AffiliateLink(url, kind, "amazon", ASIN, "x-22", JP)


@pytest.mark.parametrize("marketplace", TAG_SUFFIXES)
def test_a_widget_tells_the_marketplace_of_its_country(marketplace):
    country = marketplace.rpartition(".")[2]
    url = f"https://ws-na.amazon-adsystem.com/widgets/q?marketplace={country.upper()}&a={ASIN}"
    assert affiliate_link(url).marketplace == marketplace


@pytest.mark.parametrize(
    "url",
    [
        "https://aws.amazon.com/jp/",
        f"https://www.{JP}/",
        f"https://www.{JP}.evil.example/dp/{ASIN}",
        f"https://twitter.com/share?url={TARGET}",
        f"https://b.hatena.ne.jp/entry?url={TARGET}",
        "https://item.rakuten.co.jp/shop/1/",
        "/dp/4000000004",
        "mailto:a@b.example",
        "",
        "https://[",
    ],
)
def test_other_links_are_nobodys(url):
    assert affiliate_link(url) is None


PIECES = st.sampled_from(
    [
        *("https:", "//", "/", f"www.{JP}", "amzn.to", "af.moshimo.com", "/dp/", ASIN),
        *("?", "&", "&amp;", "=", "#", "%", "%25", "tag", "url", "/exec/obidos/ASIN/"),
        *("[", "]", "@", ":", "\x00", "é"),
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=20).map("".join)))
def test_no_text_makes_it_fail(text):
    found = affiliate_link(text)
    assert found is None or found.programme
