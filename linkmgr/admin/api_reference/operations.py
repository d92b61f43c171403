"""The operations of the API by group, as their description has them."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import yaml

from linkmgr.admin.api.app import description
from linkmgr.admin.api_reference.schemas import (
    FieldRow,
    Schema,
    example_of,
    kind_of,
    resolved,
    rows,
)

_METHODS = ("get", "post", "put", "delete")


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

    `body` is the schema of the request's body. `address` and `sent` are an example of a request:
    the path with its query, and the JSON of the body. `refusals` are statuses.
    """

    id: str
    method: str
    path: str
    summary: str
    text: str
    scope: str
    parameters: Sequence[Parameter]
    body: str
    answers: Sequence[Answer]
    refusals: Sequence[str]
    address: str
    sent: str

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

    name: str
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
                tag["name"],
                tag["description"],
                [of for name, of in operations if name == tag["name"]],
            )
            for tag in described["tags"]
        ],
        _refusals(described),
        {
            name: found
            for name, schema in parts["schemas"].items()
            if (found := tuple(rows(described, schema)))
        },
    )


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
    schema = _schema(operation.get("requestBody", {}))
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        text=operation.get("description", ""),
        scope=operation["security"][0]["token"][0] if operation["security"] else "",
        parameters=[_parameter(described, each) for each in given],
        body=kind_of(described, schema)[1] if schema else "",
        answers=[*_answers(described, operation["responses"])],
        refusals=[each for each in operation["responses"] if each.isdigit() and not _is_done(each)],
        address=f"{address}?{urlencode(query)}" if query else address,
        sent=json.dumps(example_of(described, schema), ensure_ascii=False) if schema else "",
    )


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
