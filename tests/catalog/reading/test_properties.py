"""Any text survives, and no YAML does more than be refused."""

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.errors import Problems
from tests.catalog.reading.test_parse import FULL
from tests.support.properties import examples

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
    """
    site programmes books ctas mappings blocks name url language server title asin isbn blurb cover
    shops programme label heading utm source medium campaign any all tags items weight pin exclude
    kind limit minimum fallback timezone origins campaigns respect-gpc retired valid-from
    variants share vary-by item views server bread amazon related
    """.split()  # noqa: SIM905 - a paragraph reads better than forty quoted words
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | SCALARS, inner, max_size=6),
    max_leaves=30,
)


@given(title=WORDS, blurb=TEXT, author=WORDS, tags=st.lists(WORDS, min_size=1), name=WORDS)
@settings(max_examples=examples(200))
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


def problems_of(text: str | bytes) -> list[str]:
    """Return what a user would see, nothing for a good catalog."""
    try:
        parse_catalog(text)
    except Problems as error:
        return str(error).split("\n")
    return []


def is_read_or_refused(text: str | bytes) -> bool:
    """Whether `text` is a catalog or every line of its refusal is a problem of the file."""
    return all(line.startswith("catalog.yaml:") for line in problems_of(text))


@given(TREES)
@settings(max_examples=examples(300))
def test_any_yaml_is_read_or_refused(tree):
    assert is_read_or_refused(yaml.safe_dump(tree, allow_unicode=True))


@given(st.text() | st.binary())
@example("\ud800")
@example("a: &x [*x]\nb: *x")
@example("? [a]\n: b")
@example("%YAML 9.9\n---\na")
@settings(max_examples=examples(300))
def test_any_text_is_read_or_refused(text):
    assert is_read_or_refused(text)


@given(st.data())
@settings(max_examples=examples(300))
def test_a_catalog_with_a_slip_of_the_pen_is_read_or_refused(data):
    start = data.draw(st.integers(0, len(FULL)))
    length = data.draw(st.integers(0, 8))
    slip = data.draw(st.text("\n :-[]{}'\"*&!#|>%@a1\t", max_size=4))

    assert is_read_or_refused(FULL[:start] + slip + FULL[start + length :])
