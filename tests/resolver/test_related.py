"""Related posts: live ones that have something in common, the likest first."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.posts.publish import live_posts
from tests.support.resolver import (
    article,
    make_catalog,
    missing_of,
    others,
    resolution_of,
    resolver_of,
    worded_reasons,
)

CATALOG = make_catalog(blocks={"related": {"limit": 3}})


def related(*articles, catalog=CATALOG):
    """Return the names of the posts that are related to the first of the articles."""
    placed = resolution_of(catalog, *articles).blocks.get("related", ())
    return [placement.post.slug for placement in placed]


def tagged(name, *tags, **over):
    # Titles of one character each have nothing in common.
    return article(name, tags=tags, **{"title": name[:1] * 9, **over})


def test_posts_that_share_a_tag_are_related():
    assert related(tagged("a", "tea"), tagged("b", "tea"), tagged("c", "coffee")) == ["b"]


def test_tags_are_shared_without_regard_to_case_and_width():
    assert related(tagged("a", "Tea"), tagged("b", "ｔｅａ"), tagged("c", "x")) == ["b"]


def test_a_post_without_anything_in_common_has_no_related_posts():
    site = (tagged("a", "tea"), tagged("b", "coffee"), tagged("c"))
    assert related(*site) == []
    assert "related" not in resolution_of(CATALOG, *site).blocks


def test_a_rarer_shared_tag_counts_more_than_a_common_one():
    common = [tagged(f"{chr(0x30 + n)}", "tea") for n in range(6)]
    site = (tagged("a", "tea", "oolong"), *common, tagged("z", "oolong"))
    assert related(*site)[0] == "z"


def test_more_shared_tags_count_more_than_one():
    site = (tagged("a", "x", "y"), tagged("b", "x"), tagged("c", "x", "y"), tagged("d", "y"))
    assert related(*site)[0] == "c"


def test_a_similar_title_relates_posts_without_a_tag_in_common():
    site = (
        article("a", title="ハンドドリップの湯温をはかる"),
        article("b", title="ハンドドリップ、湯温の実験"),
        article("c", title="ベランダのトマト"),
        article("d", title="週末のパン"),
    )
    assert related(*site) == ["b"]


def test_of_posts_with_the_same_tags_the_one_with_the_likest_title_comes_first():
    site = (
        article("a", title="Watering tomatoes with Python", tags=("garden",), number=3),
        article("b", title="A walk in the hills", tags=("garden",), number=2),
        article("c", title="Python for tomatoes", tags=("garden",), number=1),
    )
    assert related(*site) == ["c", "b"]


def test_a_post_is_never_related_to_itself():
    site = [tagged(name, "tea", title="The same title") for name in "abc"]
    assert "a" not in related(*site)


NEARLY = (
    "EU AI Act施行2026年8月、日本企業が取るべき3つのコンプライアンス戦略とは",
    "EU AI Act施行：2026年8月、開発企業が取るべき3つのコンプライアンス対策とは",
)


@pytest.mark.parametrize(
    "titles",
    [
        NEARLY,
        [f"A week of green tea, part {n}" for n in range(4)],
        ["お茶の週報 第１２号", "お茶の週報 第13号"],
    ],
    ids=["a few words differ", "a series", "a Japanese series"],
)
def test_of_posts_with_nearly_the_same_title_one_is_shown(titles):
    site = [
        tagged("a", "tea", title="Something else"),
        *(tagged(f"n{number}", "tea", title=title) for number, title in enumerate(titles)),
        tagged("z", "tea", title="Pots and cups"),
        *others(*[(f"t{n}",) for n in range(30)]),
    ]
    found = related(*site)
    assert len([name for name in found if name.startswith("n")]) == 1
    assert "z" in found


def test_why_a_twin_is_not_shown_is_reported():
    site = [
        tagged("a", "tea"),
        tagged("n1", "tea", title="A week of green tea, part 1", number=2),
        tagged("n2", "tea", title="A week of green tea, part 2", number=1),
    ]
    assert missing_of(CATALOG, *site) == {
        "_posts/2026-01-01-n2.md": 'title nearly the same as "A week of green tea, part 1"'
    }


def test_posts_that_are_as_related_stand_newest_first():
    site = [tagged(chr(0x61 + n), "tea", number=n) for n in range(6)]
    assert related(*site) == ["f", "e", "d"]


def test_of_posts_at_one_url_only_the_newest_is_shown():
    site = (
        tagged("a", "tea"),
        tagged("old", "tea", url="/same/", number=1),
        tagged("new", "tea", url="/same/", number=2),
    )
    assert related(*site) == ["new"]


def test_a_post_that_another_hides_at_its_url_shows_neither_of_the_two():
    site = (
        tagged("old", "tea", url="/same/", number=1),
        tagged("new", "tea", url="/same/", number=2),
        tagged("b", "tea"),
    )
    assert related(*site) == ["b"]


def test_no_more_than_the_limit_are_shown():
    site = [tagged(chr(0x61 + n), "tea") for n in range(9)]
    assert len(related(*site)) == 3
    assert len(related(*site, catalog=make_catalog(blocks={"related": {"limit": 7}}))) == 7


def test_a_block_may_set_its_own_minimum():
    site = (tagged("a", "tea"), tagged("b", "tea"), tagged("c"))
    high = make_catalog(blocks={"related": {"minimum": 50}})
    assert related(*site) == ["b"]
    assert related(*site, catalog=high) == []


@pytest.mark.parametrize("title", [None, 2024, ["a"], "", "…", "한국어", "Ж"], ids=repr)
def test_any_title_will_do(title):
    site = (article("a", tags=("x",), title=title), article("b", tags=("x",), title=title))
    assert related(*site) == ["b"]


def test_the_points_of_the_reasons_make_up_the_score():
    site = [
        article("a", title="Watering tomatoes", tags=("garden", "python")),
        article("b", title="Tomatoes and Python", tags=("garden", "python")),
        *others(("garden",), (), count=3),
    ]
    placed = resolution_of(CATALOG, *site).blocks["related"]
    for placement in placed:
        total = sum(reason.points for reason in placement.reasons)
        assert total == pytest.approx(placement.score, abs=1e-6)
    reported = sorted(worded_reasons(placed[0]))
    assert reported[:2] == ["tag garden (on 5 of 8 posts)", "tag python (on 2 of 8 posts)"]
    assert re.fullmatch(r"title \(\d\d% alike\)", reported[2])


def test_a_tag_of_thousands_of_posts_relates_those_near_in_time():
    site = [tagged(f"p{n}", "tea", title=f"{n:x}" * 3, number=n) for n in range(300)]
    found = related(site[150], *site[:150], *site[151:])
    assert len(found) == 3
    assert all(abs(int(name[1:]) - 150) < 30 for name in found)


TAGS = st.lists(st.sampled_from("uvwxyz"), max_size=4)
TITLES = st.sampled_from(
    ("Green tea", "Green teas", "緑茶の話", "緑茶の話 2", "Pots", "", "AI AI AI")
)
SITES = st.lists(
    st.builds(
        lambda tags, title, url, number: (tuple(tags), title, url, number),
        TAGS,
        TITLES,
        st.integers(0, 6),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=14,
)


@given(SITES, st.integers(1, 5))
def test_what_is_related_is_live_another_page_and_within_the_limit(site, limit):
    articles = [
        article(f"p{n}", tags=tags, title=title, url=f"/{url}/", number=number)
        for n, (tags, title, url, number) in enumerate(site)
    ]
    catalog = make_catalog(blocks={"related": {"limit": limit}})
    resolver = resolver_of(catalog, *articles)
    posts = sorted((each.post for each in articles), key=lambda p: (p.date, p.path), reverse=True)
    live = {post.path for post in live_posts(posts).values()}
    for post in posts:
        placed = resolver.resolve(post).blocks.get("related", ())
        urls = [placement.post.url for placement in placed]
        assert len(urls) == len(set(urls)) <= limit
        assert post.url not in urls
        assert {placement.post.path for placement in placed} <= live
        scores = [placement.score for placement in placed]
        assert scores == sorted(scores, reverse=True)
        assert [placement.rank for placement in placed] == list(range(1, len(placed) + 1))
