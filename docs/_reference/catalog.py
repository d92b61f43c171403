"""Every section and key of catalog.yaml, as its schema for editors describes them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from linkmgr.messages.message import Language

Schema = Mapping[str, Any]

_TEXTS = Path(__file__).parent / "catalog.yaml"


@dataclass(frozen=True, slots=True)
class Key:
    """A key by its path in an entry: `utm.source`, or `shops[].url` in a list."""

    path: str
    kind: str
    needed: bool
    default: str
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """The keys of one kind of entry; `name` is empty for a section that has one kind."""

    name: str
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the catalog."""

    name: str
    text: str
    needed: bool
    tables: tuple[Table, ...]


def load(language: Language) -> Mapping[str, Any]:
    """Return the sections in the order of the schema. Raise KeyError for a kind without a name."""
    text = (files("linkmgr.catalog") / "catalog.schema.json").read_text(encoding="utf-8")
    words = yaml.safe_load(_TEXTS.read_text(encoding="utf-8"))[language]
    described = _Description(json.loads(text), language, words["kinds"])
    return {
        "sections": [*described.sections()],
        "more": words["more"],
        "programmes": words["programmes"],
    }


class _Description:
    """The schema in one language. Its texts are `English / Japanese`, as editors show them."""

    def __init__(self, schema: Schema, language: Language, kinds: Mapping[str, str]) -> None:
        self._schema = schema
        self._language = language
        self._kinds = kinds

    def sections(self) -> Iterator[Section]:
        for name, value in self._schema["properties"].items():
            yield Section(
                name,
                self._text(value),
                name in self._schema["required"],
                tuple(Table(title, (*self._keys(entry),)) for title, entry in _entries(value)),
            )

    def _keys(self, schema: Schema, path: str = "") -> Iterator[Key]:
        whole = self._resolved(schema)
        for name, value in whole.get("properties", {}).items():
            if not isinstance(value, Mapping):
                continue
            yield Key(
                f"{path}{name}",
                self._kind(value),
                name in whole.get("required", ()),
                _shown(value["default"]) if "default" in value else "",
                self._text(value),
            )
            inner = self._resolved(value)
            if "items" in inner:
                yield from self._keys(inner["items"], f"{path}{name}[].")
            else:
                yield from self._keys(inner, f"{path}{name}.")

    def _text(self, schema: Schema) -> str:
        whole = self._resolved(schema)
        text: str = schema.get("description") or whole["description"]
        english, japanese = text.split(" / ")
        return english if self._language == "en" else japanese

    def _resolved(self, schema: Schema) -> Schema:
        if "$ref" not in schema:
            return schema
        found: Schema = self._schema["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        return found

    def _kind(self, schema: Schema) -> str:
        """Say what a value is; a kind that many keys share has its name in `catalog.yaml`."""
        name = schema.get("$ref", "").removeprefix("#/$defs/")
        if name in self._kinds:
            return self._kinds[name]
        whole = self._resolved(schema)
        if "enum" in whole:
            return self._kinds["separator"].join(f"`{_shown(each)}`" for each in whole["enum"])
        if "items" in whole:
            return self._kinds["list"].format(self._kind(whole["items"]))
        if isinstance(each := whole.get("additionalProperties"), dict):
            return self._kinds["by-name"].format(self._kind(each))
        kind = whole["type"]
        if isinstance(kind, list):  # a text that YAML may take for a number
            kind = "string"
        if kind in {"integer", "number"}:
            return f"{whole['minimum']}–{whole['maximum']}"
        return self._kinds[kind]


def _entries(section: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield what a section holds: itself, its entries, or its programmes, each by its name."""
    if section["type"] == "array":
        yield "", section["items"]
        return
    entry = section["additionalProperties"]
    if not entry:
        yield "", section
    elif "properties" in section:
        yield from section["properties"].items()
        yield "other", {"$ref": entry["$ref"]}
    else:
        yield "", entry.get("anyOf", [entry])[0]


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
