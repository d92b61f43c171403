"""From YAML text to a tree of nodes that know their lines, within stated limits.

Built from the events of libyaml's parser instead of PyYAML's own tree: limits hold while the text
is read (an alias bomb never takes memory), explicit tags are seen, and a scalar stays the text that
the user wrote (`0785730706` keeps its zero, `no` stays "no"). Problems are collected on the way.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn
from unicodedata import normalize

import yaml
from yaml.reader import ReaderError

from linkmgr.catalog.declaration import MAX_WORD
from linkmgr.catalog.reading.yaml.typos import TAB, indentation_problem, line_problem, write_half
from linkmgr.messages.errors import Problem, Problems
from linkmgr.messages.libyaml import libyaml_problem
from linkmgr.messages.message import Message, excerpt, message

_MAX_COMPARISONS = 100_000
"""Words compared for "did you mean" in one run: about a second, whatever the file."""


class ProblemCollector:
    """Collects problems, each once, and suggests words for misspelled ones."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._problems: dict[Problem, None] = {}
        self._comparisons = 0

    def add(self, line: int, key: str, message: Message) -> None:
        """Note a problem; the key's odd characters are made visible, so that it stays one line."""
        self._problems[Problem.at(self._file, line, excerpt(key, 200), message)] = None

    def stop(self, line: int, message: Message) -> NoReturn:
        """Raise a problem after which nothing can be read; it comes alone."""
        raise Problems([Problem.at(self._file, line, "", message)])

    def finish(self) -> None:
        """Raise all problems, if there are any."""
        if self._problems:
            raise Problems(self._problems)

    def suggestion(self, word: str, among: Iterable[str]) -> str | None:
        """Return the one of `among` closest to `word`, `None` if none is close."""
        if len(word) > MAX_WORD or self._comparisons > _MAX_COMPARISONS:
            return None
        known = sorted(among)  # the same answer for every order of the file
        self._comparisons += len(known)
        half_width = normalize("NFKC", word).lower().replace("_", "-")
        close = get_close_matches(half_width, known, n=1, cutoff=0.7)
        return close[0] if close else None


# libyaml's errors as problems that say what to do.

_CODES = {
    "mapping values are not allowed in this context": "catalog.yaml-colon-in-text",
    "found character that cannot start any token": "catalog.yaml-first-character",
    "found unexpected end of stream": "catalog.yaml-open-quote",
    "did not find expected alphabetic or numeric character": "catalog.yaml-first-star",
    "did not find expected key": "catalog.yaml-indentation",
    "did not find expected '-' indicator": "catalog.yaml-list-indentation",
    "could not find expected ':'": "catalog.yaml-no-colon",
    "did not find expected ',' or ']'": "catalog.yaml-open-list",
    "did not find expected ',' or '}'": "catalog.yaml-open-mapping",
    "did not find expected node content": "catalog.yaml-open-bracket",
    "block sequence entries are not allowed in this context": "catalog.yaml-list-start",
    "did not find expected <document start>": "catalog.yaml-outside",
    "found unknown escape character": "catalog.yaml-backslash",
    "exceeded maximum nesting depth": "catalog.yaml-nested-too-deep",
}

_KEY_AFTER_TEXT = (
    "mapping values are not allowed in this context",
    "did not find expected key",
)
_BRACKET_NOT_CLOSED = ("did not find expected ',' or ']'", "did not find expected ',' or '}'")
_QUOTE_NOT_CLOSED = ("found unexpected end of stream", "did not find expected key")
# The place where a thing was opened helps more than where the parser missed its end.
_REPORTED_AT_OPENING = (
    "found unexpected end of stream",
    "could not find expected ':'",
    *_BRACKET_NOT_CLOSED,
)

# A text that ends its line with a full-width quote after a half-width one opened it.
_WRONG_QUOTES = (
    re.compile(r"""[^"]*"[^"]*(?P<wide>[“”＂])[ ,}\]]*(?: #.*)?"""),
    re.compile(r"[^']*'[^']*(?P<wide>[‘’＇])[ ,}\]]*(?: #.*)?"),
)
# What ends or parts a list or a mapping to the eye, but not to YAML.
_WRONG_PARTS = re.compile("(?P<wide>[］｝、，])")
# What YAML takes for a comment, though a text may go on with it: `The book #1`.
_COMMENT = re.compile(r"\s(?P<comment>#\w.*)")
_LINE_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")  # what libyaml counts as one


def _syntax_problem(error: yaml.YAMLError, text: str) -> tuple[int, Message]:
    """Return the line of a syntax error and what is wrong there."""
    if isinstance(error, ReaderError):
        line = text.encode().count(b"\n", 0, error.position) + 1  # libyaml counts bytes
        return line, message("catalog.yaml-control-character", character=f"U+{error.character:04X}")
    if not isinstance(error, yaml.MarkedYAMLError):
        return 0, message("catalog.yaml-invalid", reason=libyaml_problem(str(error)))
    if typo := _typo(error, text):
        return typo
    problem = error.problem or ""
    mark = error.problem_mark or error.context_mark
    if problem in _REPORTED_AT_OPENING:
        mark = error.context_mark or mark
    last_line = text.count("\n") + (not text.endswith("\n"))
    line = min(mark.line + 1, max(last_line, 1)) if mark else 0
    if code := _CODES.get(problem):
        return line, message(code)
    return line, message("catalog.yaml-invalid", reason=libyaml_problem(problem))


def _typo(error: yaml.MarkedYAMLError, text: str) -> tuple[int, Message] | None:
    """Return the typo that led to an error: its line, and the problem."""
    at, lines = error.problem_mark, [*_LINE_BREAK.split(text), ""]
    if at is None:
        return None
    if lines[at.line][at.column :].startswith("\t"):
        return at.line + 1, TAB
    opened = error.context_mark or at
    for number in _suspects(error.problem, lines, opened, at):
        if problem := line_problem(lines[number]):
            return number + 1, problem
    if error.problem in _QUOTE_NOT_CLOSED and (wrong := _wrong_quote(lines, opened.line, at.line)):
        return wrong
    if error.problem in _BRACKET_NOT_CLOSED:
        return _wrong_part(lines[opened.line], opened)
    return _indented_too_little(lines, at.line) if error.problem in _KEY_AFTER_TEXT else None


def _wrong_quote(lines: list[str], first: int, last: int) -> tuple[int, Message] | None:
    """Return the last line that ends with a full-width quote after a half-width one."""
    for number in range(last, first - 1, -1):
        for quotes in _WRONG_QUOTES:
            if match := quotes.fullmatch(lines[number]):
                return number + 1, write_half(match["wide"])
    return None


def _wrong_part(line: str, opened: yaml.Mark) -> tuple[int, Message] | None:
    """Return the mistake that keeps a bracket open in its line, `None` if none is recognised."""
    if wide := _WRONG_PARTS.search(line, opened.column):
        return opened.line + 1, write_half(wide["wide"])
    if after_text := _COMMENT.search(line, opened.column):
        comment = message("catalog.comment-in-brackets", comment=excerpt(after_text["comment"]))
        return opened.line + 1, comment
    return None


def _indented_too_little(lines: list[str], number: int) -> tuple[int, Message] | None:
    """Return the problem of a line indented too little, whose text swallowed the key below.

    That is so if its indentation is none of the file's steps, while the key's is one, or if the
    line before it is the key that both belong below.
    """
    steps = [_indentation(line) for line in lines if line.strip() and _indentation(line)]
    earlier = [above for above in range(number) if _is_content(lines[above])]
    if not steps or not earlier:
        return None
    above = lines[earlier[-1]]
    here, below = _indentation(above), _indentation(lines[number])
    is_off = here % steps[0] and not below % steps[0]
    parent = lines[earlier[-2]] if earlier[:-1] else ""
    is_beside_parent = parent.rstrip().endswith(":") and here <= _indentation(parent)
    if here >= below or not (is_off or is_beside_parent):
        return None
    too_little = message("catalog.indented-too-little", spaces=here, below=below)
    return earlier[-1] + 1, too_little


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _is_content(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _suspects(
    problem: str | None, lines: list[str], opened: yaml.Mark, at: yaml.Mark
) -> Iterator[int]:
    """Yield the lines that may have led to an error, counted from 0, the likeliest first."""
    if problem in _REPORTED_AT_OPENING:
        yield opened.line
    yield at.line
    # A line without a colon to YAML is a text, after which no key can come.
    if problem in _KEY_AFTER_TEXT and at.line and ":" not in lines[at.line][: at.column]:
        yield at.line - 1


# The tree.

MAX_NODES = 500_000
"""Values in a catalog, each alias counted with all its values; 5,000 books with a mapping
each have 165,000."""

MAX_DEPTH = 32
"""Levels of nesting. The format itself has five."""


@dataclass(slots=True)
class ScalarNode:
    """A single value as written; `plain` is without quotes. Not frozen: that costs 0.1 s a run."""

    line: int
    text: str
    plain: bool

    @property
    def missing(self) -> bool:
        """Whether nothing at all comes after the colon or the dash."""
        return self.plain and not self.text


@dataclass(slots=True)
class SequenceNode:
    """A list; `flow` is one in brackets."""

    line: int
    values: list["Node"]
    flow: bool


@dataclass(slots=True)
class MappingNode:
    """Keys and values in file order, repeated keys included; `flow` is one in braces."""

    line: int
    pairs: list[tuple[ScalarNode, "Node"]]
    flow: bool = False


@dataclass(slots=True)
class BrokenNode:
    """A value whose problem has been reported, so that nothing more is reported of it."""

    line: int


Node = ScalarNode | SequenceNode | MappingNode | BrokenNode


def read_tree(text: str, problems: ProblemCollector) -> Node | None:
    """Return the tree of the one document in `text`, `None` for a text without any value.

    What makes the rest unreadable (bad syntax, a limit) is raised as `Problems` at once; a tag, a
    wrong alias or key is reported and its value `BrokenNode`.
    """
    builder = _Builder(problems)
    takers = builder.takers()
    try:
        for event in _events(text):
            if take := takers.get(type(event)):
                take(event)
    except yaml.YAMLError as error:
        problems.stop(*_syntax_problem(error, text))
    return builder.root


def has_anchors(text: str) -> bool:
    """Whether a text without syntax errors has an anchor (&) or an alias (*)."""
    return any(isinstance(event, yaml.NodeEvent) and event.anchor for event in _events(text))


def _events(text: str) -> Iterator[yaml.Event]:
    # CSafeLoader is missing from a PyYAML built without libyaml; every wheel of it has libyaml.
    loader = yaml.CSafeLoader(text)
    try:
        while event := loader.get_event():
            yield event
    finally:
        loader.dispose()


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read; `key` is the key that waits for its value.

    `broken` is one with a tag or with a key that cannot be used: what it would lack without them
    is not the user's mistake.
    """

    node: SequenceNode | MappingNode
    anchor: str | None
    broken: bool
    count_before: int
    key: Node | None = None


class _Builder:
    def __init__(self, problems: ProblemCollector) -> None:
        self.root: Node | None = None
        self._problems = problems
        self._open: list[_Open] = []
        self._documents = 0
        self._count = 0
        self._anchors: dict[str, tuple[Node, int] | None] = {}  # None: not closed yet

    def takers(self) -> dict[type[yaml.Event], Callable[[Any], None]]:
        """Return the method for each kind of event that adds to the tree."""
        return {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._mapping,
            yaml.SequenceStartEvent: self._sequence,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            self._problems.stop(_line(event), message("catalog.second-document"))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        line = _line(event)
        node: Node = ScalarNode(line, event.value, not event.style)
        self._grow(1, line)
        if event.tag is not None:
            node = self._tagged(line, event.tag)
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, 1)
        if self._open or not node_is_nothing(node):
            self._place(node)

    def _mapping(self, event: yaml.MappingStartEvent) -> None:
        self._start(event, MappingNode(_line(event), [], bool(event.flow_style)))

    def _sequence(self, event: yaml.SequenceStartEvent) -> None:
        self._start(event, SequenceNode(_line(event), [], bool(event.flow_style)))

    def _start(self, event: yaml.CollectionStartEvent, node: MappingNode | SequenceNode) -> None:
        if len(self._open) == MAX_DEPTH:
            self._problems.stop(node.line, message("catalog.nested-too-deep", most=MAX_DEPTH))
        count_before = self._count
        self._grow(1, node.line)
        if event.tag is not None:
            self._tagged(node.line, event.tag)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._open.append(_Open(node, event.anchor, event.tag is not None, count_before))

    def _end(self, _: yaml.CollectionEndEvent) -> None:
        closed = self._open.pop()
        node: Node = BrokenNode(closed.node.line) if closed.broken else closed.node
        if closed.anchor is not None:
            self._anchors[closed.anchor] = (node, self._count - closed.count_before)
        self._place(node)

    def _alias(self, event: yaml.AliasEvent) -> None:
        line, name = _line(event), event.anchor or ""
        if name not in self._anchors:
            self._problem(line, message("catalog.unknown-alias", name=excerpt(name)))
        elif (anchored := self._anchors[name]) is None:
            self._problem(line, message("catalog.alias-within-itself", name=excerpt(name)))
        else:
            node, size = anchored
            self._grow(size, line)
            self._place(node)
            return
        self._place(BrokenNode(line))

    def _place(self, node: Node) -> None:
        """Put a finished node where it belongs: into the open list or mapping, or at the root."""
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if isinstance(parent.node, SequenceNode):
            parent.node.values.append(node)
        elif parent.key is None:
            parent.key = self._key(node, flow=parent.node.flow)
            parent.broken |= isinstance(parent.key, BrokenNode)
        else:
            if isinstance(parent.key, ScalarNode):
                parent.node.pairs.append((parent.key, node))
            parent.key = None

    def _key(self, node: Node, *, flow: bool) -> Node:
        if isinstance(node, ScalarNode):
            if node.plain and not flow and (problem := indentation_problem(node.text)):
                self._problems.stop(node.line, problem)
            if node.plain and node.text == "<<":
                self._problem(node.line, message("catalog.merge-key"))
                return BrokenNode(node.line)
            return node
        if not isinstance(node, BrokenNode):
            self._problem(node.line, message("catalog.key-not-text"))
        return BrokenNode(node.line)

    def _tagged(self, line: int, tag: str) -> BrokenNode:
        short = tag.replace("tag:yaml.org,2002:", "!!")
        self._problem(line, message("catalog.yaml-tag", tag=excerpt(short)))
        return BrokenNode(line)

    def _grow(self, by: int, line: int) -> None:
        self._count += by
        if self._count > MAX_NODES:
            self._problems.stop(line, message("catalog.too-many-values", most=MAX_NODES))

    def _problem(self, line: int, problem: Message) -> None:
        path = [frame.key.text for frame in self._open if isinstance(frame.key, ScalarNode)]
        self._problems.add(line, ".".join(path), problem)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def node_is_nothing(node: Node) -> bool:
    """Whether the value was left out (`key:` and no more)."""
    return isinstance(node, ScalarNode) and node.missing
