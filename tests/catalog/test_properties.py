"""Any text survives, and no YAML does more than be refused."""

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linkmgr.catalog.parse import parse_catalog
from linkmgr.errors import Problems
from tests.catalog.test_parse import FULL

# Everything but control characters, which are refused, and surrogates, which are no UTF-8.
TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from("\n\t"), min_size=1)
WORDS = TEXT.filter(str.strip)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | st.text()
    | st.sampled_from(["bread", "amazon", "https://a.example/", "B0EXAMPLE1", "2026-01-01"])
)
KEYS = st.sampled_from(
    ["site", "programmes", "books", "ctas", "mappings", "blocks", "name", "url", "language", "server", "title", "asin", "isbn", "blurb", "cover", "shops", "programme", "label", "heading", "utm", "source", "medium", "campaign", "any", "all", "tags", "items", "weight", "pin", "exclude", "kind", "limit", "minimum", "fallback", "retired", "valid-from", "bread", "amazon", "related"]
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | SCALARS, inner, max_size=6),
    max_leaves=30,
)


@given(title=WORDS, blurb=TEXT, author=WORDS, tags=st.lists(WORDS, min_size=1), name=WORDS)
@settings(max_examples=200)
def test_any_text_comes_out_of_the_catalog_as_it_went_in(title, blurb, author, tags, name):
    text = yaml.safe_dump(
        {
            "site": {"name": name, "url": "https://a.example"},
            "books": {
                "a": {"title": title, "blurb": blurb, "author": author, "asin": "B0EXAMPLE1"}
            },
            "mappings": {"m": {"any": {"tags": tags, "keywords": tags}, "items": ["a"]}},
        },
        allow_unicode=True,
    )
    catalog = parse_catalog(text)

    book = catalog.books["a"]
    assert (book.title, book.blurb, book.author) == (title, blurb, author)
    assert catalog.mappings["m"].any_of.tags == tuple(tags)
    assert catalog.site.name == name


def refused_or_read(text: str | bytes) -> None:
    """Pass when `text` is a catalog or a number of problems, each one line with its file."""
    try:
        parse_catalog(text)
    except Problems as error:
        assert error.problems
        lines = str(error).split("\n")
        assert len(lines) == len(error.problems)
        assert all(line.startswith("catalog.yaml:") for line in lines)


@given(TREES)
@settings(max_examples=300)
def test_any_yaml_is_read_or_refused(tree):
    refused_or_read(yaml.safe_dump(tree, allow_unicode=True))


@given(st.text() | st.binary())
@example("\ud800")
@example("a: &x [*x]\nb: *x")
@example("? [a]\n: b")
@example("%YAML 9.9\n---\na")
@settings(max_examples=300)
def test_any_text_is_read_or_refused(text):
    refused_or_read(text)


@given(st.data())
@settings(max_examples=300)
def test_a_catalog_with_a_slip_of_the_pen_is_read_or_refused(data):
    start = data.draw(st.integers(0, len(FULL)))
    length = data.draw(st.integers(0, 8))
    slip = data.draw(st.text("\n :-[]{}'\"*&!#|>%@a1\t", max_size=4))

    refused_or_read(FULL[:start] + slip + FULL[start + length :])
