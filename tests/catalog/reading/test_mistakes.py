"""Every mistake is reported in one line, where it stands, with what to do."""

import pytest

from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.errors import Problems
from tests.support.catalog_mistakes import MISTAKES, SITE, Mistake


def problems_of(text: str | bytes) -> list[str]:
    """Return the lines that a user would see."""
    with pytest.raises(Problems) as caught:
        parse_catalog(text)
    return str(caught.value).split("\n")


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_one_problem_at_its_line(mistake: Mistake):
    assert problems_of(mistake.text) == [mistake.problem]


def test_the_table_of_mistakes_is_read_to_its_end():
    assert MISTAKES[-1].name == "text instead of a catalog"
    assert len(MISTAKES) == len({mistake.name for mistake in MISTAKES}) > 120


def test_bytes_that_are_not_utf8_are_a_problem_of_their_line():
    text = "site:\n  name: 日和\n".encode("shift_jis")

    assert problems_of(text) == [
        "catalog.yaml:2: is not UTF-8 here: save the file in the encoding UTF-8"
    ]


LONG_ID = "b" * 65
LONG_URL = f"https://example.com/{'x' * 2000}"


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("", "catalog.yaml: is empty: it needs at least site, with name and url"),
        ("# 日和", "catalog.yaml: is empty: it needs at least site, with name and url"),
        (f"{SITE}# あ\n# \x07", "catalog.yaml:3: the control character U+0007 is not allowed"),
        (
            f"{SITE}# \ud800",
            "catalog.yaml:2: is not UTF-8 here: save the file in the encoding UTF-8",
        ),
        (
            f"{SITE}books: {{{LONG_ID}: {{title: x, asin: B0EXAMPLE1}}}}",
            f"catalog.yaml:2: books.{LONG_ID}: an id has at most 64 characters",
        ),
        (
            f"{SITE}books: {{a: {{title: x, asin: B0EXAMPLE1, cover: '{LONG_URL}'}}}}",
            "catalog.yaml:2: books.a.cover: is longer than 2,000 characters",
        ),
    ],
    ids=["nothing", "only a comment", "control character", "surrogate", "long id", "long url"],
)
def test_texts_that_no_table_could_hold_are_problems_too(text, reported):
    assert problems_of(text) == [reported]


TWENTY = """\
site:
  name: ''
  url: tezukuri.example.com
  langage: ja
programmes:
  amazon: {tag: tezukuri-20}
  rakuten: {name: 楽天, url: "https://hb.example/"}
books:
  Bread: {title: パン帖, asin: B0EXAMPLE1}
  coffee:
    title: [コーヒー]
    asin: 4785730705
    shops:
      - {programme: rakutn, url: "https://books.example/1"}
    valid-from: 2026-02-30
    fallback: coffee
  garden: {title: 菜園, isbn: 979-8-1995-5012-3}
  garden: {title: 菜園, asin: B0EXAMPLE2}
ctas:
  class: {heading: 教室, label: 見る, url: "javascript:alert(1)"}
  beans:
    heading: 豆
    label: 見る
    url: https://beans.example/
    utm: {source: blog}
mappings:
  bread:
    any: {tags: [パン]}
    items: [Bread, bred, coffee, class]
    weight: -1
  both: {any: {tags: [x]}, items: [garden], pin: true, exclude: true}
blocks:
  related: {items: [coffee]}
  books: {limit: many}
"""


def test_twenty_mistakes_are_twenty_problems_in_file_order():
    reported = [line.split(": ")[:2] for line in problems_of(TWENTY)]

    assert len(reported) == 20
    assert reported == [
        ["catalog.yaml:2", "site.name"],
        ["catalog.yaml:3", "site.url"],
        ["catalog.yaml:4", "site.langage"],
        ["catalog.yaml:6", "programmes.amazon.tag"],
        ["catalog.yaml:7", "programmes.rakuten.url"],
        ["catalog.yaml:9", "books.Bread"],
        ["catalog.yaml:11", "books.coffee.title"],
        ["catalog.yaml:12", "books.coffee.asin"],
        ["catalog.yaml:14", "books.coffee.shops[1].programme"],
        ["catalog.yaml:15", "books.coffee.valid-from"],
        ["catalog.yaml:16", "books.coffee.fallback"],
        ["catalog.yaml:17", "books.garden.isbn"],
        ["catalog.yaml:18", "books.garden"],
        ["catalog.yaml:20", "ctas.class.url"],
        ["catalog.yaml:25", "ctas.beans.utm"],
        ["catalog.yaml:29", "mappings.bread.items"],
        ["catalog.yaml:30", "mappings.bread.weight"],
        ["catalog.yaml:31", "mappings.both.exclude"],
        ["catalog.yaml:33", "blocks.related.items"],
        ["catalog.yaml:34", "blocks.books.limit"],
    ]


def test_a_problem_stays_one_line_whatever_the_key_is():
    reported = problems_of('site: {name: x, url: "https://a.example"}\n"a\\nb": c\n')

    assert len(reported) == 1
    assert reported[0].startswith("catalog.yaml:2: a b: unknown key")


def test_a_reference_to_a_broken_book_is_no_further_problem():
    text = """\
site: {name: x, url: "https://a.example"}
books:
  bread: []
mappings:
  bread: {any: {tags: [x]}, items: [bread]}
"""

    assert problems_of(text) == ["catalog.yaml:3: books.bread: must have title, asin, isbn, …"]


def test_problems_name_the_file_they_are_asked_to():
    with pytest.raises(Problems) as caught:
        parse_catalog("", "blog/catalog.yaml")

    assert str(caught.value).startswith("blog/catalog.yaml: is empty")
