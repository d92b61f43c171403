"""Texts made to hang, to fill the memory or to run code end in one clear problem."""

import pytest

from linkmgr.catalog.reading.parse import MAX_BYTES, parse_catalog
from linkmgr.catalog.reading.yaml.nodes import MAX_DEPTH, MAX_NODES
from linkmgr.messages.errors import Problems

SITE = "site: {name: x, url: 'https://a.example'}\n"


def problem_of(text: str | bytes) -> str:
    """Return the one line that a user would see."""
    with pytest.raises(Problems) as caught:
        parse_catalog(text)
    (problem,) = caught.value.problems
    return str(problem)


def test_an_alias_bomb_is_reported_where_it_passes_the_limit():
    levels = [f"  l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 12)]
    bomb = "\n".join([f"{SITE}x:", "  l0: &l0 [lol]", *levels])

    # Ten times more at each level: 2 * 10**5 nodes at l5 (line 8), 2 * 10**6 at l6.
    assert problem_of(bomb) == (
        f"catalog.yaml:9: has more than {MAX_NODES:,} values with its aliases (*…) written out"
    )


def test_more_values_than_limit_are_refused_without_aliases_too():
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


def test_five_thousand_books_with_mapping_each_are_within_limits():
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


def test_thousands_of_misspelled_references_are_all_reported():
    books = "".join(f"  book-{n}: {{title: x, asin: B0EXAMPLE1}}\n" for n in range(2000))
    wrong = ", ".join(f"bok-{n}x" for n in range(2000))
    terms = "any: {tags: [a]}"

    with pytest.raises(Problems) as caught:
        parse_catalog(f"{SITE}books:\n{books}mappings: {{m: {{{terms}, items: [{wrong}]}}}}")

    assert len(caught.value.problems) == 2000
    assert "did you mean book-0?" in str(caught.value.problems[0])


LONG = "x" * 3_000_000
BOOK = "books:\n  a:\n    title: {}\n    asin: B0EXAMPLE1\n    author: {}\n    blurb: {}\n"
CTA = "ctas:\n  a:\n    heading: {}\n    label: {}\n    url: /\n    class: {}\n    text: {}\n"
SHOP = "programmes:\n  a:\n    name: {}\n    label: {}\n"
RULE = (
    "mappings:\n  a:\n    items: [b]\n    any:\n      keywords: [{}]\n"
    "books: {{b: {{title: x, asin: B0EXAMPLE1}}}}\n"
)
UTM = "ctas:\n  a: {{heading: x, label: y, url: /, utm: {{source: s, medium: m, campaign: {}}}}}\n"


@pytest.mark.parametrize(
    ("text", "line", "key", "most"),
    [
        (SITE + BOOK.format(LONG, "x", "x"), 4, "books.a.title", "500"),
        (SITE + BOOK.format("x", LONG, "x"), 6, "books.a.author", "500"),
        (SITE + BOOK.format("x", "x", LONG), 7, "books.a.blurb", "2,000"),
        (SITE + CTA.format(LONG, "x", "x", "x"), 4, "ctas.a.heading", "500"),
        (SITE + CTA.format("x", LONG, "x", "x"), 5, "ctas.a.label", "500"),
        (SITE + CTA.format("x", "x", LONG, "x"), 7, "ctas.a.class", "2,000"),
        (SITE + CTA.format("x", "x", "x", LONG), 8, "ctas.a.text", "2,000"),
        (SITE + SHOP.format(LONG, "x"), 4, "programmes.a.name", "500"),
        (SITE + SHOP.format("x", LONG), 5, "programmes.a.label", "500"),
        (SITE + RULE.format(LONG), 6, "mappings.a.any.keywords", "500"),
        (SITE + UTM.format(LONG), 3, "ctas.a.utm.campaign", "2,000"),
        (SITE + f"blocks: {{books: {{heading: {LONG}}}}}", 2, "blocks.books.heading", "500"),
        (f"site: {{name: {LONG}, url: 'https://a.example'}}", 1, "site.name", "500"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_text_of_three_million_characters_is_refused_at_its_key(text, line, key, most):
    assert problem_of(text) == (
        f"catalog.yaml:{line}: {key}: has 3,000,000 characters, of at most {most}"
    )


def test_a_text_of_exactly_the_limit_is_taken():
    catalog = parse_catalog(SITE + BOOK.format("本" * 500, "x" * 500, "。" * 2000))
    assert len(catalog.books["a"].blurb) == 2000
