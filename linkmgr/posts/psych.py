"""YAML as Ruby's Psych reads it: libyaml parses, the rules for values are Psych's own.

PyYAML's loaders follow YAML 1.1 more closely than Psych does (`2026-02-18 10:57:52 +0900`,
`1,000`, `:foo`), and a post must have the values that Jekyll sees. The rules here are those of
`psych/scalar_scanner.rb` and `psych/visitors/to_ruby.rb` (5.1), with what Jekyll permits.
"""

import base64
import math
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from linkmgr.messages.language import ENGLISH
from linkmgr.messages.message import Message, message
from linkmgr.messages.wording import word

PLAIN, QUOTED = "plain", "quoted"
STRING_TAGS = ("!str", "!ruby/string", "tag:yaml.org,2002:str")
FLOAT_TAGS = ("!float", "tag:yaml.org,2002:float")
BINARY_TAGS = ("!binary", "tag:yaml.org,2002:binary")
# Tags of classes that Jekyll does not permit (`Utils.safe_load_yaml`); other tags say nothing.
REFUSED_TAGS = ("!ruby/", "!set", "tag:yaml.org,2002:set", "!omap", "tag:yaml.org,2002:omap")
REFUSED_SCALAR_TAGS = (
    *("!ruby/class", "!ruby/module", "!ruby/regexp", "!ruby/range", "!ruby/object:BigDecimal"),
    *("!ruby/object:Complex", "!ruby/object:DateTime", "!ruby/object:Rational"),
)

TEXT = re.compile(r"[^0-9.:-]?(?:[^\W\d]|[\s!@#$%^&*(){}<>|/\\~;=])")
WORDS = {"~": None, "null": None, "yes": True, "true": True, "on": True}
WORDS |= {"no": False, "false": False, "off": False}
TIME = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt]|\s+)(\d{1,2}):(\d\d):(\d\d)(?:\.\d*)?"
    r"(?:\s*(?:(Z)|([-+]\d{1,2}):?(\d\d)?))?",
    re.ASCII,
)
DAY = re.compile(r"(\d{4})-(1[012]|0\d|\d)-([12]\d|3[01]|0\d|\d)", re.ASCII)
SYMBOL = re.compile(r""":(?:(["'])(?P<quoted>.*)\1|(?P<plain>.+))""")
SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}")
SEXAGESIMAL_FLOAT = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}\.[0-9_]*")
FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_,]*)?\.[0-9]*(?:[eE][-+][0-9]+)?")
INTEGER = re.compile(
    r"(?P<sign>[-+]?)(?:0b(?P<binary>[01_,]+)|0(?P<octal>[0-7_,]+)"
    r"|(?P<decimal>0|[1-9](?:[0-9]|,[0-9]|_[0-9])*)|0x(?P<hexadecimal>[0-9a-fA-F_,]+))"
)
# What Ruby's `to_i` and `to_f` read of a text's beginning: `1` of `1__2`.
LEADING_INTEGER = re.compile(r"[-+]?[0-9]+(?:_[0-9]+)*")
LEADING_FLOAT = re.compile(LEADING_INTEGER.pattern + r"(?:\.[0-9]+(?:_[0-9]+)*)?")
BASES = {"binary": 2, "octal": 8, "decimal": 10, "hexadecimal": 16}
LONGEST_WORD = 5
# Lists of aliases to lists of aliases can expand to billions of values; front matter has dozens.
MOST_VALUES = 10_000
# Values are walked by functions that call themselves, of which Python allows a thousand calls.
DEEPEST, DEEPEST_KEY = 100, 5
# Python writes out numbers of 4,300 digits.
LONGEST_NUMBER = 1_000
SPECIAL_FLOATS = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}


_INVALID = message("jekyll.yaml-unknown")
_TOO_DEEP = message("jekyll.yaml-depth")


class YamlError(ValueError):
    """Text that Psych refuses, and why; `line` counts from 1."""

    def __init__(self, line: int, problem: Message) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem

    def __str__(self) -> str:
        return word(self.problem, ENGLISH)


class Symbol(str):
    """A Ruby symbol (`:foo`), which Jekyll does not take for text."""

    __slots__ = ()


class _Parser(yaml.CBaseLoader):
    """libyaml's tree of nodes; of a scalar's tag it keeps only whether it was written plainly."""

    def resolve(self, kind: type[Node], _value: str | None, implicit: Any) -> str:
        return QUOTED if kind is ScalarNode and implicit == (False, True) else PLAIN

    def descend_resolver(self, parent: Node | None, index: Any) -> None:
        """Do nothing: PyYAML's composer would inform the resolver of its position."""

    def ascend_resolver(self) -> None:
        """As `descend_resolver`."""


def load(source: bytes | str) -> tuple[Any, Node | None]:
    """Return the first document's value and its tree (`None`, `None` where there is none).

    Raise YamlError for what Psych refuses, and for aliases that expand to too many values.
    """
    try:
        parser = _Parser(source)
        root: Node | None = parser.get_node() if parser.check_node() else None
        has_alias = "*" in source if isinstance(source, str) else b"*" in source
        if root and has_alias:
            _count(root, {})
        return (_build(root, {}, {}) if root else None), root
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = error.problem or error.context
        problem = message("jekyll.yaml-error", problem=reason) if reason else _INVALID
        raise YamlError(mark.line + 1 if mark else 1, problem) from error
    except yaml.YAMLError as error:
        raise YamlError(
            1, message("jekyll.yaml-error", problem=str(error).splitlines()[0])
        ) from error
    except RecursionError as error:
        raise YamlError(1, _TOO_DEEP) from error


def line_of(root: Node | None, *keys: str) -> int:
    """Return the line on which the value at `keys` has its key, or the last key found on the way.

    Lines count from 1; 0 where not even the first key is found.
    """
    line = 0
    for key in keys:
        if not isinstance(root, MappingNode):
            break
        found = [(name, value) for name, value in root.value if name.value == key]
        if not found:
            break
        name, root = found[-1]
        line = name.start_mark.line + 1
    return line


def _count(node: Node, counted: dict[int, int]) -> int:
    """Count a node's values with its aliases written out; `counted` holds those of collections."""
    if type(node) is ScalarNode:
        return 1
    key = id(node)
    if key not in counted:
        counted[key] = 0  # what a loop adds: it is refused when its values are made
        children = node.value
        if type(node) is MappingNode:
            children = [each for pair in children for each in pair]
        counted[key] = 1 + sum(_count(child, counted) for child in children)
        if counted[key] > MOST_VALUES:
            line = node.start_mark.line + 1
            raise YamlError(line, message("jekyll.yaml-aliases", most=MOST_VALUES))
    return counted[key]


def _build(node: Node, built: dict[int, Any], heights: dict[int, int]) -> Any:
    """Make a node's value.

    `built` holds the collections by node, so that aliases share them, `heights` how deep they are.
    """
    if type(node) is ScalarNode:
        return _scalar(node)
    key = id(node)
    if key in built:
        if built[key] is None:
            raise YamlError(node.start_mark.line + 1, message("jekyll.yaml-alias-loop"))
        return built[key]
    if node.tag.startswith(REFUSED_TAGS):
        raise YamlError(node.start_mark.line + 1, message("jekyll.yaml-tag", tag=node.tag))
    built[key] = None
    value: Any
    if type(node) is SequenceNode:
        children = node.value
        value = [_build(child, built, heights) for child in children]
    else:
        children = [each for pair in node.value for each in pair]
        value = _mapping(node.value, built, heights)
    heights[key] = 1 + max((heights.get(id(child), 0) for child in children), default=0)
    if heights[key] > DEEPEST:
        raise YamlError(node.start_mark.line + 1, _TOO_DEEP)
    built[key] = value
    return value


def _scalar(node: ScalarNode) -> Any:
    try:
        if node.tag == PLAIN:
            return scalar(node.value)
        return node.value if node.tag == QUOTED else _tagged(node)
    except YamlError:
        raise
    except (ValueError, OverflowError, TypeError) as error:
        value = node.value[:40]
        problem = (
            message("jekyll.yaml-number", value=value)
            if node.tag == PLAIN
            else message("jekyll.yaml-value", value=value, tag=node.tag)
        )
        raise YamlError(node.start_mark.line + 1, problem) from error


def _mapping(
    pairs: Iterable[tuple[Node, Node]], built: dict[int, Any], heights: dict[int, int]
) -> dict[Any, Any]:
    mapping: dict[Any, Any] = {}
    for key_node, value_node in pairs:
        key, value = _build(key_node, built, heights), _build(value_node, built, heights)
        if key == "<<" and not key_node.tag.endswith(":str"):
            merged = list(reversed(value)) if isinstance(value, list) else [value]
            if all(isinstance(each, dict) for each in merged):
                for each in merged:
                    mapping.update(each)
                continue
        # A list or a mapping as a key can be no setting; its text keeps it apart from the others.
        # Texts of keys in texts of keys grow by the power of two.
        if heights.get(id(key_node), 0) > DEEPEST_KEY:
            raise YamlError(key_node.start_mark.line + 1, message("jekyll.yaml-key-depth"))
        mapping[str(key) if isinstance(key, list | dict) else key] = value
    return mapping


def _tagged(node: ScalarNode) -> Any:
    tag, text = node.tag, node.value
    if tag in STRING_TAGS:
        return text
    if tag in REFUSED_SCALAR_TAGS:
        raise YamlError(node.start_mark.line + 1, message("jekyll.yaml-tag", tag=tag))
    if tag in FLOAT_TAGS:
        return float(scalar(text))
    if tag in BINARY_TAGS:
        return base64.b64decode(text).decode(errors="replace")
    return scalar(text)


@lru_cache(maxsize=4096)
def scalar(text: str) -> Any:
    """Return the value of a plain scalar. Raise ValueError for a number that Ruby refuses.

    A time without a zone, which Psych takes for UTC, comes back as a naive datetime.
    """
    if TEXT.match(text) or "\n" in text:
        return WORDS.get(text.lower(), text) if len(text) <= LONGEST_WORD else text
    if found := SYMBOL.match(text):
        return Symbol((found["quoted"] or "").removeprefix(":") if found[1] else found["plain"])
    return _figures(text) if text else None


def _figures(text: str) -> Any:
    if found := TIME.fullmatch(text):
        return _time(found) or text
    if found := DAY.fullmatch(text):
        year, month, day = map(int, found.groups())
        moment = moment_of(year, month, day, 0, 0, 0)
        # 30 February, which runs over into March, is text.
        return moment.date() if moment and moment.day == day else text
    return _number(text)


def _time(found: re.Match[str]) -> datetime | None:
    """Make a time of the year, month, day, hour, minute, second, "Z", hours and minutes found."""
    moment = moment_of(*map(int, found.groups()[:6]))
    if moment is None:
        return None
    if found[7]:
        return moment.replace(tzinfo=UTC)
    if found[8] is None:
        return moment
    hours, minutes = int(found[8]), int(found[9] or 0)
    offset = timedelta(hours=hours, minutes=-minutes if hours < 0 else minutes)
    if abs(offset) >= timedelta(days=1):
        return None
    return moment.replace(tzinfo=timezone(offset, found[8] + (found[9] or "00")))


def moment_of(  # noqa: PLR0913, PLR0917 - the parts of a time
    year: int, month: int, day: int, hour: int, minute: int, second: int
) -> datetime | None:
    """Return the moment as Ruby's `Time.utc` makes it, or `None` where it refuses.

    Ruby lets a day past the month's end, hour 24 and second 60 run over.
    """
    if not (1 <= day <= 31 and 0 <= minute <= 59 and 0 <= second <= 60):  # noqa: PLR2004 - clocks
        return None
    if not (0 <= hour <= 23 or (hour == 24 and minute == second == 0)):  # noqa: PLR2004 - clocks
        return None
    try:
        start = datetime(year, month, 1)  # noqa: DTZ001 - its zone is the caller's to say
        return start + timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second)
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> Any:
    if (lower := text.lower()) in SPECIAL_FLOATS:
        return SPECIAL_FLOATS[lower]
    if SEXAGESIMAL.fullmatch(text):
        return sum(int(part) * power for part, power in _sexagesimal(text, LEADING_INTEGER))
    if SEXAGESIMAL_FLOAT.fullmatch(text):
        return sum(float(part) * power for part, power in _sexagesimal(text, LEADING_FLOAT))
    if FLOAT.fullmatch(text) and text not in {".", "+.", "-."}:
        return float(text.replace(",", "").replace("_", ""))
    if found := INTEGER.fullmatch(text):
        if len(text) > LONGEST_NUMBER:
            raise ValueError(text)
        kind = found.lastgroup or "decimal"
        digits = found[kind].replace(",", "").replace("_", "")
        return int(found["sign"] + ("0" if kind == "octal" else "") + digits, BASES[kind])
    return text


def _sexagesimal(text: str, leading: re.Pattern[str]) -> Iterator[tuple[str, int]]:
    """Yield the figures between the colons, each with the power of 60 that it counts for."""
    if len(text) > LONGEST_NUMBER:
        raise ValueError(text)
    for place, part in enumerate(text.split(":")):
        found = leading.match(part)
        yield found[0] if found else "0", 60 ** (2 - place)
