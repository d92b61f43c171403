"""Computing the targets from the catalog: once, in the processes that read it.

Those that answer readers take them from a file, and import nothing of the catalog.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from linkmgr.blocks.links import item_url, shop_url, takes_placement
from linkmgr.catalog.blocks import COMPARE
from linkmgr.catalog.items import Good, Item
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


def _item_targets(catalog: Catalog) -> Mapping[str, Target]:
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
    slots = dict.fromkeys(_several_tags(catalog), TAG_SLOT)

    # The links by shop, empty for its own: the programme, the address, and that with a slot.
    url = item_url(catalog, item)
    links = {"": (item.programme, url, item_url(catalog, item, content, slots))}
    for shop in item.shops if isinstance(item, Good) else ():
        with_slot = shop_url(catalog, item, shop, slots)
        links[shop.key] = shop.programme, shop_url(catalog, item, shop), with_slot

    shops: dict[str, str] = {}
    tagged: dict[str, tuple[str, str]] = {}
    tracking: dict[str, str] = {}
    for key, (of_link, address, with_slot) in links.items():
        if key:
            shops[key] = _absolute(catalog, address)
        if TAG_SLOT in with_slot:  # an address may have brought a tag of its own
            tagged[key] = of_link, _absolute(catalog, with_slot)
        tag = tag_of_link(catalog.programmes[of_link], address, dict(item.tags))
        if tag and TAG.fullmatch(tag):
            tracking[key] = tag
    return Target(
        url=_absolute(catalog, url),
        placed=(before, after) if slot else None,
        shops=shops,
        utm=not (programme.affiliate or catalog.passes_for_own(programme, item.url)),
        until=item.validity.until,
        fallback=item.fallback,
        tagged=tagged,
        tracking=tracking,
    )


def _absolute(catalog: Catalog, url: str) -> str:
    return encode_url(catalog.site.url + url if url.startswith("/") else url)
