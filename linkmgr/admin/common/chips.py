"""Items and mappings as pages name them, and how items are found by typing."""

import re
from collections import abc
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from flask_babel import format_decimal, gettext, ngettext

from linkmgr.catalog.items import ORIGINAL, Cta, Good, Item, ItemKind
from linkmgr.catalog.keys.placing import TERMS
from linkmgr.catalog.model import Catalog, Mapping, Terms
from linkmgr.messages.message import join_texts, message, translate
from linkmgr.resolver.fold import fold

MOST_FOUND = 20

KindForm = Literal[
    "one",  # in a sentence
    "title",  # by itself
    "many",
    "none",  # that a post has none
    "without",  # the posts that have none
    "elsewhere",  # that what was recognised as something else is one, at another shop
    "instead",  # the same, at that shop
    "settings",  # the rarer settings of its form
]
"""What is said of a kind of items."""

TermLists = abc.Mapping[str, Sequence[str]]
"""Terms by their kind."""

# The most terms of a mapping that its name has.
_MOST_TERMS = 2

# With these a name looks like another one (Unicode TR 9, directional formatting characters).
_DIRECTIONAL = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Chip:
    """An item by its id; one that is `retired` is not shown to readers."""

    id: str
    title: str
    kind: str
    retired: bool


def name_of(item: Item) -> str:
    """Return an item's name; characters that would change the writing direction show as codes."""
    return _DIRECTIONAL.sub(lambda match: f"<U+{ord(match[0]):04X}>", item.title)


def name_of_variant(catalog: Catalog, item: str, variant: str) -> str:
    """Return what a variant of an item's running test says in place of the item's own texts.

    That is the first of its texts, or the name of the item that it shows, or else its id.
    """
    own = next(candidate for candidate in catalog.items[item].variants if candidate.id == variant)
    if own.id == ORIGINAL:
        return str(gettext("as it is"))
    if own.item:
        return name_of(catalog.items[own.item])
    return own.heading or own.label or own.text or own.blurb or own.id


def name_of_mapping(mapping: Mapping) -> str:
    """Return what a mapping does: `coffee, espresso → 2 items`."""
    shown = ngettext(
        "%(count)s item",
        "%(count)s items",
        len(mapping.items),
        count=format_decimal(len(mapping.items)),
    )
    return f"{terms_of_mapping(mapping)} {'⇸' if mapping.exclude else '→'} {shown}"


def terms_of_mapping(mapping: Mapping) -> str:
    """Return the first terms of a mapping: `coffee, espresso…`."""
    return named_terms(_lists(mapping.any_of), _lists(mapping.all_of))


def named_terms(any_of: TermLists, all_of: TermLists) -> str:
    """Return the first terms of a mapping as a name of the posts that it matches."""
    names: list[str] = []
    for lists, join in ((any_of, join_texts), (all_of, " + ".join)):
        terms = _terms_in_order(lists)
        if terms:
            more = "…" if len(terms) > _MOST_TERMS else ""
            names.append(join(terms[:_MOST_TERMS]) + more)
    return " + ".join(filter(None, names))


def _terms_in_order(lists: TermLists) -> list[str]:
    """Return terms, those that say most first, and of paths the file names."""
    terms: list[str] = []
    for kind in TERMS.names:
        texts = lists.get(kind, ())
        if kind == "paths":
            texts = [PurePosixPath(path).name for path in texts]
        terms += texts
    return terms


def _lists(terms: Terms) -> TermLists:
    return {key: getattr(terms, key) for key in TERMS.names}


def chips(catalog: Catalog, ids: Iterable[str]) -> list[Chip]:
    """Return items as chips in the order of their ids; a missing one is its id alone."""
    return [_chip(name, catalog.items.get(name)) for name in ids]


def find_items(catalog: Catalog, typed: str, without: Sequence[str] = ()) -> list[Chip]:
    """Return the first items that `typed` may mean: the one with that id, or all with its words."""
    typed = typed.strip()
    if typed in catalog.items:
        return chips(catalog, [typed])
    words = fold(typed).split()
    names: list[str] = []
    for name, item in catalog.items.items():
        text = fold(_words(item))
        if name not in without and all(word in text for word in words):
            names.append(name)
        if len(names) == MOST_FOUND:
            break
    return chips(catalog, names)


def kind_name(kind: ItemKind, form: KindForm = "one") -> str:
    """Return what a kind of items is called."""
    return translate(message(f"catalog.kind-{kind.type.noun}-{form}"))


def kind_count(kind: ItemKind, count: int) -> str:
    """Return a number of items of a kind: 2 books."""
    return translate(message(f"catalog.kind-{kind.type.noun}-count", count=count))


def _chip(name: str, item: Item | None) -> Chip:
    if item is None:
        return Chip(name, name, gettext("not in the catalog"), retired=True)
    return Chip(name, name_of(item), kind_name(item.kind), item.retired)


def _words(item: Item) -> str:
    """Return the text in which a typed word is looked for."""
    asin = (item.asin or "") if isinstance(item, Good) else ""
    maker_or_label = item.label if isinstance(item, Cta) else item.author_or_maker
    return f"{item.id} {name_of(item)} {maker_or_label} {asin}"
