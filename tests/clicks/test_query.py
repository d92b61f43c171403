"""The parameters of links: what linkmgr prints, what users add, and what anybody may send."""

from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.clicks.targets import HIGHEST_RANK, places_in, read_query
from tests.support.clicks import POST, make_query

BLOCKS = ["books", "related-2", "text", "compare"]
PLACES = places_in(BLOCKS)
HERE = make_query(post=POST, block="books", rank=3)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        pytest.param(f"p={POST}&b=books.3", HERE, id="as printed"),
        pytest.param(f"p={POST}&b=books.3&s=shop-2", HERE._replace(shop="shop-2"), id="shop"),
        pytest.param(f"p={POST}&b=books.3&t=a-22", HERE._replace(tag="a-22"), id="tag"),
        pytest.param(
            f"p={POST}&b=books.3&s=x&t=a", HERE._replace(shop="x", tag="a"), id="shop and tag"
        ),
        pytest.param(
            f"p={POST}&b=books.3&s=x&t=a&v=0a1b2c3d.short",
            HERE._replace(shop="x", tag="a", variant="0a1b2c3d.short"),
            id="shop, tag and variant",
        ),
        pytest.param(
            f"p={POST}&b=books.3&v=0a1b2c3d.b",
            HERE._replace(variant="0a1b2c3d.b"),
            id="variant alone",
        ),
        pytest.param(f"p={POST}&b=books.3&v=short", HERE, id="variant without its test"),
        pytest.param(f"t=a&b=books.3&p={POST}", HERE._replace(tag="a"), id="tag first"),
        pytest.param(f"p={POST}&b=books.3&t=a%26b", HERE, id="tag with a sign"),
        pytest.param(f"p={POST}&b=books.3&t={'x' * 101}", HERE, id="tag too long"),
        pytest.param(f"b=books.3&p={POST}", HERE, id="another order"),
        pytest.param(f"p={POST}&b=books.3&fbclid=%20x&", HERE, id="something added"),
        pytest.param(f"p={POST}&p=&b=books%2E3", HERE, id="the first of two, encoded"),
        pytest.param("", make_query(), id="nothing"),
        pytest.param("p&=&&b", make_query(), id="no values"),
        pytest.param(f"p={POST}", make_query(post=POST), id="post alone"),
        pytest.param("b=related-2.1", make_query(block="related-2", rank=1), id="place alone"),
        pytest.param("p=0123456789ABCDEF", make_query(), id="post in capitals"),
        pytest.param(f"p={POST}0", make_query(), id="post too long"),
        pytest.param(f"p={POST}&b=other.3", make_query(post=POST), id="no such block"),
        pytest.param(f"p={POST}&b=books.0", make_query(post=POST), id="rank 0"),
        pytest.param(f"p={POST}&b=books.101", make_query(post=POST), id="rank too high"),
        pytest.param(f"p={POST}&b=books.03", make_query(post=POST), id="rank with a zero"),
        pytest.param("b=books.３", make_query(), id="rank in wide digits"),
        pytest.param("b=books.3%20", make_query(), id="place with a space"),
        pytest.param("s=Shop&p=%E6%9D%B1", make_query(), id="no such values"),
    ],
)
def test_a_query_is_read(text, query):
    assert read_query(text.encode().decode("latin-1"), PLACES) == query


def test_a_link_in_the_text_of_an_article_names_its_place():
    query = read_query(f"p={'a' * 16}&b=text.2", PLACES)
    assert (query.block, query.rank) == ("text", 2)


def test_the_highest_rank_counts():
    assert read_query(f"b=books.{HIGHEST_RANK}", PLACES).rank == HIGHEST_RANK


@pytest.mark.parametrize(
    ("text", "utm"),
    [
        ("utm_source=x&utm_term=a.b_c~d-1", {"utm_source": "x", "utm_term": "a.b_c~d-1"}),
        ("utm_source=a%26b=c&utm_medium=%23&utm_campaign=a%20b", {}),
        ("utm_source=&utm_medium=https://evil.example&utm_evil=1&tag=evil-22", {}),
        (f"utm_source={'x' * 101}&utm_content={'x' * 100}", {"utm_content": "x" * 100}),
    ],
)
def test_of_a_users_utm_only_plain_values_are_kept(text, utm):
    assert read_query(text, PLACES).utm == utm


@pytest.mark.parametrize(
    "text", ["p=%FF", "%C3=1", "x=\xff", "x=%0d%0aSet-Cookie:a", "x=\x7f", "東"]
)
def test_what_is_no_text_is_refused(text):
    assert read_query(text, PLACES) is None


PRINTED = st.tuples(
    st.sampled_from(["p=", "P=", "q=", "p"]),
    st.from_regex(r"[0-9a-f]{15,17}", fullmatch=True)
    | st.text("0123456789abcdefA%_&=", max_size=18),
    st.sampled_from(["&b=", "&b", ";b=", "&b=b"]),
    st.sampled_from(["books.1", "related-2.100", "books.101", "books.01", "other.1", "books", ""]),
    st.sampled_from(["", "&s=", "&s=shop-2", "&s=Shop", "&s=a&s=b", "&s=%61", "&s", "&", "\n"]),
    st.sampled_from(["", "&t=", "&t=a-22", "&t=a&t=b", "&t=%61", "&t=a&utm_source=x", "&t=a b"]),
    st.sampled_from(["", "&v=", "&v=0a1b2c3d.b", "&v=b", "&v=0a1b2c3d.b&t=a", "&v=%30"]),
).map("".join)


@given(PRINTED)
def test_what_linkmgr_prints_is_read_as_anything_else_is(text):
    assert read_query(text, PLACES) == read_query(f"x&{text}", PLACES)


@given(st.binary())
def test_no_query_is_an_error(data):
    for text in (data.decode("latin-1"), quote_from_bytes(data), f"p={quote_from_bytes(data)}"):
        query = read_query(text, PLACES)
        if query is not None:
            assert query.block in [*BLOCKS, ""]
