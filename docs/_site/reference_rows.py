"""Rows of the reference as goals of the search: a code, a key, a setting or a metric by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

if TYPE_CHECKING:
    from collections.abc import Iterator

# Commands and operations are headings, which the search finds by themselves.
_PAGES = {f"reference/{name}" for name in ("catalog", "settings", "check-codes", "metrics")}


class ReferenceRows(SphinxTransform):
    """Gives each row that begins with a name an address, and the name to the search.

    A key of the catalog has its section before it: `books.url`.
    """

    default_priority = 800  # before Sphinx collects what the search goes to

    def apply(self, **_: object) -> None:
        """Do so on the pages that list such names."""
        if self.env.docname not in _PAGES:
            return
        for row in list(self.document.findall(nodes.row)):
            name = ".".join(_names(row))
            if not name:
                continue
            address = nodes.make_id(name)
            if address in self.document.ids:
                continue
            row["ids"].append(address)
            self.document.ids[address] = row
            table = _above(row, nodes.table)
            goal = addnodes.index(entries=[("single", name, address, "main", None)])
            table.parent.insert(table.parent.index(table), goal)


def _names(row: nodes.row) -> Iterator[str]:
    """Yield the section's name if it is code, and what the row's first cell is, if that is code."""
    cell = row.children[0]
    code = [*cell.findall(nodes.literal)]
    if not code or code[0].astext() != cell.astext():
        return
    section = _above(row, nodes.section)
    while isinstance(section.parent, nodes.section):
        title = section.next_node(nodes.title)
        if title is not None and (inner := title.next_node(nodes.literal)) is not None:
            yield inner.astext()
            break
        section = section.parent
    yield code[0].astext()


def _above(node: nodes.Element, kind: type[nodes.Element]) -> nodes.Element:
    while not isinstance(node, kind):
        node = node.parent
    return node
