"""Pinning and excluding an item on a post: a mapping by the post's path; front matter stays.

All pins of an item by post are one mapping, `pin-<item>`, and all exclusions `exclude-<item>`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from linkmgr.admin.editing.edits import Change
from linkmgr.admin.mappings.forms import MAPPINGS
from linkmgr.catalog.editing.edit import add_entry, remove_entry, replace_entry
from linkmgr.catalog.editing.new_ids import free_name
from linkmgr.catalog.model import Catalog, Mapping, Terms
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.store.revisions import Action, Entry

# Characters that are special in a glob, but not in brackets.
_SPECIAL = re.compile(r"([*?[])")


class PinKind(StrEnum):
    """Whether an item is always or never shown on a post."""

    PIN = "pin"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True)
class Pin:
    """An item pinned on a post or excluded from it, and the mapping that says so."""

    kind: PinKind
    item: str
    mapping: str


def pins_for(catalog: Catalog, path: str) -> list[Pin]:
    """Return what is pinned and excluded on the post at a path, in the file's order."""
    return [
        Pin(kind, mapping.items[0], mapping.id)
        for mapping in catalog.mappings.values()
        for kind in PinKind
        if _is_of_posts(mapping, kind) and _glob(path) in mapping.any_of.paths
    ]


def excluding_globs(catalog: Catalog) -> list[str]:
    """Return the globs over posts' paths that each exclude an item by themselves."""
    globs: dict[str, None] = {}
    for mapping in catalog.mappings.values():
        if mapping.exclude and not mapping.all_of:
            globs.update(dict.fromkeys(mapping.any_of.paths))
    return list(globs)


def add_pin(catalog: Catalog, revision: str, kind: PinKind, item: str, *paths: str) -> Change:
    """Return the change that pins or excludes an item on the posts at some paths."""
    mapping = _of(catalog, kind, item)
    if mapping is None:
        name = free_name(f"{kind}-{item}", catalog.mappings)
        value = _value(kind, item, [*map(_glob, paths)])
        return _change(revision, Action.ADDED, name, partial(add_entry, value=value))
    globs = [*dict.fromkeys([*mapping.any_of.paths, *map(_glob, paths)])]
    replaced = partial(replace_entry, value=_value(kind, item, globs))
    return _change(revision, Action.CHANGED, mapping.id, replaced)


def remove_pin(  # noqa: PLR0917 - as `add_pin`
    catalog: Catalog, revision: str, kind: PinKind, item: str, path: str
) -> Change | None:
    """Return the change that ends a pin or an exclusion, `None` where there is none.

    The mapping goes with its last post.
    """
    mapping = _of(catalog, kind, item)
    if mapping is None or _glob(path) not in mapping.any_of.paths:
        return None
    paths = [glob for glob in mapping.any_of.paths if glob != _glob(path)]
    if not paths:
        return _change(revision, Action.DELETED, mapping.id, remove_entry)
    replaced = partial(replace_entry, value=_value(kind, item, paths))
    return _change(revision, Action.CHANGED, mapping.id, replaced)


def _change(revision: str, action: Action, name: str, edit: Callable[..., CatalogText]) -> Change:
    make = partial(edit, section=MAPPINGS, name=name)
    return Change(revision, action, make, Entry(MAPPINGS, name))


def _value(kind: PinKind, item: str, paths: list[str]) -> dict[str, Any]:
    return {"any": {"paths": paths}, "items": [item], kind.value: True}


def _of(catalog: Catalog, kind: PinKind, item: str) -> Mapping | None:
    """Return the mapping with an item's pins or exclusions."""
    mappings = (m for m in catalog.mappings.values() if m.items == (item,))
    return next((m for m in mappings if _is_of_posts(m, kind)), None)


def _is_of_posts(mapping: Mapping, kind: PinKind) -> bool:
    """Whether a mapping pins or excludes one item by paths alone, and was named for that."""
    by_path = Terms(paths=mapping.any_of.paths)
    plain = Mapping(mapping.id, mapping.items, by_path, pin=mapping.pin, exclude=mapping.exclude)
    flag = mapping.pin if kind is PinKind.PIN else mapping.exclude
    named = len(mapping.items) == 1 and mapping.id.startswith(f"{kind}-{mapping.items[0]}")
    return flag and named and mapping == plain


def _glob(path: str) -> str:
    return _SPECIAL.sub(r"[\1]", path)
