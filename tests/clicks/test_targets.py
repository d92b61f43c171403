"""The targets of a catalog, and what is kept of them as JSON."""

from datetime import date
from urllib.parse import quote

import pytest

from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.variants import variant_tests
from linkmgr.clicks.catalog_targets import targets_of
from linkmgr.clicks.targets import Target, Targets, campaigns_of, merge_retired
from linkmgr.links.urls import campaign_in, origin_of
from tests.support.clicks import make_targets

CATALOG = """\
site:
  name: Tea
  url: "https://tea.example/茶"
  language: en
  timezone: Asia/Tokyo
  respect-gpc: false
  origins: ["https://www.tea.example:443"]
  campaigns: [june, 夏　の号]
programmes:
  amazon: {marketplace: amazon.co.jp, tag: tea-22}
  shop: {name: Shop, url: "https://hb.example/?pc={url}"}
books:
  law:
    title: Law
    asin: "4000000004"
    shops:
      - {programme: shop, url: "https://shop.example/law"}
ctas:
  page:
    heading: Page
    label: Go
    url: /page/?a=b
    utm: {source: tea, medium: cta, campaign: leaf}
    valid-until: 2026-11-30
    fallback: partner
  partner:
    heading: Partner
    label: Go
    url: https://partner.example/お茶#top
    utm: {source: tea, medium: cta, campaign: leaf}
"""
UTM = "utm_source=tea&utm_medium=cta&utm_campaign=leaf"
PARTNER = "https://partner.example/%E3%81%8A%E8%8C%B6?" + UTM
SITE = "https://tea.example/%E8%8C%B6"


@pytest.fixture(scope="module")
def targets():
    return targets_of(parse_catalog(CATALOG, "catalog.yaml"))


def test_every_item_has_an_absolute_encoded_address(targets):
    assert targets.items == {
        "law": Target(
            "https://www.amazon.co.jp/dp/4000000004/?tag=tea-22",
            shops={"shop": "https://hb.example/?pc=https%3A%2F%2Fshop.example%2Flaw"},
            tracking={"": "tea-22"},
        ),
        "page": Target(
            f"{SITE}/page/?a=b&{UTM}", utm=True, until=date(2026, 11, 30), fallback="partner"
        ),
        "partner": Target(f"{PARTNER}#top", placed=(f"{PARTNER}&utm_content=", "#top"), utm=True),
    }


def test_no_utm_goes_to_a_link_that_passes_for_the_sites_own():
    offer = "  offer: {heading: H, label: L, url: 'https://px.a8.net/svt/ejp?a8mat=1'}\n"
    found = targets_of(parse_catalog(CATALOG + offer)).items
    assert found["offer"] == Target("https://px.a8.net/svt/ejp?a8mat=1", utm=False)


def test_the_site_is_reported_as_headers_need_it(targets):
    assert (targets.site, targets.language, targets.respect_gpc) == (SITE, "en", False)
    assert targets.origins == {"https://tea.example", "https://www.tea.example"}
    assert targets.blocks == {"related", "cta", "books", "text", "compare"}


def test_the_catalogs_campaigns_are_its_links_and_named_ones(targets):
    # An ideographic space is none of the characters by which a campaign is counted.
    assert campaigns_of(targets) == {"leaf", "june", "夏の号"}


def test_a_campaign_that_the_catalog_names_is_counted(targets):
    for name in targets.campaigns:
        brought = f"{SITE}/?utm_campaign={quote('夏　の号' if name == '夏の号' else name)}"
        assert campaign_in(brought) == name


@pytest.mark.parametrize("empty", [False, True], ids=["full", "empty"])
def test_targets_come_back_from_json_as_they_were(targets, empty):
    kept = make_targets(items={}, origins=frozenset()) if empty else targets
    assert Targets.from_json(kept.to_json()) == kept


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"items": {"a": {}}}', b"\xff"])
def test_anything_else_is_an_error_that_can_be_caught(text):
    with pytest.raises((ValueError, KeyError, TypeError)):
        Targets.from_json(text)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://tea.example/a/", "https://tea.example"),
        ("HTTPS://Tea.example:443", "https://tea.example"),
        ("http://tea.example:80", "http://tea.example"),
        ("http://localhost:4000/", "http://localhost:4000"),
        ("https://東京.example", "https://xn--1lqs71d.example"),
        ("http://[2001:db8::7]:4000", "http://[2001:db8::7]:4000"),
    ],
)
def test_an_origin_is_named_as_browsers_do(url, origin):
    assert origin_of(url) == origin


TESTED = """\
site: {name: Tea, url: "https://tea.example", server: "https://go.tea.example", views: true}
ctas:
  page:
    heading: Page
    label: Go
    url: /page/
    variants:
      original: {weight: 2}
      short: {heading: P}
      other: {item: partner}
  partner: {heading: Partner, label: Go, url: "https://partner.example"}
  third: {heading: Third, label: Go, url: /third/}
"""


def test_an_item_and_those_in_its_place_know_their_test():
    catalog = parse_catalog(TESTED)
    [test] = variant_tests(catalog)

    items = targets_of(catalog).items

    tests = {test.key: {"original": 2.0, "short": 1.0, "other": 1.0}}
    assert items["page"].variants == items["partner"].variants == tests
    assert items["third"].variants == {}


def test_links_of_pages_built_before_an_edit_keep_their_tests():
    before = targets_of(parse_catalog(TESTED)).items
    after = targets_of(parse_catalog(TESTED.replace("heading: P}", "heading: Q}"))).items

    both = merge_retired(after, before)

    assert both["page"].variants == {**before["page"].variants, **after["page"].variants}
    assert len(both["page"].variants) == 2
    ended = merge_retired({"page": Target("https://tea.example/page/")}, both)
    assert ended["page"] == Target("https://tea.example/page/", variants=both["page"].variants)
    assert ended["third"] == before["third"]
