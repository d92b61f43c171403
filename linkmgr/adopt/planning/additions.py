"""The collected items and proposed mappings as entries of the catalog."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from linkmgr.adopt.deciding.model import CollectedItems
from linkmgr.adopt.proposing.propose import Proposal
from linkmgr.catalog.blocks import DEFAULT_BLOCKS, PRODUCTS, Block, default_blocks
from linkmgr.catalog.declaration import MAX_LONG_TEXT, MAX_TEXT
from linkmgr.catalog.editing.edit import NewValue, edit_entries
from linkmgr.catalog.editing.new_ids import name_comment, unique
from linkmgr.catalog.items import Cta, Item, ItemKind
from linkmgr.catalog.keys.placing import TERMS
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.catalog.reading.yaml.nodes import (
    MappingNode,
    Node,
    ProblemCollector,
    ScalarNode,
    SequenceNode,
    read_tree,
)
from linkmgr.catalog.reading.yaml.texts import (
    raw_entry,
    raw_values,
    without_control_characters,
)
from linkmgr.links.model import AMAZON
from linkmgr.messages.message import shortened

# Those that a catalog takes, and the one that blocks usually have by themselves.
_HEADING_LEVELS = range(2, 7)
_USUAL_HEADING_LEVEL = 3

_EXAMPLE = re.compile(r"^#([a-z]+):$", re.MULTILINE)


class Addition(NamedTuple):
    """An entry for the catalog."""

    section: str
    name: str
    value: Any


def additions(collected: CollectedItems, catalog: Catalog, text: str) -> tuple[Addition, ...]:
    """Return what the catalog lacks of the collected: tag, programmes, items, limits of blocks.

    `text` is the catalog's.
    """
    new: list[Addition] = []
    amazon = raw_entry(text, "programmes", AMAZON) or {}
    if (
        "tag" not in amazon
        and amazon.get("marketplace") in {None, collected.marketplace}
        and collected.tag
    ):
        value = {"marketplace": collected.marketplace, "tag": collected.tag}
        new.append(Addition("programmes", AMAZON, value))
    new += (Addition("programmes", p.id, {"name": p.name}) for p in collected.programmes)
    new += (
        Addition(new_item.item.kind.section, new_item.item.id, _entry(new_item.item))
        for new_item in collected.items
        if not new_item.known
    )
    if has_no_limits(catalog):
        new += _blocks(collected, catalog)
    elif _lacks_products_block(collected, catalog, text):
        limit = _usual_limit(Block(PRODUCTS.name, PRODUCTS, PRODUCTS.limit), collected)
        new.append(Addition("blocks", PRODUCTS.name, {"limit": limit}))
    return tuple(new)


def has_no_limits(catalog: Catalog) -> bool:
    """Whether limits may be written: they change the pages of whoever has items already."""
    return catalog.blocks == DEFAULT_BLOCKS and not catalog.items


def with_additions(text: str, new: Sequence[Addition]) -> str:
    """Return a catalog's text with the additions; of an entry that is there, the keys it lacks."""
    if not new:
        return text
    before = raw_values(text)
    changes = []
    for section, name, value in new:
        there = (before.get(section) or {}).get(name)
        filled = {**value, **there} if isinstance(there, dict) else value
        changes.append(NewValue(section, name, filled))
    return edit_entries(text, changes)


def fallback_additions(
    fallbacks: Mapping[str, str], catalog: Catalog, text: str
) -> tuple[Addition, ...]:
    """Return the fallbacks of blocks, by name, as additions.

    A catalog, whose text is `text`, names all of its blocks or none.
    """
    named = bool(raw_values(text).get("blocks"))
    return tuple(
        Addition("blocks", block.name, {"limit": block.limit} | _fallback(block, fallbacks))
        for block in catalog.blocks
        if fallbacks and (block.name in fallbacks or not named)
    )


def _fallback(block: Block, fallbacks: Mapping[str, str]) -> dict[str, list[str]]:
    return {"fallback": [fallbacks[block.name]]} if block.name in fallbacks else {}


def apart_from_examples(starter: str) -> tuple[str, str]:
    """Return a starter catalog up to the site's own section, and its examples."""
    at = starter.index("\nsite:")
    end = starter.index("\n\n", at) + 1
    return starter[:end], starter[end:]


def with_examples(text: str, examples: str) -> str:
    """Return a catalog's text with examples at its end, for the sections it lacks."""
    sections = raw_values(text)
    left = [
        example
        for example in examples.strip("\n").split("\n\n")
        if (section := _EXAMPLE.search(example)) and section[1] not in sections
    ]
    return "\n".join((text, *(f"{example}\n" for example in left)))


def mapping_additions(proposals: Sequence[Proposal], catalog: Catalog) -> tuple[Addition, ...]:
    """Return the proposed mappings as entries, each with a name not yet in the catalog."""
    taken = set(catalog.mappings)
    new = []
    for proposal in proposals:
        name = unique(proposal.mapping.id, taken)
        taken.add(name)
        new.append(Addition("mappings", name, _mapping(proposal.mapping)))
    return tuple(new)


def with_names(text: str, new: Sequence[Addition], names: Mapping[str, str]) -> str:
    """Return a catalog's text with the `names` of items in comments where new entries use them."""
    tree = read_tree(str(text), ProblemCollector("")) if names else None
    sections = tree.pairs if isinstance(tree, MappingNode) else []
    added = {addition[:2] for addition in new}
    used: dict[int, list[str]] = defaultdict(list)
    for section, entries in sections:
        for name, value in entries.pairs if isinstance(entries, MappingNode) else []:
            if (section.text, name.text) in added:
                for number, item in _listed_items(value):
                    used[number].append(item)
    lines = text.splitlines(keepends=True)
    for number, items in used.items():
        line = lines[number - 1]
        bare = line.rstrip("\r\n")
        lines[number - 1] = bare + name_comment(items, names) + line[len(bare) :]
    return "".join(lines)


def _listed_items(entry: Node) -> Iterator[tuple[int, str]]:
    """Yield the items that an entry lists, each with its line."""
    for key, value in entry.pairs if isinstance(entry, MappingNode) else []:
        if key.text in ("items", "fallback") and isinstance(value, SequenceNode):
            yield from ((e.line, e.text) for e in value.values if isinstance(e, ScalarNode))


def _blocks(collected: CollectedItems, catalog: Catalog) -> list[Addition]:
    """Return the blocks, if posts usually had other headings or numbers of items than linkmgr's."""
    blocks = default_blocks({own.item.kind for own in collected.items}, has_comparisons=False)
    changed = False
    new: list[Addition] = []
    for block in blocks:
        value: dict[str, Any] = {"limit": _usual_limit(block, collected)}
        heading = _usual_heading(block, collected, catalog)
        if heading is not None:
            value["heading"] = heading
        level = _usual_heading_level(block, collected)
        if level is not None:
            value["heading-level"] = level
        changed = changed or value != {"limit": block.limit}
        new.append(Addition("blocks", block.name, value))
    return new if changed else []


def _usual_heading(block: Block, collected: CollectedItems, catalog: Catalog) -> str | None:
    """Return the commonest heading of the old blocks, `None` if it is linkmgr's own."""
    old = next((old for kind, old in collected.headings.items() if kind == block.kind.name), ())
    if not old:
        return None
    heading = _text(old[0][0], MAX_TEXT)
    return None if heading == block.kind.headings[catalog.site.language] else heading


def _usual_heading_level(block: Block, collected: CollectedItems) -> int | None:
    """Return the commonest level of the old blocks' headings, `None` if it is linkmgr's own."""
    levels = (level for kind, level in collected.heading_levels.items() if kind == block.kind.name)
    level = next(levels, None)
    return level if level in _HEADING_LEVELS and level != _USUAL_HEADING_LEVEL else None


def _lacks_products_block(collected: CollectedItems, catalog: Catalog, text: str) -> bool:
    """Whether a catalog that names its blocks has none for the first products that it gets."""
    return (
        bool(collected.products)
        and not catalog.products
        and bool(raw_values(text).get("blocks"))
        and not any(ItemKind.PRODUCTS in block.kind.items for block in catalog.blocks)
    )


def _usual_limit(block: Block, collected: CollectedItems) -> int:
    return (
        max((collected.limits.get(kind, 0) for kind in block.kind.items), default=0) or block.limit
    )


def _entry(item: Item) -> dict[str, Any]:
    if isinstance(item, Cta):
        return _cta(item)
    return _filled(
        asin=item.asin,
        title=_text(item.title, MAX_TEXT),
        **{item.by_key: _text(item.by, MAX_TEXT)},
        blurb=_text(item.blurb, MAX_LONG_TEXT),
        **{item.picture_key: item.picture},
        badge=item.badge,
        rating=item.rating,
        review=item.review,
        shops=[_filled(**asdict(shop)) for shop in item.shops],
    )


def _cta(cta: Cta) -> dict[str, Any]:
    if cta.code:
        heading, text = _text(cta.heading, MAX_TEXT), _text(cta.text, MAX_LONG_TEXT)
        return _filled(heading=heading, text=text, code=cta.code.text)
    return {
        **_filled(
            heading=_text(cta.heading, MAX_TEXT),
            text=_text(cta.text, MAX_LONG_TEXT),
            label=_text(cta.label, MAX_TEXT),
            url=cta.url,
        ),
        **_filled(utm=_filled(**asdict(cta.utm)) if cta.utm else None),
        **({"class": cta.css_class} if cta.css_class else {}),
    }


def _text(text: str, most: int) -> str:
    return shortened(without_control_characters(text), most)


def _mapping(mapping: CatalogMapping) -> dict[str, Any]:
    terms = _filled(**{key: [*getattr(mapping.any_of, key)] for key in TERMS.names})
    return {"any": terms, "items": [*mapping.items], **_filled(pin=mapping.pin)}


def _filled(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
