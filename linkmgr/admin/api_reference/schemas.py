"""What the description says of JSON values, as rows of a table and as examples."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
"""An OpenAPI schema."""

_SCHEMAS = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field of an object, by its path in it: `rows[].clicks`.

    `kind` is what it holds in JSON's terms, `ref` the schema that describes it elsewhere.
    """

    path: str
    kind: str
    ref: str
    required: bool
    text: str


def resolved(described: Schema, value: Schema) -> Schema:
    """Return what a reference points to, or any other value as it is."""
    reference = value.get("$ref")
    if reference is None:
        return value
    found: Any = described
    for key in reference.removeprefix("#/").split("/"):
        found = found[key]
    return resolved(described, found)


def merged(described: Schema, schema: Schema) -> Schema:
    """Return an object's schema with the fields of all its parts."""
    schema = resolved(described, schema)
    parts = [merged(described, part) for part in schema.get("allOf", ())]
    properties = {name: value for part in parts for name, value in part["properties"].items()}
    required = [name for part in parts for name in part.get("required", ())]
    return {
        **schema,
        "properties": properties | schema.get("properties", {}),
        "required": [*required, *schema.get("required", ())],
    }


def rows(described: Schema, schema: Schema, path: str = "") -> Iterator[FieldRow]:
    """Return the fields of an object's schema, each followed by those within it."""
    whole = merged(described, schema)
    for name, value in whole["properties"].items():
        field = f"{path}{name}"
        kind, ref = kind_of(described, value)
        text = value.get("description", "")
        yield FieldRow(field, kind, ref, name in whole["required"], text)
        own = resolved(described, value)
        items = own.get("items", own)
        if not ref and _has_fields(items):
            yield from rows(described, items, f"{field}[]." if "items" in own else f"{field}.")


def kind_of(described: Schema, schema: Schema) -> tuple[str, str]:
    """Return a value's type in JSON's terms, and the schema that describes it, if any."""
    if "$ref" in schema:
        found = resolved(described, schema)
        name = schema["$ref"].removeprefix(_SCHEMAS)
        return (name, name) if _has_fields(found) else kind_of(described, found)
    if "items" in schema:
        kind, ref = kind_of(described, schema["items"])
        return f"{kind}[]", ref
    if "enum" in schema or "const" in schema:
        return " | ".join(map(_shown, schema.get("enum", [schema.get("const")]))), ""
    kinds = schema.get("type", "object")
    kind = " | ".join([kinds] if isinstance(kinds, str) else kinds)
    if "minimum" in schema and "maximum" in schema:
        return f"{kind} {schema['minimum']}–{schema['maximum']}", ""
    return kind, ""


def _has_fields(schema: Schema) -> bool:
    return "properties" in schema or "allOf" in schema


def example_of(described: Schema, schema: Schema) -> Any:
    """Return a value that fits a schema: its first example, or one with what it requires."""
    whole = merged(described, schema)
    if examples := whole.get("examples"):
        return examples[0]
    properties = whole["properties"]
    return {name: example_of(described, properties[name]) for name in whole["required"]}


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
