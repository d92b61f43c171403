"""Which items a post shows: what speaks for them, and the rules that come before any score."""

from collections import Counter
from datetime import date
from itertools import pairwise

import pytest

from linkmgr.posts.article.inclusions import Inclusion
from linkmgr.resolver.explain import explanation_text
from tests.support.resolver import (
    TODAY,
    article,
    make_catalog,
    mapping,
    missing_of,
    others,
    resolution_of,
    resolver_of,
    shown,
    worded_reasons,
)

TEA = {"tea": mapping("a", tags=["tea"])}
RARE_SITE = others(("tea",), (), (), (), ())


def books(catalog, *articles, **over):
    return shown(catalog, *articles, **over).get("books", [])


def test_a_tag_calls_for_the_items_of_its_mapping():
    catalog = make_catalog(mappings={"tea": mapping("a", "talk", tags=["tea"])})
    assert shown(catalog, article(tags=("tea",)), *RARE_SITE) == {"cta": ["talk"], "books": ["a"]}


def test_a_post_that_no_mapping_speaks_of_shows_nothing():
    assert shown(make_catalog(mappings=TEA), article(tags=("coffee",)), *RARE_SITE) == {}


@pytest.mark.parametrize("tag", ["Tea", " ＴＥＡ ", "ｔｅａ"])
def test_tags_are_compared_without_regard_to_case_and_width(tag):
    assert books(make_catalog(mappings=TEA), article(tags=(tag,)), *RARE_SITE) == ["a"]


def test_a_tag_that_yaml_made_a_number_is_compared_as_text():
    catalog = make_catalog(mappings={"year": mapping("a", tags=["2024"])})
    assert books(catalog, article(tags=(2024,)), *RARE_SITE) == ["a"]


def test_a_category_or_a_path_is_enough_too():
    catalog = make_catalog(
        mappings={
            "category": mapping("a", categories=["notes"]),
            "path": mapping("b", paths=["_posts/2026-01-*"]),
        }
    )
    assert books(catalog, article("x", categories=("Notes",))) == ["a", "b"]
    assert books(catalog, article("x", path="_posts/2025-01-01-x.md")) == []


def test_a_rarer_tag_outranks_a_common_one():
    catalog = make_catalog(
        mappings={"common": mapping("a", tags=["tea"]), "rare": mapping("b", tags=["oolong"])}
    )
    site = [*others(("tea",), count=6), *others(())]
    assert books(catalog, article(tags=("tea", "oolong")), *site) == ["b", "a"]


def test_a_tag_outranks_keywords_however_often_they_stand():
    catalog = make_catalog(
        mappings={
            "words": mapping("a", keywords=["tea"]),
            "tag": mapping("b", tags=["drinks"]),
        }
    )
    post = article(body="Tea. " * 50, tags=("drinks",), title="Tea")
    site = [*others(("x",), count=8)]
    assert books(catalog, post, *site) == ["b", "a"]


def test_a_rarer_keyword_outranks_one_that_is_everywhere():
    catalog = make_catalog(
        mappings={
            "every": mapping("a", keywords=["tea"]),
            "rare": mapping("b", keywords=["oolong"]),
        }
    )
    post = article(body="tea oolong " * 20)
    site = [article(f"other-{n}", "tea tea " * 15) for n in range(8)]
    scores = score_by_item(catalog, post, *site)
    assert scores["b"] > 1.2 * scores.get("a", 0)


def score_by_item(catalog, *articles, block="books"):
    placed = resolution_of(catalog, *articles).blocks.get(block, ())
    return {placement.item: placement.score for placement in placed}


def keyword_score(**where):
    catalog = make_catalog(
        mappings={"tea": mapping("a", keywords=["tea"])}, blocks={"books": {"minimum": 0}}
    )
    return score_by_item(catalog, article(**where), *others((), count=3))["a"]


def test_a_keyword_weighs_most_in_titles_and_least_in_the_text():
    filler = "x" * 3000
    title = keyword_score(title="Tea", body=filler)
    heading = keyword_score(body=f"# Tea\n{filler}")
    excerpt = keyword_score(excerpt="Tea", body=filler)
    body = keyword_score(body=f"Tea\n{filler}")
    assert title > heading == pytest.approx(excerpt, rel=0.01)
    assert heading > body


def test_the_same_again_says_less_and_less():
    scores = [keyword_score(body=("tea " * n).ljust(4000, "x")) for n in (10, 20, 30, 40)]
    gains = [after - before for before, after in pairwise(scores)]
    assert gains[0] > gains[1] > gains[2] > 0


def test_many_tags_do_not_add_up_one_for_one():
    catalog = make_catalog(
        mappings={"one": mapping("a", tags=["x"]), "four": mapping("b", tags=["x", "y", "z", "w"])}
    )
    scores = score_by_item(catalog, article(tags=("x", "y", "z", "w")), *others((), count=4))
    assert scores["a"] < scores["b"] < 4 * scores["a"]


def test_a_term_that_two_mappings_name_counts_once():
    once = make_catalog(mappings=TEA)
    twice = make_catalog(mappings={**TEA, "again": mapping("a", tags=["tea"])})
    post = article(tags=("tea",))
    assert score_by_item(once, post, *RARE_SITE) == score_by_item(twice, post, *RARE_SITE)


def test_a_weight_makes_a_mapping_stronger_or_weaker():
    catalog = make_catalog(
        mappings={
            "light": mapping("a", tags=["x"], weight=0.5),
            "plain": mapping("b", tags=["x"]),
            "heavy": mapping("c", tags=["x"], weight=2),
        }
    )
    scores = score_by_item(catalog, article(tags=("x",)), *others((), count=4))
    assert list(scores) == ["c", "b", "a"]


def test_any_needs_one_of_its_terms_and_all_needs_each():
    catalog = make_catalog(
        mappings={
            "any": mapping("a", tags=["x", "y"]),
            "all": mapping("b", every={"tags": ["x", "y"]}),
            "both": mapping("c", tags=["z"], every={"tags": ["x"], "keywords": ["tea"]}),
        }
    )
    site = others((), count=4)
    assert books(catalog, article(tags=("y",)), *site) == ["a"]
    assert sorted(books(catalog, article(tags=("x", "y")), *site)) == ["a", "b"]
    assert "c" not in books(catalog, article(tags=("x", "z")), *site)
    assert "c" not in books(catalog, article(body="tea", tags=("x",)), *site)
    assert "c" in books(catalog, article(body="tea", tags=("x", "z")), *site)


def test_all_may_ask_for_a_path():
    catalog = make_catalog(
        mappings={"m": mapping("a", every={"tags": ["x"], "paths": ["_posts/*-a.md"]})}
    )
    site = others((), count=4)
    assert books(catalog, article("a", tags=("x",)), *site) == ["a"]
    assert books(catalog, article("b", tags=("x",)), *site) == []


def test_a_pin_comes_first_whatever_the_scores():
    catalog = make_catalog(
        mappings={
            "strong": mapping("a", "b", "c", tags=["oolong"], weight=9),
            "pin": mapping("d", tags=["tea"], pin=True),
        }
    )
    post = article(tags=("tea", "oolong"))
    placed = resolution_of(catalog, post, *others(("tea",), (), count=3)).blocks["books"]
    assert placed[0].item == "d"
    assert len(placed) == 3
    assert worded_reasons(placed[0])[0] == "pinned (rule pin)"


def test_a_pin_needs_no_minimum():
    catalog = make_catalog(
        mappings={"pin": mapping("a", keywords=["tea"], pin=True)},
        blocks={"books": {"minimum": 50}},
    )
    assert books(catalog, article(body="tea")) == ["a"]


def test_an_exclude_wins_over_pins_scores_and_fallbacks():
    catalog = make_catalog(
        mappings={
            "pin": mapping("a", tags=["tea"], pin=True),
            "never": mapping("a", tags=["news"], exclude=True),
        },
        blocks={"books": {"fallback": ["a"]}},
    )
    assert books(catalog, article(tags=("tea", "news"))) == []
    assert books(catalog, article(tags=("tea",))) == ["a"]


@pytest.mark.parametrize(
    ("more", "in_use"),
    [
        ({"retired": True}, False),
        ({"valid-from": date(2026, 3, 15)}, True),
        ({"valid-from": date(2026, 3, 16)}, False),
        ({"valid-until": date(2026, 3, 15)}, True),
        ({"valid-until": date(2026, 3, 14)}, False),
        ({"valid-from": date(2026, 3, 15), "valid-until": date(2026, 3, 15)}, True),
        ({"valid-from": date(2026, 3, 1), "valid-until": date(2026, 3, 31)}, True),
    ],
    ids=[
        "retired",
        "from today",
        "from tomorrow",
        "until today",
        "until yesterday",
        "today",
        "now",
    ],
)
@pytest.mark.parametrize("way", ["score", "pin", "fallback", "front matter"])
def test_an_item_is_shown_only_on_its_days_until_retired(more, in_use, way):
    assert date(2026, 3, 15) == TODAY
    catalog = make_catalog(
        books={"a": more},
        mappings={"m": mapping("a", tags=[way], pin=way == "pin")},
        blocks={"books": {"fallback": ["a"]} if way == "fallback" else {}},
    )
    tags = () if way in {"fallback", "front matter"} else (way,)
    linkmgr = {"books": ["a"]} if way == "front matter" else None
    post = article(tags=tags, linkmgr=linkmgr)
    assert books(catalog, post, today=TODAY) == (["a"] if in_use else [])


def test_a_runner_up_is_measured_without_the_pinned():
    catalog = make_catalog(
        mappings={
            "pinned": mapping("a", tags=["x"], pin=True, weight=10),
            "m": mapping("b", "c", keywords=["oolong"]),
        },
        blocks={"books": {"limit": 2}},
    )
    post = article(title="Oolong", body="oolong " * 20, tags=("x",))
    assert missing_of(catalog, post) in (
        {"b": "no room: the block's limit is 2, and what it shows comes first"},
        {"c": "no room: the block's limit is 2, and what it shows comes first"},
    )


def test_a_book_named_in_front_matter_but_unusable_is_runner_up():
    catalog = make_catalog(books={"a": {"retired": True}})
    post = article(linkmgr={"books": ["a"]})
    assert missing_of(catalog, post) == {"a": "retired"}


def test_the_same_evidence_by_any_and_by_all_is_a_tie():
    keywords = ["oolong", "sencha", "matcha", "assam"]
    catalog = make_catalog(
        mappings={
            "any": mapping("a", keywords=keywords),
            "all": mapping("b", every={"keywords": keywords}),
        }
    )
    body = "oolong sencha sencha matcha matcha matcha assam " * 20
    first = [books(catalog, article(f"p{n}", body))[0] for n in range(60)]
    assert 15 < first.count("a") < 45


def test_below_the_minimum_an_item_is_not_shown():
    catalog = make_catalog(mappings={"m": mapping("a", keywords=["tea"])})
    assert books(catalog, article(body="Tea, once.")) == []
    assert books(catalog, article(body="Tea. " * 60)) == ["a"]


def test_a_block_may_set_its_own_minimum():
    mappings = {"m": mapping("a", keywords=["tea"]), "n": mapping("b", keywords=["cup"])}
    post = article(body="Tea, once. A cup " * 60)
    low = make_catalog(mappings=mappings, blocks={"books": {"minimum": 0}})
    high = make_catalog(mappings=mappings, blocks={"books": {"minimum": 100}})
    assert "b" in books(low, post)
    assert books(high, post) == []


@pytest.mark.parametrize(
    "terms",
    [{"tags": ["x"]}, {"categories": ["y"]}, {"paths": ["_posts/*"]}],
    ids=["tag", "category", "path"],
)
@pytest.mark.parametrize("part", ["any", "all"])
def test_a_stated_rule_holds_below_any_minimum(terms, part):
    rule = {"items": ["a"], part: terms, "weight": 0.01}
    catalog = make_catalog(mappings={"m": rule}, blocks={"books": {"minimum": 100}})
    post = article(tags=("x",), categories=("y",))
    assert books(catalog, post) == ["a"]
    text = explanation_text(catalog, *resolver_of(catalog, post).explain(post.post))
    assert "below the minimum of 100: a rule by tag, category or path holds" in text


def test_a_second_theme_shows_however_strong_the_first_is():
    catalog = make_catalog(
        mappings={
            "main": mapping("a", keywords=["oolong"]),
            "side": mapping("b", keywords=["tea"]),
        }
    )
    post = article(body="oolong " * 150 + "tea " * 20)
    assert books(catalog, post, *others((), count=5)) == ["a", "b"]


def test_no_more_than_the_limit_are_shown():
    catalog = make_catalog(
        mappings={"m": mapping("a", "b", "c", "d", tags=["tea"])}, blocks={"books": {"limit": 2}}
    )
    assert len(books(catalog, article(tags=("tea",)))) == 2


def test_pins_take_their_share_of_the_limit():
    catalog = make_catalog(
        mappings={
            "pin": mapping("a", "b", tags=["tea"], pin=True),
            "m": mapping("c", "d", tags=["tea"]),
        },
        blocks={"books": {"limit": 3}},
    )
    found = books(catalog, article(tags=("tea",)))
    assert found[:2] == ["a", "b"]
    assert len(found) == 3


def test_the_fallback_is_shown_only_when_nothing_else_is():
    catalog = make_catalog(
        mappings=TEA, blocks={"books": {"fallback": ["b", "c"], "limit": 1}}, ctas=()
    )
    assert books(catalog, article()) == ["b"]
    assert books(catalog, article(tags=("tea",))) == ["a"]
    placed = resolution_of(catalog, article()).blocks["books"]
    assert [reason.cause for reason in placed[0].reasons] == ["fallback"]


def test_front_matter_switches_a_post_off():
    catalog = make_catalog(mappings=TEA, blocks={"related": {}, "books": {"fallback": ["b"]}})
    post = article(tags=("tea",), linkmgr=False)
    assert resolution_of(catalog, post, *others(("tea",))).blocks == {}


def test_front_matter_chooses_the_books_in_its_own_order():
    post = article(tags=("tea",), linkmgr={"books": ["c", "a", "b", "d"]})
    placed = resolution_of(make_catalog(mappings=TEA), post, *RARE_SITE).blocks["books"]
    assert [(placement.rank, placement.item) for placement in placed] == [
        (1, "c"),
        (2, "a"),
        (3, "b"),
        (4, "d"),
    ]
    assert worded_reasons(placed[0])[0] == "front matter"


def test_front_matter_chooses_cta_and_leaves_books_to_resolver():
    catalog = make_catalog(
        ctas=("talk", "news"), mappings={"m": mapping("a", "talk", tags=["tea"])}
    )
    post = article(tags=("tea",), linkmgr={"cta": "news"})
    assert shown(catalog, post, *RARE_SITE) == {"cta": ["news"], "books": ["a"]}


def test_front_matter_may_name_several_ctas_and_none():
    catalog = make_catalog(
        ctas=("talk", "news", "tour"),
        mappings={"m": mapping("talk", tags=["tea"])},
        blocks={"cta": {"fallback": ["talk"]}},
    )
    several = article(tags=("tea",), linkmgr={"cta": ["tour", "news"]})
    assert shown(catalog, several, *RARE_SITE) == {"cta": ["tour", "news"]}
    none = article(tags=("tea",), linkmgr={"cta": []})
    assert shown(catalog, none, *RARE_SITE) == {}


def test_front_matter_may_ask_for_no_books():
    catalog = make_catalog(mappings=TEA, blocks={"books": {"fallback": ["b"]}})
    assert books(catalog, article(tags=("tea",), linkmgr={"books": []})) == []
    assert books(catalog, article(tags=("tea",), linkmgr={"limit": 0})) == []


def test_front_matter_limits_the_books_and_not_the_cta():
    catalog = make_catalog(mappings={"m": mapping("a", "b", "c", "d", "talk", tags=["tea"])})
    for limit, number in ((1, 1), (4, 4)):
        found = shown(catalog, article(tags=("tea",), linkmgr={"limit": limit}))
        assert len(found["books"]) == number
        assert found["cta"] == ["talk"]


def test_a_limit_in_front_matter_holds_for_books_that_it_names():
    post = article(linkmgr={"books": ["c", "a", "b"], "limit": 2})
    assert books(make_catalog(mappings=TEA), post) == ["c", "a"]


def test_front_matter_excludes_items_from_everything():
    catalog = make_catalog(
        mappings={"m": mapping("a", "b", tags=["tea"])}, blocks={"cta": {"fallback": ["talk"]}}
    )
    post = article(tags=("tea",), linkmgr={"exclude": ["a", "talk"]})
    assert shown(catalog, post) == {}
    catalog = make_catalog(mappings={"m": mapping("a", "b", tags=["tea"])})
    assert books(catalog, post) == ["b"]


@pytest.mark.parametrize("key", ["books", "exclude"])
def test_an_id_that_front_matter_writes_twice_is_one_item(key):
    found = books(make_catalog(mappings=TEA), article(tags=("tea",), linkmgr={key: ["a", "a"]}))
    assert found == (["a"] if key == "books" else [])


OWN = {
    "books": {"limit": 3, "fallback": ["a"]},
    "for-bakers": {"kind": "books", "limit": 2, "items": ["c", "d"]},
}


def test_a_block_of_ones_own_shows_its_items_alone():
    catalog = make_catalog(mappings={"m": mapping("a", "b", "c", "d", tags=["tea"])}, blocks=OWN)
    found = shown(catalog, article(tags=("tea",)))
    assert {name: sorted(items) for name, items in found.items()} == {
        "books": ["a", "b"],
        "for-bakers": ["c", "d"],
    }


def test_books_of_front_matter_go_to_blocks_that_may_show_them():
    catalog = make_catalog(blocks=OWN)
    post = article(linkmgr={"books": ["d", "b"]})
    assert shown(catalog, post) == {"books": ["b"], "for-bakers": ["d"]}


def test_an_item_that_two_blocks_may_show_is_in_the_first_alone():
    blocks = {
        "first": {"kind": "books", "limit": 2, "items": ["a", "b"]},
        "second": {"kind": "books", "limit": 3, "items": ["a", "b", "c"], "fallback": ["a"]},
    }
    catalog = make_catalog(mappings={"m": mapping("a", "b", "c", tags=["tea"])}, blocks=blocks)
    found = shown(catalog, article(tags=("tea",)))
    assert sorted(found["first"]) == ["a", "b"]
    assert found["second"] == ["c"]


def test_blocks_are_in_the_catalogs_order():
    blocks = {"books": {}, "cta": {}, "related": {}}
    catalog = make_catalog(mappings={"m": mapping("a", "talk", tags=["tea"])}, blocks=blocks)
    resolution = resolution_of(catalog, article(tags=("tea",)), *others(("tea",)))
    assert list(resolution.blocks) == ["books", "cta", "related"]


def test_items_that_are_equal_share_exposure_evenly():
    catalog = make_catalog(
        mappings={"m": mapping("a", "b", "c", "d", tags=["tea"])}, blocks={"books": {"limit": 1}}
    )
    articles = [article(f"post-{n}", tags=("tea",)) for n in range(400)]
    resolver = resolver_of(catalog, *articles)
    found = Counter(resolver.items(each.post)["books"][0].item for each in articles)
    # A quarter each is 100, give or take four times the square root of 400 * 1/4 * 3/4.
    assert found.keys() == {"a", "b", "c", "d"}
    assert all(abs(times - 100) < 35 for times in found.values())


REASONED = {
    "tag": mapping("a", tags=["tea"]),
    "words": mapping("a", "b", keywords=["oolong", "leaves"], categories=["drinks"]),
    "path": mapping("a", paths=["_posts/*"], weight=3),
}
REASONED_POST = article(
    body="# Oolong\n" + "leaves " * 30, tags=("tea",), categories=("drinks",), excerpt="Oolong"
)


def test_the_points_of_the_reasons_make_up_the_score():
    placed = resolution_of(make_catalog(mappings=REASONED), REASONED_POST, *RARE_SITE).blocks
    assert [placement.item for placement in placed["books"]] == ["a", "b"]
    for placement in placed["books"]:
        points = [reason.points for reason in placement.reasons]
        assert sum(points) == pytest.approx(placement.score, abs=1e-4)
        assert points == sorted(points, reverse=True)


def test_reasons_say_what_was_found_and_how_much_of_it():
    placed = resolution_of(make_catalog(mappings=REASONED), REASONED_POST, *RARE_SITE).blocks
    assert set(worded_reasons(placed["books"][0])) == {
        "tag tea (on 2 of 6 posts)",
        "category drinks (on 1 of 6 posts)",
        "keyword leaves (30 in the text)",
        "keyword oolong (1 in headings, 1 in the excerpt)",
        "path _posts/*",
    }


def test_each_runner_up_says_what_it_was_missing():
    catalog = make_catalog(
        books={
            "best": {},
            "weak": {},
            "side": {},
            "old": {"retired": True},
            "early": {"valid-from": date(2026, 4, 1)},
            "late": {"valid-until": date(2026, 2, 1)},
            "not-here": {},
            "never": {},
        },
        mappings={
            "best": mapping("best", keywords=["oolong"]),
            "weak": mapping("weak", keywords=["cup"]),
            "side": mapping("side", keywords=["tea"]),
            "gone": mapping("old", "early", "late", "not-here", tags=["x"]),
            "never": mapping("never", tags=["x"], exclude=True),
        },
    )
    post = article(
        body="oolong " * 150 + "tea " * 8 + "cup", tags=("x",), linkmgr={"exclude": ["not-here"]}
    )
    missing = missing_of(catalog, post, *others((), count=5))
    assert missing.pop("weak").endswith(" points short of the minimum of 1")
    assert missing.pop("side").endswith(" points short of the 1.2 that further items need")
    assert missing == {
        "old": "retired",
        "early": "not shown before 2026-04-01",
        "late": "last shown on 2026-02-01",
        "not-here": "excluded by the post's front matter",
        "never": "excluded by rule never",
    }


def test_what_found_no_room_says_so():
    catalog = make_catalog(
        mappings={"m": mapping("a", "b", tags=["tea"])}, blocks={"books": {"limit": 1}}
    )
    post = article(tags=("tea",))
    (item,) = books(catalog, post)
    other = "b" if item == "a" else "a"
    assert missing_of(catalog, post) == {
        other: "no room: the block's limit is 1, and what it shows comes first"
    }


def test_what_is_in_an_earlier_block_says_so():
    blocks = {
        "first": {"kind": "books", "items": ["a"]},
        "second": {"kind": "books", "items": ["a"]},
    }
    catalog = make_catalog(mappings=TEA, blocks=blocks)
    said = "already shown above: in the article or in an earlier block"
    assert missing_of(catalog, article(tags=("tea",))) == {"a": said}


@pytest.mark.parametrize(("card", "shown"), [(True, ["b"]), (False, ["a", "b"])])
def test_no_block_repeats_an_articles_card_but_a_linked_item(card, shown):
    catalog = make_catalog(mappings={"m": mapping("a", "b", tags=["tea"], pin=True)})
    tag = Inclusion(0, 0, item="a", card=card)
    assert books(catalog, article(tags=("tea",), inclusions=(tag,))) == shown


def test_explaining_decides_as_resolving_does():
    catalog = make_catalog(mappings=REASONED)
    resolver = resolver_of(catalog, REASONED_POST, *RARE_SITE)
    assert resolver.explain(REASONED_POST.post)[0] == resolver.resolve(REASONED_POST.post)


STAND_INS = {
    "old": {"retired": True, "fallback": "older"},
    "older": {"valid-until": date(2026, 1, 1), "fallback": "new"},
    "new": {},
    "gone": {"retired": True},
}


@pytest.mark.parametrize("way", ["score", "pin", "fallback", "front matter"])
def test_an_item_out_of_use_is_replaced_by_its_fallback(way):
    catalog = make_catalog(
        books=STAND_INS,
        mappings={"m": mapping("old", "gone", tags=[way], pin=way == "pin")},
        blocks={"books": {"fallback": ["old"]}} if way == "fallback" else {},
    )
    tags = () if way in {"fallback", "front matter"} else (way,)
    post = article(tags=tags, linkmgr={"books": ["old"]} if way == "front matter" else None)
    assert books(catalog, post) == ["new"]
    assert books(catalog, post, today=date(2026, 1, 1)) == ["older"]


def test_an_item_and_its_stand_in_are_one():
    catalog = make_catalog(books=STAND_INS, mappings={"m": mapping("old", "new", tags=["x"])})
    assert books(catalog, article(tags=("x",))) == ["new"]
    assert books(catalog, article(linkmgr={"books": ["new", "old", "older"]})) == ["new"]


def test_excluding_an_unused_item_does_not_exclude_its_stand_in():
    catalog = make_catalog(
        books=STAND_INS,
        mappings={"m": mapping("new", tags=["x"]), "n": mapping("old", tags=["x"], exclude=True)},
    )
    assert books(catalog, article(tags=("x",))) == ["new"]


def test_a_stand_in_may_be_excluded_itself():
    catalog = make_catalog(books=STAND_INS, mappings={"m": mapping("old", tags=["x"])})
    assert books(catalog, article(tags=("x",), linkmgr={"exclude": ["new"]})) == []


def test_a_stand_in_takes_the_place_in_a_block_of_ones_own_too():
    catalog = make_catalog(
        books=STAND_INS,
        mappings={"m": mapping("old", tags=["x"])},
        blocks={"own": {"kind": "books", "items": ["old"]}},
    )
    assert shown(catalog, article(tags=("x",))) == {"own": ["new"]}
