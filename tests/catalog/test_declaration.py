"""A plain key is read by its declaration alone."""

import pytest

from linkmgr.catalog.declaration import TEXT, Choice, Day, Flag, Key, Keys, ListOf, Text, Whole
from linkmgr.catalog.reading.yaml.nodes import MappingNode, ProblemCollector, read_tree
from linkmgr.catalog.reading.yaml.section import Section
from linkmgr.messages.errors import Problems
from linkmgr.messages.message import translate

THINGS = Keys(
    "thing",
    "A thing.",
    (
        Key("own-note", TEXT, "A note."),
        Key("size", Choice((1, 2)), "Its size.", default=1),
        Key("count", Whole(9), "How many."),
        Key("open", Flag(), "Whether it is open.", default=False),
        Key("words", ListOf(TEXT), "Words."),
        Key("since", Day(), "Since when.", plain=False),
        Key("name", Text(check=lambda _: None), "Its name.", required=True),
    ),
)


def read(text):
    problems = ProblemCollector("catalog.yaml")
    tree = read_tree(text, problems)
    assert isinstance(tree, MappingNode)
    fields = Section(problems, "things.one", 1, tree, keys=THINGS).fields()
    problems.finish()
    return fields


def test_plain_keys_are_read_as_declared_into_their_fields():
    text = "own-note: a\nsize: 2\ncount: 3\nopen: true\nwords: [b, c]\nsince: 2026-01-01\nname: d"
    assert read(text) == {
        "own_note": "a",
        "size": 2,
        "count": 3,
        "open": True,
        "words": ("b", "c"),
        "name": "d",
    }


def test_key_that_is_missing_has_its_default_or_is_left_to_model():
    assert read("name: d") == {"size": 1, "open": False, "name": "d"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "name: d\nown-nole: a",
            "catalog.yaml:2: things.one.own-nole: unknown key; did you mean own-note?",
        ),
        ("name: d\nown-note: [a]", "catalog.yaml:2: things.one.own-note: "),
        ("name: d\nsize: 3", "catalog.yaml:2: things.one.size: "),
        ("size: 1", "catalog.yaml:1: things.one.name: is missing"),
    ],
)
def test_a_wrong_value_is_reported_with_file_line_and_key(text, problem):
    with pytest.raises(Problems) as raised:
        read(text)
    (found,) = raised.value.problems
    assert f"{found.location}: {translate(found.message, 'en')}".startswith(problem)
