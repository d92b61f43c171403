from dataclasses import replace

import pytest

from linkmgr.blocks.links import item_link
from linkmgr.links.model import Tracking, Utm
from linkmgr.links.urls import encode_url
from tests.support.blocks import (
    BEACON_BOOK,
    RAKUTEN_SHOP,
    SERVER,
    make_book,
    make_catalog,
    make_cta,
    make_site,
)

KEY = "0123456789abcdef"
RAKUTEN = "https://hb.example/?pc=https%3A%2F%2Fbooks.example%2F1%3Fa%3Db"
BOOK = make_book(shops=(RAKUTEN_SHOP,))
OUTSIDE_CTA = make_cta(url="https://partner.example/?x=1#top", programme="site")
SPONSORED = "sponsored nofollow noopener"
AS_ISSUED = "nofollow sponsored noopener"


def link_of(item, *, block, rank=1, shop=None, server=SERVER, **trackings):
    catalog = make_catalog(item, site=make_site(server=server), trackings=trackings)
    return item_link(catalog, item, post_key=KEY, block=block, rank=rank, shop=shop)


@pytest.mark.parametrize(
    ("tracking", "href", "ping"),
    [
        pytest.param(Tracking.DIRECT, BEACON_BOOK, None, id="direct"),
        pytest.param(
            Tracking.BEACON, BEACON_BOOK, f"{SERVER}/hit/law?p={KEY}&b=books.2", id="beacon"
        ),
        pytest.param(Tracking.REDIRECT, f"{SERVER}/go/law?p={KEY}&b=books.2", None, id="redirect"),
    ],
)
def test_a_programme_says_how_its_links_are_counted(tracking, href, ping):
    link = link_of(BOOK, block="books", rank=2, amazon=tracking)
    assert (link.href, link.hit, link.rel, link.affiliate) == (href, ping, SPONSORED, True)


@pytest.mark.parametrize("tracking", Tracking)
def test_without_a_server_every_link_is_direct(tracking):
    link = link_of(BOOK, block="books", server=None, amazon=tracking)
    assert (link.href, link.hit) == (BEACON_BOOK, None)


@pytest.mark.parametrize(
    ("tracking", "href", "ping"),
    [
        pytest.param(Tracking.DIRECT, RAKUTEN, None, id="direct"),
        pytest.param(
            Tracking.BEACON, RAKUTEN, f"{SERVER}/hit/law?p={KEY}&b=books.1&s=rakuten", id="beacon"
        ),
        pytest.param(
            Tracking.REDIRECT, f"{SERVER}/go/law?p={KEY}&b=books.1&s=rakuten", None, id="redirect"
        ),
    ],
)
def test_a_further_shop_is_counted_by_its_own_programme(tracking, href, ping):
    link = link_of(BOOK, block="books", shop=RAKUTEN_SHOP, rakuten=tracking)
    assert (link.href, link.hit, link.rel) == (href, ping, AS_ISSUED)


@pytest.mark.parametrize(
    ("tracking", "rel"),
    [(Tracking.DIRECT, None), (Tracking.BEACON, None), (Tracking.REDIRECT, "nofollow")],
)
def test_a_link_within_the_site_needs_a_rel_only_when_redirected(tracking, rel):
    link = link_of(make_cta(), block="cta", site=tracking)
    assert (link.rel, link.affiliate) == (rel, False)


def test_an_amazon_link_without_a_tag_is_no_affiliate_link():
    catalog = make_catalog()
    amazon = replace(catalog.programmes["amazon"], tag=None, tracking=Tracking.DIRECT)
    untagged = replace(catalog, programmes={**catalog.programmes, "amazon": amazon})
    link = item_link(untagged, make_book(), post_key=KEY, block="books", rank=1)
    assert (link.rel, link.affiliate) == (None, False)
    assert link.href == "https://www.amazon.co.jp/dp/4785730706/"


@pytest.mark.parametrize(
    ("cta", "href"),
    [
        pytest.param(
            make_cta(),
            "/services/?utm_source=article&utm_medium=cta&utm_campaign=research",
            id="within the site: as the user wrote it",
        ),
        pytest.param(
            make_cta(url="https://tea.example/services/"),
            "https://tea.example/services/?utm_source=article&utm_medium=cta&utm_campaign=research",
            id="the site by its full address",
        ),
        pytest.param(
            OUTSIDE_CTA,
            "https://partner.example/?x=1"
            "&utm_source=article&utm_medium=cta&utm_campaign=research&utm_content=cta-1#top",
            id="elsewhere: the placement",
        ),
        pytest.param(
            make_cta(url="https://partner.example/", utm=Utm("a", "cta", "c", content="mine")),
            "https://partner.example/?utm_source=a&utm_medium=cta&utm_campaign=c&utm_content=mine",
            id="a content of the user's own",
        ),
        pytest.param(
            make_cta(url="https://partner.example/", utm=None),
            "https://partner.example/",
            id="no UTM",
        ),
    ],
)
@pytest.mark.parametrize("tracking", [Tracking.DIRECT, Tracking.BEACON])
def test_placement_becomes_utm_content_of_links_that_leave_site(cta, href, tracking):
    assert link_of(cta, block="cta", site=tracking).href == href


@pytest.mark.parametrize("tracking", Tracking)
@pytest.mark.parametrize("server", [SERVER, None])
def test_a_link_that_passes_for_the_sites_own_is_marked_direct(tracking, server):
    a8 = "https://px.a8.net/svt/ejp?a8mat=1"
    link = link_of(make_cta(url=a8, utm=None), block="cta", server=server, site=tracking)
    assert (link.href, link.rel, link.hit, link.affiliate) == (a8, SPONSORED, None, True)


def test_no_link_hides_the_referrer():
    for tracking in Tracking:
        for item, block in ((BOOK, "books"), (OUTSIDE_CTA, "cta")):
            link = link_of(item, block=block, amazon=tracking, site=tracking)
            assert "noreferrer" not in (link.rel or "")


@pytest.mark.parametrize(
    ("url", "encoded"),
    [
        ("https://a.example/%E6%97%A5?b=c&d#e", "https://a.example/%E6%97%A5?b=c&d#e"),
        ("/日本/", "/%E6%97%A5%E6%9C%AC/"),
        ("/{{ x }}/'\"<>", "/%7B%7B%20x%20%7D%7D/%27%22%3C%3E"),
        ("/\0\ud800", "/%00?"),
        ("http://[::1]:8080/~a", "http://[::1]:8080/~a"),
    ],
)
def test_a_printed_url_is_percent_encoded_once(url, encoded):
    assert encode_url(url) == encoded
    assert encode_url(encoded) == encoded
