"""The ids of a catalog: their form, and whether what refers to them finds them."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from linkmgr.catalog.model import Kind
from linkmgr.catalog.reading.nodes import Broken, Mapping, Node, node_is_nothing
from linkmgr.catalog.reading.problems import MAX_WORD, Report
from linkmgr.catalog.reading.section import Section, joined, plain_text_problem, unique_pairs
from linkmgr.catalog.reading.typos import wide_problem
from linkmgr.links.model import AMAZON, OWN_SITE
from linkmgr.messages.message import excerpt

Lines = dict[str, int]
"""Each id of a part of the catalog and the line it stands in."""

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_A_KIND = {Kind.BOOKS: "a book", Kind.CTA: "a CTA"}


def entries(report: Report, part: str, node: Node | None) -> Iterator[tuple[str, int, Node]]:
    """Yield id, line and node of each entry of a part of the catalog, and report ids of bad form.

    A part with nothing under it has no entries.
    """
    if not isinstance(node, Mapping):
        if not (node is None or isinstance(node, Broken) or node_is_nothing(node)):
            message = "must have entries under it, each with its id and a colon"
            report.add(node.line, part, plain_text_problem(node) or message)
        return
    for name, value in unique_pairs(report, part, node):
        if problem := _id_problem(name.text):
            report.add(name.line, joined(part, name.text), problem)
        yield name.text, name.line, value


def _id_problem(text: str) -> str | None:
    if len(text) > MAX_WORD:
        return f"an id has at most {MAX_WORD} characters"
    if _ID.fullmatch(text):
        return None
    return "an id has lower-case letters a-z, digits and hyphens, and no hyphen at either end"


class Names:
    """All ids as written, those of broken entries too, so that a reference to one finds it.

    Where a part of the catalog is no mapping, its ids cannot be known: then no reference to it is
    reported.
    """

    def __init__(
        self, report: Report, books: Node | None, ctas: Node | None, programmes: Node | None
    ) -> None:
        self._report = report
        self._lines = {Kind.BOOKS: _lines(books), Kind.CTA: _lines(ctas)}
        self._items_known = _has_ids(books) and _has_ids(ctas)
        self._programmes = {AMAZON, OWN_SITE, *_lines(programmes)}
        self._programmes_known = _has_ids(programmes)
        self._fallbacks: dict[str, tuple[str, Section]] = {}
        self._report_doubles()

    def programme(self, section: Section) -> str | None:
        """Return the programme that a section names; `None` where it names none or a wrong one."""
        name = section.text("programme")
        if name is None or name in self._programmes or not self._programmes_known:
            return name
        section.problem("programme", self._no_such("programme", name, self._programmes))
        return None

    def items(self, section: Section, key: str, kind: Kind | None = None) -> tuple[str, ...]:
        """Return the items that a section lists, each once; `kind` is the only kind allowed."""
        found: dict[str, None] = {}
        for item, line in section.listed(key):
            found[item] = None
            if problem := self._item_problem(item, kind):
                self._report.add(line, joined(section.key, key), problem)
        return tuple(found)

    def fallback(self, section: Section, item: str, kind: Kind) -> str | None:
        """Return the item shown instead of `item`, which must be of the same kind."""
        fallback = section.text("fallback")
        if fallback is None:
            return None
        if problem := self._item_problem(fallback, kind):
            section.problem("fallback", problem)
        elif fallback == item:
            section.problem("fallback", "is the entry itself: name another one")
        else:
            self._fallbacks[item] = (fallback, section)
        return fallback

    def report_loops(self) -> None:
        """Report each ring of fallbacks once, at the entry of it that stands first."""
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
        section.problem("fallback", f"leads back to itself: {excerpt(way, 200)}")

    def _item_problem(self, item: str, kind: Kind | None) -> str | None:
        """Return why an item cannot stand where `kind` (or any kind, for `None`) is wanted."""
        if not self._items_known:
            return None
        allowed = [self._lines[kind]] if kind else list(self._lines.values())
        if any(item in lines for lines in allowed):
            return None
        for own_kind, lines in self._lines.items():
            if item in lines:
                return f"{item} is {_A_KIND[own_kind]}, which cannot stand here"
        return self._no_such("book or CTA", item, chain(*allowed))

    def _no_such(self, what: str, name: str, known: Iterable[str]) -> str:
        wide = wide_problem(name)
        told = f"there is no {what} {excerpt(name)}{self.hint(name, known)}"
        return f"{told} ({wide})" if wide else told

    def hint(self, name: str, known: Iterable[str]) -> str:
        """Return what may have been meant by an unknown name, to be put after the problem."""
        meant = self._report.meant(name, known)
        return f": did you mean {meant}?" if meant else ""

    def _report_doubles(self) -> None:
        books, ctas = self._lines[Kind.BOOKS], self._lines[Kind.CTA]
        for item in books.keys() & ctas.keys():
            part, line, other, first = "ctas", ctas[item], "book", books[item]
            if line < first:
                part, line, other, first = "books", first, "CTA", line
            self._report.add(
                line, f"{part}.{item}", f"is already the id of a {other} in line {first}"
            )


def _lines(node: Node | None) -> Lines:
    return {name.text: name.line for name, _ in node.pairs} if isinstance(node, Mapping) else {}


def _has_ids(node: Node | None) -> bool:
    return node is None or isinstance(node, Mapping) or node_is_nothing(node)
