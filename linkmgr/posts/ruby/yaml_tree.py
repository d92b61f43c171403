"""The tree that libyaml makes of a YAML text, with lines and within stated limits.

Psych and SafeYAML both have libyaml parse. They make different values of the tree: see `psych.py`
and `safe_yaml.py`.
"""

from typing import Any

import yaml
from yaml.composer import Composer, ComposerError
from yaml.nodes import MappingNode, Node, ScalarNode
from yaml.reader import ReaderError

from linkmgr.messages.libyaml import libyaml_problem
from linkmgr.messages.message import ENGLISH, Message, message, translate

PLAIN, QUOTED = "plain", "quoted"
"""Tags of scalars that have none: whether they were written without or with quotes."""

MISSING = "missing"
"""The tag of the empty scalar that stands for an alias to no anchor."""

# Lists of aliases to lists of aliases can expand to billions of values; front matter has dozens.
MOST_VALUES = 10_000
# Values are walked recursively, and Python allows a thousand nested calls.
DEEPEST = 100

_INVALID = message("jekyll.yaml-unknown")
TOO_DEEP = message("jekyll.yaml-depth")


class YamlError(ValueError):
    """Text that Ruby refuses, and why; `line` counts from 1."""

    def __init__(self, line: int, problem: Message) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem

    @classmethod
    def at_node(cls, node: Node, problem: Message) -> "YamlError":
        """Make the error of a node."""
        return cls(node.start_mark.line + 1, problem)

    def __str__(self) -> str:
        return translate(self.problem, ENGLISH)


class _Parser(yaml.CBaseLoader):
    """libyaml's tree of nodes; of a scalar's tag it keeps only whether it was written plainly."""

    def resolve(self, kind: type[Node], _value: str | None, implicit: Any) -> str:
        return QUOTED if kind is ScalarNode and implicit == (False, True) else PLAIN

    def descend_resolver(self, parent: Node | None, index: Any) -> None:
        """Do nothing: PyYAML's composer would inform the resolver of its position."""

    def ascend_resolver(self) -> None:
        """As `descend_resolver`."""


class _LenientParser(Composer, _Parser):
    """Accepts repeated anchors and, if it `may_miss` them, aliases to none.

    It composes in Python, which is slow.
    """

    def __init__(self, source: bytes | str, *, may_miss: bool) -> None:
        _Parser.__init__(self, source)
        Composer.__init__(self)
        self.may_miss = may_miss

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event: Any = self.peek_event()
        if not isinstance(event, yaml.AliasEvent):
            self.anchors.pop(event.anchor, None)
        elif self.may_miss and event.anchor not in self.anchors:
            self.get_event()
            marks: tuple[Any, Any] = event.start_mark, event.end_mark
            return ScalarNode(MISSING, "", *marks)
        return super().compose_node(parent, index)


def parse_tree(source: bytes | str, *, may_miss_anchors: bool) -> Node | None:
    """Return the tree of the first document, `None` where there is none.

    With `may_miss_anchors` an alias to none is an empty scalar. Raise YamlError for bad syntax, and
    for aliases that expand to too many values.
    """
    try:
        root = _parsed(source, may_miss=may_miss_anchors)
        if root and has_alias(source):
            _count(root, {})
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = error.problem or error.context
        problem = _problem(reason) if reason else _INVALID
        raise YamlError(mark.line + 1 if mark else 1, problem) from error
    except ReaderError as error:
        raise YamlError(1, _problem(error.reason)) from error
    except yaml.YAMLError as error:
        raise YamlError(1, _problem(str(error).splitlines()[0])) from error
    except RecursionError as error:
        raise YamlError(1, TOO_DEEP) from error
    return root


def _problem(reason: str) -> Message:
    return message("jekyll.yaml-error", problem=libyaml_problem(reason))


def has_alias(source: bytes | str) -> bool:
    """Whether a text may have an alias."""
    return "*" in source if isinstance(source, str) else b"*" in source


def line_of(root: Node | None, *keys: str) -> int:
    """Return the line on which the value at `keys` has its key, or the last key found on the way.

    Lines count from 1; 0 where not even the first key is found.
    """
    line = 0
    for key in keys:
        if not isinstance(root, MappingNode):
            break
        pairs = [(name, value) for name, value in root.value if name.value == key]
        if not pairs:
            break
        name, root = pairs[-1]
        line = name.start_mark.line + 1
    return line


def _parsed(source: bytes | str, *, may_miss: bool) -> Node | None:
    try:
        return _composed(_Parser(source))
    except ComposerError:
        return _composed(_LenientParser(source, may_miss=may_miss))


def _composed(parser: _Parser) -> Node | None:
    root: Node | None = parser.get_node() if parser.check_node() else None
    return root


def _count(node: Node, counted: dict[int, int]) -> int:
    """Count a node's values with its aliases written out; `counted` holds those of collections."""
    if type(node) is ScalarNode:
        return 1
    key = id(node)
    if key not in counted:
        counted[key] = 0  # what a loop adds: it is refused when its values are made
        children = node.value
        if type(node) is MappingNode:
            children = [child for pair in children for child in pair]
        counted[key] = 1 + sum(_count(child, counted) for child in children)
        if counted[key] > MOST_VALUES:
            raise YamlError.at_node(node, message("jekyll.yaml-aliases", most=MOST_VALUES))
    return counted[key]
