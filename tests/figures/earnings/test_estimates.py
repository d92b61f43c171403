"""What posts earned is estimated by their clicks, to the last part of the whole."""

from hypothesis import given
from hypothesis import strategies as st

from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.clicks.model import OTHER
from linkmgr.figures.earnings.estimates import EstimatedPost, estimate
from linkmgr.figures.queries import LinkOfPost
from linkmgr.store.earnings.figures import EarnedRow, Source
from linkmgr.store.earnings.totals import Earned
from tests.figures.earnings.test_tables import CATALOG

BLOG = parse_catalog(CATALOG.encode(), "catalog.yaml")


def unplaced(**confirmed):
    """Return what was confirmed by product and tracking ID, named `product_tracking`."""
    return {
        Source("amazon", name.replace("_", " ")): EarnedRow("", Earned(confirmed=amount))
        for name, amount in confirmed.items()
    }


def clicks(*links):
    return {LinkOfPost(item, tag, post): number for item, tag, post, number in links}


def test_a_product_is_divided_by_the_clicks_on_its_item():
    found = estimate(
        unplaced(**{"4873119049_blog-22": 100}),
        clicks(("first", "blog-22", "aa", 3), ("first", "x-22", "bb", 1), ("second", "", "cc", 9)),
        BLOG,
    )
    assert found.posts == {"aa": EstimatedPost(75), "bb": EstimatedPost(25)}
    assert found.left == Earned()


def test_what_names_no_item_is_divided_by_the_clicks_with_its_tracking_id():
    found = estimate(
        unplaced(**{"_blog-22": 30, "B0LAMP_blog-22": 60, "_other-22": 5}),
        clicks(("first", "blog-22", "aa", 1), ("second", "blog-22", "bb", 2)),
        BLOG,
    )
    assert found.posts == {"aa": EstimatedPost(30), "bb": EstimatedPost(60)}
    assert found.left == Earned(confirmed=5)


def test_the_share_of_clicks_whose_post_is_not_known_is_given_to_no_post():
    found = estimate(
        unplaced(**{"4873119049_blog-22": 100}),
        clicks(
            *(("first", "blog-22", post, number) for post, number in (("aa", 5), (OTHER, 3))),
            ("first", "", "", 2),
        ),
        BLOG,
    )
    assert found.posts == {"aa": EstimatedPost(50)}
    assert found.left == Earned(confirmed=50)


@given(
    st.integers(-(10**9), 10**12),
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 10**6), min_size=1),
)
def test_the_parts_add_up_to_the_whole(amount, shares):
    links = clicks(*(("first", "blog-22", post, number) for post, number in shares.items()))
    found = estimate(unplaced(**{"4873119049_blog-22": amount}), links, BLOG)
    assert sum(each.confirmed for each in found.posts.values()) == amount
