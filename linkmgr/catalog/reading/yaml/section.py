"""Typed access to the mappings of a catalog. Wrong values are reported and read as absent."""

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date
from typing import Any, TypeVar

from linkmgr.catalog.declaration import (
    MAX_LONG_TEXT,
    MAX_TEXT,
    Check,
    Choice,
    Day,
    Flag,
    Inner,
    Keys,
    ListOf,
    Number,
    Text,
    Type,
    Whole,
)
from linkmgr.catalog.reading.yaml.nodes import (
    BrokenNode,
    MappingNode,
    Node,
    ProblemCollector,
    ScalarNode,
    SequenceNode,
    node_is_nothing,
)
from linkmgr.catalog.reading.yaml.texts import (
    EMPTY,
    FLAGS,
    joined,
    length_problem,
    node_text,
    plain_text_problem,
    unique_pairs,
)
from linkmgr.catalog.reading.yaml.typos import (
    list_advice,
    mistyped_key,
    separator_problem,
    wide_problem,
)
from linkmgr.messages.message import Message, excerpt, message

_Choice = TypeVar("_Choice", bound=str | int)
_NO_LIMITS = Text()

_WHOLE = re.compile(r"[0-9]{1,9}")
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?|\.[0-9]{1,9}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Section:
    """A mapping with declared `keys`. `line` is that of its own; missing keys are reported there.

    An unknown key that is nearly a known one counts as it, so that a typo is one problem and not
    two.
    """

    def __init__(
        self,
        problems: ProblemCollector,
        key: str,
        line: int,
        node: MappingNode,
        *,
        keys: Keys,
    ) -> None:
        self.key = key
        self.line = line
        self._problems = problems
        self._keys = keys
        self._declared = keys.by_name
        self._nodes: dict[str, Node] = {}
        self._misspelled: dict[str, Node] = {}
        self._lines: dict[str, int] = {}
        for name, value in unique_pairs(problems, key, node):
            if name.text in self._declared:
                self._nodes[name.text] = value
                self._lines[name.text] = name.line
            else:
                self._unknown(name, value)

    def _unknown(self, name: ScalarNode, value: Node) -> None:
        known = self._keys.names
        typo = mistyped_key(name.text) if name.plain else None
        if typo:
            likely: str | None = typo[0]
            self._problems.add(name.line, joined(self.key, typo[0]), typo[1])
        else:
            retired = self._keys.retired.get(name.text)
            likely = None if retired else self._problems.suggestion(name.text, known)
            if retired:
                unknown = retired
            elif likely:
                unknown = message("catalog.unknown-key-suggestion", suggestion=likely)
            elif not self.key and isinstance(value, MappingNode) and value.pairs:
                unknown = message("catalog.unknown-section", known=known)
            else:
                unknown = message("catalog.unknown-key", known=known)
            self._problems.add(name.line, joined(self.key, name.text), unknown)
        if likely:
            self._misspelled[likely] = value
            self._lines.setdefault(likely, name.line)

    def has(self, name: str) -> bool:
        """Whether the key is there, even misspelled or with a wrong value."""
        return name in self._lines

    def node(self, name: str) -> Node | None:
        """Return the node under a key or under its misspelling."""
        return self._nodes.get(name) or self._misspelled.get(name)

    def given(self, *names: str) -> list[str]:
        """Return the keys among `names` that the section has, in the order of their lines."""
        there = [name for name in names if name in self._lines]
        return sorted(there, key=self._lines.__getitem__)

    def problem(self, name: str, message: Message) -> None:
        """Report something about a key, at its line or, where it is missing, at the section's."""
        self._problems.add(self._lines.get(name, self.line), joined(self.key, name), message)

    def fields(self) -> dict[str, Any]:
        """Return the plain keys by the model's fields, without those to leave to its defaults."""
        values = {**self._keys.defaults}
        for key in self._keys.plain:
            if key.required:
                values[key.field] = self.required(key.name)
            elif key.name in self._nodes and (value := self.value(key.name)) is not None:
                values[key.field] = value
        return values

    def value(self, name: str) -> Any:  # noqa: PLR0911 - a case for each type
        """Return the value of a key, read by its declaration; `None` if it is missing or wrong."""
        if name not in self._nodes:
            return None
        key = self._declared[name]
        match key.type:
            case Text():
                return self.text(name)
            case ListOf(Text()):
                return self.texts(name)
            case Choice(options):
                return self.choice(name, options)
            case Flag():
                return self.flag(name, default=bool(key.default))
            case Whole(most):
                return self.whole_number(name, most)
            case Number(least, most):
                return self.number(name, least, most)
            case Day():
                return self.day(name)
        raise TypeError(f"{name} is not read by its type alone")

    def required(self, name: str, check: Check | None = None) -> str:
        """Return a text that must be there, `""` after a problem."""
        if not self.has(name):
            self.problem(name, message("catalog.missing"))
        return self.text(name, check) or ""

    def text(self, name: str, check: Check | None = None) -> str | None:
        """Return a text as the user wrote it, `None` where there is none (or a wrong one).

        `check` is that of readers who know more than the declaration.
        """
        node = self._nodes.get(name)
        if node is None:
            return None
        declared = self._declared[name].type
        kind = declared if isinstance(declared, Text) else _NO_LIMITS
        check = check or kind.check
        key = joined(self.key, name)
        text = node_text(self._problems, key, node, may_be_empty=kind.may_be_empty)
        if text and check and (problem := check(text)):
            self.problem(name, wide_problem(text) or problem)
            return None
        most = kind.most or (MAX_LONG_TEXT if check else MAX_TEXT)
        if text and (problem := length_problem(text, most)):
            self.problem(name, problem)
            return None
        return text

    def choice(self, name: str, options: Collection[_Choice]) -> _Choice | None:
        """Return one of `options`, `None` where there is none (or a wrong one)."""
        text = self.text(name)
        for option in options:
            if text == str(option):
                return option
        if text is not None:
            words = tuple(map(str, options))
            unknown = message("catalog.unknown-value", found=excerpt(text), options=words)
            self.problem(name, wide_problem(text) or unknown)
        return None

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return true or false, `default` where the key is missing (or its value wrong)."""
        node = self._nodes.get(name)
        if node is None or isinstance(node, BrokenNode):
            return default
        value = (
            FLAGS.get(node.text.lower()) if isinstance(node, ScalarNode) and node.plain else None
        )
        if value is None:
            self._unless_broken(name, message("catalog.flag"))
            return default
        return value

    def whole_number(self, name: str, most: int) -> int | None:
        """Return a whole number from 1 to `most`, `None` where there is none."""
        text = self._plain(name, _WHOLE)
        if text is not None and 1 <= int(text) <= most:
            return int(text)
        self._unless_broken(name, message("catalog.whole-number", most=most))
        return None

    def number(self, name: str, least: float, most: float) -> float | None:
        """Return a number from `least` to `most`, `None` where there is none."""
        text = self._plain(name, _NUMBER)
        if text is not None and least <= float(text) <= most:
            return float(text)
        self._unless_broken(name, message("catalog.number", least=f"{least:g}", most=f"{most:g}"))
        return None

    def day(self, name: str) -> date | None:
        """Return a date, quoted or not."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return date.fromisoformat(text if _DAY.fullmatch(text) else "")
        except ValueError:
            wrong = message("catalog.date", found=excerpt(text))
            self.problem(name, wide_problem(text) or wrong)
            return None

    def texts(self, name: str, check: Check | None = None) -> tuple[str, ...]:
        """Return a list of texts, without those that `check`, or their declaration, reports."""
        declared = self._declared[name].type
        of = declared.of if isinstance(declared, ListOf) else None
        kind = of if isinstance(of, Text) else _NO_LIMITS
        check = check or kind.check
        texts = []
        for text, line in self.listed(name):
            problem = check(text) if check else length_problem(text, kind.most or MAX_TEXT)
            if problem:
                self._problems.add(line, joined(self.key, name), problem)
            else:
                texts.append(text)
        return tuple(texts)

    def named_texts(
        self, name: str, check: Callable[[str, str], Message | None]
    ) -> tuple[tuple[str, str], ...]:
        """Return the texts of a mapping whose keys are names that the user chose.

        Texts of which `check` finds a problem are reported and left out.
        """
        node = self._nodes.get(name)
        if node is None or isinstance(node, BrokenNode):
            return ()
        if not isinstance(node, MappingNode) or not node.pairs:
            self._unless_broken(name, plain_text_problem(node) or message("catalog.no-names"))
            return ()
        texts = []
        for own, value in unique_pairs(self._problems, joined(self.key, name), node):
            key = joined(joined(self.key, name), own.text)
            text = node_text(self._problems, key, value)
            if text is None:
                continue
            if problem := check(own.text, text):
                self._problems.add(own.line, key, wide_problem(text) or problem)
            else:
                texts.append((own.text, text))
        return tuple(texts)

    def listed(self, name: str) -> Iterator[tuple[str, int]]:
        """Yield the texts of a list with their lines."""
        key = joined(self.key, name)
        whole = self._nodes.get(name)
        advice = list_advice(name, whole.text) if isinstance(whole, ScalarNode) else None
        in_brackets = isinstance(whole, SequenceNode) and whole.flow
        for node in self._list(name, advice or message("catalog.list-form")):
            text = node_text(self._problems, key, node)
            if text is None:
                continue
            plain = isinstance(node, ScalarNode) and node.plain
            if in_brackets and plain and (problem := separator_problem(text)):
                self._problems.add(node.line, key, problem)
            else:
                yield text, node.line

    def sections(self, name: str) -> Iterator["Section"]:
        """Yield the mappings of a list; their keys are counted from 1."""
        keys = _keys_within(self._declared[name].type)
        for number, node in enumerate(self._list(name, message("catalog.list-dashes")), 1):
            key = f"{joined(self.key, name)}[{number}]"
            if section := open_section(self._problems, key, node.line, node, keys=keys):
                yield section

    def section(self, name: str) -> "Section | None":
        """Return the mapping under a key, `None` where there is none."""
        node = self._nodes.get(name)
        if node is None:
            return None
        key, keys = joined(self.key, name), _keys_within(self._declared[name].type)
        return open_section(self._problems, key, self._lines[name], node, keys=keys)

    def _list(self, name: str, advice: Message) -> list[Node]:
        node = self._nodes.get(name)
        if node is None or isinstance(node, BrokenNode):
            return []
        if isinstance(node, SequenceNode) and node.values:
            return node.values
        nothing = isinstance(node, SequenceNode) or node_is_nothing(node)
        self.problem(name, EMPTY if nothing else message("catalog.not-a-list", advice=advice))
        return []

    def _plain(self, name: str, form: re.Pattern[str]) -> str | None:
        node = self._nodes.get(name)
        if isinstance(node, ScalarNode) and node.plain and form.fullmatch(node.text):
            return node.text
        return None

    def _unless_broken(self, name: str, problem: Message) -> None:
        node = self._nodes.get(name)
        if node is None or isinstance(node, BrokenNode):
            return
        if node_is_nothing(node):
            problem = EMPTY
        elif isinstance(node, ScalarNode):
            problem = wide_problem(node.text) or problem
        self.problem(name, problem)


def _keys_within(kind: Type) -> Keys:
    """Return the keys of a mapping, or of those in a list."""
    match kind:
        case Inner(keys) | ListOf(Inner(keys)):
            return keys
    raise TypeError(f"{kind} has no keys")


def open_section(
    problems: ProblemCollector, key: str, line: int, node: Node, *, keys: Keys
) -> Section | None:
    """Return the mapping at `node`; anything else is a problem, and `None`."""
    if isinstance(node, MappingNode):
        return Section(problems, key, line, node, keys=keys)
    if not isinstance(node, BrokenNode):
        problem = message("catalog.no-keys", keys=keys.names[:3])
        if node_is_nothing(node):
            problem = EMPTY
        elif key.rpartition(".")[2] in keys:
            problem = message("catalog.not-indented")
        problems.add(node.line, key, plain_text_problem(node) or problem)
    return None
