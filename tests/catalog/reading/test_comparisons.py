"""Comparisons in the catalog: what they hold, and what is wrong with one."""

import pytest

from linkmgr.catalog.blocks import COMPARE
from linkmgr.catalog.model import Comparison
from linkmgr.catalog.reading.mappings import empty_rows
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.errors import Problems
from linkmgr.messages.message import translate

CATALOG = """\
site: {name: Tea, url: https://tea.example, language: en}
programmes: {amazon: {tag: tea-20}}
products:
  slim: {title: Slim kettle, asin: B000000001, specs: {capacity: 0.8 L}, pros: [Even], rating: 4}
  electric: {title: Electric kettle, asin: B000000002, specs: {capacity: 0.9 L, weight: 1 kg}}
  pot: {title: Pot, asin: B000000003}
  can: {title: Can, asin: B000000004}
  jug: {title: Jug, asin: B000000005}
ctas: {talk: {heading: Talk, label: Talk, url: /talk/}}
comparisons:
  kettles: KETTLES
mappings:
  tea: {any: {tags: [tea]}, comparisons: [CALLED]}
"""
KETTLES = "{items: [slim, electric], rows: [capacity, pros], ranked: true}"


def read(kettles=KETTLES, called="kettles", blocks=""):
    return parse_catalog(CATALOG.replace("KETTLES", kettles).replace("CALLED", called) + blocks)


def problems_of(*args, **values):
    with pytest.raises(Problems) as caught:
        read(*args, **values)
    return [str(problem) for problem in caught.value.problems]


def test_a_comparison_has_items_rows_and_ranks():
    catalog = read()
    assert catalog.comparisons == {
        "kettles": Comparison("kettles", ("slim", "electric"), ("capacity", "pros"), ranked=True)
    }
    assert catalog.mappings["tea"].comparisons == ("kettles",)
    assert catalog.items["slim"].specs == (("capacity", "0.8 L"),)
    assert catalog.items["slim"].pros == ("Even",)


def test_a_catalog_with_comparisons_has_a_block_for_them_last():
    assert [block.kind for block in read().blocks][-1] is COMPARE


@pytest.mark.parametrize(
    ("kettles", "problem"),
    [
        ("{items: [slim, electrik]}", "items: there is no book or CTA electrik: did you mean"),
        ("{items: [slim, talk]}", "comparisons.kettles.items: talk is a CTA"),
        ("{items: [slim]}", "comparisons.kettles.items: must be two items at least"),
        ("{rows: [price]}", "comparisons.kettles.items: is missing"),
        (
            "{items: [slim, electric, pot, can, jug], rows: [capacity]}",
            "comparisons.kettles.items: must be 4 items at most",
        ),
        ("{items: [slim, electric], row: [capacity]}", "comparisons.kettles.row: unknown key"),
    ],
)
def test_a_mistake_in_a_comparison_is_named_with_its_line(kettles, problem):
    (said,) = problems_of(kettles)
    assert said.startswith("catalog.yaml:11: comparisons.kettles")
    assert problem in said


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("capacity", None),
        ("capasity", "capasity under specs, so that row is left out: did you mean capacity?"),
        ("colour", "colour under specs, so that row is left out; other rows are price"),
        ("price", "no item of the comparison has price, so that row is left out"),
    ],
)
def test_a_row_that_no_item_has_is_no_mistake_and_is_named(row, said):
    catalog = read(f"{{items: [slim, electric], rows: [{row}]}}")
    comparison = catalog.comparisons["kettles"]
    assert comparison.rows == (row,)
    empty = [translate(text) for text in empty_rows(comparison, catalog.goods)]
    if said is None:
        assert empty == []
    else:
        assert len(empty) == 1
        assert said in empty[0]


def test_a_list_of_cards_may_be_longer():
    assert len(read("{items: [slim, electric, pot, can, jug]}").comparisons["kettles"].items) == 5


def test_a_rule_names_comparisons_that_there_are():
    (said,) = problems_of(called="kettle")
    assert said == (
        "catalog.yaml:13: mappings.tea.comparisons: there is no comparison kettle: "
        "did you mean kettles?"
    )


def test_a_rule_needs_items_or_comparisons():
    text = CATALOG.replace("KETTLES", KETTLES).replace(", comparisons: [CALLED]", "")
    with pytest.raises(Problems, match=r"mappings\.tea\.items: is missing"):
        parse_catalog(text)


def test_a_block_of_comparisons_has_no_items_of_its_own():
    (said,) = problems_of(blocks="blocks: {compare: {items: [slim]}}\n")
    assert "blocks.compare.items: does not belong to a block of comparisons" in said


def test_a_spec_is_as_short_as_a_cell():
    text = CATALOG.replace("KETTLES", KETTLES).replace("0.8 L", "x" * 61)
    with pytest.raises(Problems, match=r"products\.slim\.specs\.capacity: "):
        parse_catalog(text.replace("CALLED", "kettles"))
