"""The profiles of programmes: the files of the package, and how links are known by them."""

from dataclasses import fields

import pytest

from linkmgr.links.amazon import PICTURE_HOSTS, SHORT_HOSTS, TAG_SUFFIXES
from linkmgr.links.model import Tracking
from linkmgr.links.programmes.profile import AddressShape
from linkmgr.links.programmes.profiles import (
    ProfileSection,
    packaged_profiles,
    profile,
    profile_of,
    read_profile,
)
from linkmgr.messages.message import LANGUAGES, message, translate
from tests.support.programme_table import PAGE, programme_table

RULED = {"a8", "accesstrade", "afb", "amazon", "moshimo", "rakuten", "valuecommerce"}
# Of which no other rule is known, nor have their links been seen in use.
TAKE_SUB_IDS = {"awin", "impact", "linkshare"}


def rules_of(known):
    rules = (getattr(known.rules, field.name) for field in fields(known.rules))
    return [rule for rule in rules if rule is not None and rule is not known.rules.prices]


def test_programmes_with_rules_or_code_alone_were_verified():
    known = packaged_profiles().values()
    assert {each.id for each in known if rules_of(each)} == RULED | TAKE_SUB_IDS
    assert {each.id for each in known if each.verified} == RULED | {"felmat"}
    assert {each.id for each in known if each.code} == (RULED | {"felmat"}) - {"amazon"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_why_a_programme_forbids_a_redirect_is_worded(language):
    for each in packaged_profiles().values():
        if not each.allows(Tracking.REDIRECT):
            reason = translate(message(f"links.rule-{each.id}"), language)
            assert reason
            assert "links.rule" not in reason


def test_every_rule_names_its_source():
    for known in packaged_profiles().values():
        assert all(rule.source.page for rule in (*rules_of(known), known.rules.prices))


def test_typed_prices_are_allowed_only_where_that_was_read():
    rules = {known.id: known.rules.prices for known in packaged_profiles().values()}
    assert rules["amazon"].allowed == "no"
    assert {id_ for id_, rule in rules.items() if rule.allowed == "yes"} == {"a8"}
    assert {id_ for id_, rule in rules.items() if rule.source.read} == {"a8", "amazon"}


def test_a_programme_without_rules_is_direct_by_default():
    unknown = [each for each in packaged_profiles().values() if each.rules.tracking is None]
    assert len(unknown) > 15
    assert {each.tracking for each in unknown} == {Tracking.DIRECT}
    assert all(each.allows(tracking) for each in unknown for tracking in Tracking)


def test_default_of_a_programme_is_among_what_its_rules_allow():
    assert all(each.allows(each.tracking) for each in packaged_profiles().values())


def test_amazon_has_all_marketplaces_for_which_tags_are_known():
    amazon = profile("amazon")
    assert {shape.host for shape in amazon.links} == set(TAG_SUFFIXES)
    assert {shape.host for shape in amazon.short_links} == set(SHORT_HOSTS)


def test_pictures_of_amazon_are_those_that_products_may_not_have():
    rule = profile("amazon").rules.images
    assert {shape.host for shape in rule.addresses} == set(PICTURE_HOSTS)
    assert rule.allowed == "api"


@pytest.mark.parametrize(
    ("url", "programme"),
    [
        ("https://www.amazon.co.jp/dp/4785730706", "amazon"),
        ("https://hb.afl.rakuten.co.jp/hgc/1/?pc=x", "rakuten"),
        ("https://books.rakuten.co.jp/rb/1/", None),
        ("//af.moshimo.com/af/c/click?a_id=1&amp;p_id=2", "moshimo"),
        ("HTTPS://PX.A8.net:443/svt/ejp?a8mat=1", "a8"),
        ("//ck.jp.ap.valuecommerce.com/servlet/referral?sid=1&pid=2", "valuecommerce"),
        ("https://h.accesstrade.net/sp/cc?rk=1", "accesstrade"),
        ("https://click.linksynergy.com/deeplink?id=1&mid=2&murl=x", "linkshare"),
        ("https://t.felmat.net/fmcl?ak=1", "felmat"),
        ("https://click.j-a-net.jp/1/2/", "janet"),
        ("https://t.afi-b.com/visit.php?guid=ON&a=1&p=2", "afb"),
        ("https://www.shareasale.com/r.cfm?b=1", "shareasale"),
        ("https://www.awin1.com/cread.php?awinmid=1", "awin"),
        ("https://www.dpbolvw.net/click-1-2", "cj"),
        ("https://www.kqzyfj.com/click-1-2", "cj"),
        ("https://goto.target.sjv.io/x", "impact"),
        ("https://shop.pxf.io/c/1/2/3", "impact"),
        ("https://prf.hn/click/camref:1", "partnerize"),
        ("https://www.ebay.com/itm/1?mkcid=1&campid=5338", "ebay"),
        ("https://www.ebay.com/itm/1", None),
        ("https://apps.apple.com/jp/app/x/id1?at=11l", "apple"),
        ("https://apps.apple.com/jp/app/x/id1", None),
        ("https://bookshop.org/a/12/9784000000000", "bookshop"),
        ("https://bookshop.org/p/books/x", None),
        ("https://trk.udemy.com/x", "udemy"),
        ("https://www.udemy.com/course/x/", None),
        ("https://s.click.aliexpress.com/e/_x", "aliexpress"),
        ("https://someone.gumroad.com/a/123", "gumroad"),
        ("https://someone.gumroad.com/l/book", None),
        ("https://go.skimresources.com/?id=1&url=x", "skimlinks"),
        ("https://redirect.viglink.com/?u=x", "viglink"),
        ("https://px.a8.net.example/", None),
        ("https://notprf.hn/", None),
        ("/services/", None),
        ("mailto:a@prf.hn", None),
    ],
)
def test_a_programme_is_known_by_the_address_of_its_links(url, programme):
    found = profile_of(url)
    assert (found and found.id) == programme


@pytest.mark.parametrize(
    ("url", "programme"),
    [
        ("https://amzn.to/3x", "amazon"),
        ("https://amzn.asia/d/x", "amazon"),
        ("https://a.co/d/x", "amazon"),
        ("https://a.r10.to/abc", "rakuten"),
        ("https://geni.us/x", "geniuslink"),
    ],
)
def test_a_short_link_is_known_as_one(url, programme):
    found = profile_of(url)
    assert found.id == programme
    assert found.is_short(url)
    assert not found.is_short("https://www.amazon.co.jp/dp/4785730706")


@pytest.mark.parametrize("shape", ["", "shop", "https://shop.example", "shop.example?a=", "a.b c"])
def test_what_is_no_shape_of_an_address_is_refused(shape):
    with pytest.raises(ValueError, match="is not host/path"):
        AddressShape.parse(shape)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({}, "f.name"),
        ({"name": "F", "links": "f.example"}, "f.links: not a list"),
        ({"name": "F", "links": ["https://f.example"]}, "is not host/path"),
        ({"name": "F", "rules": {"rel": {"value": "nofollow"}}}, "f.rules.rel.source"),
        ({"name": "F", "rules": {"rel": {"source": "a", "value": 'a"'}}}, "f.rules.rel.value"),
        ({"name": "F", "verified": "yes"}, "Invalid isoformat"),
    ],
)
def test_a_mistake_in_a_file_of_the_package_stops_its_reading(entry, problem):
    with pytest.raises(ValueError, match=problem):
        read_profile("f", ProfileSection("f", entry))


def test_the_docs_have_the_table_of_the_profiles():
    assert programme_table() in PAGE.read_text(encoding="utf-8")
