"""Keywords count by what a post is about."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.messages.wording import word
from linkmgr.resolver import prepared
from linkmgr.resolver.explain import reason_message
from linkmgr.resolver.model import Counts, PostText
from linkmgr.resolver.prepared import PreparedPosts
from linkmgr.resolver.topics import LEAST, SPAN
from tests.support.resolver import article, make_catalog, mapping, resolution_of, resolver_of

CATALOG = make_catalog(mappings={"m": mapping("a", keywords=["kiln"])})
WORDS = ("clay", "glaze", "porcelain", "travel", "budget", "train")


def about(subject, number, *, body="", tags=()):
    return article(f"{subject}-{number}", body, title=f"{subject} {number}", tags=tags)


def blog(*more, others=60):
    """Write posts on pottery, which speak much of kilns, and as many on travels, which do not."""
    pottery = [about("clay glaze", n, body="kiln " * 60, tags=("pottery",)) for n in range(20)]
    travels = [about("train budget", n, tags=("travel",)) for n in range(others)]
    return [*more, *pottery, *travels]


def score_of(catalog, *articles):
    (placed,) = resolution_of(catalog, *articles).blocks["books"]
    return placed


def the_topic(*articles):
    (reason,) = score_of(CATALOG, *articles).reasons
    return reason.topic


def test_a_keyword_counts_more_in_a_post_that_is_about_what_its_main_posts_are():
    near = about("glaze", 100, body="kiln " * 40)
    far = about("train", 101, body="kiln " * 40)
    near_score = score_of(CATALOG, near, far, *blog()).score
    far_score = score_of(CATALOG, far, near, *blog()).score
    assert near_score > far_score > 0


def test_a_reason_names_the_words_that_the_post_shares_with_the_main_posts():
    post = article("x", "kiln " * 40, title="Glaze of the North", tags=("Pottery",))
    (reason,) = score_of(CATALOG, post, *blog()).reasons
    assert reason.topic.factor > 1
    assert set(reason.topic.words) == {"Glaze", "Pottery"}
    assert "shares" in word(reason_message(reason), "en")
    assert "Glaze" in word(reason_message(reason), "ja")


def test_a_reason_says_where_a_post_is_about_something_else():
    topic = the_topic(about("train", 100, body="kiln " * 100), *blog())
    assert topic.factor < 1
    assert topic.words == ()


def test_a_keyword_of_one_post_has_no_topic():
    assert the_topic(article("x", "kiln " * 60), *[about("train", n) for n in range(30)]) is None


def test_tags_are_not_touched_by_the_topic():
    catalog = make_catalog(mappings={"m": mapping("a", tags=["pottery"])})
    post = about("train", 100, tags=("pottery",))
    new = score_of(catalog, post, *blog())
    old = score_of(with_scorer(catalog, 1), post, *blog())
    assert new == old
    assert new.reasons[0].topic is None


def test_the_scorer_before_counts_a_keyword_the_same_whatever_the_post_is_about():
    catalog = with_scorer(CATALOG, 1)
    near, far = (about(subject, 100, body="kiln " * 40) for subject in ("glaze", "train"))
    scores = {score_of(catalog, post, *blog()).score for post in (near, far)}
    assert len(scores) == 1


def test_a_small_site_changes_little():
    articles = [about("glaze", n, body="kiln " * 60) for n in range(3)]
    articles += [about("train", n) for n in range(9)]
    assert 0.8 < the_topic(*articles).factor < 1.1


def test_further_items_need_more_than_the_first():
    catalog = make_catalog(
        mappings={"m": mapping("a", keywords=["kiln"]), "n": mapping("b", keywords=["wheel"])}
    )
    site = [about("train", n) for n in range(300)]

    def items(kiln, wheel):
        post = article("x", "kiln " * kiln + "wheel " * wheel + "and " * 500)
        placed = resolution_of(catalog, post, *site).blocks.get("books", ())
        return [placement.item for placement in placed]

    alone = next(count for count in range(1, 60) if items(count, 0))
    assert items(alone, alone)[1:] == []
    assert items(alone * 3, alone * 3) in (["a", "b"], ["b", "a"])


DRAFTS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(WORDS), max_size=4),
        st.lists(st.sampled_from(WORDS), max_size=3),
        st.integers(0, 60),
        st.integers(0, 60),
    ),
    min_size=1,
    max_size=14,
)
TWO = make_catalog(
    mappings={
        "m": mapping("a", keywords=["kiln", "wheel"]),
        "n": mapping("b", keywords=["wheel"], tags=["clay"]),
    }
)


def drawn(drafts):
    return [
        article(f"p{n}", "kiln " * kilns + "wheel " * wheels, title=" ".join(title), tags=(*tags,))
        for n, (title, tags, kilns, wheels) in enumerate(drafts)
    ]


@given(drafts=DRAFTS)
def test_the_reasons_add_up_to_the_score_and_factors_stay_in_their_range(drafts):
    articles = drawn(drafts)
    resolver = resolver_of(TWO, *articles)
    for post, _ in articles:
        for placed in resolver.items(post).get("books", ()):
            total = sum(reason.points for reason in placed.reasons)
            assert total == pytest.approx(placed.score, abs=1e-3)
            for reason in placed.reasons:
                if reason.topic:
                    assert LEAST - 1e-9 <= reason.topic.factor <= LEAST + SPAN + 1e-9


@given(drafts=DRAFTS, order=st.randoms(use_true_random=False))
def test_the_order_in_which_posts_are_asked_for_changes_nothing(drafts, order):
    articles = drawn(drafts)
    first = resolver_of(TWO, *articles)
    placed = {post.path: first.items(post) for post, _ in articles}
    shuffled = list(articles)
    order.shuffle(shuffled)
    second = resolver_of(TWO, *articles)
    assert {post.path: second.items(post) for post, _ in shuffled} == placed


def with_scorer(catalog, scorer):
    return replace(catalog, site=replace(catalog.site, scorer=scorer))


@pytest.mark.parametrize("number", [10, 11])
def test_posts_that_are_all_alike_say_nothing_of_a_topic(number):
    bodies = ["kiln " * 40] * 2 + [""] * (number - 2)
    alike = [article(f"p-{n}", body, title="alpha beta gamma") for n, body in enumerate(bodies)]
    assert the_topic(*alike) is None


def test_other_keywords_leave_the_posts_words_as_they_are(monkeypatch):
    articles = [about("glaze", 100, body="kiln " * 40), *blog()]
    posts = [post for post, _ in articles]
    counts = {p.path: PostText(10, {"kiln": Counts(body=len(b) // 5)}) for p, b in articles}
    before = PreparedPosts(posts, {post.path: PostText(10) for post in posts})
    assert before.topics.shared_words(posts[0].path, "kiln") is None
    fresh = PreparedPosts(posts, counts).topics
    monkeypatch.setattr(prepared, "PostVectors", None)  # none are made again
    recounted = before.with_texts(counts).topics
    factors = [recounted.factor(post.path, "kiln") for post in posts]
    assert factors == [fresh.factor(post.path, "kiln") for post in posts]
    assert max(factors) > 1 > min(factors)
