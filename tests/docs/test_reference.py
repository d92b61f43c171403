"""The reference pages have all that the program has, and nothing else."""

import inspect
import json
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import click
import pytest
from babel.messages.pofile import read_po

from docs._reference.api import CATALOG_SCHEMAS, rows
from docs._reference.metrics import load as load_metrics
from docs._reference.words import translations, words_of
from linkmgr.admin.api.description import description
from linkmgr.catalog.item_keys import SHOP, UTM
from linkmgr.catalog.items import BOOK, CTA, PRODUCT
from linkmgr.catalog.keys.placing import BLOCK, COMPARISON, MAPPING, TERMS
from linkmgr.catalog.keys.programmes import AMAZON_KEYS, OWN_SITE_KEYS, PROGRAMME, SALE, TAGS
from linkmgr.catalog.keys.site import CATALOG as DECLARED
from linkmgr.catalog.keys.site import SITE, WAIVER
from linkmgr.catalog.reading import parse
from linkmgr.check.findings import CODES
from linkmgr.cli.commands import cli
from linkmgr.clicks.request import NotCounted
from linkmgr.messages.message import LANGUAGES
from linkmgr.settings import VARIABLES, read_settings
from linkmgr.web import metrics
from tests.support.api_examples import description as api_description
from tests.support.once import made_once

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((files("linkmgr.catalog") / "catalog.schema.json").read_text(encoding="utf-8"))
DEFS = SCHEMA["$defs"]
JAPANESE = re.compile(r"[\u3041-\u9fff]")
METHODS = ("get", "post", "put", "delete")


def folder(language, docs=ROOT / "docs"):
    return docs / ("" if language == "en" else language) / "reference"


def page(name, language):
    return (folder(language) / f"{name}.md").read_text(encoding="utf-8")


def first_cells(text):
    """Return the code in the first cell of each row."""
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


def commands(command, path):
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, f"{path} {name}")


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """Write the pages as `make reference` does, into another folder."""

    def write(docs):
        subprocess.run([sys.executable, "-m", "docs._reference", docs], cwd=ROOT, check=True)

    return made_once(tmp_path_factory, "reference", write)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_are_as_the_program_writes_them(generated, language):
    written = {path.name: path.read_text() for path in folder(language, generated).iterdir()}
    assert len(written) == 6
    assert {name: page(Path(name).stem, language) for name in written} == written, (
        "run: make reference"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_is_there_with_its_arguments_and_options(language):
    parts = re.split(r"^## `(.+)`$", page("commands", language), flags=re.MULTILINE)[1:]
    documented = dict(zip(parts[::2], parts[1::2], strict=True))
    assert list(documented) == [path for path, _ in commands(cli, "linkmgr")]
    for path, command in commands(cli, "linkmgr"):
        for each in command.params:
            if isinstance(each, click.Argument):
                usage = documented[path].partition("```\n")[2].partition("\n```")[0]
                assert each.make_metavar(click.Context(command)) in usage
            else:
                assert all(option in documented[path] for option in each.opts), f"{path} {each}"


def keys_in_tables(text):
    return [first_cells(table) for table in re.split(r"^#+ .+$", text, flags=re.MULTILINE)[1:]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_that_the_parser_takes_is_there_and_no_other(language):
    text = page("catalog", language)
    assert re.findall(r"^## `(.+)`$", text, re.MULTILINE) == list(DECLARED.names)
    tables = [{key for key in found if key.isidentifier() or "-" in key} for found in (
        [key for key in each if "." not in key and "[" not in key] for each in keys_in_tables(text)
    ) if found]  # fmt: skip
    assert tables == [
        set(keys.names)
        for keys in (
            *(SITE, AMAZON_KEYS, OWN_SITE_KEYS, PROGRAMME),
            *(BOOK, PRODUCT, CTA, MAPPING, COMPARISON, BLOCK, WAIVER),
        )
    ]
    inner = set(first_cells(text))
    for name, keys in (
        *(("shops[].", SHOP), ("utm.", UTM), ("tags.", TAGS)),
        *(("any.", TERMS), ("all.", TERMS)),
    ):
        assert inner >= {f"{name}{key.name}" for key in keys}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_is_there_in_its_order(language):
    assert first_cells(page("settings", language)) == list(VARIABLES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_defaults_are_those_of_a_server_told_nothing(language):
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", page("settings", language), re.MULTILINE)
    assert len(rows) > 10
    for name, default in rows:
        assert read_settings({name: default}) == read_settings({}), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_code_is_there(language):
    assert first_cells(page("check-codes", language)) == [str(code) for code in CODES]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_metric_of_the_program_is_there(language):
    source = inspect.getsource(metrics)
    counters = re.findall(r'_counter\(\s*"(\w+)"|CounterMetricFamily\(\s*"linkmgr_(\w+)"', source)
    gauges = re.findall(r'_gauge\(\s*"(\w+)"|GaugeMetricFamily\(\s*"linkmgr_(\w+)"', source)
    names = {f"linkmgr_{one or other}_total" for one, other in counters}
    names |= {f"linkmgr_{one or other}" for one, other in gauges}
    assert len(names) > 15
    assert set(first_cells(page("metrics", language))) == names | set(NotCounted)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_operation_of_the_api_has_refusals_and_schemas(language):
    text = page("api", language)
    described = api_description()
    operations = [
        f"{method.upper()} /api{path}"
        for path, item in described["paths"].items()
        for method in item
        if method in METHODS
    ]
    headings = re.findall(r"^### `(\w+ .+)`$", text, re.MULTILINE)
    assert sorted(headings) == sorted(operations)
    assert {
        name
        for name, schema in described["components"]["schemas"].items()
        if "properties" in schema and name not in CATALOG_SCHEMAS
    } <= set(re.findall(r"^### `(\w+)`$", text, re.MULTILINE))
    statuses = set(re.findall(r"'([45]\d\d)':", description()))
    assert statuses <= set(re.findall(r"^\| (\d+) \|", text, re.MULTILINE))


def test_fields_within_fields_are_named_by_their_paths():
    schemas = api_description()["components"]["schemas"]
    fields = {row.path: row for row in rows(api_description(), schemas["PostWithPlacements"])}
    assert fields["placements[].reasons[].cause"].kind == "string"
    assert fields["placements[].tags"].required is False
    assert fields["key"].required is True
    (posts,) = (row for row in rows(api_description(), schemas["PostPage"]) if row.path == "rows")
    assert (posts.kind, posts.ref) == ("Post[]", "Post")


def test_every_text_of_api_has_its_japanese_and_nothing_else_has():
    with (ROOT / "docs/_reference/ja/api.po").open("rb") as opened:
        translated = {each.id: each.string for each in read_po(opened) if each.id}
    described = api_description()
    schemas = described["components"]["schemas"].items()
    own = {name: schema for name, schema in schemas if name not in CATALOG_SCHEMAS}
    parts = described | {"components": described["components"] | {"schemas": own}}
    assert translated.keys() == {*texts(parts)}
    assert all(translated.values())


def test_every_word_of_the_tables_has_its_japanese():
    texts = {metric.text for metric in load_metrics("en")["metrics"]}
    for name in ("catalog", "settings", "metrics"):
        texts |= leaves(words_of(name, "en"))
    of_no_language = {"HTML", "`a-z 0-9 - _`", "{choices}"}
    assert translations("tables", "ja").keys() == texts - of_no_language


def leaves(value):
    """Return the texts at the ends of mappings."""
    return set().union(*map(leaves, value.values())) if isinstance(value, dict) else {value}


def texts(part):
    """Return what the API's description says, each text on one line."""
    if isinstance(part, list):
        return {text for each in part for text in texts(each)}
    if not isinstance(part, dict):
        return set()
    own = {key for key in ("summary", "description") if isinstance(part.get(key), str)}
    inner = {text for key, value in part.items() if key not in own for text in texts(value)}
    return inner | {" ".join(part[key].split()) for key in own}


def test_every_key_of_the_schema_is_described_in_both_languages():
    def described(node):
        for name, value in node.get("properties", {}).items():
            if isinstance(value, dict):
                own = DEFS[value["$ref"].rpartition("/")[2]] if "$ref" in value else value
                yield name, value.get("description") or own["description"]
                yield from described(value)

    texts = [*described(SCHEMA), *(each for part in DEFS.values() for each in described(part))]
    assert len(texts) > 100
    for name, text in texts:
        english, japanese = text.split(" / ")
        assert english.endswith("."), name
        assert JAPANESE.search(japanese) or re.match(r"`utm_", japanese), name


SUPER_SALE = {"name": "Super Sale", "from": "2026-12-04", "until": "2026-12-11"}

# Each on one line, so that a key more moves nothing.
CATALOG = {
    "site": {"name": "Tea", "url": "https://tea.example"},
    "programmes": {
        "amazon": {"tag": "tea-22", "sales": [SUPER_SALE]},
        "site": {},
        "shop": {"name": "Shop"},
    },
    "books": {"book": {"title": "Tea", "asin": "4999999005"}},
    "products": {"product": {"title": "Pot", "asin": "B0EXAMPLE1"}},
    "ctas": {"cta": {"heading": "Tea", "label": "Tea", "url": "/tea/"}},
    "mappings": {"mapping": {"any": {"tags": ["tea"]}, "items": ["book"]}},
    "comparisons": {"comparison": {"items": ["book", "product"]}},
    "blocks": {"books": {"limit": 3}},
}
PLACES = {
    ("site",): SITE,
    ("programmes", "amazon"): AMAZON_KEYS,
    ("programmes", "amazon", "sales", 0): SALE,
    ("programmes", "site"): OWN_SITE_KEYS,
    ("programmes", "shop"): PROGRAMME,
    ("books", "book"): BOOK,
    ("products", "product"): PRODUCT,
    ("ctas", "cta"): CTA,
    ("mappings", "mapping"): MAPPING,
    ("comparisons", "comparison"): COMPARISON,
    ("blocks", "books"): BLOCK,
}
DEFAULTS = [
    (place, key.name, key.default)
    for place, keys in PLACES.items()
    for key in keys
    if key.default is not None
]


def parsed(catalog):
    return parse.parse_catalog(json.dumps(catalog))


def test_no_default_of_the_schema_is_left_out_of_the_test_below():
    assert len(DEFAULTS) == json.dumps(SCHEMA).count('"default":')


@pytest.mark.parametrize(("place", "key", "default"), DEFAULTS)
def test_key_with_its_default_says_what_catalog_says_without_it(place, key, default):
    written = json.loads(json.dumps(CATALOG))
    entry = written
    for name in place:
        entry = entry[name]
    entry[key] = default
    assert parsed(written) == parsed(CATALOG)
