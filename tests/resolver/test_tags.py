"""Which tag the links of a place get, and why."""

import pytest

from linkmgr.links.model import AMAZON
from linkmgr.posts.article.inclusions import Inclusion
from linkmgr.resolver.explain import explanation_text
from linkmgr.resolver.model import PlaceTag
from tests.support.resolver import (
    article,
    make_catalog,
    mapping,
    others,
    resolution_of,
    resolver_of,
)

KINDLE = {"preset": "kindle", "url": "https://www.amazon.co.jp/dp/B000000009/"}
PROGRAMMES = {
    AMAZON: {
        "tag": "usual-22",
        "tags": {"categories": {"Cooking": "cooking-22", "tea": "tea-22"}, "posts": ["post-22"]},
    },
    "rakuten": {"name": "R", "url": "https://hb.example/{tag}/?pc={url}", "tag": "r"},
}


def tagged(*items, tag, **over):
    return mapping(*items, **over) | {"tag": tag}


def tags_of(*articles, block="books", **parts):
    catalog = make_catalog(programmes=PROGRAMMES, **parts)
    placed = resolution_of(catalog, *articles, *others((), count=3)).blocks[block]
    return {place.item: [(t.tag, t.source, t.name) for t in place.tags] for place in placed}


LEVELS = {
    "category": ("cooking-22", "Cooking"),
    "block": ("block-22", "books"),
    "mapping": ("mapping-22", "m"),
    "item": ("item-22", ""),
    "front matter": ("post-22", ""),
}


@pytest.mark.parametrize("last", range(len(LEVELS) + 1))
def test_each_level_overrules_those_before_it(last):
    said = list(LEVELS)[:last]
    post = article(
        tags=["x"],
        categories=["\uff23ooking"] if "category" in said else [],
        linkmgr={"tag": "post-22"} if "front matter" in said else None,
    )
    rule = mapping("a", tags=["x"])
    found = tags_of(
        post,
        books={"a": {"tag": "item-22"} if "item" in said else {}},
        mappings={"m": rule | ({"tag": "mapping-22"} if "mapping" in said else {})},
        blocks={"books": {"tag": "block-22"} if "block" in said else {"limit": 3}},
    )
    expected = [(LEVELS[said[-1]][0], said[-1], LEVELS[said[-1]][1])] if said else []
    assert found == {"a": expected}


def test_the_first_category_of_a_post_that_has_a_tag_decides():
    post = article(tags=["x"], categories=["new", "tea", "cooking"])
    found = tags_of(post, mappings={"m": mapping("a", tags=["x"])})
    assert found == {"a": [("tea-22", "category", "tea")]}


def test_of_several_mappings_one_that_says_most_for_item_decides():
    mappings = {
        "weak": tagged("a", tag="weak-22", tags=["x"], weight=0.5),
        "strong": tagged("a", tag="strong-22", tags=["x"], weight=2),
        "untagged": mapping("a", tags=["x"], weight=9),
        "elsewhere": tagged("a", tag="else-22", tags=["y"], weight=9),
    }
    assert tags_of(article(tags=["x"]), mappings=mappings) == {
        "a": [("strong-22", "mapping", "strong")]
    }


def test_a_mapping_that_pins_is_the_strongest():
    mappings = {
        "strong": tagged("a", tag="strong-22", tags=["x"], weight=9),
        "pins": tagged("a", tag="pins-22", tags=["x"], pin=True),
    }
    found = tags_of(article(tags=["x"]), mappings=mappings)
    assert found == {"a": [("pins-22", "mapping", "pins")]}


def test_of_mappings_that_say_as_much_the_first_decides():
    mappings = {name: tagged("a", tag=f"{name}-22", tags=["x"]) for name in ("b", "a")}
    assert tags_of(article(tags=["x"]), mappings=mappings) == {"a": [("b-22", "mapping", "b")]}


def test_a_mapping_has_no_say_where_it_did_not_put_the_item():
    mappings = {"m": tagged("a", tag="m-22", tags=["x"])}
    chosen = article(tags=["x"], linkmgr={"books": ["a"]})
    assert tags_of(chosen, mappings=mappings) == {"a": []}
    blocks = {"books": {"fallback": ["a"], "tag": "block-22"}}
    assert tags_of(article(), mappings=mappings, blocks=blocks) == {
        "a": [("block-22", "block", "books")]
    }


def test_each_programme_of_an_items_links_has_its_own():
    shops = [KINDLE, {"programme": "rakuten", "url": "https://shop.example/1"}]
    found = tags_of(
        article(tags=["x"], linkmgr={"tag": {"rakuten": "r"}}),
        books={"a": {"shops": shops}, "b": {}},
        mappings={"m": tagged("a", "b", tag={"amazon": "m-22", "rakuten": "m"}, tags=["x"])},
    )
    assert found == {
        "a": [("m-22", "mapping", "m"), ("r", "front matter", "")],
        "b": [("m-22", "mapping", "m")],
    }


def test_replacement_is_put_there_by_mapping_of_what_it_replaces():
    found = tags_of(
        article(tags=["x"]),
        books={"a": {"retired": True, "fallback": "b"}, "b": {}},
        mappings={"m": tagged("a", tag="m-22", tags=["x"])},
    )
    assert found == {"b": [("m-22", "mapping", "m")]}


def test_an_explanation_names_the_tag_and_what_chose_it():
    post = article(tags=["x"], categories=["tea"])
    catalog = make_catalog(
        programmes=PROGRAMMES,
        mappings={"m": mapping("a", tags=["x"]), "n": tagged("b", tag="n-22", tags=["x"])},
    )
    resolver = resolver_of(catalog, post, *others((), count=3))
    text = explanation_text(catalog, *resolver.explain(post.post))
    assert "Amazon tracking ID tea-22: by category tea" in text
    assert "Amazon tracking ID n-22: by rule n" in text
    usual = make_catalog(
        programmes={AMAZON: {"tag": "u-22"}}, mappings={"m": mapping("a", tags=["x"])}
    )
    resolver = resolver_of(usual, post, *others((), count=3))
    text = explanation_text(usual, *resolver.explain(post.post))
    assert "Amazon tracking ID u-22: the programme's" in text
    assert resolver.resolve(post.post).blocks["books"][0].tags == ()


def test_an_item_in_text_has_tag_of_its_post_and_is_explained():
    post = article(categories=["tea"], inclusions=(Inclusion(0, 0, item="a"),))
    catalog = make_catalog(programmes=PROGRAMMES)
    resolver = resolver_of(catalog, post, *others((), count=3))
    placed = resolver.resolve(post.post).text["a"]
    assert placed.tags == (PlaceTag(AMAZON, "tea-22", "category", "tea"),)
    text = explanation_text(catalog, *resolver.explain(post.post))
    assert text.endswith(
        "text:\n  1. a  Book a\n              named in the article\n"
        "              Amazon tracking ID tea-22: by category tea"
    )


def test_an_address_that_brings_its_own_is_explained_so():
    post = article(tags=["x"], categories=["tea"])
    url = "https://www.amazon.co.jp/dp/B000000009?tag=own-22"
    catalog = make_catalog(
        programmes=PROGRAMMES,
        ctas={"talk": {"url": url, "programme": AMAZON}},
        mappings={"m": mapping("talk", tags=["x"])},
    )
    resolver = resolver_of(catalog, post, *others((), count=3))
    text = explanation_text(catalog, *resolver.explain(post.post))
    assert "Amazon tracking ID own-22: in its address" in text
    assert "tea-22" not in text
