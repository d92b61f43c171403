"""Texts made to hang, to fill the memory or to run code end in one clear problem."""

import pytest

from linkmgr.catalog.reading.nodes import MAX_DEPTH, MAX_NODES
from linkmgr.catalog.reading.parse import MAX_BYTES, parse_catalog
from linkmgr.messages.errors import Problems

SITE = "site: {name: x, url: 'https://a.example'}\n"


def problem_of(text: str | bytes) -> str:
    """Return the one line that a user would see."""
    with pytest.raises(Problems) as caught:
        parse_catalog(text)
    (problem,) = caught.value.problems
    return str(problem)


def test_an_alias_bomb_is_told_where_it_passes_the_limit():
    levels = [f"  l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 12)]
    bomb = "\n".join([f"{SITE}x:", "  l0: &l0 [lol]", *levels])

    # Ten times more at each level: 2 * 10**5 nodes at l5 (line 8), 2 * 10**6 at l6.
    assert problem_of(bomb) == (
        f"catalog.yaml:9: has more than {MAX_NODES:,} values with its aliases (*…) written out"
    )


@pytest.mark.slow
def test_more_values_than_the_limit_are_refused_without_aliases_too():
    text = f"{SITE}x: [{'a,' * MAX_NODES}]"

    assert problem_of(text).startswith(f"catalog.yaml:2: has more than {MAX_NODES:,} values")


def test_a_text_over_the_size_is_refused_unread():
    text = SITE + "#" * MAX_BYTES

    assert problem_of(text) == (
        f"catalog.yaml: is too large: {len(text):,} bytes, of at most {MAX_BYTES:,}"
    )


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "], ids=["[", "{", "-", "?"])
@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 1_000_000])
def test_deep_nesting_is_refused(opening, levels):
    assert "nested" in problem_of(opening * levels)


def test_five_thousand_books_with_a_mapping_each_are_within_the_limits():
    books = "".join(
        f"  book-{n}: {{title: 台所からはじめるコーヒー, asin: B0EXAMPLE1, blurb: {'豆' * 60}}}\n"
        for n in range(5000)
    )
    mappings = "".join(
        f"  m-{n}: {{any: {{tags: [コーヒー{n}, a], keywords: [豆, c, d]}}, items: [book-{n}]}}\n"
        for n in range(5000)
    )

    catalog = parse_catalog(f"{SITE}books:\n{books}mappings:\n{mappings}")

    assert len(catalog.books) == len(catalog.mappings) == 5000


def test_a_tag_never_runs_code(tmp_path):
    proof = tmp_path / "proof"
    path = f"!!python/object/apply:pathlib.Path [{proof}]"
    text = f"{SITE}x: !!python/object/apply:pathlib.Path.touch [{path}]"

    with pytest.raises(Problems, match="is not allowed"):
        parse_catalog(text)

    assert not proof.exists()


def test_thousands_of_misspelled_references_are_all_told():
    books = "".join(f"  book-{n}: {{title: x, asin: B0EXAMPLE1}}\n" for n in range(2000))
    wrong = ", ".join(f"bok-{n}x" for n in range(2000))
    terms = "any: {tags: [a]}"

    with pytest.raises(Problems) as caught:
        parse_catalog(f"{SITE}books:\n{books}mappings: {{m: {{{terms}, items: [{wrong}]}}}}")

    assert len(caught.value.problems) == 2000
    assert "did you mean book-0?" in str(caught.value.problems[0])
