"""The API's description: `openapi.yaml` with the registries' names and the catalog's keys."""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import yaml

from linkmgr.admin.health.facts import FAULTS
from linkmgr.admin.health.status import Stage
from linkmgr.catalog.declaration import Entries
from linkmgr.catalog.keys.schema import Schema, catalog_schema
from linkmgr.catalog.keys.site import CATALOG
from linkmgr.check.findings import CODES
from linkmgr.clicks.counts import TABLES
from linkmgr.earnings.figures import By as EarnedBy
from linkmgr.earnings.report import earning_schemas
from linkmgr.experiments.variants import PAIRS, VARIANTS
from linkmgr.figures.report import column_schemas
from linkmgr.reports import schemas

SECTIONS = tuple(key.name for key in CATALOG if isinstance(key.type, Entries))
"""The sections of the catalog that have entries by id."""

_DEFINITIONS = "#/$defs/"
_SCHEMAS = "#/components/schemas/"


def description() -> str:
    """Return the API's description with what the registries and the catalog's keys say."""
    described = yaml.load(_text_with_names(), yaml.CSafeLoader)
    catalog = catalog_schema()
    parts = described["components"]
    for section in SECTIONS:
        entry = _entry_schema(catalog["properties"][section])
        parts["schemas"][_list_name(section)] = _list_schema(entry)
        described["paths"] |= _paths(section, entry)
        for name in sorted(_named_schemas(entry, catalog["$defs"])):
            parts["schemas"][name] = _with_references(catalog["$defs"][name])
    # YAML would write an alias for an object that is in it twice.
    plain = json.loads(json.dumps(described))
    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=100)


def _text_with_names() -> str:
    """Return the text of `openapi.yaml` with the names of the registries in their places."""
    text = (files(__package__) / "openapi.yaml").read_text(encoding="utf-8")
    names, figure_schemas = column_schemas()
    earned, earned_schemas = earning_schemas()
    variants, variant_schemas = schemas(VARIANTS)
    pairs, pair_schemas = schemas(PAIRS)
    values = {
        "BUILD_STAGES": ", ".join(Stage),
        "CHECK_CODES": ", ".join(CODES),
        "EARNED_COLUMNS": earned,
        "EARNED_SCHEMAS": earned_schemas,
        "EARNINGS_ROWS": ", ".join(EarnedBy),
        "FIGURE_COLUMNS": names,
        "FIGURE_SCHEMAS": figure_schemas,
        "FIGURE_ROWS": ", ".join(TABLES),
        "HEALTH_FAULTS": ", ".join(FAULTS),
        "PAIR_COLUMNS": pairs,
        "PAIR_SCHEMAS": pair_schemas,
        "VARIANT_COLUMNS": variants,
        "VARIANT_SCHEMAS": variant_schemas,
    }
    for name, value in values.items():
        text = text.replace(name, value)
    return text


# The entries of a section.


def _paths(section: str, entry: Schema) -> Schema:
    """Return the operations on the entries of a section."""
    body = {
        "application/json": {
            "schema": _with_references(entry),
            "examples": {"entry": {"$ref": f"#/components/examples/{section}"}},
        }
    }
    written = {"headers": {"ETag": _reference("headers", "ETag")}, "content": body}
    listed = {"schema": _reference("schemas", _list_name(section))}
    list_all = {
        "operationId": f"list{section.capitalize()}",
        "summary": "All entries of the section, in the order of the file",
        **_common("read"),
        "responses": {
            "200": {
                "description": "The entries with the catalog's revision.",
                "headers": {"ETag": _reference("headers", "ETag")},
                "content": {"application/json": listed},
            },
            **_refusals("401", "403", "503"),
        },
    }
    show = {
        "operationId": f"show{section.capitalize()}Entry",
        "summary": "An entry",
        **_common("read"),
        "responses": {
            "200": {"description": "The entry, as catalog.yaml has it.", **written},
            **_refusals("401", "403", "404", "503"),
        },
    }
    put = {
        "operationId": f"put{section.capitalize()}Entry",
        "summary": "Write an entry",
        "description": "A new one is added at the end of its section. Of another one only the "
        "lines that differ are changed, and a key that is left out is removed.",
        **_common("edit"),
        "parameters": [_reference("parameters", "IfMatch")],
        "requestBody": {"required": True, "content": body},
        "responses": {
            "200": {"description": "The entry as catalog.yaml now has it.", **written},
            "201": {"description": "The new entry as catalog.yaml now has it.", **written},
            **_refusals("400", "401", "403", "412", "413", "415", "422", "428", "503"),
        },
    }
    delete = {
        "operationId": f"delete{section.capitalize()}Entry",
        "summary": "Delete an entry",
        "description": "422 if other entries still use it. Published links keep redirecting.",
        **_common("edit"),
        "parameters": [_reference("parameters", "IfMatch")],
        "responses": {
            "204": {
                "description": "It is deleted.",
                "headers": {"ETag": _reference("headers", "ETag")},
            },
            **_refusals("401", "403", "404", "412", "422", "428", "503"),
        },
    }
    return {
        f"/{section}": {"get": list_all},
        f"/{section}/{{name}}": {
            "parameters": [_reference("parameters", "name")],
            "get": show,
            "put": put,
            "delete": delete,
        },
    }


_REFUSALS = {
    "400": "BadRequest",
    "401": "NoToken",
    "403": "NoScope",
    "404": "NotFound",
    "412": "Changed",
    "413": "TooLarge",
    "415": "NotJson",
    "422": "Invalid",
    "428": "NoIfMatch",
    "503": "Unavailable",
}


def _common(scope: str) -> Schema:
    return {"tags": ["catalog"], "security": [{"token": [scope]}]}


def _refusals(*statuses: str) -> Schema:
    answers = {status: _reference("responses", _REFUSALS[status]) for status in statuses}
    return {**answers, "default": _reference("responses", "Problem")}


def _reference(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def _list_name(section: str) -> str:
    return f"{section.capitalize()}List"


def _list_schema(entry: Schema) -> Schema:
    listed = {
        "type": "object",
        "required": ["id", "entry"],
        "additionalProperties": False,
        "properties": {"id": _reference("schemas", "id"), "entry": _with_references(entry)},
    }
    return {
        "type": "object",
        "required": ["revision", "entries"],
        "additionalProperties": False,
        "properties": {
            "revision": {"type": "string"},
            "entries": {"type": "array", "items": listed},
        },
    }


def _entry_schema(section: Schema) -> Schema:
    """Return what each entry of a section may be, from the section's schema."""
    named = section.get("properties")
    if named is None:
        return dict(section["additionalProperties"])
    return {"anyOf": [*named.values(), *section["patternProperties"].values()]}


def _named_schemas(schema: Any, definitions: Schema) -> set[str]:
    """Return the names of all definitions that a schema refers to, directly or through others."""
    names = {"id"}  # every entry has one
    waiting = [schema]
    while waiting:
        for name in _references(waiting.pop()):
            if name not in names:
                names.add(name)
                waiting.append(definitions[name])
    return names


def _references(value: Any) -> Iterator[str]:
    """Yield the names of the definitions that a schema refers to directly."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
    elif isinstance(value, str) and value.startswith(_DEFINITIONS):
        yield value.removeprefix(_DEFINITIONS)


def _with_references(value: Any) -> Any:
    """Return a schema of the catalog with its references pointing into the description."""
    if isinstance(value, dict):
        return {key: _with_references(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_references(inner) for inner in value]
    if isinstance(value, str) and value.startswith(_DEFINITIONS):
        return _SCHEMAS + value.removeprefix(_DEFINITIONS)
    return value
