"""Which mappings speak of a tag, and how a list shows a mapping."""

from collections.abc import Iterable
from dataclasses import dataclass

from linkmgr.admin.items.chips import Chip, chips
from linkmgr.catalog.model import Catalog, Mapping, Terms
from linkmgr.resolver.fold import fold
from linkmgr.resolver.statistics import term


@dataclass(frozen=True, slots=True)
class ShownMapping:
    """A mapping with its items as chips."""

    mapping: Mapping
    chips: list[Chip]


def by_tag(catalog: Catalog) -> dict[str, list[Mapping]]:
    """Return by folded tag the mappings that name it, in the file's order."""
    found: dict[str, list[Mapping]] = {}
    for mapping in catalog.mappings.values():
        for tag in {term(tag) for tag in (*mapping.any_of.tags, *mapping.all_of.tags)}:
            found.setdefault(tag, []).append(mapping)
    return found


def called_for(mappings: Iterable[Mapping]) -> list[str]:
    """Return the items that mappings call for, each once."""
    items = (item for each in mappings if not each.exclude for item in each.items)
    return list(dict.fromkeys(items))


def search_mappings(catalog: Catalog, search: str, tag: str = "") -> list[Mapping]:
    """Return the mappings that have all words of `search`, and name `tag` (folded) if given."""
    words = fold(search).split()
    mappings = by_tag(catalog).get(tag, []) if tag else catalog.mappings.values()
    return [each for each in mappings if all(word in _words(catalog, each) for word in words)]


def shown(catalog: Catalog, mappings: Iterable[Mapping]) -> list[ShownMapping]:
    """Return mappings as a list shows them."""
    return [ShownMapping(mapping, chips(catalog, mapping.items)) for mapping in mappings]


def _words(catalog: Catalog, mapping: Mapping) -> str:
    titles = [chip.title for chip in chips(catalog, mapping.items)]
    texts = [*_texts(mapping.any_of), *_texts(mapping.all_of)]
    return fold(" ".join((mapping.id, *mapping.items, *titles, *texts)))


def _texts(terms: Terms) -> tuple[str, ...]:
    return (*terms.tags, *terms.categories, *terms.keywords, *terms.paths)
