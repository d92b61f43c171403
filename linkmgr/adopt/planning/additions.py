"""The collected items and proposed mappings as entries of the catalog."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
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
    """Return the entries that the catalog lacks: tag, programmes, items, limits of blocks.

    `text` is the catalog's.
    """
    new: list[Addition] = []
    amazon = raw_entry(text, "programmes", AMAZON) or {}
    suits = amazon.get("marketplace") in {None, collected.marketplace}
    if collected.tag and suits and "tag" not in amazon:
        value = {"marketplace": collected.marketplace, "tag": collected.tag}
        new.append(Addition("programmes", AMAZON, value))
    new += [Addition("programmes", p.id, {"name": p.name}) for p in collected.programmes]
    for collected_item in collected.items:
        item = collected_item.item
        if not collected_item.known:
            new.append(Addition(item.kind.section, item.id, _entry(item)))
    if has_no_limits(catalog):
        return (*new, *_blocks(collected, catalog))
    names_blocks = bool(raw_values(text).get("blocks"))
    has_block = any(ItemKind.PRODUCTS in block.kind.items for block in catalog.blocks)
    if collected.products and not catalog.products and names_blocks and not has_block:
        limit = _usual_limit(PRODUCTS.usual_block(), collected)
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
    names_blocks = bool(raw_values(text).get("blocks"))
    new = []
    for block in catalog.blocks if fallbacks else ():
        value: dict[str, Any] = {"limit": block.limit}
        if block.name in fallbacks:
            value["fallback"] = [fallbacks[block.name]]
        elif names_blocks:
            continue
        new.append(Addition("blocks", block.name, value))
    return tuple(new)


def apart_from_examples(starter: str) -> tuple[str, str]:
    """Return a starter catalog up to the site's own section, and its examples."""
    at = starter.index("\nsite:")
    end = starter.index("\n\n", at) + 1
    return starter[:end], starter[end:]


def with_examples(text: str, examples: str) -> str:
    """Return a catalog's text with examples at its end, for the sections it lacks."""
    sections = raw_values(text)
    for example in examples.strip("\n").split("\n\n"):
        section = _EXAMPLE.search(example)
        if section and section[1] not in sections:
            text += f"\n{example}\n"
    return text


def mapping_additions(proposals: Sequence[Proposal], catalog: Catalog) -> tuple[Addition, ...]:
    """Return the proposed mappings as entries, each with a name not yet in the catalog."""
    taken = set(catalog.mappings)
    new = []
    for proposal in proposals:
        mapping = proposal.mapping
        name = unique(mapping.id, taken)
        taken.add(name)
        terms = _filled(**{key: [*getattr(mapping.any_of, key)] for key in TERMS.names})
        value = {"any": terms, "items": [*mapping.items], **_filled(pin=mapping.pin)}
        new.append(Addition("mappings", name, value))
    return tuple(new)


def with_names(text: str, new: Sequence[Addition], names: Mapping[str, str]) -> str:
    """Return a catalog's text with the `names` of items in comments where new entries use them."""
    if not names:
        return text
    added = {(addition.section, addition.name) for addition in new}
    used: dict[int, list[str]] = defaultdict(list)
    for section, entries in _pairs(read_tree(str(text), ProblemCollector(""))):
        for name, entry in _pairs(entries):
            for item in _listed_items(entry) if (section, name) in added else ():
                used[item.line].append(item.text)
    lines = text.splitlines(keepends=True)
    for number, items in used.items():
        line = lines[number - 1]
        bare = line.rstrip("\r\n")
        lines[number - 1] = bare + name_comment(items, names) + line[len(bare) :]
    return "".join(lines)


def _listed_items(entry: Node) -> list[ScalarNode]:
    """Return the items that a mapping or a block's fallback lists."""
    items: list[ScalarNode] = []
    for key, listed in _pairs(entry):
        if key in ("items", "fallback") and isinstance(listed, SequenceNode):
            items += [item for item in listed.values if isinstance(item, ScalarNode)]
    return items


def _pairs(node: Node | None) -> list[tuple[str, Node]]:
    """Return the keys and values of a mapping, none of anything else."""
    return [(key.text, value) for key, value in node.pairs] if isinstance(node, MappingNode) else []


def _blocks(collected: CollectedItems, catalog: Catalog) -> list[Addition]:
    """Return the blocks, if posts usually had other headings or numbers of items than linkmgr's."""
    has_own = False
    new: list[Addition] = []
    for block in default_blocks({own.item.kind for own in collected.items}, has_comparisons=False):
        value: dict[str, Any] = {"limit": _usual_limit(block, collected)}
        if old := collected.headings.get(block.kind.name):
            heading = _text(old[0][0], MAX_TEXT)
            if heading != block.kind.headings[catalog.site.language]:
                value["heading"] = heading
        level = collected.heading_levels.get(block.kind.name)
        if level in _HEADING_LEVELS and level != _USUAL_HEADING_LEVEL:
            value["heading-level"] = level
        has_own = has_own or value != {"limit": block.limit}
        new.append(Addition("blocks", block.name, value))
    return new if has_own else []


def _usual_limit(block: Block, collected: CollectedItems) -> int:
    limits = [collected.limits.get(kind, 0) for kind in block.kind.items]
    return max(limits, default=0) or block.limit


def _entry(item: Item) -> dict[str, Any]:
    if not isinstance(item, Cta):
        return _filled(
            asin=item.asin,
            title=_text(item.title, MAX_TEXT),
            **{item.by_key: _text(item.author_or_maker, MAX_TEXT)},
            blurb=_text(item.blurb, MAX_LONG_TEXT),
            **{item.picture_key: item.picture},
            badge=item.badge,
            rating=item.rating,
            review=item.review,
            shops=[_filled(**asdict(shop)) for shop in item.shops],
        )
    heading, text = _text(item.heading, MAX_TEXT), _text(item.text, MAX_LONG_TEXT)
    if item.code:
        return _filled(heading=heading, text=text, code=item.code.text)
    label = _text(item.label, MAX_TEXT)
    utm = _filled(**asdict(item.utm)) if item.utm else None
    values = _filled(heading=heading, text=text, label=label, url=item.url, utm=utm)
    return values | ({"class": item.css_class} if item.css_class else {})


def _text(text: str, most: int) -> str:
    return shortened(without_control_characters(text), most)


def _filled(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
