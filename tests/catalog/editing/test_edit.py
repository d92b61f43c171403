"""One entry of a catalog's text is changed, and no other line of it."""

from datetime import date
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.catalog.editing.edit import add_entry, remove_entry, replace_entry
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.errors import LinkmgrError, Problems

EXAMPLE = (Path(__file__).parents[3] / "catalog.yaml").read_text(encoding="utf-8")
SITE = "site:\n  name: Blog # ours\n  url: https://blog.example\n"
BOOK = {"asin": "4999999005", "title": "本: その一", "blurb": "no"}

texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40
).filter(lambda text: text.strip() == text)
books = st.fixed_dictionaries(
    {"asin": st.sampled_from(["4999999005", "499999903X", "B0EXAMPLE1"]), "title": texts},
    optional={"blurb": texts, "author": texts, "retired": st.booleans()},
)
line_ends = st.sampled_from(["\n", "\r\n"])
marks = st.sampled_from(["", "\ufeff"])


def changed_lines(before, after):
    """Return the lines that went and those that came."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    gone, come = [], []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            gone += old[i:j]
            come += new[k:m]
    return gone, come


def test_a_new_book_is_written_as_a_person_would():
    after = add_entry(SITE, "books", "first", {**BOOK, "valid-from": date(2026, 1, 1)})
    assert after == SITE + (
        "\nbooks:\n"
        "  first:\n"
        '    asin: "4999999005"\n'
        "    title: '本: その一'\n"
        '    blurb: "no"\n'
        "    valid-from: 2026-01-01\n"
    )


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        pytest.param("books:\n", "books:\n  a:\n", id="nothing under it"),
        pytest.param("books: # mine\n", "books: # mine\n  a:\n", id="only a comment"),
        pytest.param("books: {}\n", "books:\n  a:\n", id="empty braces"),
        pytest.param("books: {} # mine\n", "books: # mine\n  a:\n", id="braces and a comment"),
    ],
)
def test_an_empty_section_takes_an_entry(section, expected):
    after = add_entry(SITE + section + "ctas:\n", "books", "a", BOOK)
    assert after.startswith(SITE + expected)
    assert after.endswith("\nctas:\n")
    assert parse_catalog(after).books["a"].title == BOOK["title"]


def test_a_section_in_braces_takes_an_entry_into_them():
    text = SITE + "books: {a: {asin: '4999999005', title: x}} # all\n"
    after = add_entry(text, "books", "b", {"asin": "499999903X", "title": "y, z"})
    assert after == SITE + (
        "books: {a: {asin: '4999999005', title: x}, "
        "b: {asin: \"499999903X\", title: 'y, z'}} # all\n"
    )
    assert remove_entry(after, "books", "b") == text
    left = remove_entry(after, "books", "a")
    assert parse_catalog(left).books.keys() == {"b"}


def test_an_entry_follows_the_manner_of_those_before_it():
    text = (
        SITE
        + "books:\n    a:\n        asin: B0EXAMPLE1\n        title: x\n        # later\n\n# end\n"
    )
    after = add_entry(text, "books", "b", BOOK)
    gone, come = changed_lines(text, after)
    assert not gone
    assert come[0] == "    b:\n"
    assert after.index("# later") < after.index("    b:") < after.index("# end")


def test_entries_stay_apart_by_an_empty_line_where_they_are():
    after = add_entry(EXAMPLE, "books", "another", BOOK)
    gone, come = changed_lines(EXAMPLE, after)
    assert not gone
    assert come[:2] in (["\n", "  another:\n"], ["  another:\n", '    asin: "4999999005"\n'])
    assert "\n\n  another:\n" in after


def test_an_entry_that_is_there_is_not_added_again():
    with pytest.raises(LinkmgrError, match=r"books\.kitchen-coffee: is in the catalog already"):
        add_entry(EXAMPLE, "books", "kitchen-coffee", BOOK)


@pytest.mark.parametrize("change", [remove_entry, lambda *a: replace_entry(*a, BOOK)])
def test_an_entry_that_is_not_there_cannot_be_changed(change):
    with pytest.raises(LinkmgrError, match=r"books\.nowhere: is not in the catalog"):
        change(EXAMPLE, "books", "nowhere")


def test_an_entry_that_would_be_a_problem_is_refused():
    with pytest.raises(Problems, match="check digit"):
        add_entry(EXAMPLE, "books", "wrong", {"asin": "4999999006", "title": "x"})


def test_a_catalog_with_bad_syntax_is_reported_as_such():
    with pytest.raises(Problems, match=r"catalog\.yaml:2"):
        add_entry("site:\n  name: a: b\n", "books", "a", BOOK)


def test_catalog_that_is_written_too_oddly_is_left_to_its_owner():
    text = SITE + "books:\n  a: &one {asin: B0EXAMPLE1, title: x}\n  b: *one\n"
    with pytest.raises(LinkmgrError):
        remove_entry(text, "books", "a")
    kept = SITE + "books:\n  a:\n    asin: B0EXAMPLE1\n    title: x\n    blurb: |+\n      y\n\n\n"
    with pytest.raises(LinkmgrError, match=r"^books\.b: cannot be changed as the catalog is"):
        add_entry(kept, "books", "b", BOOK)


def test_replacing_keeps_the_comments_of_what_stays():
    text = SITE + (
        "books:\n"
        "  a: # the first\n"
        "    isbn: 978-4-9999990-1-9   # with hyphens\n"
        '    title: "old"  # its name\n'
        "    # about it\n"
        "    blurb: >\n"
        "      two\n"
        "      lines\n"
        "\n"
        "    author: someone\n"
        "  # end\n"
    )
    value = {"isbn": "978-4-9999990-1-9", "title": "new", "blurb": "one line", "retired": True}
    after = replace_entry(text, "books", "a", value)
    assert after == SITE + (
        "books:\n"
        "  a: # the first\n"
        "    isbn: 978-4-9999990-1-9   # with hyphens\n"
        "    title: new  # its name\n"
        "    # about it\n"
        "    blurb: one line\n"
        "\n"
        "    retired: true\n"
        "  # end\n"
    )


def test_a_key_of_the_site_is_an_entry_of_its_section():
    text = add_entry(SITE, "site", "server", "https://go.blog.example")
    assert text == SITE + "  server: https://go.blog.example\n"
    text = replace_entry(text, "site", "name", "Log, the")
    assert text.startswith("site:\n  name: 'Log, the' # ours\n")
    assert remove_entry(text, "site", "server") == text[: text.index("  server")]


@given(book=books, end=line_ends, mark=marks)
def test_any_book_is_read_back_and_its_removal_gives_text_back(book, end, mark):
    text = mark + EXAMPLE.replace("\n", end)
    after = add_entry(text, "books", "added", book)
    gone, come = changed_lines(text, after)
    assert not gone
    assert all(line.endswith(end) for line in come)
    read = parse_catalog(after).books["added"]
    assert (read.asin, read.title) == (book["asin"], book["title"])
    assert (read.blurb, read.author) == (book.get("blurb", ""), book.get("author"))
    assert read.retired == book.get("retired", False)
    assert remove_entry(after, "books", "added") == text


@given(one=books, other=books, end=line_ends)
def test_replacing_changes_only_lines_of_the_entry(one, other, end):
    text = add_entry(EXAMPLE.replace("\n", end), "books", "added", one)
    after = replace_entry(text, "books", "added", other)
    expected = parse_catalog(add_entry(EXAMPLE, "books", "added", other))
    assert parse_catalog(after) == expected
    gone, come = changed_lines(text, after)
    own = [*text[text.index("  added:") :].splitlines(keepends=True)[1 : len(one) + 1]]
    assert set(gone) <= set(own)
    assert len(come) <= len(other)


@given(st.sampled_from(sorted(parse_catalog(EXAMPLE).mappings)), line_ends)
def test_removing_takes_the_lines_of_one_entry(name, end):
    text = EXAMPLE.replace("\n", end)
    after = remove_entry(text, "mappings", name)
    gone, come = changed_lines(text, after)
    assert not come
    assert next(line for line in gone if line.strip()).startswith(f"  {name}:")
    assert parse_catalog(after).mappings.keys() == parse_catalog(text).mappings.keys() - {name}
