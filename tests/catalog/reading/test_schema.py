"""The JSON Schema that editors use says what the parser says."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from linkmgr.catalog.blocks import KINDS
from linkmgr.catalog.reading import items, parse
from linkmgr.catalog.reading import mappings as rules
from linkmgr.catalog.reading.yaml.nodes import MAX_WORD
from linkmgr.catalog.reading.yaml.texts import MAX_LONG_TEXT, MAX_TEXT
from linkmgr.links.amazon import TAG_SUFFIXES
from linkmgr.links.model import AMAZON
from linkmgr.links.programmes.profiles import packaged_profiles
from linkmgr.links.programmes.shops import PRESETS
from linkmgr.links.urls import LONGEST_CAMPAIGN, MAX_LENGTH
from tests.catalog.reading.test_own_profiles import OWN
from tests.catalog.reading.test_own_profiles import SITE as OWN_SITE
from tests.catalog.reading.test_parse import FULL
from tests.support.catalog_mistakes import MISTAKES, Mistake

SCHEMA = json.loads(
    files("linkmgr.catalog").joinpath("catalog.schema.json").read_text(encoding="utf-8")
)
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
    assert schema_accepts(OWN_SITE + OWN)


def test_the_example_names_the_schema_by_a_path_that_exists():
    first_line = EXAMPLE.read_text(encoding="utf-8").splitlines()[0]
    path = first_line.removeprefix("# yaml-language-server: $schema=")

    assert (EXAMPLE.parent / path).is_file()


@pytest.mark.parametrize(
    ("part", "keys"),
    [
        (SCHEMA, parse.TOP_KEYS),
        (SCHEMA["properties"]["site"], parse.SITE_KEYS),
        (SCHEMA["$defs"]["amazon"], parse.AMAZON_KEYS),
        (SCHEMA["$defs"]["own-site"], parse.OWN_SITE_KEYS),
        (SCHEMA["$defs"]["programme"], parse.PROGRAMME_KEYS),
        (SCHEMA["$defs"]["book"], items.BOOK_KEYS),
        (SCHEMA["$defs"]["product"], items.PRODUCT_KEYS),
        (SCHEMA["$defs"]["shop"], items.SHOP_KEYS),
        (SCHEMA["$defs"]["cta"], items.CTA_KEYS),
        (SCHEMA["$defs"]["cta"]["properties"]["utm"], items.UTM_KEYS),
        (SCHEMA["$defs"]["mapping"], rules.MAPPING_KEYS),
        (SCHEMA["$defs"]["terms"], rules.TERMS_KEYS),
        (SCHEMA["$defs"]["block"], rules.BLOCK_KEYS),
        (SCHEMA["$defs"]["waiver"], parse.WAIVER_KEYS),
    ],
    ids=[
        "top",
        "site",
        "amazon",
        "own site",
        "programme",
        "book",
        "product",
        "shop",
        "cta",
        "utm",
        "mapping",
        "terms",
        "block",
        "waiver",
    ],
)
def test_the_schema_knows_the_keys_of_the_parser_and_no_others(part, keys):
    assert set(part["properties"]) == set(keys)
    assert part["additionalProperties"] is False
    assert all("description" in value or "$ref" in value for value in part["properties"].values())


def test_the_schema_has_the_limits_of_the_parser():
    defs = SCHEMA["$defs"]
    block, mapping = defs["block"]["properties"], defs["mapping"]["properties"]

    assert defs["amazon"]["properties"]["marketplace"]["enum"] == list(TAG_SUFFIXES)
    assert block["kind"]["enum"] == list(KINDS)
    assert defs["shop"]["properties"]["preset"]["enum"] == list(PRESETS)
    (unnamed,) = SCHEMA["properties"]["programmes"]["patternProperties"]
    known = sorted({*PRESETS, *packaged_profiles()} - {AMAZON})
    assert unnamed == f"^({'|'.join(known)})$"
    assert block["limit"]["maximum"] == rules.MAX_LIMIT
    assert (block["minimum"]["minimum"], block["minimum"]["maximum"]) == rules.MINIMUM_RANGE
    assert (mapping["weight"]["minimum"], mapping["weight"]["maximum"]) == rules.WEIGHT_RANGE
    assert defs["id"]["maxLength"] == MAX_WORD
    assert defs["text"]["maxLength"] == defs["optional-text"]["maxLength"] == MAX_TEXT
    assert defs["sentences"]["maxLength"] == MAX_LONG_TEXT
    campaigns = SCHEMA["properties"]["site"]["properties"]["campaigns"]
    assert campaigns["items"]["maxLength"] == LONGEST_CAMPAIGN
    assert defs["web"]["maxLength"] == defs["target"]["maxLength"] == MAX_LENGTH


@pytest.mark.parametrize(("length", "accepted"), [(500, True), (501, False)])
def test_an_editor_shows_a_title_that_is_too_long(length, accepted):
    text = f"site: {{name: {'x' * length}, url: 'https://a.example'}}"
    assert schema_accepts(text) is accepted


@pytest.mark.parametrize(
    "mistake", [m for m in MISTAKES if not m.parser_only], ids=lambda mistake: mistake.name
)
def test_an_editor_shows_what_a_schema_can_see(mistake: Mistake):
    assert not schema_accepts(mistake.text)
