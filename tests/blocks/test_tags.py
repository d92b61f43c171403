"""The links of a block have their place's tag, each place its own."""

import re
from functools import partial

import pytest

from linkmgr.blocks.include import post_key
from linkmgr.blocks.links import item_addresses, item_link, post_of_sub_id, without_placement
from linkmgr.blocks.render import Renderer
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.errors import Problems
from linkmgr.resolver.model import Placement, PlaceTag, PostResolution
from tests.support.blocks import make_post

CATALOG = """\
site: {name: Tea, url: "https://tea.example", server: "https://l.example"}
programmes:
  amazon: {tag: usual-22, tracking: %s, tags: {posts: [post-22]}}
  rakuten: {name: R, url: "https://hb.example/{tag}/?pc={url}", tag: r, tags: {posts: [s]}}
books:
  law:
    title: Law
    asin: "4000000004"
    shops: [{programme: rakuten, url: "https://shop.example/law"}]
  own: {title: Own, asin: "4999999005", tag: item-22}
"""


def hrefs(renderer, *tags, item="law"):
    place = Placement("books", 1, item, 1.0, (), tags)
    html = renderer.fragment(PostResolution(make_post(), {"books": (place,)}))
    return list(dict.fromkeys(re.findall(r'href="([^"]*)"', html)))


def test_direct_link_has_tag_and_one_renderer_keeps_places_apart():
    renderer = Renderer(parse_catalog(CATALOG % "beacon"))
    usual = hrefs(renderer)
    chosen = hrefs(
        renderer,
        PlaceTag("amazon", "post-22", "front matter"),
        PlaceTag("rakuten", "s", "block", "books"),
    )
    assert usual == [
        "https://www.amazon.co.jp/dp/4000000004/?tag=usual-22",
        "https://hb.example/r/?pc=https%3A%2F%2Fshop.example%2Flaw",
    ]
    assert chosen == [
        "https://www.amazon.co.jp/dp/4000000004/?tag=post-22",
        "https://hb.example/s/?pc=https%3A%2F%2Fshop.example%2Flaw",
    ]
    assert hrefs(renderer) == usual


def test_redirected_link_names_its_tag_only_where_it_isnt_items():
    renderer = Renderer(parse_catalog(CATALOG % "redirect"))
    assert not hrefs(renderer)[0].endswith("t=usual-22")
    chosen = hrefs(renderer, PlaceTag("amazon", "post-22", "front matter"))
    assert chosen[0].endswith("&amp;b=books.1&amp;t=post-22")
    [own] = hrefs(renderer, PlaceTag("amazon", "item-22", "item"), item="own")
    assert own.endswith("&amp;b=books.1")
    [other] = hrefs(renderer, PlaceTag("amazon", "usual-22", "front matter"), item="own")
    assert other.endswith("&amp;t=usual-22")


def test_a_counted_direct_link_names_a_tag_other_than_the_items():
    catalog = parse_catalog(CATALOG % "beacon")
    law = catalog.items["law"]
    link = partial(item_link, catalog, law, post_key="k", block="books", rank=1)
    assert link().hit == link(tags={"amazon": "usual-22"}).hit
    assert link().hit == link(tags={"rakuten": "s"}).hit
    assert link(tags={"amazon": "post-22"}).hit == f"{link().hit}&t=post-22"


def test_an_item_has_an_address_with_each_tag_of_its_programmes():
    catalog = parse_catalog(CATALOG % "direct")
    addresses = dict.fromkeys(url for url, _ in item_addresses(catalog, catalog.items["law"]))
    assert [*addresses] == [
        "https://www.amazon.co.jp/dp/4000000004/?tag=usual-22",
        "https://hb.example/r/?pc=https%3A%2F%2Fshop.example%2Flaw",
        "https://www.amazon.co.jp/dp/4000000004/?tag=item-22",
        "https://www.amazon.co.jp/dp/4000000004/?tag=post-22",
        "https://hb.example/s/?pc=https%3A%2F%2Fshop.example%2Flaw",
    ]


def test_an_item_alone_has_its_own_tag():
    catalog = parse_catalog(CATALOG % "direct")
    own = item_link(catalog, catalog.items["own"], post_key="k", block="books", rank=1)
    assert own.href == "https://www.amazon.co.jp/dp/4999999005/?tag=item-22"


SUB_IDS = CATALOG.replace("/?pc={url}", "/?pc={url}&u1={place}")


def test_template_that_asks_for_it_has_post_and_place_in_sub_id():
    catalog = parse_catalog(SUB_IDS % "beacon")
    law, key = catalog.items["law"], "0123456789abcdef"
    (shop,) = law.shops
    link = item_link(catalog, law, post_key=key, block="books", rank=2, shop=shop)
    address = next(url for url, name in item_addresses(catalog, law) if name == "rakuten")
    assert link.href.endswith("&u1=0123456789abcdef-books-2")
    assert without_placement(link.href) == address
    assert post_of_sub_id("0123456789abcdef-books-2") == key
    assert [post_of_sub_id(each) for each in ("", "newsletter", f"{key}-", f"{key}0-a-1")] == [
        ""
    ] * 4


@pytest.mark.parametrize("tracking", ["direct", "beacon"])
def test_a_sub_id_in_a_block_names_the_post_that_shows_it(tracking):
    _, shop = hrefs(Renderer(parse_catalog(SUB_IDS % tracking)))
    assert shop.endswith(f"&amp;u1={post_key(make_post().path)}-books-1")


def test_a_sub_id_behind_a_redirect_is_refused_as_empty():
    redirected = SUB_IDS.replace("{name: R,", "{name: R, tracking: redirect,")
    with pytest.raises(Problems, match=r"programmes\.rakuten\.url: \{place\} names the place"):
        parse_catalog(redirected % "beacon")


ALLOWED = """
site: {name: A blog, url: "https://blog.example", language: en}
programmes:
  %s: {name: R, url: "https://x.example/?m=1&to={url}#top"%s}
ctas: {tea: {heading: Tea, label: Tea, url: "https://tea.example/", programme: %s}}
"""


@pytest.mark.parametrize(
    ("programme", "parameter"), [("linkshare", "u1"), ("awin", "clickref"), ("impact", "subId1")]
)
def test_a_programme_with_sub_ids_has_them_in_its_parameter(programme, parameter):
    def href(more):
        catalog = parse_catalog(ALLOWED % (programme, more, programme))
        tea, key = catalog.items["tea"], "0123456789abcdef"
        return item_link(catalog, tea, post_key=key, block="cta", rank=1).href

    plain = "https://x.example/?m=1&to=https%3A%2F%2Ftea.example%2F"
    assert href("") == f"{plain}#top"
    assert href(", sub-ids: true") == f"{plain}&{parameter}=0123456789abcdef-cta-1#top"


@pytest.mark.parametrize(
    ("programme", "more", "problem"),
    [
        ("rakuten", "", "its rules don't allow sub IDs (https://"),
        ("a8", "", "its rules don't allow sub IDs (https://www.a8.net/"),
        ("cj", "", "linkmgr doesn't know whether"),
        ("mine", "", "linkmgr doesn't know whether"),
        ("awin", "tracking: redirect", "it would stay empty"),
    ],
)
def test_sub_ids_are_refused_where_rules_forbid_or_are_unknown(programme, more, problem):
    text = ALLOWED % (programme, f", sub-ids: true, {more}".rstrip(", "), programme)
    with pytest.raises(Problems, match=re.escape(problem)):
        parse_catalog(text)


def test_sub_ids_need_the_form_of_links_to_be_added_to():
    text = ALLOWED.replace(', url: "https://x.example/?m=1&to={url}#top"', "")
    with pytest.raises(Problems, match="sub-ids: needs `url`"):
        parse_catalog(text % ("awin", ", sub-ids: true", "awin"))
