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
    by_tag: dict[object, set[str]] = defaultdict(set)
    for mapping in catalog.mappings.values():
        if not mapping.exclude:
            known = [catalog.items[item] for item in mapping.items if item in catalog.items]
            for kind, text in named_tags(mapping):
                tag = kind, term(text)
                for item in known:
                    if not item.retired:
                        by_tag[tag, item.kind].add(item.id)
    alike: dict[str, set[str]] = defaultdict(set)
    for ids in by_tag.values():
        for own in ids:
            alike[own] |= ids
    return {own: ids - {own} for own, ids in alike.items()}


def alternatives(catalog: Catalog, replaced: Sequence[str]) -> list[str]:
    """Return the items in use that are of the same kind as all that are to be replaced.

    Those for the same tags come first, and of both those that were clicked most in 30 days.
    """
    kinds = {catalog.items[item].kind for item in replaced}
    others = [
        item.id
        for item in catalog.items.values()
        if {item.kind} == kinds and item.id not in replaced and item.is_shown_on(today())
    ]
    alike, clicks = alike_items(catalog), month_clicks(Dimension.ITEM)
    same_tags = set().union(*(alike.get(item, ()) for item in replaced))
    others.sort(key=lambda item: (item not in same_tags, -clicks.get(item, 0)))
    return others
