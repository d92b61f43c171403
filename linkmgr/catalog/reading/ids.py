"""The ids of a catalog: their form, and whether references to them resolve."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain

from linkmgr.catalog.declaration import MAX_WORD
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.reading.yaml.nodes import (
    BrokenNode,
    MappingNode,
    Node,
    ProblemCollector,
    node_is_nothing,
)
from linkmgr.catalog.reading.yaml.section import Section
from linkmgr.catalog.reading.yaml.texts import joined, plain_text_problem, unique_pairs
from linkmgr.catalog.reading.yaml.typos import wide_problem
from linkmgr.links.model import AMAZON, OWN_SITE
from linkmgr.messages.message import Message, excerpt, message

Lines = dict[str, int]
"""Each id of a part of the catalog, and its line."""

_SEVERAL = 2
_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")

# The code for an unknown name, and the one where a known name is similar.
_UNKNOWN_ITEM = ("catalog.unknown-item", "catalog.unknown-item-suggestion")
_UNKNOWN_COMPARISON = ("catalog.unknown-comparison", "catalog.unknown-comparison-suggestion")
_UNKNOWN_PROGRAMME = ("catalog.unknown-programme", "catalog.unknown-programme-suggestion")


def entries(
    problems: ProblemCollector, part: str, node: Node | None
) -> Iterator[tuple[str, int, Node]]:
    """Yield id, line and node of each entry of a part of the catalog, and report malformed ids.

    A part with nothing under it has no entries.
    """
    if not isinstance(node, MappingNode):
        if not (node is None or isinstance(node, BrokenNode) or node_is_nothing(node)):
            typo = plain_text_problem(node)
            problems.add(node.line, part, typo or message("catalog.no-entries"))
        return
    for name, value in unique_pairs(problems, part, node):
        if problem := id_problem(name.text):
            problems.add(name.line, joined(part, name.text), problem)
        yield name.text, name.line, value


def id_problem(text: str) -> Message | None:
    """Return why a text cannot be a catalog id."""
    if len(text) > MAX_WORD:
        return message("catalog.id-length", most=MAX_WORD)
    return None if _ID.fullmatch(text) else message("catalog.id-form")


def missing_comma(text: str) -> Message | None:
    """Return the problem of an entry that has several ids, `None` if it is a single one."""
    ids = text.split()
    if len(ids) < _SEVERAL or not all(map(_ID.fullmatch, ids)):
        return None
    return message("catalog.missing-comma", text=excerpt(text), ids=excerpt(", ".join(ids)))


class References:
    """All ids as written, those of broken entries too, so that a reference to one finds it.

    Where a part of the catalog is no mapping, its ids cannot be known: then no reference to it is
    reported.
    """

    def __init__(
        self,
        problems: ProblemCollector,
        items: Mapping[ItemKind, Node | None],
        programmes: Node | None,
        comparisons: Node | None,
    ) -> None:
        self._problems = problems
        self._lines = {kind: _lines(node) for kind, node in items.items()}
        self._items_known = all(map(_has_ids, items.values()))
        self._programmes = {AMAZON, OWN_SITE, *_lines(programmes)}
        self._programmes_known = _has_ids(programmes)
        self._comparisons = _lines(comparisons)
        self._comparisons_known = _has_ids(comparisons)
        self._fallbacks: dict[str, tuple[str, Section]] = {}
        self._earlier: dict[str, str] = {}
        self._report_doubles()

    def programme(self, section: Section) -> str | None:
        """Return the programme that a section names; `None` where it names none or a wrong one."""
        name = section.text("programme")
        if name is None or self.has_programme(name):
            return name
        unknown = self._unknown(_UNKNOWN_PROGRAMME, name, self._programmes)
        section.problem("programme", unknown)
        return None

    def has_programme(self, name: str) -> bool:
        """Whether the catalog has a programme of this id, as far as that can be known."""
        return name in self._programmes or not self._programmes_known

    def items(
        self, section: Section, key: str, kinds: Collection[ItemKind] = tuple(ItemKind)
    ) -> tuple[str, ...]:
        """Return the items that a section lists, each once; they must be of one of `kinds`."""
        named: dict[str, None] = {}
        for item, line in section.listed(key):
            named[item] = None
            if problem := self._item_problem(item, kinds):
                self._problems.add(line, joined(section.key, key), problem)
        return tuple(named)

    def comparisons(self, section: Section, key: str) -> tuple[str, ...]:
        """Return the comparisons that a section lists, each once."""
        named: dict[str, None] = {}
        for comparison, line in section.listed(key):
            named[comparison] = None
            if self._comparisons_known and comparison not in self._comparisons:
                unknown = missing_comma(comparison) or self._unknown(
                    _UNKNOWN_COMPARISON, comparison, self._comparisons
                )
                self._problems.add(line, joined(section.key, key), unknown)
        return tuple(named)

    def fallback(self, section: Section, item: str, kind: ItemKind) -> str | None:
        """Return the item shown instead of `item`, which must be of the same kind."""
        fallback = section.text("fallback")
        if fallback is None or not self.has_item(section, "fallback", fallback, kind):
            return fallback
        if fallback == item:
            section.problem("fallback", message("catalog.fallback-self"))
        else:
            self._fallbacks[item] = (fallback, section)
        return fallback

    def earlier_ids(self, section: Section, item: str) -> tuple[str, ...]:
        """Return the ids that an item had before, which no item has and no other one had."""
        earlier: list[str] = []
        for name, line in section.listed("was"):
            key = joined(section.key, "was")
            if problem := id_problem(name):
                self._problems.add(line, key, problem)
            elif name in self._earlier:
                twice = message("catalog.was-twice", name=name, item=self._earlier[name])
                self._problems.add(line, key, twice)
            else:
                self._report_reused(name, item, line)
                self._earlier[name] = item
                earlier.append(name)
        return tuple(earlier)

    def _report_reused(self, name: str, item: str, line: int) -> None:
        """Report the items under an id that `item` had before, each at its own line."""
        for kind, lines in self._lines.items():
            if name in lines:
                reused = message("catalog.was-reused", item=item, line=line)
                self._problems.add(lines[name], f"{kind.section}.{name}", reused)

    def has_item(self, section: Section, key: str, item: str, kind: ItemKind) -> bool:
        """Whether there is an item of this id and kind; if not, it is reported."""
        if problem := self._item_problem(item, (kind,)):
            section.problem(key, problem)
            return False
        return True

    def report_loops(self) -> None:
        """Report each ring of fallbacks once, at its first entry."""
        done: set[str] = set()
        for start in self._fallbacks:
            path: dict[str, None] = {}
            item = start
            while item in self._fallbacks and item not in done and item not in path:
                path[item] = None
                item = self._fallbacks[item][0]
            if item in path:
                self._report_ring(list(path)[list(path).index(item) :])
            done.update(path)

    def _report_ring(self, ring: list[str]) -> None:
        first = min(range(len(ring)), key=lambda index: self._fallbacks[ring[index]][1].line)
        way = " -> ".join([*ring[first:], *ring[: first + 1]])
        section = self._fallbacks[ring[first]][1]
        section.problem("fallback", message("catalog.fallback-loop", path=excerpt(way, 200)))

    def _item_problem(self, item: str, kinds: Collection[ItemKind]) -> Message | None:
        """Return why an item cannot be where one of `kinds` is expected."""
        if not self._items_known:
            return None
        allowed = [self._lines[kind] for kind in kinds]
        if any(item in lines for lines in allowed):
            return None
        for own_kind, lines in self._lines.items():
            if item in lines:
                return message(f"catalog.{own_kind.type.noun}-not-allowed", name=item)
        return missing_comma(item) or self._unknown(_UNKNOWN_ITEM, item, chain(*allowed))

    def _unknown(self, codes: tuple[str, str], name: str, known: Iterable[str]) -> Message:
        code, code_with_suggestion = codes
        if suggestion := self.suggestion(name, known):
            unknown = message(code_with_suggestion, name=excerpt(name), suggestion=suggestion)
        else:
            unknown = message(code, name=excerpt(name))
        wide = wide_problem(name)
        return message("catalog.with-hint", problem=unknown, hint=wide) if wide else unknown

    def suggestion(self, name: str, known: Iterable[str]) -> str | None:
        """Return the one of `known` that is close to an unknown name."""
        return self._problems.suggestion(name, known)

    def _report_doubles(self) -> None:
        first: dict[str, tuple[int, ItemKind]] = {}
        lines = sorted(
            (line, kind, item) for kind, own in self._lines.items() for item, line in own.items()
        )
        for line, kind, item in lines:
            if item in first:
                taken_in, by = first[item]
                taken = message(f"catalog.id-of-{by.type.noun}", line=taken_in)
                self._problems.add(line, f"{kind.section}.{item}", taken)
            else:
                first[item] = line, kind


def _lines(node: Node | None) -> Lines:
    return {name.text: name.line for name, _ in node.pairs} if isinstance(node, MappingNode) else {}


def _has_ids(node: Node | None) -> bool:
    return node is None or isinstance(node, MappingNode) or node_is_nothing(node)
