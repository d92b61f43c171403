"""The values of YAML by the rules of Ruby's Psych, by which Debian's Jekyll reads.

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

from yaml.nodes import Node, ScalarNode, SequenceNode

from linkmgr.messages.message import message
from linkmgr.posts.ruby.yaml_tree import DEEPEST, PLAIN, QUOTED, TOO_DEEP, YamlError

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
# How deep lists and mappings may be nested in a key.
DEEPEST_KEY = 5
# Python writes out numbers of 4,300 digits.
LONGEST_NUMBER = 1_000
SPECIAL_FLOATS = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}


class Symbol(str):
    """A Ruby symbol (`:foo`), which Jekyll does not take for text."""

    __slots__ = ()


def psych_value(root: Node) -> Any:
    """Return the value of a tree. Raise YamlError for what Psych refuses as Jekyll calls it."""
    try:
        return _build(root, {}, {})
    except RecursionError as error:
        raise YamlError(1, TOO_DEEP) from error


def _build(node: Node, built: dict[int, Any], heights: dict[int, int]) -> Any:
    """Make a node's value.

    `built` holds the collections by node, so that aliases share them, `heights` how deep they are.
    """
    if type(node) is ScalarNode:
        return _scalar(node)
    key = id(node)
    if key in built:
        if built[key] is None:
            raise YamlError.at_node(node, message("jekyll.yaml-alias-loop"))
        return built[key]
    if node.tag.startswith(REFUSED_TAGS):
        raise YamlError.at_node(node, message("jekyll.yaml-tag", tag=node.tag))
    built[key] = None
    value: Any
    if type(node) is SequenceNode:
        children = node.value
        value = [_build(child, built, heights) for child in children]
    else:
        children = [child for pair in node.value for child in pair]
        value = _mapping(node.value, built, heights)
    heights[key] = 1 + max((heights.get(id(child), 0) for child in children), default=0)
    if heights[key] > DEEPEST:
        raise YamlError.at_node(node, TOO_DEEP)
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
        raise YamlError.at_node(node, problem) from error


def _mapping(
    pairs: Iterable[tuple[Node, Node]], built: dict[int, Any], heights: dict[int, int]
) -> dict[Any, Any]:
    mapping: dict[Any, Any] = {}
    for key_node, value_node in pairs:
        key, value = _build(key_node, built, heights), _build(value_node, built, heights)
        if key == "<<" and not key_node.tag.endswith(":str"):
            merged = list(reversed(value)) if isinstance(value, list) else [value]
            if all(isinstance(source, dict) for source in merged):
                for source in merged:
                    mapping.update(source)
                continue
        # A list or a mapping as a key can be no setting; its text keeps it apart from the others.
        # Texts of keys in texts of keys grow exponentially.
        if heights.get(id(key_node), 0) > DEEPEST_KEY:
            raise YamlError.at_node(key_node, message("jekyll.yaml-key-depth"))
        mapping[str(key) if isinstance(key, list | dict) else key] = value
    return mapping


def _tagged(node: ScalarNode) -> Any:
    tag, text = node.tag, node.value
    if tag in STRING_TAGS:
        return text
    if tag in REFUSED_SCALAR_TAGS:
        raise YamlError.at_node(node, message("jekyll.yaml-tag", tag=tag))
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
    if match := SYMBOL.match(text):
        return Symbol((match["quoted"] or "").removeprefix(":") if match[1] else match["plain"])
    return _figures(text) if text else None


def _figures(text: str) -> Any:
    if match := TIME.fullmatch(text):
        return _time(match) or text
    if match := DAY.fullmatch(text):
        year, month, day = map(int, match.groups())
        moment = moment_of(year, month, day, 0, 0, 0)
        # 30 February, which runs over into March, is text.
        return moment.date() if moment and moment.day == day else text
    return _number(text)


def _time(match: re.Match[str]) -> datetime | None:
    """Make a time of the year, month, day, hour, minute, second, "Z", hours and minutes found."""
    moment = moment_of(*map(int, match.groups()[:6]))
    if moment is None:
        return None
    if match[7]:
        return moment.replace(tzinfo=UTC)
    if match[8] is None:
        return moment
    hours, minutes = int(match[8]), int(match[9] or 0)
    offset = timedelta(hours=hours, minutes=-minutes if hours < 0 else minutes)
    if abs(offset) >= timedelta(days=1):
        return None
    return moment.replace(tzinfo=timezone(offset, match[8] + (match[9] or "00")))


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
    if match := INTEGER.fullmatch(text):
        if len(text) > LONGEST_NUMBER:
            raise ValueError(text)
        kind = match.lastgroup or "decimal"
        digits = match[kind].replace(",", "").replace("_", "")
        return int(match["sign"] + ("0" if kind == "octal" else "") + digits, BASES[kind])
    return text


def _sexagesimal(text: str, leading: re.Pattern[str]) -> Iterator[tuple[str, int]]:
    """Yield the figures between the colons, each with the power of 60 that it counts for."""
    if len(text) > LONGEST_NUMBER:
        raise ValueError(text)
    for place, part in enumerate(text.split(":")):
        match = leading.match(part)
        yield match[0] if match else "0", 60 ** (2 - place)
