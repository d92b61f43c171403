"""What Jekyll does with the values of front matter: merges, lists and texts (`utils.rb`).

The Jekyll matters: they do not all read YAML alike.
"""

import re
from collections.abc import Iterator, MutableMapping
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Literal

from linkmgr.messages.message import Message, message

Package = Literal["gem", "debian"]
"""`gem` is the released Jekyll, which reads YAML by SafeYAML, `debian` one that reads it by Psych:
Debian and Ubuntu patch it so from Jekyll 4.3 on."""


@dataclass(frozen=True, slots=True)
class Jekyll:
    """The Jekyll of a site: its package, and the first number of its version."""

    package: Package = "gem"
    major: int = 4


RELEASED = Jekyll()

# Ruby's `String#split` knows no white space beyond ASCII, so that U+3000 stays in a tag.
_WORD = re.compile(r"[^ \t\n\v\f\r]+")
# Ruby's `inspect` escapes a `#` that would begin an interpolation.
_INTERPOLATION = re.compile(r"#(?=[{$@])")

# The most tags or categories that a post may have; people write a dozen.
MOST_TERMS = 10_000


class UnusableError(ValueError):
    """Front matter at which Jekyll gives up reading, while it still publishes the post."""

    def __init__(self, key: str, problem: Message) -> None:
        super().__init__(key, problem)
        self.key = key
        self.problem = message("jekyll.of-key", key=key, problem=problem) if key else problem


def truthy(value: Any) -> bool:
    """Whether Ruby takes a value for true: all but nil and false are."""
    return value is not None and value is not False


def words(text: str) -> list[str]:
    """Return the words of a string of tags or categories."""
    return _WORD.findall(text)


def merge(target: MutableMapping[Any, Any], other: MappingOf[Any, Any]) -> None:
    """Merge `other` into `target`: nil never overrides, mappings are merged key by key."""
    for key, new in other.items():
        old = target.get(key)
        if old is None:
            target[key] = new
        elif isinstance(old, dict) and isinstance(new, dict):
            target[key] = merged = dict(old)
            merge(merged, new)
        elif new is not None:
            target[key] = new


def merge_front_matter(target: MutableMapping[Any, Any], other: MappingOf[Any, Any]) -> None:
    """Merge `other` into a post's values, where categories add up."""
    own, added = target.get("categories"), other.get("categories")
    if added is None:
        merge(target, other)
        return
    if type(added) is str:
        added = words(added)
    if not isinstance(added, list):
        raise UnusableError("categories", message("jekyll.categories"))
    merge(target, {**other, "categories": union(own or [], added)})


def union(first: list[Any], second: list[Any]) -> list[Any]:
    """Return the values of both lists, each once; `1`, `1.0` and `"1"` are three."""
    unique: dict[Any, Any] = {}
    for value in (*first, *second):
        unique.setdefault(value if type(value) is str else (type(value), repr(value)), value)
    return list(unique.values())


def plural(values: MappingOf[Any, Any], singular: str, key: str) -> list[Any]:
    """Return the flat list under `singular`, which is not split, or else the one under `key`.

    Raise UnusableError for more of them than a build can be expected to work through.
    """
    value, named = values.get(singular), singular
    if not truthy(value):
        value, named = values.get(key), key
        if type(value) is str:
            value = words(value)
        elif not isinstance(value, list):
            return []
    flat = [entry for entry in _flat(value) if entry is not None]
    if len(flat) > MOST_TERMS:
        raise UnusableError(named, message("jekyll.too-many-terms", most=MOST_TERMS))
    return flat


def text_of(value: Any, zone: tzinfo | None = None) -> str:  # noqa: PLR0911 - one per type
    """Return a value of YAML as Ruby's `to_s` writes it; a time without a zone is in `zone`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        aware = value if value.tzinfo else _placed(value.replace(tzinfo=UTC), zone)
        return aware.strftime("%Y-%m-%d %H:%M:%S ") + (
            "UTC" if aware.tzinfo is UTC else f"{aware:%z}"
        )
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        mantissa, exponent, power = repr(value).partition("e")
        return mantissa + (".0" if exponent and "." not in mantissa else "") + exponent + power
    if isinstance(value, list):
        return "[" + ", ".join(_inspected(entry) for entry in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_inspected(k)}=>{_inspected(v)}" for k, v in value.items()) + "}"
    return str(value)


def _placed(moment: datetime, zone: tzinfo | None) -> datetime:
    """Return a moment in `zone`, or as it is where it would leave the years 1 to 9999."""
    try:
        return moment.astimezone(zone)
    except (OverflowError, ValueError):
        return moment


def _inspected(value: Any) -> str:
    if value is None:
        return "nil"
    if isinstance(value, str):
        escaped = _INTERPOLATION.sub(r"\\#", value.replace("\\", "\\\\").replace('"', '\\"'))
        return f'"{escaped}"'
    return text_of(value)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for entry in value:
            yield from _flat(entry)
    else:
        yield value
