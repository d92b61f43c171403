"""The quick way of editing, of a slice, gives what editing the whole gives."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from linkmgr.catalog.editing import edit
from linkmgr.catalog.editing.edit import add_entry, remove_entry, replace_entry
from linkmgr.messages.errors import LinkmgrError, Problems
from tests.catalog.editing.test_edit import BOOK, EXAMPLE, SITE, line_ends, marks
from tests.catalog.reading.test_parse import FULL
from tests.support.properties import examples

TYPOS = st.text("\n\r :-[]{}'\"*&!#|>%@a1\t\u2028\u3000", max_size=6)
# Entries of many manners, all of one catalog or of a broken one.
MANNERS = (
    "  {}:\n    asin: 4999999005\n    title: x\n",
    "  {}: # a comment\n    title: x\n    # and another\n    asin: 4999999005\n\n",
    "  {}: {{title: x, asin: 4999999005}}\n",
    "  {}:\n\n    title: x\n    asin: 4999999005\n  # below\n\n\n",
    "  {}:\n    title: |\n      a: 1\n\n      b: 2\n    asin: 4999999005\n",
    '  {}:\n    title: "a\n  b: c\n\n  d:"\n    asin: 4999999005\n',
    "  {}:\n    title: one\n      two\n    asin: 4999999005\n",
    "  {}:\n    &t title: &u x\n    asin: 4999999005\n    blurb: *u\n",
    "  '{}':\n    title: x\n    asin: 4999999005\n",
    "  ? {}\n  : title: x\n    asin: 4999999005\n",
    "  {}: {{title: 'x\n  b:\n  y', asin: 4999999005}}\n",
    "  {}:\n    title: x\n    asin: 4999999006\n",
    "# far left\n  {}:\n     asin: 4999999005\n     title: x",
)
NAMES = st.sampled_from("abcd")
HEADERS = st.sampled_from(["books:\n", "books: # all\n", "books: &all\n", "books:\n\n# many\n"])
TAILS = st.sampled_from(["", "ctas:\n", "# end\n", "\n\nctas: {}\n", "...\n", "---\n", "books:\n"])
VALUES = st.sampled_from([BOOK, {"title": "x", "asin": "4999999005"}, {"title": "x"}, "x", None])


def result_of(change, *arguments):
    """Return the text that a change gives, or what the user would be told."""
    try:
        return change(*arguments)
    except LinkmgrError as error:
        return type(error), str(error)


def assert_both_ways_agree(change, *arguments):
    quick = result_of(change, *arguments)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edit, "slice_around", lambda *_: None)
        long = result_of(change, *arguments)
    assume("anchor (&) twice" not in str(long))  # which only the long way minds
    assert quick == long


def changes(name):
    """Draw a change of one entry: the function and what follows the section."""
    return st.one_of(
        st.tuples(st.sampled_from([add_entry, replace_entry]), st.tuples(name, VALUES)),
        st.tuples(st.just(remove_entry), st.tuples(name)),
    )


@st.composite
def texts_of_any_manner(draw):
    """Draw a catalog whose books are written in one manner or another."""
    entries = draw(st.lists(st.tuples(st.sampled_from(MANNERS), NAMES), max_size=4))
    books = "".join([draw(HEADERS), *(m.format(name) for m, name in entries), draw(TAILS)])
    text = SITE + books if draw(st.booleans()) else books + SITE
    return draw(marks) + text.replace("\n", draw(line_ends))


@given(texts_of_any_manner(), changes(NAMES))
@settings(max_examples=examples(500))
def test_entries_of_any_manner_are_edited_alike(text, change):
    function, arguments = change
    assert_both_ways_agree(function, text, "books", *arguments)


@pytest.mark.parametrize("text", [EXAMPLE, FULL], ids=["example", "full"])
@given(data=st.data())
@settings(max_examples=examples(200))
def test_a_text_with_slips_of_the_pen_is_edited_alike(text, data):
    for _ in range(data.draw(st.integers(0, 2))):
        start = data.draw(st.integers(0, len(text)))
        text = text[:start] + data.draw(TYPOS) + text[start + data.draw(st.integers(0, 5)) :]
    section = data.draw(st.sampled_from(["site", "books", "ctas", "mappings", "blocks"]))
    names = [line.strip().partition(":")[0] for line in text.split("\n") if line[:2] == "  "]
    name = data.draw(st.sampled_from(sorted({*names, "new"})))
    function, arguments = data.draw(changes(st.just(name)))
    assert_both_ways_agree(function, text, section, *arguments)


def quickly(change, *arguments):
    """Return what a change gives, with the long way barred."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edit, "_edited_whole", lambda *_: pytest.fail("the long way"))
        return change(*arguments)


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["no mark", "mark"])
def test_a_plain_catalog_needs_only_the_quick_way(mark, end):
    text = mark + EXAMPLE.replace("\n", end)
    after = quickly(add_entry, text, "books", "new", BOOK)
    after = quickly(replace_entry, after, "books", "new", {**BOOK, "title": "other"})
    assert quickly(remove_entry, after, "books", "new") == text
    assert quickly(replace_entry, text, "site", "name", "Log") != text


def test_what_is_wrong_with_entry_is_reported_without_long_way():
    with pytest.raises(Problems, match="check digit"):
        quickly(add_entry, EXAMPLE, "books", "wrong", {"asin": "4999999006", "title": "x"})


def test_what_looks_like_entry_within_a_text_is_not_taken_for_it():
    text = (
        "site:\n"
        '  name: "x\n\n'
        "books:\n  a:\n    title: wrong\n    asin: B0EXAMPLE1\n  b:\n    title: "
        '"\n'
        "  url: https://blog.example\n"
        "books:\n  a:\n    title: right\n    asin: B0EXAMPLE1\n"
    )
    after = replace_entry(text, "books", "a", {"title": "new", "asin": "B0EXAMPLE1"})
    assert after == text.replace("right", "new")
