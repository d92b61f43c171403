"""How a key is declared: its name, what it holds, and what it is for, in both languages.

Readers, the JSON Schema for editors, the reference and the admin's plain fields follow from it.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property, partial
from typing import Any

from linkmgr.messages.message import Message

Check = Callable[[str], Message | None]
"""Says what is wrong with a text, `None` for a good one."""

MAX_TEXT = 500
"""Characters of a title, heading, label, name or term; a shop's longest titles have some 300."""

MAX_LONG_TEXT = 2000
"""Characters of what may be sentences: a blurb, the text of a CTA, the disclosure; and of addresses
and other texts with a form of their own."""

MAX_CODE = 5000
"""Characters of issued code; Rakuten's with a picture have some 2,000."""

MAX_WORD = 64
"""Characters of an id, and of the longest key; longer words are no misspelling of one."""


# What keys hold. A `kind` names what many keys hold: the schema and the reference have it once.


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text, of at most `most` characters if that is its own limit.

    `check` says what is wrong with one; editors can only see whether it has the `pattern`.
    `scalars` are what YAML may take it for where it has no quotes.
    """

    kind: str = ""
    pattern: str = ""
    check: Check | None = None
    most: int | None = None
    may_be_empty: bool = False
    scalars: tuple[str, ...] = ("string",)

    @property
    def is_prose(self) -> bool:
        """Whether it may be sentences, which need more than a line of a form."""
        return not self.pattern and self.most is not None and self.most > MAX_TEXT


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words, numbers or flags."""

    options: Collection[str | int]

    labels: Mapping[str | int, str] = field(default_factory=dict)
    """What forms call the options, in their order there: one without a label is last, under its own
    name; that of an empty text stands for leaving the key out."""


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from 1 to `most`."""

    most: int


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `least` to `most`."""

    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Day:
    """A day, such as 2026-12-31."""


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list that is not empty."""

    of: "Text | Choice | Inner"


@dataclass(frozen=True, slots=True)
class MapOf:
    """A text for each of the user's own names, which `names` describes if they have a form."""

    of: Text
    names: Text | None = None


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several things."""

    kind: str
    options: "tuple[Type, ...]"


@dataclass(frozen=True, slots=True)
class Inner:
    """A mapping with keys of its own."""

    keys: "Keys"


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries by id, all with the same keys but those `named`."""

    keys: "Keys"
    named: Mapping[str, "Keys"] = field(default_factory=dict)
    may_be_nothing: bool = False

    def keys_of(self, entry: str) -> "Keys":
        """Return the keys that the entry of this id may have."""
        return self.named.get(entry, self.keys)


Type = Text | Choice | Flag | Whole | Number | Day | ListOf | MapOf | OneOf | Inner | Entries


# Keys, and the sections, entries and mappings that have them.


@dataclass(frozen=True)
class Key:
    """A key, what it holds, and what it is for.

    A `plain` key is read by its type alone, into the model's field of the same name; the others
    have a reader that knows the rest of the catalog.
    """

    name: str
    type: Type
    purpose: str
    """What it is for, in English, as all texts here: `declared` says them in other languages."""

    _: KW_ONLY
    default: Any = None
    """What it means to leave it out."""

    required: bool = False
    plain: bool = True

    label: str = ""
    """Its label in forms of the admin; without one they have no field."""

    part: str = ""
    """The part of a form that has its field, in the settings `main`; without one it stands among the
    rarer settings."""

    own_field: str = ""
    """The model's field, where the name of the key cannot be one in Python."""

    @cached_property
    def field(self) -> str:
        """The field of the model and of forms."""
        return self.own_field or self.name.replace("-", "_")


@dataclass(frozen=True)
class Keys:
    """The keys of a section, of an entry or of a mapping within one, in the order of messages.

    `conditions` are what JSON Schema can say of several keys together; readers say it by hand.
    """

    name: str
    purpose: str
    keys: tuple[Key, ...]
    conditions: Mapping[str, Any] = field(default_factory=dict)

    retired: Mapping[str, Message] = field(default_factory=dict)
    """What to do about keys that earlier versions had, by their names."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(self.by_name)

    @cached_property
    def plain(self) -> tuple[Key, ...]:
        """The keys that are read by their type alone."""
        return tuple(key for key in self.keys if key.plain)

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """The defaults of the plain keys, by the model's fields."""
        return {key.field: key.default for key in self.plain if key.default is not None}

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    def __iter__(self) -> Iterator[Key]:
        return iter(self.keys)

    def __getitem__(self, name: str) -> Key:
        return self.by_name[name]

    @cached_property
    def by_name(self) -> Mapping[str, Key]:
        return {key.name: key for key in self.keys}


def keys_within(keys: Keys) -> Iterator[Key]:
    """Yield keys, and all those of the mappings and entries in them."""
    for key in keys:
        yield key
        match key.type:
            case Inner(inner) | ListOf(Inner(inner)):
                yield from keys_within(inner)
            case Entries(inner, named):
                for entry_keys in (inner, *named.values()):
                    yield from keys_within(entry_keys)


def is_number(kind: Type) -> bool:
    """Whether what a key holds is a number where JSON has one."""
    match kind:
        case Whole() | Number():
            return True
        case Choice(options):
            return all(type(option) is int for option in options)
    return False


# What keys in several sections hold.


def matching(pattern: str, problem: Message) -> Check:
    """Return the check that a text has a pattern."""
    return partial(_unmatched, re.compile(pattern), problem)


def _unmatched(pattern: re.Pattern[str], problem: Message, text: str) -> Message | None:
    return None if pattern.fullmatch(text) else problem


ANY_SCALAR = ("string", "number", "boolean")
TEXT = Text(kind="text", most=MAX_TEXT, scalars=ANY_SCALAR)
TEXT_OR_NONE = Text(kind="optional-text", most=MAX_TEXT, may_be_empty=True, scalars=ANY_SCALAR)
SENTENCES = Text(kind="sentences", most=MAX_LONG_TEXT, may_be_empty=True, scalars=ANY_SCALAR)
ID = Text(kind="id", pattern=f"[a-z0-9]([a-z0-9-]{{0,{MAX_WORD - 2}}}[a-z0-9])?")
TEXTS = ListOf(TEXT)
IDS = ListOf(ID)
TAG = Text(kind="tag", pattern="[A-Za-z0-9._~-]{1,100}", scalars=("string", "integer"))
USUAL: Mapping[str | int, str] = {"": "default"}
"""The label of leaving out a key that has no better one."""

# A page has one <h1>, its title.
HEADING_LEVEL = Choice((2, 3, 4, 5, 6), {**USUAL, **{level: f"h{level}" for level in range(2, 7)}})

PLACE_TAG = Key(
    "tag",
    OneOf("place-tag", (TAG, MapOf(TAG, ID))),
    "The tag of the links here instead of the usual one: a text is Amazon's; else one for each programme.",
    plain=False,
    label="Tracking ID",
    part="tag",
)
"""What overrules the tags of the programmes, in an item, a mapping or a block."""
