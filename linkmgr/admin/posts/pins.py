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

# The characters that are special in a glob; within brackets they are not.
_SPECIAL = re.compile(r"([*?[])")


class PinKind(StrEnum):
    """Whether an item is always or never shown on a post."""

    PIN = "pin"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True)
class Pin:
    """An item that is pinned on a post or excluded from it."""

    kind: PinKind
    item: str


def pins_for(catalog: Catalog, path: str) -> list[Pin]:
    """Return what is pinned and excluded on the post at a path, in the file's order."""
    pins: list[Pin] = []
    for mapping in catalog.mappings.values():
        if _glob(path) in mapping.any_of.paths:
            kinds = [kind for kind in PinKind if _is_of_posts(mapping, kind)]
            pins += [Pin(kind, mapping.items[0]) for kind in kinds]
    return pins


def excluding_globs(catalog: Catalog) -> list[str]:
    """Return the globs over posts' paths that each exclude an item by themselves."""
    globs: dict[str, None] = {}
    for mapping in catalog.mappings.values():
        if mapping.exclude and not mapping.all_of:
            globs.update(dict.fromkeys(mapping.any_of.paths))
    return list(globs)


def add_pin(catalog: Catalog, revision: str, pin: Pin, *paths: str) -> Change:
    """Return the change that pins or excludes an item on the posts at some paths."""
    mapping = _mapping_of(catalog, pin)
    added = [_glob(path) for path in paths]
    if mapping is None:
        name = free_name(f"{pin.kind}-{pin.item}", catalog.mappings)
        return _change(revision, Action.ADDED, name, partial(add_entry, value=_value(pin, added)))
    globs = list(dict.fromkeys([*mapping.any_of.paths, *added]))
    return _change_globs(revision, mapping, pin, globs)


def remove_pin(catalog: Catalog, revision: str, pin: Pin, path: str) -> Change | None:
    """Return the change that ends a pin or an exclusion, `None` where there is none.

    The mapping goes with its last post.
    """
    mapping = _mapping_of(catalog, pin)
    if mapping is None or _glob(path) not in mapping.any_of.paths:
        return None
    globs = [glob for glob in mapping.any_of.paths if glob != _glob(path)]
    if not globs:
        return _change(revision, Action.DELETED, mapping.id, remove_entry)
    return _change_globs(revision, mapping, pin, globs)


def _change_globs(revision: str, mapping: Mapping, pin: Pin, globs: list[str]) -> Change:
    replaced = partial(replace_entry, value=_value(pin, globs))
    return _change(revision, Action.CHANGED, mapping.id, replaced)


def _change(revision: str, action: Action, name: str, edit: Callable[..., CatalogText]) -> Change:
    make = partial(edit, section=MAPPINGS, name=name)
    return Change(revision, action, make, Entry(MAPPINGS, name))


def _value(pin: Pin, globs: list[str]) -> dict[str, Any]:
    """Return the entry of the mapping with an item's pins or exclusions."""
    return {"any": {"paths": globs}, "items": [pin.item], pin.kind.value: True}


def _mapping_of(catalog: Catalog, pin: Pin) -> Mapping | None:
    """Return the mapping with an item's pins or exclusions."""
    for mapping in catalog.mappings.values():
        if mapping.items == (pin.item,) and _is_of_posts(mapping, pin.kind):
            return mapping
    return None


def _is_of_posts(mapping: Mapping, kind: PinKind) -> bool:
    """Whether a mapping pins or excludes one item by paths alone, and was named for that."""
    by_path = Terms(paths=mapping.any_of.paths)
    plain = Mapping(mapping.id, mapping.items, by_path, pin=mapping.pin, exclude=mapping.exclude)
    is_of_kind = mapping.pin if kind is PinKind.PIN else mapping.exclude
    is_named = len(mapping.items) == 1 and mapping.id.startswith(f"{kind}-{mapping.items[0]}")
    return is_of_kind and is_named and mapping == plain


def _glob(path: str) -> str:
    return _SPECIAL.sub(r"[\1]", path)
