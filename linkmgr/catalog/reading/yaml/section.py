"""Typed access to the mappings of a catalog. Wrong values are reported and read as absent."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TypeVar

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
    MAX_LONG_TEXT,
    MAX_TEXT,
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

Check = Callable[[str], Message | None]
"""Says what is wrong with a text, `None` for a good one."""

_Choice = TypeVar("_Choice", bound=str)

_WHOLE = re.compile(r"[0-9]{1,9}")
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?|\.[0-9]{1,9}")
_HEADING_LEVELS = ("2", "3", "4", "5", "6")  # a page has one <h1>, its title
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Section:
    """A mapping with known keys. `line` is that of its own key; missing keys are reported there.

    An unknown key that is nearly a known one counts as it, so that a typo is one problem and not
    two.
    """

    def __init__(
        self,
        problems: ProblemCollector,
        key: str,
        line: int,
        node: MappingNode,
        known: tuple[str, ...],
    ) -> None:
        self.key = key
        self.line = line
        self._problems = problems
        self._nodes: dict[str, Node] = {}
        self._misspelled: dict[str, Node] = {}
        self._lines: dict[str, int] = {}
        for name, value in unique_pairs(problems, key, node):
            if name.text in known:
                self._nodes[name.text] = value
                self._lines[name.text] = name.line
            else:
                self._unknown(name, value, known)

    def _unknown(self, name: ScalarNode, value: Node, known: tuple[str, ...]) -> None:
        typo = mistyped_key(name.text) if name.plain else None
        if typo:
            meant: str | None = typo[0]
            self._problems.add(name.line, joined(self.key, typo[0]), typo[1])
        else:
            meant = self._problems.meant(name.text, known)
            if meant:
                unknown = message("catalog.unknown-key-meant", meant=meant)
            elif not self.key and isinstance(value, MappingNode) and value.pairs:
                unknown = message("catalog.unknown-section", known=known)
            else:
                unknown = message("catalog.unknown-key", known=known)
            self._problems.add(name.line, joined(self.key, name.text), unknown)
        if meant:
            self._misspelled[meant] = value
            self._lines.setdefault(meant, name.line)

    def has(self, name: str) -> bool:
        """Whether the key is there, even misspelled or with a wrong value."""
        return name in self._lines

    def node(self, name: str) -> Node | None:
        """Return what is under a key or under its misspelling."""
        return self._nodes.get(name) or self._misspelled.get(name)

    def given(self, *names: str) -> list[str]:
        """Return those of `names` that are there, in the order of their lines."""
        there = [name for name in names if name in self._lines]
        return sorted(there, key=self._lines.__getitem__)

    def problem(self, name: str, message: Message) -> None:
        """Report something about a key, at its line or, where it is missing, at the section's."""
        self._problems.add(self._lines.get(name, self.line), joined(self.key, name), message)

    def required(self, name: str, check: Check | None = None) -> str:
        """Return a text that must be there, `""` after a problem."""
        if not self.has(name):
            self.problem(name, message("catalog.missing"))
        return self.text(name, check) or ""

    def text(
        self,
        name: str,
        check: Check | None = None,
        *,
        may_be_empty: bool = False,
        sentences: bool = False,
        may_have: int = 0,
    ) -> str | None:
        """Return a text as the user wrote it, `None` where there is none (or a wrong one)."""
        node = self._nodes.get(name)
        if node is None:
            return None
        text = node_text(self._problems, joined(self.key, name), node, may_be_empty=may_be_empty)
        if text and check and (problem := check(text)):
            self.problem(name, wide_problem(text) or problem)
            return None
        most = may_have or (MAX_LONG_TEXT if check or sentences else MAX_TEXT)
        if text and (problem := length_problem(text, most)):
            self.problem(name, problem)
            return None
        return text

    def choice(self, name: str, options: Sequence[_Choice]) -> _Choice | None:
        """Return one of `options`, `None` where there is none (or a wrong one)."""
        text = self.text(name)
        for option in options:
            if text == option:
                return option
        if text is not None:
            unknown = message("catalog.unknown-value", found=excerpt(text), options=tuple(options))
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

    def whole(self, name: str, default: int, most: int) -> int:
        """Return a whole number from 1 to `most`."""
        text = self._plain(name, _WHOLE)
        if text is not None and 1 <= int(text) <= most:
            return int(text)
        self._unless_broken(name, message("catalog.whole-number", most=most))
        return default

    def heading_level(self) -> int | None:
        """Return the level of headings, `None` where there is none."""
        level = self.choice("heading-level", _HEADING_LEVELS)
        return int(level) if level else None

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
        """Return a list of texts, without those that `check` reports."""
        found = []
        for text, line in self.listed(name):
            problem = check(text) if check else length_problem(text, MAX_TEXT)
            if problem:
                self._problems.add(line, joined(self.key, name), problem)
            else:
                found.append(text)
        return tuple(found)

    def named_texts(
        self, name: str, check: Callable[[str, str], Message | None]
    ) -> tuple[tuple[str, str], ...]:
        """Return the texts of a mapping by the user's names, without those `check` reports."""
        node = self._nodes.get(name)
        if node is None or isinstance(node, BrokenNode):
            return ()
        if not isinstance(node, MappingNode) or not node.pairs:
            self._unless_broken(name, plain_text_problem(node) or message("catalog.no-names"))
            return ()
        found = []
        for own, value in unique_pairs(self._problems, joined(self.key, name), node):
            key = joined(joined(self.key, name), own.text)
            text = node_text(self._problems, key, value)
            if text is None:
                continue
            if problem := check(own.text, text):
                self._problems.add(own.line, key, wide_problem(text) or problem)
            else:
                found.append((own.text, text))
        return tuple(found)

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

    def sections(self, name: str, known: tuple[str, ...]) -> Iterator["Section"]:
        """Yield the mappings of a list; their keys are counted from 1."""
        for number, node in enumerate(self._list(name, message("catalog.list-dashes")), 1):
            key = f"{joined(self.key, name)}[{number}]"
            if section := open_section(self._problems, key, node.line, node, known):
                yield section

    def section(self, name: str, known: tuple[str, ...]) -> "Section | None":
        """Return the mapping under a key, `None` where there is none."""
        node = self._nodes.get(name)
        if node is None:
            return None
        return open_section(self._problems, joined(self.key, name), self._lines[name], node, known)

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


def open_section(
    problems: ProblemCollector, key: str, line: int, node: Node, known: tuple[str, ...]
) -> Section | None:
    """Return the mapping at `node`; anything else is a problem, and `None`."""
    if isinstance(node, MappingNode):
        return Section(problems, key, line, node, known)
    if not isinstance(node, BrokenNode):
        problem = message("catalog.no-keys", keys=known[:3])
        if node_is_nothing(node):
            problem = EMPTY
        elif key.rpartition(".")[2] in known:
            problem = message("catalog.not-indented")
        problems.add(node.line, key, plain_text_problem(node) or problem)
    return None
