"""Items that could stand in the place of others."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from linkmgr.admin.common.context import month_clicks, today
from linkmgr.catalog.model import Catalog
from linkmgr.clicks.counts import Dimension
from linkmgr.resolver.statistics import term
from linkmgr.site_index.indexing import named_tags


def alike_items(catalog: Catalog) -> Mapping[str, AbstractSet[str]]:
    """Return by item the others of its kind that mappings show for the same tags."""
    by_tag_and_kind: dict[object, set[str]] = defaultdict(set)
    for mapping in catalog.mappings.values():
        if mapping.exclude:
            continue
        items = [catalog.items[name] for name in mapping.items if name in catalog.items]
        for tag_kind, text in named_tags(mapping):
            tag = tag_kind, term(text)
            for item in items:
                if not item.retired:
                    by_tag_and_kind[tag, item.kind].add(item.id)
    alike: dict[str, set[str]] = defaultdict(set)
    for ids in by_tag_and_kind.values():
        for name in ids:
            alike[name] |= ids
    return {name: ids - {name} for name, ids in alike.items()}


def alternatives(catalog: Catalog, replaced: Sequence[str]) -> list[str]:
    """Return the items in use that are of the same kind as all that are to be replaced.

    Those for the same tags come first, then the others, both by their clicks in 30 days.
    """
    alike = alike_items(catalog)
    kinds = {catalog.items[name].kind for name in replaced}
    same_tags: set[str] = set()
    for name in replaced:
        same_tags |= alike.get(name, set())
    candidates = [item for item in catalog.items.values() if {item.kind} == kinds]
    in_use = [item.id for item in candidates if item.is_shown_on(today())]
    others = [name for name in in_use if name not in replaced]
    clicks = month_clicks(Dimension.ITEM)
    others.sort(key=lambda name: (name not in same_tags, -clicks.get(name, 0)))
    return others
