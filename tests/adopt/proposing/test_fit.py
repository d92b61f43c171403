"""Terms that explain which posts carried what."""

from hypothesis import given
from hypothesis import strategies as st

from linkmgr.adopt.proposing.fit import Example, fit
from linkmgr.adopt.proposing.keywords import candidate_keywords

terms = st.dictionaries(
    st.tuples(st.sampled_from(["tag", "category", "keyword"]), st.sampled_from("abcd")),
    st.floats(0.1, 12),
    max_size=5,
)
examples = st.lists(
    st.builds(Example, terms, st.frozensets(st.sampled_from("xyz"), min_size=1)), max_size=12
)


def example(items, *tags):
    return Example({("tag", tag): 4.0 for tag in tags}, frozenset(items))


def test_a_term_that_explains_an_item_becomes_its_rule():
    posts = [example("x", "sand")] * 4 + [example("y", "beans")] * 4
    assert fit(posts, 1) == {(("tag", "sand"), "x"): 1, (("tag", "beans"), "y"): 1}


def test_one_general_term_is_taken_before_several_narrow_ones():
    posts = [example("x", "all", name) for name in "aaabbb"]
    assert fit(posts, 1) == {(("tag", "all"), "x"): 1}


def test_chance_is_not_explained():
    assert fit([example("x", "a"), example("y", "b"), example("z", "c")], 1) == {}


@given(examples, st.integers(0, 3))
def test_the_search_ends_whatever_the_posts_and_is_the_same_each_time(posts, limit):
    rules = fit(posts, limit)
    assert rules == fit(posts, limit)
    assert {rule.item for rule in rules} <= {item for post in posts for item in post.items}


def test_words_of_three_titles_and_of_the_books_are_tried_as_written():
    titles = ["GPUの進化", "GPUと電力", "新しいGPU 2026", "電力"]
    words = candidate_keywords(titles, ["珈琲の本 Slow Machines"])
    assert words == {
        "gpu": "GPU",
        "珈琲": "珈琲",
        "slow": "Slow",
        "machines": "Machines",
    }
