"""The values of a YAML text as the site's Jekyll reads them: by SafeYAML, or as `psych` does.

The rules are those of the gem safe_yaml 1.0.5 (`safe_yaml/psych_handler.rb` and
`safe_yaml/transform/`), slips included: a nil key takes its value for the next key, and `1:30` is a
float. Jekyll leaves its options alone, so that symbols stay text.
"""

import base64
import math
import re
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode

from linkmgr.messages.message import message
from linkmgr.posts.ruby.psych import psych_value
from linkmgr.posts.ruby.values import Package
from linkmgr.posts.ruby.yaml_tree import (
    DEEPEST,
    MISSING,
    QUOTED,
    TOO_DEEP,
    YamlError,
    has_alias,
    parse_tree,
)

BINARY_TAGS = ("!binary", "x-private:binary", "tag:yaml.org,2002:binary")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")

# Whatever begins otherwise is text.
SPECIAL = frozenset("0123456789+-._,~yYtTnNfFoO")
WORDS = {"~": None, "null": None, "yes": True, "on": True, "true": True}
WORDS |= {"no": False, "off": False, "false": False}
LONGEST_WORD = 5
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_OCTAL = re.compile(r"0[0-7]+")
_HEXADECIMAL = re.compile(r"[-+]?0x[0-9a-fA-F]+|0[xX][0-9a-fA-F]+")
_BINARY = re.compile(r"0b[01]+")
FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*)?\.[0-9_]+(?:[eE][-+][0-9]+)?")
SPECIAL_FLOATS = dict.fromkeys((".inf", ".Inf", ".INF"), math.inf)
SPECIAL_FLOATS |= dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf)
SPECIAL_FLOATS |= dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan)
SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+")
SEXAGESIMAL_FLOAT = re.compile(SEXAGESIMAL.pattern + r"\.[0-9_]*")
DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
TIME = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt]|\s+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})"
    r"(?:\.[0-9]*)?\s*(?:Z|([-+])([0-9]{1,2})(?:(:?)([0-9]{2}))?)?",
    re.ASCII,
)
A_DAY = 86_400  # seconds
# Python writes out numbers of 4,300 digits.
LONGEST_NUMBER = 1_000
# A list or a mapping as a key can be no setting. Its text keeps it apart from the others; whole,
# texts of keys in texts of keys would grow exponentially.
_LONGEST_KEY = 100


def load(source: bytes | str, package: Package) -> tuple[Any, Node | None]:
    """Return the first document's value and its tree (`None`, `None` where there is none).

    Raise YamlError for what the Jekyll of that package refuses, and for aliases that expand to too
    many values.
    """
    if package == "debian":
        root = parse_tree(source, may_miss_anchors=False)
        return (psych_value(root) if root else None), root
    root = parse_tree(source, may_miss_anchors=True)
    return (_safe_yaml_value(root, aliases=has_alias(source)) if root else None), root


def _safe_yaml_value(root: Node, *, aliases: bool) -> Any:
    """Return the value of a tree. Raise YamlError for what SafeYAML cannot read.

    Without `aliases` in the text it is faster.
    """
    handler = _Handler(aliases=aliases)
    handler.visit(root, 0)
    return handler.result


class _Handler:
    """Takes a tree in the order of its text, as `SafeYAML::PsychHandler` takes libyaml's events.

    `built` has the values of nodes by their identity: a node that comes again is an alias.
    """

    def __init__(self, *, aliases: bool) -> None:
        self.result: Any = None
        self.aliases = aliases
        self.built: dict[int, Any] = {}
        self.open: list[dict[Any, Any] | list[Any]] = []
        self.key: Any = None  # of whichever mapping: the gem has one for all
        self.key_node: Node | None = None

    def visit(self, node: Node, depth: int) -> None:
        known = self.aliases and id(node) in self.built
        if type(node) is ScalarNode:
            value = self.built[id(node)] if known else _scalar(node)
            if known and type(value) is str:
                value = _guessed(node, value)
            if self.aliases:
                self.built[id(node)] = value
            self.add(node, value)
            return
        if known:
            value = self.built[id(node)]
            if any(value is opened for opened in self.open):
                raise YamlError.at_node(node, message("jekyll.yaml-alias-loop"))
            self.add(node, value)
            return
        if depth == DEEPEST:
            raise YamlError.at_node(node, TOO_DEEP)
        self.enter(node, {} if type(node) is MappingNode else [], depth)

    def enter(self, node: Node, value: dict[Any, Any] | list[Any], depth: int) -> None:
        if self.aliases:
            self.built[id(node)] = value
        self.add(node, value)
        self.open.append(value)
        if type(node) is MappingNode:
            for key, own in node.value:
                self.visit(key, depth + 1)
                self.visit(own, depth + 1)
        else:
            for own in node.value:
                self.visit(own, depth + 1)
        self.open.pop()

    def add(self, node: Node, value: Any) -> None:
        if not self.open:
            self.result = value
            return
        structure = self.open[-1]
        if isinstance(structure, list):
            structure.append(value)
        elif self.key is None:
            self.key = str(value)[:_LONGEST_KEY] if isinstance(value, list | dict) else value
            self.key_node = node
        else:
            if self.key != "<<":
                structure[self.key] = value
            elif isinstance(value, dict):
                structure.update(value)
            else:
                raise YamlError.at_node(self.key_node or node, message("jekyll.yaml-merge"))
            self.key = None


def _scalar(node: ScalarNode) -> Any:
    tag, text = node.tag, node.value
    if tag == QUOTED:
        return text
    if tag == MISSING:
        return None
    if tag in BINARY_TAGS:
        return _decoded(text)
    return _guessed(node, text)


def _guessed(node: ScalarNode, text: str) -> Any:
    try:
        return scalar(text)
    except (ValueError, OverflowError) as error:
        raise YamlError.at_node(node, message("jekyll.yaml-number", value=text[:40])) from error


def _decoded(text: str) -> str:
    """Decode Base64 as Ruby does, skipping what is not Base64."""
    letters = _NOT_BASE64.sub("", text)
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return base64.b64decode(letters + "=" * (-len(letters) % 4)).decode(errors="replace")


@lru_cache(maxsize=4096)
def scalar(text: str) -> Any:
    """Return the value of a scalar without quotes. Raise ValueError where SafeYAML fails.

    Times come with their offset, which is +0000 where none is written.
    """
    if not text:
        return None
    if text[0] not in SPECIAL:
        return text
    if len(text) <= LONGEST_WORD and (word := text.lower()) in WORDS:
        return WORDS[word]
    if text[0].isalpha():
        return text
    number = _number(text)
    return _day_or_time(text) if number is None else number


def _number(text: str) -> int | float | None:
    plain = text.replace("_", "").replace(",", "")
    for form, base in ((_DECIMAL, 10), (_OCTAL, 8), (_HEXADECIMAL, 16), (_BINARY, 2)):
        if form.fullmatch(plain):
            if len(plain) > LONGEST_NUMBER:
                raise ValueError(text)
            return int(plain, base)
    if SEXAGESIMAL.fullmatch(plain):
        return _sexagesimal(plain)
    if FLOAT.fullmatch(text):
        return float(text)
    if text in SPECIAL_FLOATS:
        return SPECIAL_FLOATS[text]
    return _sexagesimal(text) if SEXAGESIMAL_FLOAT.fullmatch(text) else None


def _sexagesimal(text: str) -> float:
    whole, _, fraction = text.partition(".")
    parts = reversed(whole.split(":"))
    value = sum(float(part) * int(60**power) for power, part in enumerate(parts))
    value += float(f".{fraction}") if fraction else 0.0
    # The first part has its sign already: `-1:30` is 30.
    return -value if text.startswith("-") else value


def _day_or_time(text: str) -> date | datetime | str:
    """Return the day or the time that a text is; one that the calendar lacks is text."""
    try:
        if match := DAY.fullmatch(text):
            return date(*map(int, match.groups()))
        return _time(match) if (match := TIME.fullmatch(text)) else text
    except (ValueError, OverflowError):
        return text


def _time(match: re.Match[str]) -> datetime:
    """Make the time that `DateTime.parse` does. Raise ValueError."""
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    if hour == 24 and minute == second == 0:  # noqa: PLR2004 - the clock's
        hour, day_after = 0, timedelta(days=1)
    else:
        day_after = timedelta()
    if second == 60:  # noqa: PLR2004 - the clock's
        second = 59
    offset = _offset(match[7], match[8], match[9], match[10])
    zone = timezone(offset, "")  # a name, because Ruby prints "UTC" for none of these
    return datetime(year, month, day, hour, minute, second, tzinfo=zone) + day_after


def _offset(sign: str | None, hours: str, colon: str | None, minutes: str | None) -> timedelta:
    """Return the offset that Ruby reads, which is 0 for one that it cannot place."""
    if sign is None:
        return timedelta()
    if colon and (int(hours) > 23 or int(minutes or 0) > 59):  # noqa: PLR2004 - the clock's
        return timedelta()
    seconds = int(hours) * 3_600 + int(minutes or 0) * 60
    if seconds > A_DAY:
        return timedelta()
    return timedelta(seconds=-seconds if sign == "-" else seconds)
