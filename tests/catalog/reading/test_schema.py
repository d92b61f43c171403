"""The JSON Schema that editors use says what the parser says."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from linkmgr.catalog.keys.schema import schema_text
from tests.catalog.reading.test_parse import FULL
from tests.support.catalog_mistakes import MISTAKES, Mistake

FILE = files("linkmgr.catalog") / "catalog.schema.json"
SCHEMA = json.loads(FILE.read_text(encoding="utf-8"))
EXAMPLE = Path(__file__).parents[3] / "catalog.yaml"


class EditorLoader(yaml.SafeLoader):
    """Reads as editors do (YAML 1.2): a date is a text."""


EditorLoader.yaml_implicit_resolvers = {
    letter: [(tag, form) for tag, form in forms if not tag.endswith(":timestamp")]
    for letter, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def schema_accepts(text: str) -> bool:
    """Whether an editor would show no mistake."""
    return Draft202012Validator(SCHEMA).is_valid(yaml.load(text, Loader=EditorLoader))  # noqa: S506 - a SafeLoader


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


def test_the_example_and_every_key_pass_the_schema():
    assert schema_accepts(EXAMPLE.read_text(encoding="utf-8"))
    assert schema_accepts(FULL)


def test_the_example_names_the_schema_by_a_path_that_exists():
    first_line = EXAMPLE.read_text(encoding="utf-8").splitlines()[0]
    path = first_line.removeprefix("# yaml-language-server: $schema=")

    assert (EXAMPLE.parent / path).is_file()


def test_the_schema_is_as_the_keys_are_declared():
    assert FILE.read_text(encoding="utf-8") == schema_text(), "run: make reference"


@pytest.mark.parametrize(("length", "accepted"), [(500, True), (501, False)])
def test_an_editor_shows_a_title_that_is_too_long(length, accepted):
    text = f"site: {{name: {'x' * length}, url: 'https://a.example'}}"
    assert schema_accepts(text) is accepted


@pytest.mark.parametrize(
    "mistake", [m for m in MISTAKES if not m.parser_only], ids=lambda mistake: mistake.name
)
def test_an_editor_shows_what_a_schema_can_see(mistake: Mistake):
    assert not schema_accepts(mistake.text)
