"""Computing the targets from the catalog: once, in the processes that read it.

Those that answer readers take them from a file, and import nothing of the catalog.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from linkmgr.blocks.links import item_url, shop_url, takes_placement
from linkmgr.catalog.blocks import COMPARE
from linkmgr.catalog.items import Good, Item, ShopLink
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.variants import variant_tests
from linkmgr.clicks.targets import PLACE_SLOT, TAG_SLOT, Target, Targets
from linkmgr.links.tags import TAG, tag_of_link
from linkmgr.links.urls import counted_campaign, encode_url, origin_of
from linkmgr.resolver.model import TEXT


def targets_of(catalog: Catalog) -> Targets:
    site = catalog.site
    return Targets(
        site=encode_url(site.url),
        language=site.language,
        origins=frozenset(map(origin_of, (site.url, *site.origins))),
        respect_gpc=site.respect_gpc,
        timezone=site.timezone,
        blocks=frozenset([TEXT, COMPARE.name, *(block.name for block in catalog.blocks)]),
        items=_item_targets(catalog),
        tags=_several_tags(catalog),
        campaigns=frozenset(map(counted_campaign, site.campaigns)),
        views=site.views,
    )


def _several_tags(catalog: Catalog) -> dict[str, frozenset[str]]:
    """Return the tags of the programmes that have more than one."""
    return {name: tags for name, tags in catalog.tags.items() if len(tags) > 1}


def _item_targets(catalog: Catalog) -> dict[str, Target]:
    tests: dict[str, dict[str, Mapping[str, float]]] = defaultdict(dict)
    for test in variant_tests(catalog):
        for shown in test.shows.values():  # another item as a variant has links of its own
            tests[shown.id][test.key] = test.weights
    targets = {
        item.id: replace(_item_target(catalog, item), variants=tests.get(item.id, {}))
        for item in catalog.items.values()
    }
    renamed = {earlier: targets[item] for earlier, item in catalog.renamed.items()}
    return {**renamed, **targets}


def _item_target(catalog: Catalog, item: Item) -> Target:
    programme = catalog.programmes[item.programme]
    content = PLACE_SLOT if takes_placement(catalog, item) else None
    before, slot, after = _absolute(catalog, item_url(catalog, item, content)).partition(PLACE_SLOT)
    shops = item.shops if isinstance(item, Good) else ()
    return Target(
        url=_absolute(catalog, item_url(catalog, item)),
        placed=(before, after) if slot else None,
        shops={shop.key: _absolute(catalog, shop_url(catalog, item, shop)) for shop in shops},
        utm=not (programme.affiliate or catalog.passes_for_own(programme, item.url)),
        until=item.validity.until,
        fallback=item.fallback,
        tagged=dict(_tagged(catalog, item, shops, content)),
        tracking=dict(_tracking(catalog, item, shops)),
    )


def _tagged(
    catalog: Catalog, item: Item, shops: Iterable[ShopLink], content: str | None
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the links of an item that may have one of several tags."""
    slots = dict.fromkeys(_several_tags(catalog), TAG_SLOT)
    links = [("", item.programme, item_url(catalog, item, content, slots))]
    links += ((shop.key, shop.programme, shop_url(catalog, item, shop, slots)) for shop in shops)
    for shop, programme, url in links:
        if TAG_SLOT in url:  # an address may have brought a tag of its own
            yield shop, (programme, _absolute(catalog, url))


def _tracking(catalog: Catalog, item: Item, shops: Iterable[ShopLink]) -> Iterator[tuple[str, str]]:
    """Yield the tags of an item's links, also those that came with an address."""
    links = [("", item.programme, item_url(catalog, item))]
    links += ((shop.key, shop.programme, shop_url(catalog, item, shop)) for shop in shops)
    for shop, programme, url in links:
        tag = tag_of_link(catalog.programmes[programme], url, dict(item.tags))
        if tag and TAG.fullmatch(tag):
            yield shop, tag


def _absolute(catalog: Catalog, url: str) -> str:
    return encode_url(catalog.site.url + url if url.startswith("/") else url)
