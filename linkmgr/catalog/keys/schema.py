"""The JSON Schema of `catalog.yaml`, by which editors complete it and show mistakes."""

import json
from collections.abc import Mapping
from typing import Any

from linkmgr.catalog.declaration import (
    ID,
    Choice,
    Day,
    Entries,
    Flag,
    Inner,
    Key,
    Keys,
    ListOf,
    MapOf,
    Number,
    OneOf,
    Text,
    Type,
    Whole,
)
from linkmgr.catalog.keys.site import CATALOG
from linkmgr.links.model import AMAZON
from linkmgr.links.programmes.profiles import packaged_profiles
from linkmgr.links.programmes.shops import PRESETS
from linkmgr.messages.message import declared

Schema = dict[str, Any]


def schema_text() -> str:
    """Return the text of `catalog.schema.json`, which `make reference` writes."""
    return json.dumps(catalog_schema(), ensure_ascii=False, indent=2) + "\n"


def catalog_schema() -> Schema:
    """Return the schema; its descriptions are `English / Japanese`."""
    writer = _Writer()
    whole = writer.mapping(CATALOG)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "catalog.yaml of linkmgr",
        **whole,
        "$defs": writer.definitions,
    }


class _Writer:
    """Writes schemas; those of what has a name are `definitions`, in the order of their use."""

    def __init__(self) -> None:
        self.definitions: Schema = {}

    def mapping(self, keys: Keys) -> Schema:
        """Return the schema of a mapping with these keys."""
        required = [key.name for key in keys if key.required]
        return {
            **_description(keys),
            "type": "object",
            "additionalProperties": False,
            **({"required": required} if required else {}),
            "properties": {key.name: self._key(key) for key in keys},
            **keys.conditions,
        }

    def _key(self, key: Key) -> Schema:
        default = {} if key.default is None else {"default": _short(key.default)}
        return {**_description(key), **default, **self._of(key.type)}

    def _of(self, kind: Type) -> Schema:  # noqa: C901, PLR0911 - a case for each type
        match kind:
            case Text():
                return self._defined(kind.kind, _text(kind))
            case Choice(options):
                return {"enum": [*options]}
            case Flag():
                return {"type": "boolean"}
            case Whole(most):
                return {"type": "integer", "minimum": 1, "maximum": most}
            case Number(least, most):
                return {"type": "number", "minimum": _short(least), "maximum": _short(most)}
            case Day():
                day = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
                return self._defined("date", day)
            case ListOf(of):
                return {"type": "array", "minItems": 1, "items": self._of(of)}
            case MapOf(of, names):
                form = {"propertyNames": self._of(names)} if names else {}
                texts = self._of(of)
                return {"type": "object", "minProperties": 1, **form, "additionalProperties": texts}
            case OneOf(name, options):
                return self._defined(name, {"anyOf": [*map(self._of, options)]})
            case Inner(keys):
                return self._keys(keys)
            case Entries():
                return self._entries(kind)

    def _keys(self, keys: Keys) -> Schema:
        return self._defined(keys.name, self.mapping(keys))

    def _entries(self, entries: Entries) -> Schema:
        entry = self._keys(entries.keys)
        named = {id_: self._keys(keys) for id_, keys in entries.named.items()}
        own = {"anyOf": [entry, {"type": "null"}]} if entries.may_be_nothing else entry
        return {
            "type": ["object", "null"],
            "propertyNames": self._of(ID),
            **({"properties": named, **_programmes(entry)} if named else {}),
            "additionalProperties": {**own, "required": ["name"]} if named else own,
        }

    def _defined(self, name: str, schema: Schema) -> Schema:
        if not name:
            return schema
        self.definitions[name] = schema
        return {"$ref": f"#/$defs/{name}"}


def _text(text: Text) -> Schema:
    form: Schema = {"pattern": f"^{text.pattern}$"} if text.pattern else {}
    if not (text.pattern or text.may_be_empty):
        form = {"minLength": 1}
    most = {} if text.most is None else {"maxLength": text.most}
    types = text.scalars[0] if len(text.scalars) == 1 else [*text.scalars]
    return {"type": types, **form, **most}


def _programmes(entry: Schema) -> Schema:
    """Return the programmes whose names linkmgr knows, so that they need none."""
    known = sorted({*PRESETS, *packaged_profiles()} - {AMAZON})
    return {"patternProperties": {f"^({'|'.join(known)})$": entry}}


def _description(described: Key | Keys) -> Mapping[str, str]:
    purpose = described.purpose
    return {"description": f"{purpose} / {declared(purpose, 'ja')}"} if purpose else {}


def _short(value: Any) -> Any:
    """Return a number as short as it can be: 1, not 1.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
