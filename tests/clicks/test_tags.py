"""A link through the server has its place's tag: one of the catalog's, and none that it invents."""

from datetime import date
from urllib.parse import urlsplit

import pytest

from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.clicks.catalog_targets import targets_of
from linkmgr.clicks.targets import Targets, TargetsOfDay, destination, read_query, tracking_of
from tests.support.clicks import POST

CATALOG = """\
site: {name: Tea, url: "https://tea.example", server: "https://go.example"}
programmes:
  amazon:
    tag: usual-22
    tracking: redirect
    tags: {categories: {tea: tea-22}, posts: [post-22]}
  rakuten: {name: R, url: "https://hb.example/{tag}/?pc={url}", tag: r, tags: {posts: [r-post]}}
  one: {name: One, url: "https://one.example/{tag}/?u={url}", tag: only}
books:
  law:
    title: Law
    asin: "4000000004"
    shops:
      - {programme: rakuten, url: "https://shop.example/law"}
      - {preset: kindle, url: "https://www.amazon.co.jp/dp/B000000001?tag=own-22"}
  own: {title: Own, asin: "4999999005", tag: item-22}
ctas:
  beans:
    heading: Beans
    label: Go
    url: https://beans.example/
    programme: rakuten
    utm: {source: tea, medium: cta, campaign: leaf}
  page: {heading: Page, label: Go, url: /page/}
"""
TARGETS = targets_of(parse_catalog(CATALOG))
LAW = "https://www.amazon.co.jp/dp/4000000004/?tag="
OWN = "https://www.amazon.co.jp/dp/4999999005/?tag="
PLACE = f"p={POST}&b=books.1"


def leads_to(item, query, targets=TARGETS):
    served = TargetsOfDay.compute(targets, date(2026, 3, 1))
    return destination(served.leads_to[item], read_query(query, served.places), targets.tags)


@pytest.mark.parametrize(
    ("item", "query", "url"),
    [
        pytest.param("law", PLACE, f"{LAW}usual-22", id="an old link"),
        pytest.param("law", f"{PLACE}&t=tea-22", f"{LAW}tea-22", id="of a category"),
        pytest.param("law", f"{PLACE}&t=post-22", f"{LAW}post-22", id="of front matter"),
        pytest.param("law", f"{PLACE}&t=item-22", f"{LAW}item-22", id="of another item"),
        pytest.param("law", f"{PLACE}&t=evil-22", f"{LAW}usual-22", id="of nobody here"),
        pytest.param("law", f"{PLACE}&t=r-post", f"{LAW}usual-22", id="of another programme"),
        pytest.param("law", "t=tea-22", f"{LAW}usual-22", id="without a place"),
        pytest.param("own", PLACE, f"{OWN}item-22", id="the item's own"),
        pytest.param("own", f"{PLACE}&t=usual-22", f"{OWN}usual-22", id="the usual one after all"),
        pytest.param(
            "law",
            f"{PLACE}&s=rakuten&t=r-post",
            "https://hb.example/r-post/?pc=https%3A%2F%2Fshop.example%2Flaw",
            id="at a further shop",
        ),
        pytest.param(
            "law",
            f"{PLACE}&s=rakuten&t=tea-22",
            "https://hb.example/r/?pc=https%3A%2F%2Fshop.example%2Flaw",
            id="of another programme at a further shop",
        ),
        pytest.param(
            "law",
            f"{PLACE}&s=kindle&t=tea-22",
            "https://www.amazon.co.jp/dp/B000000001?tag=own-22",
            id="where the address has its own",
        ),
    ],
)
def test_a_link_leads_on_with_the_tag_that_it_may_have(item, query, url):
    assert leads_to(item, query) == url


@pytest.mark.parametrize(
    ("item", "query", "tracking"),
    [
        pytest.param("law", PLACE, "usual-22", id="the usual one"),
        pytest.param("law", f"{PLACE}&t=tea-22", "tea-22", id="of a category"),
        pytest.param("law", f"{PLACE}&t=evil-22", "usual-22", id="of nobody here"),
        pytest.param("law", "t=tea-22", "usual-22", id="without a place"),
        pytest.param("own", PLACE, "item-22", id="the item's own"),
        pytest.param("law", f"{PLACE}&s=rakuten", "r", id="the usual one of a further shop"),
        pytest.param("law", f"{PLACE}&s=rakuten&t=r-post", "r-post", id="at a further shop"),
        pytest.param("law", f"{PLACE}&s=kindle&t=tea-22", "own-22", id="that of the address"),
        pytest.param("law", f"{PLACE}&s=none&t=tea-22", "tea-22", id="at a shop that is none"),
        pytest.param("page", PLACE, "", id="of a programme without tags"),
    ],
)
def test_a_click_has_the_tag_of_the_link_that_it_led_to(item, query, tracking):
    served = TargetsOfDay.compute(TARGETS, date(2026, 3, 1))
    target = served.leads_to[item]
    read = read_query(query, served.places)
    assert tracking_of(target, read, TARGETS.tags) == tracking
    assert not tracking or tracking in destination(target, read, TARGETS.tags)


def test_a_link_has_its_placement_beside_its_tag():
    url = leads_to("beans", f"p={POST}&b=cta.2&t=r-post")
    assert urlsplit(url).path == "/r-post/"
    assert url.endswith("utm_campaign%3Dleaf%26utm_content%3Dcta-2")


def test_targets_have_their_tags_as_json():
    assert Targets.from_json(TARGETS.to_json()) == TARGETS


def test_every_programme_with_several_tags_has_them():
    assert TARGETS.tags == {
        "amazon": {"usual-22", "tea-22", "post-22", "item-22"},
        "rakuten": {"r", "r-post"},
    }


def test_catalog_with_one_tag_programme_has_nothing_to_choose():
    text = CATALOG.replace("    tags: {categories: {tea: tea-22}, posts: [post-22]}\n", "")
    targets = targets_of(parse_catalog(text.replace(", tag: item-22", "")))
    assert targets.tags == {"rakuten": {"r", "r-post"}}
    assert targets.items["own"].tagged == {}
