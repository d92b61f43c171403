"""Which item of the catalog a link in one of our blocks shows, and where the item is."""

import re
from collections.abc import Iterator
from functools import cached_property

from linkmgr.blocks.links import item_addresses, without_placement
from linkmgr.catalog.items import Book, Item, Product
from linkmgr.catalog.model import Catalog, Waiver
from linkmgr.catalog.reading.parse import tree_of
from linkmgr.catalog.reading.programme_warnings import line_of
from linkmgr.catalog.reading.yaml.nodes import MappingNode, SequenceNode
from linkmgr.catalog.reading.yaml.problems import ProblemCollector
from linkmgr.links.urls import encode_url
from linkmgr.messages.errors import Location

_COUNTED = re.compile(r"/(?:go|hit)/([a-z0-9-]+)(?:[?#]|$)")


class CatalogSource:
    """The text of a catalog, in a `file`, as where its parts are in it."""

    def __init__(self, catalog: Catalog, text: bytes, file: str) -> None:
        self.catalog = catalog
        self._text = text
        self._file = file

    def place(self, *key: str) -> Location:
        """Return where a key is, given as a path of keys."""
        return Location(self._file, line_of(self._tree, key) or 0, ".".join(key))

    def of_waivers(self) -> Iterator[tuple[Waiver, Location]]:
        """Yield the catalog's waivers, each with where it is."""
        waivers = self.catalog.waivers
        listed = (
            next((v for k, v in self._tree.pairs if k.text == "waivers"), None) if waivers else None
        )
        nodes = listed.values if isinstance(listed, SequenceNode) else []
        for number, (waiver, node) in enumerate(zip(waivers, nodes, strict=True), 1):
            yield waiver, Location(self._file, node.line, f"waivers[{number}]")

    def of_item(self, item: str) -> Location:
        """Return where an item of the catalog is."""
        return self.place(self.catalog.items[item].kind.section, item)

    def of_address(self, address: str) -> Location | None:
        """Return where the item is to which an address in a block leads, if it is one."""
        found = _COUNTED.search(address)
        if found and found[1] in self.catalog.items:
            return self.of_item(found[1])
        item = self._items.get(without_placement(address))
        return self.of_item(item) if item else None

    @cached_property
    def _tree(self) -> MappingNode:
        return tree_of(self._text, ProblemCollector(self._file))

    @cached_property
    def _items(self) -> dict[str, str]:
        return {without_placement(address): item for item, address in self._addresses()}

    def _addresses(self) -> Iterator[tuple[str, str]]:
        for item in self.catalog.items.values():
            if picture := _picture(item):
                yield item.id, encode_url(picture)
            for address, _ in item_addresses(self.catalog, item):
                yield item.id, encode_url(address)


def _picture(item: Item) -> str | None:
    match item:
        case Book():
            return item.cover
        case Product():
            return item.image
        case _:
            return None
