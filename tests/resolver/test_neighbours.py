"""What the posts nearest to a post say of its keywords and categories."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.messages.message import translate
from linkmgr.resolver import related
from linkmgr.resolver.explain import explanation_text, reason_message
from linkmgr.resolver.model import KEYWORD, NEIGHBOURS, KeywordCounts, PostText
from linkmgr.resolver.resolve import PreparedPosts
from tests.support.resolver import (
    article,
    make_catalog,
    mapping,
    resolution_of,
    resolver_of,
    runners_up,
    shown,
)

CATALOG = make_catalog(mappings={"m": mapping("a", keywords=["kiln"])})
WORDS = ("clay", "glaze", "porcelain", "travel", "budget", "train")


def about(subject, number, *, body="", **over):
    """Write a post whose title and text are made of the words of `subject`."""
    text = f"{subject} " * 60 + body
    return article(f"{subject}-{number}", text, title=f"{subject} {number}", **over)


def blog(*more):
    """Write posts on pottery, which speak much of kilns, and others, which do not."""
    pottery = [about("clay glaze", n, body="kiln " * 60) for n in range(20)]
    others = [about(each, n) for each in ("train budget", "stock bond") for n in range(25)]
    return [*more, *pottery, *others]


def placed(catalog, *articles):
    (placement,) = resolution_of(catalog, *articles).blocks["books"]
    return placement


def of_neighbours(placement):
    return [reason for reason in placement.reasons if reason.cause == NEIGHBOURS]


def test_keyword_counts_more_in_post_whose_nearest_speak_of_it():
    near = about("clay glaze", 100, body="kiln " * 30)
    far = about("train budget", 101, body="kiln " * 30)
    near_score = placed(CATALOG, near, far, *blog()).score
    far_score = placed(CATALOG, far, near, *blog()).score
    assert near_score > far_score > 0


def test_a_reason_says_how_many_of_nearest_posts_have_keyword():
    placement = placed(CATALOG, about("clay glaze", 100, body="Kiln " * 30), *blog())
    (reason,) = of_neighbours(placement)
    assert reason.points > 0
    assert (reason.term, reason.measure) == ("kiln", (20, 20))
    assert translate(reason_message(reason), "en") == "nearest posts (20 of 20 have kiln)"
    assert translate(reason_message(reason), "ja") == "内容の近い記事（20件中20件にkiln）"


def test_a_reason_says_where_the_nearest_posts_differ():
    (reason,) = of_neighbours(
        placed(CATALOG, about("train budget", 100, body="kiln " * 40), *blog())
    )
    assert reason.points < 0
    assert reason.measure == (0, 20)


def test_the_nearest_posts_alone_are_no_evidence():
    assert shown(CATALOG, about("clay glaze", 100), *blog()) == {}


def test_a_post_that_is_like_no_other_keeps_its_evidence():
    placement = placed(CATALOG, article("x", "kiln " * 60, words=""), *blog())
    assert of_neighbours(placement) == []


def test_a_tag_counts_the_same_whatever_the_nearest_posts_have():
    catalog = make_catalog(mappings={"m": mapping("a", tags=["pottery"])})
    near, far = (about(each, 100, tags=("pottery",)) for each in ("clay glaze", "train budget"))
    both = placed(catalog, near, far, *blog()), placed(catalog, far, near, *blog())
    assert both[0].score == both[1].score
    assert of_neighbours(both[0]) == []


FILED = make_catalog(
    ctas=("course", "tour"),
    mappings={
        "course": mapping("course", categories=["Crafts"], keywords=["kiln"]),
        "tour": mapping("tour", categories=["Journeys"], keywords=["ticket"]),
    },
)


def filed(subject, category, number, body=""):
    return about(subject, number, body=body, categories=(category,))


def filed_blog():
    pottery = [filed("clay glaze", "Crafts", n, "kiln " * 60) for n in range(30)]
    travels = [filed("train budget", "Journeys", n, "ticket " * 60) for n in range(30)]
    return [*pottery, *travels, *(filed("stock bond", "Money", n) for n in range(30))]


def test_the_text_wins_over_a_category_that_no_near_post_has():
    post = filed("clay glaze", "Journeys", 100, "kiln " * 60)
    assert shown(FILED, post, *filed_blog()) == {"cta": ["course"]}


def test_a_category_that_nearest_posts_have_wins_over_text():
    post = filed("train budget", "Journeys", 100, "kiln " * 15)
    assert shown(FILED, post, *filed_blog()) == {"cta": ["tour"]}


def test_a_rule_by_category_holds_where_nearest_posts_lack_it():
    for subject in ("clay glaze", "train budget"):
        post = filed(subject, "Journeys", 100)
        assert shown(FILED, post, *filed_blog()) == {"cta": ["tour"]}


def test_a_doubted_category_is_named_at_its_placement():
    wrong, right = (filed(each, "Journeys", 100) for each in ("clay glaze", "train budget"))
    (doubted,) = resolution_of(FILED, wrong, *filed_blog()).blocks["cta"]
    (sure,) = resolution_of(FILED, right, *filed_blog()).blocks["cta"]
    assert (doubted.score, doubted.doubted_category) == (1, "Journeys")
    assert sure.score > 1
    assert not sure.doubted_category
    text = explanation_text(FILED, *resolver_of(FILED, wrong, *filed_blog()).explain(wrong.post))
    assert "the posts nearest to this one lack the category Journeys" in text


def test_a_category_that_the_text_supports_is_not_doubted():
    post = filed("clay glaze", "Journeys", 100, "ticket " * 30)
    (placement,) = resolution_of(FILED, post, *filed_blog()).blocks["cta"]
    assert not placement.doubted_category


def test_a_category_of_too_few_posts_to_be_near_counts_in_full():
    post = filed("clay glaze", "Rare", 100)
    catalog = make_catalog(mappings={"m": mapping("a", categories=["Rare"])})
    assert of_neighbours(placed(catalog, post, *filed_blog())) == []


def test_a_doubted_category_comes_after_what_the_text_calls_for():
    catalog = make_catalog(
        mappings={
            "m": mapping("a", keywords=["kiln"]),
            "n": mapping("b", categories=["Journeys"]),
        }
    )
    post = filed("clay glaze", "Journeys", 100, "kiln " * 60)
    assert shown(catalog, post, *filed_blog()) == {"books": ["a", "b"]}


COMMON = make_catalog(mappings={"m": mapping("a", keywords=["market", "auction"])})


def common_blog():
    return [about("train budget", n, body="market and ticket") for n in range(60)]


def test_a_keyword_that_any_article_uses_needs_company():
    alone = about("clay", 100, body="market " * 8)
    (runner,) = runners_up(COMMON, alone, *common_blog())
    assert runner.score > 1
    assert "any article" in translate(runner.missing, "en")
    assert "どの記事" in translate(runner.missing, "ja")
    company = about("clay", 100, body="market " * 8 + "auction " * 3)
    assert shown(COMMON, company, *common_blog()) == {"books": ["a"]}


def test_a_common_keyword_used_unusually_often_needs_no_company():
    post = about("clay", 100, body="market " * 40)
    assert shown(COMMON, post, *common_blog()) == {"books": ["a"]}


def test_a_common_keyword_of_the_title_needs_no_company():
    titled = article("x", "market " * 4, title="The market of clay")
    assert shown(COMMON, titled, *common_blog()) == {"books": ["a"]}


def test_a_keyword_of_nearly_every_title_needs_company():
    everywhere = [article(f"p{n}", "market ticket", title=f"Market {n}") for n in range(60)]
    titled = article("x", "market " * 4, title="The market of clay")
    assert shown(COMMON, titled, *everywhere) == {}


def test_on_a_dozen_posts_no_keyword_needs_company():
    posts = [about("clay", n, body="market") for n in range(11)]
    assert shown(COMMON, about("clay", 100, body="market " * 8), *posts) == {"books": ["a"]}


def test_further_items_need_more_than_the_first():
    catalog = make_catalog(
        mappings={"m": mapping("a", keywords=["kiln"]), "n": mapping("b", keywords=["wheel"])}
    )
    site = [about("train", n) for n in range(300)]

    def items(kiln, wheel):
        post = article("x", "kiln " * kiln + "wheel " * wheel + "and " * 500, title="unlike")
        return shown(catalog, post, *site).get("books", [])

    alone = next(count for count in range(1, 60) if items(count, 0))
    assert items(alone, alone)[1:] == []
    assert items(alone * 3, alone * 3) in (["a", "b"], ["b", "a"])


DRAFTS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(WORDS), max_size=4),
        st.lists(st.sampled_from(WORDS), max_size=3),
        st.lists(st.sampled_from(WORDS), max_size=1),
        st.integers(0, 60),
        st.integers(0, 60),
    ),
    min_size=1,
    max_size=14,
)
TWO = make_catalog(
    mappings={
        "m": mapping("a", keywords=["kiln", "wheel"], categories=["clay"]),
        "n": mapping("b", keywords=["wheel"], tags=["clay"], weight=3),
    }
)


def drawn(drafts):
    return [
        article(
            f"p{n}",
            "kiln " * kilns + "wheel " * wheels,
            title=" ".join(title),
            tags=(*tags,),
            categories=(*categories,),
        )
        for n, (title, tags, categories, kilns, wheels) in enumerate(drafts)
    ]


@given(drafts=DRAFTS)
def test_the_reasons_add_up_to_the_score(drafts):
    articles = drawn(drafts)
    resolver = resolver_of(TWO, *articles)
    for post, _ in articles:
        for placement in resolver.items(post).get("books", ()):
            total = sum(reason.points for reason in placement.reasons)
            assert total == pytest.approx(placement.score, abs=1e-3)


@given(drafts=DRAFTS, order=st.randoms(use_true_random=False))
def test_the_order_in_which_posts_are_asked_for_changes_nothing(drafts, order):
    articles = drawn(drafts)
    first = resolver_of(TWO, *articles)
    placements = {post.path: first.items(post) for post, _ in articles}
    shuffled = list(articles)
    order.shuffle(shuffled)
    second = resolver_of(TWO, *articles)
    assert {post.path: second.items(post) for post, _ in shuffled} == placements


def test_other_keywords_leave_the_nearest_posts_as_they_are(monkeypatch):
    articles = [about("clay glaze", 100, body="kiln " * 40), *blog()]
    posts = [post for post, _ in articles]
    counts = {
        p.path: PostText(10, {"kiln": KeywordCounts(body=b.count("kiln"))}) for p, b in articles
    }
    before = PreparedPosts(posts, {post.path: PostText(10) for post in posts})
    assert before.nearest.near(0)
    fresh = PreparedPosts(posts, counts).neighbours.contribution(posts[0], (KEYWORD, "kiln"))
    monkeypatch.setattr(related, "live_posts", None)  # none are compared again
    recounted = before.with_texts(counts).neighbours.contribution(posts[0], (KEYWORD, "kiln"))
    assert recounted == fresh > 0
