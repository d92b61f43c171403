"""Several entries of a catalog's text are changed at once, and no other line of it."""

from pathlib import Path

import pytest

from linkmgr.catalog.editing.edit import NewValue, edit_entries
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.reading.yaml.texts import raw_values
from linkmgr.messages.errors import LinkmgrError, Problems
from tests.catalog.editing.test_edit import changed_lines

EXAMPLE = (Path(__file__).parents[3] / "catalog.yaml").read_text(encoding="utf-8")
SITE = "site:\n  name: Blog # ours\n  url: https://blog.example\n"
CTAS = (
    "ctas:\n  a: {heading: A, label: l, url: /a}\n  b:\n    heading: B\n    label: l\n    url: /b\n"
)


def test_entries_of_several_sections_change_and_no_other_line():
    books = raw_values(EXAMPLE)["books"]
    first, second, *_ = books
    after = edit_entries(
        EXAMPLE,
        [
            NewValue("books", first, {**books[first], "retired": True}),
            NewValue("books", second, {**books[second], "title": "別の題"}),
            NewValue("site", "server", "https://go.example"),
        ],
    )
    gone, come = changed_lines(EXAMPLE, after)
    assert (len(gone), len(come)) == (1, 3)
    assert after.catalog == parse_catalog(after)
    assert after.catalog.books[first].retired
    assert after.catalog.site.server == "https://go.example"


def test_an_entry_that_refers_to_another_may_come_before_it():
    changes = [
        NewValue("mappings", "m", {"any": {"tags": ["x"]}, "items": ["c"]}),
        NewValue("ctas", "c", {"heading": "C", "label": "l", "url": "/c"}),
    ]
    assert edit_entries(SITE + CTAS, changes).catalog.mappings["m"].items == ("c",)


def test_entries_are_removed_down_to_the_last_of_a_section():
    changes = [NewValue("ctas", name, is_gone=True) for name in ("a", "b")]
    assert edit_entries(SITE + CTAS, changes).catalog.ctas == {}


def test_what_is_not_there_need_not_be_removed():
    changes = [NewValue("site", "server", is_gone=True), NewValue("site", "name", "Other")]
    assert edit_entries(SITE, changes) == SITE.replace("Blog", "Other")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("ctas: {a: {heading: A, label: l, url: /a}}\n", id="in braces"),
        pytest.param('"ctas":\n  "a": {heading: A, label: l, url: /a}\n', id="quoted keys"),
        pytest.param(
            "mappings:\n  m:\n    any: {keywords: ['\n\n        ctas:\n          a:\n']}\n"
            "    items: [a]\nctas:\n  a: {heading: A, label: l, url: /a}\n",
            id="the same words in a longer text",
        ),
    ],
)
def test_a_text_of_any_form_is_changed(text):
    changes = [NewValue("ctas", "a", {"heading": "Z", "label": "l", "url": "/a"})]
    assert edit_entries(SITE + text, changes).catalog.ctas["a"].heading == "Z"


def test_an_edit_that_makes_no_catalog_is_refused_with_problems():
    with pytest.raises(Problems) as caught:
        edit_entries(SITE, [NewValue("site", "url", "blog"), NewValue("site", "timezone", "Mars")])
    keys = [problem.location.key for problem in caught.value.problems]
    assert keys == ["site.url", "site.timezone"]


def test_an_entry_that_others_are_made_of_is_left_to_its_owner():
    text = SITE + "ctas:\n  a: &a {heading: A, label: l, url: /a}\n  b: *a\n"
    with pytest.raises(LinkmgrError):
        edit_entries(text, [NewValue("ctas", "a", {"heading": "Z", "label": "l", "url": "/a"})])
