"""Related posts: live ones that have something in common, the likest first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.posts.publish import live_posts
from linkmgr.resolver.related import RelatedPosts
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


def test_of_posts_with_equal_tags_the_likest_title_comes_first():
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
        tagged("n1", "tea", title="A week of green tea, part 1", number=1),
        tagged("n2", "tea", title="A week of green tea, part 2", number=2),
    ]
    assert missing_of(CATALOG, *site) == {
        "_posts/2026-01-01-n2.md": 'tells the same as "A week of green tea, part 1"'
    }


def test_of_posts_that_are_as_related_nearest_in_time_come_first():
    site = [tagged(chr(0x61 + n), "tea", number=100 * n) for n in range(6)]
    assert related(*site) == ["b", "c", "d"]
    assert related(site[5], *site[:5]) == ["e", "d", "c"]


def test_of_posts_as_related_and_as_near_the_newer_comes_first():
    site = [tagged("a", "tea", number=9), tagged("b", "tea"), tagged("c", "tea", number=18)]
    assert related(*site) == ["c", "b"]


def test_more_in_common_counts_more_than_being_near_in_time():
    site = (
        tagged("a", "x", "y", number=3000),
        tagged("b", "x", number=2999),
        tagged("c", "x", "y"),
        *others(*[()] * 9),
    )
    assert related(*site) == ["c", "b"]


@pytest.mark.parametrize("terms", ["tags", "categories"])
def test_what_nearly_all_posts_have_relates_none(terms):
    site = [article(f"p{n}", title=chr(0x4E00 + n), **{terms: ("blog",)}) for n in range(40)]
    assert related(*site) == []


def test_posts_of_one_category_are_related_as_those_of_one_tag():
    site = (
        article("a", title="aaa", categories=("Tea",)),
        article("b", title="bbb", categories=("tea",)),
        article("c", title="ccc", categories=("bread",)),
    )
    assert related(*site) == ["b"]
    placed = resolution_of(CATALOG, *site).blocks["related"]
    assert "category Tea (on 2 of 3 posts)" in worded_reasons(placed[0])


def test_a_rare_category_counts_more_than_a_common_tag():
    common = [tagged(f"{chr(0x30 + n)}", "tea") for n in range(6)]
    site = (
        tagged("a", "tea", categories=("oolong",)),
        *common,
        tagged("z", categories=("oolong",)),
    )
    assert related(*site)[0] == "z"


def test_the_same_word_as_tag_and_as_category_is_one():
    both = {"tags": ("tea",), "categories": ("tea",)}
    site = (article("a", title="aaa", **both), article("b", title="bbb", **both), *others(("x",)))
    placed = resolution_of(CATALOG, *site).blocks["related"]
    named = [each for each in worded_reasons(placed[0]) if "tea" in each]
    assert named == ["tag tea (on 2 of 3 posts)"]


def test_of_greetings_of_other_years_two_are_shown():
    greetings = [
        article(f"y{year}", title=f"Happy New Year {year}", number=365 * (year - 2018))
        for year in range(2018, 2024)
    ]
    walks = [
        article(f"w{n}", title=f"{chr(0x4E00 + n)}", categories=("walks",), number=n)
        for n in range(12)
    ]
    assert related(*greetings, *walks) == ["y2019", "y2020"]


def test_the_same_words_in_the_texts_relate_posts():
    site = (
        article("a", "Tokamak plasma reactor. Energy.", title="aaa"),
        article("b", "A plasma tokamak, magnet, energy.", title="bbb"),
        article("c", "Sourdough, oven, crumb, energy.", title="ccc"),
        *[article(f"o{n}", f"w{n} v{n}", title=chr(0x4E00 + n)) for n in range(20)],
    )
    assert related(*site)[0] == "b"
    reasons = worded_reasons(resolution_of(CATALOG, *site).blocks["related"][0])
    assert "words tokamak, plasma, energy" in reasons


def test_a_reason_names_common_words_and_not_pairs_of_characters():
    site = (
        article("a", "Vue 컴포넌트, 江島健太郎", title="Vue"),
        article("b", "vue: 江島健太郎、컴포넌트", title="bbb"),
        *[article(f"o{n}", f"w{n} v{n}", title=chr(0x4E00 + n)) for n in range(20)],
    )
    reasons = worded_reasons(resolution_of(CATALOG, *site).blocks["related"][0])
    assert "words Vue, 컴포넌트, 江島健太郎" in reasons


def test_related_posts_are_of_the_same_language():
    site = (
        tagged("a", "tea", language="en", title="Green tea"),
        tagged("b", "tea", language="ja", title="Green tea"),
        tagged("c", "tea", language="en", title="Kettles"),
        tagged("d", "tea", title="Green tea"),
    )
    assert related(*site) == ["c"]
    assert related(site[1], site[0], *site[2:]) == []


def test_what_is_rare_is_counted_among_posts_of_the_language():
    english = [tagged(f"e{n}", "news", language="en") for n in range(30)]
    swedish = [tagged("s", "news", language="sv"), tagged("t", "news", language="sv")]
    assert related(*swedish, *english) == ["t"]
    assert related(*english, *swedish) == []


def test_a_post_and_its_translation_at_one_url_are_both_live():
    site = (
        tagged("a", "tea", url="/green/", language="en"),
        tagged("b", "tea", url="/green/", language="sv", subsite="/sv"),
        tagged("c", "tea", language="en"),
        tagged("d", "tea", language="sv", subsite="/sv"),
    )
    assert related(*site) == ["c"]
    assert related(site[1], site[0], *site[2:]) == ["d"]


def test_of_posts_at_one_url_only_the_newest_is_shown():
    site = (
        tagged("a", "tea"),
        tagged("old", "tea", url="/same/", number=1),
        tagged("new", "tea", url="/same/", number=2),
    )
    assert related(*site) == ["new"]


def test_post_that_another_hides_at_its_url_shows_neither_of_two():
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
    site = (
        article("a", "kettle spout handle steel whistle lid", tags=("x",), title=title),
        article("b", "bread flour oven dough crumb crust", tags=("x",), title=title),
    )
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
    assert placed[0].post.slug == "b"
    assert set(worded_reasons(placed[0])) == {
        "about the same time (0 days apart)",
        "near to many posts",
        "tag garden (on 5 of 8 posts)",
        "tag python (on 2 of 8 posts)",
        "words tomatoes",
    }


def test_a_tag_of_thousands_of_posts_relates_those_near_in_time():
    site = [
        tagged(f"p{n}", "tea" if n % 2 else "bread", title=f"{n:x}" * 3, number=n)
        for n in range(300)
    ]
    found = related(site[150], *site[:150], *site[151:])
    assert len(found) == 3
    assert all(abs(int(name[1:]) - 150) < 30 for name in found)


NEWS = "The tokamak of Cadarache held its plasma for a record time, said the physicists. "
OTHER = "A tokamak and its plasma need magnets, coolant, blankets and patience for decades. "


def test_a_post_that_tells_the_own_news_fills_an_empty_place():
    titles = ("Tokamak holds plasma", "Tokamak plasma record", "Record plasma of a tokamak")
    site = [
        *(article(f"n{n}", NEWS, title=title, number=n) for n, title in enumerate(titles)),
        article("m", OTHER, title="What magnets do", number=200),
        article("b", OTHER + "Blankets breed.", title="Why blankets matter", number=3000),
        *(article(f"o{n}", f"bread{n} flour", title=f"Loaf {n}", number=n) for n in range(12)),
    ]
    names = related(*site)
    assert len([name for name in names if name.startswith("n")]) == 1
    assert {"m", "b"} <= {*names}
    full = make_catalog(blocks={"related": {"limit": 2}})
    assert {*related(*site, catalog=full)} == {"m", "b"}


def test_news_of_another_year_are_not_the_same():
    site = [
        article("a", NEWS, title="A plasma record"),
        article("b", NEWS, title="How a reactor works", number=2),
        article("c", NEWS, title="Again, the physicists", number=900),
        *(article(f"o{n}", f"bread{n} flour", title=f"Loaf {n}", number=n) for n in range(12)),
    ]
    assert set(related(*site)) == {"b", "c"}


def loaves(count=30):
    words = (f"bread{n} flour oven dough{n}" for n in range(count))
    return [article(f"o{n}", text, title=f"L{n:x}x", number=n) for n, text in enumerate(words)]


def episodes(count):
    """Write the parts of a series, of which the last is the oldest."""
    words = (f"running shoes marathon guest{n}" for n in range(count))
    return [article(f"e{n}", text, title=f"Episode {n}", number=-n) for n, text in enumerate(words)]


@pytest.mark.parametrize("number", [1, 7, 10])
def test_a_part_of_a_series_shows_the_parts_beside_it(number):
    site = [*episodes(12), *loaves()]
    names = related(site[number], *site[:number], *site[number + 1 :])
    assert {*names} == {f"e{number - 1}", f"e{number + 1}"}


def test_the_first_part_of_a_series_shows_the_next_two():
    assert {*related(*episodes(12), *loaves())} == {"e1", "e2"}


def test_a_post_outside_of_a_series_shows_one_part_of_it():
    runner = article("x", "running shoes marathon", title="How to run")
    names = related(runner, *episodes(12), *loaves())
    assert len([name for name in names if name.startswith("e")]) == 1


def test_of_few_posts_that_differ_in_numbers_one_is_shown():
    assert len(related(*episodes(3), *loaves())) == 1


def test_the_same_text_at_another_address_is_not_offered():
    text = "kettle spout handle steel whistle " * 20
    site = [
        article("a", text, title="The kettle"),
        article("b", text, title="The kettle again", number=2000),
        article("c", "kettle spout enamel", title="Enamel"),
        *loaves(),
    ]
    assert related(*site) == ["c"]


def test_a_post_that_redirects_is_not_offered():
    away = article("b", NEWS, title="Elsewhere", redirects=True, number=900)
    site = [article("a", OTHER, title="Magnets"), away, *loaves()]
    assert related(*site) == []


def test_a_post_shown_nowhere_takes_the_last_place_where_it_fits():
    site = [
        article(
            f"p{n}",
            f"kettle spout handle steel own{n} once{n} only{n}" + " whistle" * (n != 5),
            title=chr(0x4E00 + n),
            number=900 * n,
        )
        for n in range(6)
    ]
    site += [article(f"o{n}", f"bread{n} flour", title=f"Loaf {n}", number=n) for n in range(12)]
    catalog = make_catalog(blocks={"related": {"limit": 2}})
    resolver = resolver_of(catalog, *site)
    shown = {
        placement.post.slug
        for each in site[:6]
        for placement in resolver.resolve(each.post).blocks.get("related", ())
    }
    assert shown == {f"p{n}" for n in range(6)}


def test_a_new_post_changes_only_pages_of_posts_near_to_it():
    themes = ["kettle spout", "flour oven", "plasma magnet", "violin bow"]
    site = [
        article(
            f"p{n}", f"{themes[n % 4]} w{n % 7}x w{n % 11}y w{n % 13}z", title=f"t{n}t", number=n
        )
        for n in range(90)
    ]
    new = article("new", "kettle spout", title="Kettle spout", number=90)

    def shown(*articles):
        resolver = resolver_of(CATALOG, *articles)
        return {
            post.slug: [p.post.slug for p in resolver.resolve(post).blocks.get("related", ())]
            for post, _ in articles
        }

    before, after = shown(*site), shown(*site, new)
    assert any("new" in others for others in after.values())
    changed = {name for name in before if before[name] != after[name]}
    assert {int(name[1:]) % 4 for name in changed} == {0}


@given(st.permutations([f"{w} tea {w} cup{n}" for n, w in enumerate(("kettle", "spout", "pot"))]))
def test_what_is_related_does_not_depend_on_who_asks_first(bodies):
    site = [article(f"p{n}", body, title="xy" * n, number=n) for n, body in enumerate(bodies)]
    site += [article(f"o{n}", f"bread{n} flour", title=f"Loaf {n}", number=n) for n in range(9)]
    one, other = resolver_of(CATALOG, *site), resolver_of(CATALOG, *site)
    posts = [each.post for each in site]
    forward = {post.path: one.resolve(post).blocks for post in posts}
    backward = {post.path: other.resolve(post).blocks for post in reversed(posts)}
    assert forward == backward


def test_the_nearest_posts_come_with_their_likeness():
    site = [
        article("a", "kettle spout"),
        article("b", "kettle spout", number=1),
        article("c", "kettle", number=2),
        *(article(f"o{n}", f"bread{n} flour", title=f"Loaf {n}", number=n) for n in range(12)),
    ]
    posts = sorted((each.post for each in site), key=lambda p: (p.date, p.path), reverse=True)
    found = RelatedPosts(posts, {}).nearest(site[0].post)
    likeness = {post.slug: value for post, value in found}
    assert 0 < likeness["c"] < likeness["b"] <= 1.11
    assert "a" not in likeness


TAGS = st.lists(st.sampled_from("uvwxyz"), max_size=4)
TITLES = st.sampled_from(
    ("Green tea", "Green teas", "緑茶の話", "緑茶の話 2", "Pots", "", "AI AI AI")
)
SITES = st.lists(
    st.builds(
        lambda tags, title, url, number, language: (tuple(tags), title, url, number, language),
        TAGS,
        TITLES,
        st.integers(0, 6),
        st.integers(0, 5),
        st.sampled_from(("en", "en", "en", "ja", "")),
    ),
    min_size=1,
    max_size=14,
)


@given(SITES, st.integers(1, 5))
def test_what_is_related_is_live_another_page_and_within_limit(site, limit):
    articles = [
        article(f"p{n}", tags=tags, title=title, url=f"/{url}/", number=number, language=language)
        for n, (tags, title, url, number, language) in enumerate(site)
    ]
    catalog = make_catalog(blocks={"related": {"limit": limit}})
    resolver = resolver_of(catalog, *articles)
    posts = sorted((each.post for each in articles), key=lambda p: (p.date, p.path), reverse=True)
    live_at = live_posts(posts)
    live = {post.path for post in live_at.values()}
    for post in posts:
        placed = resolver.resolve(post).blocks.get("related", ())
        urls = [placement.post.url for placement in placed]
        assert len(urls) == len(set(urls)) <= limit
        assert post.url not in urls
        assert {placement.post.language for placement in placed} <= {live_at[post.url].language}
        assert {placement.post.path for placement in placed} <= live
        scores = [placement.score for placement in placed]
        assert scores == sorted(scores, reverse=True)
        assert [placement.rank for placement in placed] == list(range(1, len(placed) + 1))
