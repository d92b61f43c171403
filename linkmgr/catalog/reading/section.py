"""Typed access to the mappings of a catalog. Wrong values are reported and read as absent."""

import re
from collections.abc import Callable, Iterator
from collections.abc import Sequence as SequenceOf
from datetime import date
from typing import TypeVar

from linkmgr.catalog.reading.lists import mended_list, separator_problem
from linkmgr.catalog.reading.nodes import Broken, Mapping, Node, Scalar, Sequence, node_is_nothing
from linkmgr.catalog.reading.problems import Report
from linkmgr.catalog.reading.typos import key_slip, line_problem, wide_problem
from linkmgr.messages.message import excerpt

Check = Callable[[str], str | None]
"""Says what is wrong with a text, `None` for a good one."""

_Choice = TypeVar("_Choice", bound=str)

_WHOLE = re.compile(r"[0-9]{1,9}")
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?|\.[0-9]{1,9}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # tab and line feed are text
_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_EMPTY = "is empty: write a value after it or delete the line"


class Section:
    """A mapping with known keys. `line` is where its own key stands; missing keys are told there.

    An unknown key that is nearly a known one stands in for it, so that a slip of the pen is one
    problem and not two.
    """

    def __init__(
        self, report: Report, key: str, line: int, node: Mapping, known: tuple[str, ...]
    ) -> None:
        self.key = key
        self.line = line
        self._report = report
        self._nodes: dict[str, Node] = {}
        self._misspelled: dict[str, Node] = {}
        self._lines: dict[str, int] = {}
        for name, value in unique_pairs(report, key, node):
            if name.text in known:
                self._nodes[name.text] = value
                self._lines[name.text] = name.line
            else:
                self._unknown(name, value, known)

    def _unknown(self, name: Scalar, value: Node, known: tuple[str, ...]) -> None:
        slip = key_slip(name.text) if name.plain else None
        if slip:
            meant: str | None = slip[0]
            self._report.add(name.line, joined(self.key, slip[0]), slip[1])
        else:
            meant = self._report.meant(name.text, known)
            hint = f"did you mean {meant}?" if meant else f"known are {', '.join(known)}"
            if not (meant or self.key) and isinstance(value, Mapping) and value.pairs:
                hint += "; an entry of one of these is indented below it"
            self._report.add(name.line, joined(self.key, name.text), f"is not known here: {hint}")
        if meant:
            self._misspelled[meant] = value
            self._lines.setdefault(meant, name.line)

    def has(self, name: str) -> bool:
        """Whether the key is there, be it misspelled or its value wrong."""
        return name in self._lines

    def node(self, name: str) -> Node | None:
        """Return what stands under a key or under its misspelling."""
        return self._nodes.get(name) or self._misspelled.get(name)

    def given(self, *names: str) -> list[str]:
        """Return those of `names` that are there, in the order of their lines."""
        there = [name for name in names if name in self._lines]
        return sorted(there, key=self._lines.__getitem__)

    def problem(self, name: str, message: str) -> None:
        """Report something about a key, at its line or, where it is missing, at the section's."""
        self._report.add(self._lines.get(name, self.line), joined(self.key, name), message)

    def required(self, name: str, check: Check | None = None) -> str:
        """Return a text that must be there, `""` after a problem."""
        if not self.has(name):
            self.problem(name, "is missing")
        return self.text(name, check) or ""

    def text(
        self, name: str, check: Check | None = None, *, may_be_empty: bool = False
    ) -> str | None:
        """Return a text as the user wrote it, `None` where there is none (or a wrong one)."""
        node = self._nodes.get(name)
        if node is None:
            return None
        text = _text(self._report, joined(self.key, name), node, may_be_empty=may_be_empty)
        if text and check and (message := check(text)):
            self.problem(name, wide_problem(text) or message)
            return None
        return text

    def choice(self, name: str, options: SequenceOf[_Choice]) -> _Choice | None:
        """Return one of `options`, `None` where there is none (or a wrong one)."""
        text = self.text(name)
        for option in options:
            if text == option:
                return option
        if text is not None:
            self.problem(
                name, wide_problem(text) or f"{excerpt(text)} is none of {', '.join(options)}"
            )
        return None

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return true or false, `default` where the key is missing (or its value wrong)."""
        node = self._nodes.get(name)
        if node is None or isinstance(node, Broken):
            return default
        value = _FLAGS.get(node.text.lower()) if isinstance(node, Scalar) and node.plain else None
        if value is None:
            self._unless_broken(name, "must be true or false")
            return default
        return value

    def whole(self, name: str, default: int, most: int) -> int:
        """Return a whole number from 1 to `most`."""
        text = self._plain(name, _WHOLE)
        if text is not None and 1 <= int(text) <= most:
            return int(text)
        self._unless_broken(name, f"must be a whole number from 1 to {most}, without quotes")
        return default

    def number(self, name: str, least: float, most: float) -> float | None:
        """Return a number from `least` to `most`, `None` where there is none."""
        text = self._plain(name, _NUMBER)
        if text is not None and least <= float(text) <= most:
            return float(text)
        self._unless_broken(name, f"must be a number from {least:g} to {most:g}, without quotes")
        return None

    def day(self, name: str) -> date | None:
        """Return a date, quoted or not."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return date.fromisoformat(text if _DAY.fullmatch(text) else "")
        except ValueError:
            message = f"{excerpt(text)} is no date such as 2026-01-31"
            self.problem(name, wide_problem(text) or message)
            return None

    def texts(self, name: str, check: Check | None = None) -> tuple[str, ...]:
        """Return a list of texts, without those that `check` reports."""
        found = []
        for text, line in self.listed(name):
            if check and (message := check(text)):
                self._report.add(line, joined(self.key, name), message)
            else:
                found.append(text)
        return tuple(found)

    def listed(self, name: str) -> Iterator[tuple[str, int]]:
        """Yield the texts of a list with their lines."""
        key = joined(self.key, name)
        whole = self._nodes.get(name)
        mended = mended_list(name, whole.text) if isinstance(whole, Scalar) else None
        in_brackets = isinstance(whole, Sequence) and whole.flow
        for node in self._list(name, mended or "[one, two]"):
            text = _text(self._report, key, node)
            if text is None:
                continue
            plain = isinstance(node, Scalar) and node.plain
            if in_brackets and plain and (problem := separator_problem(text)):
                self._report.add(node.line, key, problem)
            else:
                yield text, node.line

    def sections(self, name: str, known: tuple[str, ...]) -> Iterator["Section"]:
        """Yield the mappings of a list; their keys are counted from 1."""
        for number, node in enumerate(self._list(name, "put a - before each entry"), 1):
            key = f"{joined(self.key, name)}[{number}]"
            if section := open_section(self._report, key, node.line, node, known):
                yield section

    def section(self, name: str, known: tuple[str, ...]) -> "Section | None":
        """Return the mapping under a key, `None` where there is none."""
        node = self._nodes.get(name)
        if node is None:
            return None
        return open_section(self._report, joined(self.key, name), self._lines[name], node, known)

    def _list(self, name: str, mended: str) -> list[Node]:
        node = self._nodes.get(name)
        if node is None or isinstance(node, Broken):
            return []
        if isinstance(node, Sequence) and node.values:
            return node.values
        nothing = isinstance(node, Sequence) or node_is_nothing(node)
        self.problem(name, _EMPTY if nothing else f"must be a list: {mended}")
        return []

    def _plain(self, name: str, form: re.Pattern[str]) -> str | None:
        node = self._nodes.get(name)
        if isinstance(node, Scalar) and node.plain and form.fullmatch(node.text):
            return node.text
        return None

    def _unless_broken(self, name: str, message: str) -> None:
        node = self._nodes.get(name)
        if node is None or isinstance(node, Broken):
            return
        if node_is_nothing(node):
            message = _EMPTY
        elif isinstance(node, Scalar):
            message = wide_problem(node.text) or message
        self.problem(name, message)


def open_section(
    report: Report, key: str, line: int, node: Node, known: tuple[str, ...]
) -> Section | None:
    """Return the mapping at `node`; anything else is a problem, and `None`."""
    if isinstance(node, Mapping):
        return Section(report, key, line, node, known)
    if not isinstance(node, Broken):
        message = f"must have {', '.join(known[:3])}, …"
        if node_is_nothing(node):
            message = _EMPTY
        elif key.rpartition(".")[2] in known:
            message = "belongs to the entry above: indent it below its id"
        report.add(node.line, key, plain_text_problem(node) or message)
    return None


def plain_text_problem(node: Node) -> str | None:
    """Return the slip because of which a mapping or a list was read as a text."""
    return line_problem(node.text) if isinstance(node, Scalar) and node.plain else None


def unique_pairs(report: Report, key: str, node: Mapping) -> Iterator[tuple[Scalar, Node]]:
    """Yield the keys and values of a mapping; a key's second appearance is a problem."""
    lines: dict[str, int] = {}
    for name, value in node.pairs:
        if name.text in lines:
            message = f"is already in line {lines[name.text]}: keep one of the two"
            report.add(name.line, joined(key, name.text), message)
        else:
            lines[name.text] = name.line
            yield name, value


def joined(key: str, name: str) -> str:
    """Return the dotted path of `name` under `key`."""
    return f"{key}.{name}" if key else name


def _text(report: Report, key: str, node: Node, *, may_be_empty: bool = False) -> str | None:
    if isinstance(node, Broken):
        return None
    if not isinstance(node, Scalar):
        kind = "a list" if isinstance(node, Sequence) else "a mapping"
        report.add(node.line, key, f"must be a text, not {kind}")
    elif node.missing or not (may_be_empty or node.text.strip()):
        report.add(node.line, key, _EMPTY)
    elif not node.text.isprintable() and (control := _CONTROL.search(node.text)):
        report.add(node.line, key, f"has a control character (U+{ord(control[0]):04X})")
    else:
        return node.text
    return None
