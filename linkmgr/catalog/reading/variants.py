"""Variants of items from their entries, and whether the catalog can try them."""

from collections.abc import Mapping

from linkmgr.catalog.items import ORIGINAL, Item, ItemKind, Validity, Variant
from linkmgr.catalog.model import Site
from linkmgr.catalog.reading.ids import References, entries
from linkmgr.catalog.reading.yaml.nodes import MappingNode, ProblemCollector, node_is_nothing
from linkmgr.catalog.reading.yaml.section import Section, open_section
from linkmgr.catalog.reading.yaml.texts import joined
from linkmgr.messages.message import Message, message

MOST_VARIANTS = 8
"""With the original: all are in each page, and the more there are the longer a test takes."""


class VariantReader:
    """Reads the variants of items, and checks those that are items once all have been read."""

    def __init__(self, problems: ProblemCollector, site: Site, names: References) -> None:
        self._problems = problems
        self._site = site
        self._names = names
        self._items: list[tuple[Section, str]] = []

    def variants(self, item: str, section: Section, kind: ItemKind) -> tuple[Variant, ...]:
        """Return the variants of an item, the original first; what was wrong is reported."""
        if not section.has("variants"):
            return ()
        if problem := self._site_problem():
            section.problem("variants", problem)
        part, node = joined(section.key, "variants"), section.node("variants")
        named = {name: (line, own) for name, line, own in entries(self._problems, part, node)}
        if isinstance(node, MappingNode) or (node and node_is_nothing(node)):
            if not named.keys() - {ORIGINAL}:
                section.problem("variants", message("catalog.no-variants"))
            elif len(named.keys() | {ORIGINAL}) > MOST_VARIANTS:
                section.problem("variants", message("catalog.many-variants", most=MOST_VARIANTS))
        variants = {ORIGINAL: Variant(ORIGINAL)}
        for name, (line, own) in named.items():
            key = joined(part, name)
            if opened := open_section(self._problems, key, line, own, keys=kind.type.variant_keys):
                variants[name] = self._variant(
                    name, opened, item, kind, has_code=section.has("code")
                )
        return tuple(variants.values())

    def _site_problem(self) -> Message | None:
        if self._site.server is None:
            return message("catalog.variants-without-server")
        return None if self._site.views else message("catalog.variants-without-views")

    def _variant(
        self, name: str, section: Section, item: str, kind: ItemKind, *, has_code: bool
    ) -> Variant:
        variant = Variant(id=name, **section.fields())
        given = section.given(*kind.type.variant_keys.names)
        texts = [key for key in given if key not in ("item", "weight")]
        other = "item" in given
        for key in texts:
            if name == ORIGINAL:
                section.problem(key, message("catalog.original-changed"))
            elif has_code:
                section.problem(key, message("catalog.variant-of-code"))
            elif other:
                section.problem(key, message("catalog.beside-item"))
        if name == ORIGINAL:
            if other:
                section.problem("item", message("catalog.original-changed"))
        elif not (texts or other):
            self._problems.add(section.line, section.key, message("catalog.variant-same"))
        elif variant.item == item:
            section.problem("item", message("catalog.variant-self"))
        elif variant.item and self._names.has_item(section, "item", variant.item, kind):
            self._items.append((section, variant.item))
        return variant

    def report_items(self, items: Mapping[str, Item]) -> None:
        """Report the items that cannot be variants, of all that the catalog has."""
        for section, name in self._items:
            item = items.get(name)
            if item is None:
                continue  # it has problems of its own
            if item.variants:
                section.problem("item", message("catalog.variant-with-variants", name=name))
            elif item.retired or item.validity != Validity():
                section.problem("item", message("catalog.variant-not-always", name=name))
