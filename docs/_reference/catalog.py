"""Every section and key of catalog.yaml, as they are declared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docs._reference.words import words_of
from linkmgr.catalog import declaration
from linkmgr.catalog.declaration import (
    Choice,
    Day,
    Entries,
    Flag,
    Inner,
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
from linkmgr.messages.message import Language, declared


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
    """Return the sections in their order. Raise KeyError for a kind without a name."""
    words = words_of("catalog", language)
    kinds = words["kinds"]
    return {
        "sections": [_section(key, language, kinds) for key in CATALOG],
        "more": words["more"],
        "programmes": words["programmes"],
    }


def _section(section: declaration.Key, language: Language, kinds: Mapping[str, str]) -> Section:
    tables = (
        Table(name, (*_keys(keys, language, kinds),)) for name, keys in _entries(section.type)
    )
    return Section(
        section.name, declared(section.purpose, language), section.required, tuple(tables)
    )


def _entries(section: Type) -> Iterator[tuple[str, Keys]]:
    """Yield what a section holds: its own keys, or those of its entries, each by its name."""
    match section:
        case Inner(keys) | ListOf(Inner(keys)):
            yield "", keys
        case Entries(keys, named):
            yield from named.items()
            yield "other" if named else "", keys


def _keys(
    keys: Keys, language: Language, kinds: Mapping[str, str], path: str = ""
) -> Iterator[Key]:
    for key in keys:
        yield Key(
            f"{path}{key.name}",
            _kind(key.type, kinds),
            key.required,
            "" if key.default is None else _shown(key.default),
            declared(key.purpose, language),
        )
        match key.type:
            case Inner(inner):
                yield from _keys(inner, language, kinds, f"{path}{key.name}.")
            case ListOf(Inner(inner)):
                yield from _keys(inner, language, kinds, f"{path}{key.name}[].")


def _kind(kind: Type, words: Mapping[str, str]) -> str:  # noqa: PLR0911 - a case for each type
    """Say what a value is."""
    match kind:
        case Text(kind=name):
            return words[name or "string"]
        case OneOf(name):
            return words[name]
        case Choice(options):
            return words["separator"].join(f"`{_shown(each)}`" for each in options)
        case Whole(most):
            return f"1–{most}"
        case Number(least, most):
            return f"{least:g}–{most:g}"
        case ListOf(of):
            return words["list"].format(_kind(of, words))
        case MapOf(of):
            return words["by-name"].format(_kind(of, words))
        case Flag():
            return words["boolean"]
        case Day():
            return words["date"]
    return words["object"]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)
