"""Where links lead."""

from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.blocks.links import item_url, shop_url
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.links.amazon import SHORT_HOSTS, TAG_SUFFIXES
from linkmgr.links.model import Utm
from linkmgr.links.urls import is_at_amazon, target_problem, with_utm

UTM = Utm("blog", "cta", "bread")
ADDED = "utm_source=blog&utm_medium=cta&utm_campaign=bread"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://localhost:4000/x",
        "https://example.com/a?b=c&d#e",
        "https://example.com/東京/?q=珈琲#見出し",
        "https://日本語.jp/",
        "https://192.0.2.1/",
        "https://[2001:db8::1]/",
        "/",
        "/services/",
        "/パン/?a=b#c",
        "/👨\u200d💻-curso/",
        "https://example.com/می\u200cخواهم",
        "/soft\u00adhyphen/zero\u200bwidth/",
    ],
)
def test_a_link_may_lead_to_the_web_or_within_the_site(url):
    assert target_problem(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/",
        "///example.com/",
        "/\\example.com/",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "mailto:a@example.com",
        "ftp://example.com/",
        "https://",
        "https:///x",
        "https:example.com",
        "https://exa mple.com/",
        "https://example.com/\u200b",
        "https://example.com/\u202ex",
        "https://exam\u200dple.com/",
        "https://example.com/x\ufeff",
        "/x\u0085y",
        "https://example.com/\u3000",
        "https://user:word@example.com/",
        "https://example.com:99999999/",
        "https://-.example/",
        " https://example.com/",
        "https://example.com/\n",
    ],
)
def test_other_addresses_are_refused(url):
    assert target_problem(url)


@given(st.text())
def test_any_text_is_an_allowed_address_or_not(text):
    if target_problem(text) is None:
        assert text[0] in "/hH"
        assert urlsplit(text).scheme in ("", "http", "https")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/", f"https://a.example/?{ADDED}"),
        ("https://a.example", f"https://a.example?{ADDED}"),
        ("https://a.example/?", f"https://a.example/?{ADDED}"),
        ("https://a.example/?b=c", f"https://a.example/?b=c&{ADDED}"),
        ("https://a.example/?b=c&", f"https://a.example/?b=c&{ADDED}"),
        ("https://a.example/#top?x", f"https://a.example/?{ADDED}#top?x"),
        ("https://a.example/?b=%20+c#top", f"https://a.example/?b=%20+c&{ADDED}#top"),
        ("/services/", f"/services/?{ADDED}"),
        (
            "https://a.example/?utm_source=x",
            "https://a.example/?utm_source=x&utm_medium=cta&utm_campaign=bread",
        ),
    ],
)
def test_utm_parameters_go_before_fragment_and_are_never_doubled(url, expected):
    assert with_utm(url, UTM) == expected


def test_utm_is_added_once_however_often():
    once = with_utm("https://a.example/#b", UTM, "books-1")

    assert once.endswith("&utm_content=books-1#b")
    assert with_utm(once, UTM, "books-2") == once


def test_a_content_of_the_users_own_stays():
    utm = Utm("a", "b", "c", content="foot", term="d")

    assert with_utm("/", utm, "books-1") == (
        "/?utm_source=a&utm_medium=b&utm_campaign=c&utm_content=foot&utm_term=d"
    )


@given(
    st.lists(st.tuples(st.text("ab=&%é ", min_size=1), st.text())),
    st.text(st.characters(categories=("L", "N"))),
)
def test_the_parameters_of_the_user_survive(parameters, fragment):
    url = f"https://a.example/p?{urlencode(parameters)}#{fragment}"
    parts = urlsplit(with_utm(url, UTM))

    assert parse_qsl(parts.query, keep_blank_values=True) == [
        *parameters,
        ("utm_source", "blog"),
        ("utm_medium", "cta"),
        ("utm_campaign", "bread"),
    ]
    assert parts.fragment == fragment


CATALOG = parse_catalog("""\
site: {name: x, url: 'https://a.example'}
programmes:
  amazon: {tag: tezukuri-22}
  rakuten: {name: 楽天, url: "https://hb.example/?pc={url}&m=1"}
books:
  amazon-book:
    title: x
    asin: 4785730706
    shops:
      - {programme: rakuten, url: "https://books.example/1?a=b&c=珈琲"}
      - {programme: amazon, url: "https://www.amazon.co.jp/dp/B0EXAMPLE1?th=1#a"}
      - {programme: amazon, url: "https://www.amazon.co.jp/dp/B0EXAMPLE1?tag=other-22"}
  shop-book: {title: x, programme: rakuten, url: https://books.example/2}
  own-book: {title: x, programme: site, url: /zine/}
ctas:
  own: {heading: x, label: y, url: /a/#b, utm: {source: blog, medium: cta, campaign: bread}}
  plain: {heading: x, label: y, url: "https://b.example/?q=1"}
  paid: {heading: x, label: y, programme: rakuten, url: "https://books.example/",
         utm: {source: blog, medium: cta, campaign: bread}}
  kindle: {heading: x, label: y, programme: amazon, url: https://www.amazon.co.jp/kindle}
""")


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("amazon-book", "https://www.amazon.co.jp/dp/4785730706/?tag=tezukuri-22"),
        ("shop-book", "https://hb.example/?pc=https%3A%2F%2Fbooks.example%2F2&m=1"),
        ("own-book", "/zine/"),
        ("own", f"/a/?{ADDED}#b"),
        ("plain", "https://b.example/?q=1"),
        (
            "paid",
            f"https://hb.example/?pc={quote(f'https://books.example/?{ADDED}', safe='')}&m=1",
        ),
        ("kindle", "https://www.amazon.co.jp/kindle?tag=tezukuri-22"),
    ],
)
def test_an_item_leads_to_its_programmes_target(item, expected):
    assert item_url(CATALOG, CATALOG.items[item]) == expected


def test_the_place_of_a_cta_becomes_its_utm_content():
    assert item_url(CATALOG, CATALOG.items["own"], "cta-1") == (f"/a/?{ADDED}&utm_content=cta-1#b")
    assert item_url(CATALOG, CATALOG.items["plain"], "cta-1") == "https://b.example/?q=1"


def test_a_shop_link_goes_through_its_programme():
    book = CATALOG.books["amazon-book"]
    assert [shop_url(CATALOG, book, shop) for shop in book.shops] == [
        f"https://hb.example/?pc={quote('https://books.example/1?a=b&c=珈琲', safe='')}&m=1",
        "https://www.amazon.co.jp/dp/B0EXAMPLE1?th=1&tag=tezukuri-22#a",
        "https://www.amazon.co.jp/dp/B0EXAMPLE1?tag=other-22",
    ]


@pytest.mark.parametrize("domain", [*TAG_SUFFIXES, *SHORT_HOSTS])
def test_every_marketplace_and_short_link_is_at_amazon(domain):
    assert is_at_amazon(f"https://{domain}/dp/B0EXAMPLE1")
    assert is_at_amazon(f"http://WWW.{domain.upper()}")
    assert not is_at_amazon(f"https://{domain}.example/")
    assert not is_at_amazon(f"https://my{domain}/")
    assert not is_at_amazon(f"/{domain}/")
