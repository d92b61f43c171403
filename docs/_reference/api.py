"""Every operation of the API, as its description has it."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import yaml

from docs._reference.markdown import cell, code, prose
from docs._reference.words import translations
from linkmgr.admin.api.description import description
from linkmgr.catalog.keys.schema import catalog_schema
from linkmgr.messages.message import Language

_SERVER = "https://go.example.com/api"
_METHODS = ("get", "post", "put", "delete")
_SCHEMAS = "#/components/schemas/"

CATALOG_SCHEMAS = frozenset(catalog_schema()["$defs"])
"""The schemas that follow from the catalog's keys, which have a page of their own."""

Schema = Mapping[str, Any]
"""An OpenAPI schema."""


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


@dataclass(frozen=True, slots=True)
class Parameter:
    """A part of the path, the query or the headers."""

    name: str
    place: str
    kind: str
    default: str
    required: bool
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a successful request; `kind` is what the body holds."""

    status: str
    text: str
    kind: str
    ref: str
    headers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation; `scope` is what a token needs for it, empty where none is needed.

    `address` and `sent` are an example of a request: the path with its query, and the JSON of the
    body. `refusals` are statuses.
    """

    id: str
    method: str
    path: str
    summary: str
    text: str
    scope: str
    parameters: Sequence[Parameter]
    answers: Sequence[Answer]
    refusals: Sequence[str]
    address: str
    sent: str

    @property
    def section(self) -> str:
        """The first part of the path, for an entry its section of the catalog."""
        return self.path.split("/")[1]

    def curl(self, server: str) -> str:
        """Return a shell command that takes the token from LINKMGR_TOKEN, the ETag from ETAG."""
        method = [] if self.method == "GET" else [f"-X {self.method}"]
        lines = [" ".join(["curl", *method, shlex.quote(f"{server}{self.address}")])]
        if self.scope:
            lines.append('-H "Authorization: Bearer $LINKMGR_TOKEN"')
        if any(each.name == "If-Match" for each in self.parameters):
            lines.append('-H "If-Match: $ETAG"')
        if self.sent:
            lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(self.sent)}"]
        return " \\\n  ".join(lines)


@dataclass(frozen=True, slots=True)
class Group:
    """Operations on one thing."""

    text: str
    operations: Sequence[Operation]


@dataclass(frozen=True, slots=True)
class Reference:
    """The whole API.

    `refusals` say why by status, or `default` for others; `schemas` are the objects that it sends
    and takes, by name.
    """

    text: str
    token: str
    groups: Sequence[Group]
    refusals: Mapping[str, str]
    schemas: Mapping[str, Sequence[FieldRow]]


def load(language: Language) -> Mapping[str, Any]:
    """Return the description's parts, and `say` and `say_cell`, which translate its texts."""
    translated = translations("api", language)
    return {
        "reference": load_reference(),
        "server": _SERVER,
        "holds": _holds,
        "say": lambda text: prose(translated.get(text, text)),
        "say_cell": lambda text: cell(translated.get(text, text)) if text else "",
    }


def _holds(kind: str, ref: str) -> str:
    """Return what a value is, with a link to where it is described."""
    if not ref:
        return code(kind)
    return f"[`{kind}`](catalog.md)" if ref in CATALOG_SCHEMAS else f"[`{kind}`](#{ref.lower()})"


@cache
def load_reference() -> Reference:
    """Return the description's content, each text on one line, as in the translations."""
    described = _one_line(yaml.load(description(), yaml.CSafeLoader))
    operations = [
        (operation["tags"][0], _operation(described, method, path, item))
        for path, item in described["paths"].items()
        for method, operation in item.items()
        if method in _METHODS
    ]
    parts = described["components"]
    return Reference(
        described["info"]["description"],
        parts["securitySchemes"]["token"]["description"],
        [
            Group(
                tag["description"],
                [of for name, of in operations if name == tag["name"]],
            )
            for tag in described["tags"]
        ],
        _refusals(described),
        _described_fields(described),
    )


def _described_fields(described: Schema) -> dict[str, Sequence[FieldRow]]:
    """Return the fields of each schema that has some, by its name."""
    fields: dict[str, Sequence[FieldRow]] = {}
    for name, schema in described["components"]["schemas"].items():
        if name in CATALOG_SCHEMAS:
            continue
        own = tuple(rows(described, schema))
        if own:
            fields[name] = own
    return fields


def _operation(described: Schema, method: str, path: str, item: Schema) -> Operation:
    operation = item[method]
    given = [
        resolved(described, each)
        for each in (*item.get("parameters", ()), *operation.get("parameters", ()))
    ]
    examples = {each["name"]: each["example"] for each in given if "example" in each}
    address, query = path, {}
    for each in given:
        if each["in"] == "path":
            address = address.replace(f"{{{each['name']}}}", examples[each["name"]])
        elif each["in"] == "query" and each["name"] in examples:
            query[each["name"]] = examples[each["name"]]
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        text=operation.get("description", ""),
        scope=operation["security"][0]["token"][0] if operation["security"] else "",
        parameters=[_parameter(described, each) for each in given],
        answers=[*_answers(described, operation["responses"])],
        refusals=[each for each in operation["responses"] if each.isdigit() and not _is_done(each)],
        address=f"{address}?{urlencode(query)}" if query else address,
        sent=_sent(described, operation),
    )


def _sent(described: Schema, operation: Schema) -> str:
    """Return the example of what an operation takes, empty if it takes nothing."""
    if "requestBody" not in operation:
        return ""
    (content,) = operation["requestBody"]["content"].values()
    (example,) = content["examples"].values()
    return json.dumps(resolved(described, example)["value"], ensure_ascii=False)


def _parameter(described: Schema, given: Schema) -> Parameter:
    schema = given["schema"]
    return Parameter(
        given["name"],
        given["in"],
        kind_of(described, {"type": "string"} | schema)[0],
        str(schema.get("default", "")),
        given.get("required", False),
        given["description"],
    )


def _answers(described: Schema, responses: Schema) -> Iterator[Answer]:
    for status, response in responses.items():
        if not _is_done(status):
            continue
        found = resolved(described, response)
        schema = _schema(found)
        kind, ref = kind_of(described, schema) if schema else ("", "")
        yield Answer(status, found["description"], kind, ref, tuple(found.get("headers", ())))


def _refusals(described: Schema) -> dict[str, str]:
    """Return the meaning of each status other than success, the lowest first."""
    found = {
        status: resolved(described, response)["description"]
        for item in described["paths"].values()
        for operation in (item[method] for method in _METHODS if method in item)
        for status, response in operation["responses"].items()
        if not _is_done(status)
    }
    return dict(sorted(found.items()))


def _is_done(status: str) -> bool:
    return status.startswith("2")


def _schema(sent: Schema) -> Schema:
    """Return the schema of the content, an empty one where that is not JSON."""
    kinds = sent.get("content", {}).values()
    found: Schema = next((kind["schema"] for kind in kinds if "schema" in kind), {})
    return found


def _one_line(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: " ".join(inner.split())
            if key == "description" and isinstance(inner, str)
            else _one_line(inner)
            for key, inner in value.items()
        }
    return [_one_line(each) for each in value] if isinstance(value, list) else value


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
    if "anyOf" in schema:
        return " | ".join(kind_of(described, option)[0] for option in schema["anyOf"]), ""
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


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
