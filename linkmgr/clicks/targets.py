"""Where the items' links lead, computed once from the catalog and stored as JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Self

from linkmgr.blocks.links import item_url, shop_url, takes_placement
from linkmgr.catalog.items import Good, Item, ShopLink
from linkmgr.catalog.model import Catalog
from linkmgr.links.urls import campaign_in, counted_campaign, encode_url, origin_of
from linkmgr.messages.language import Language

# Placeholder for a placement until it is known; no address contains it by chance.
PLACE_SLOT = "linkmgr-placement-5f0c9d1e"

TAG_SLOT = "linkmgr-tag-5f0c9d1e"
"""The same for a tag."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where an item's link leads: an absolute, percent-encoded http(s) address.

    `placed`, if the item has UTM parameters, is the address before and after the name of the
    placement in `utm_content`. Of a link's own parameters `utm_*` go along if `utm`, never to an
    affiliate programme, whose rules forbid additions. After the day `until` readers are redirected
    to the item `fallback`, or else to the site. `tagged` are the links of programmes with several
    tags by shop (empty: its own): the programme, and the address with `TAG_SLOT` for the tag.
    """

    url: str
    placed: tuple[str, str] | None = None
    shops: Mapping[str, str] = field(default_factory=dict)
    utm: bool = False
    until: date | None = None
    fallback: str | None = None
    tagged: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def to_json(self) -> str:
        """Write it as JSON."""
        return _json(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote. Raise ValueError, KeyError or TypeError for anything else."""
        return cls.from_values(json.loads(text))

    @classmethod
    def from_values(cls, values: Any) -> Self:
        """Make it of what JSON has for it. Raise as `from_json` does."""
        placed, until = values["placed"], values["until"]
        return cls(
            **values
            | {
                "placed": tuple(placed) if placed else None,
                "until": date.fromisoformat(until) if until else None,
                "tagged": {shop: tuple(link) for shop, link in values.get("tagged", {}).items()},
            }
        )


@dataclass(frozen=True, slots=True)
class Targets:
    """All that the endpoints need of a catalog. `origins` may send hits: the site's and more.

    `site` is encoded as a `Target` is, the language is that of the pages that refuse a request.
    `tags` are all that a link may ask for, by programme: those of the catalog. `campaigns` are
    those of links that are not in it.
    """

    site: str
    language: Language
    origins: frozenset[str]
    respect_gpc: bool
    timezone: str
    blocks: frozenset[str]
    items: Mapping[str, Target]
    tags: Mapping[str, frozenset[str]] = field(default_factory=dict)
    campaigns: frozenset[str] = frozenset()

    def to_json(self) -> str:
        """Write them as JSON."""
        values = asdict(self) | {
            "origins": sorted(self.origins),
            "blocks": sorted(self.blocks),
            "tags": {programme: sorted(tags) for programme, tags in self.tags.items()},
            "campaigns": sorted(self.campaigns),
        }
        return _json(values)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what `to_json` wrote. Raise ValueError, KeyError or TypeError for anything else."""
        return cls.from_values(json.loads(text))

    @classmethod
    def from_values(cls, values: Any) -> Self:
        """Make them of what JSON has for them. Raise as `from_json` does."""
        items = {name: Target.from_values(item) for name, item in values["items"].items()}
        return cls(
            **values
            | {
                "items": items,
                "origins": frozenset(values["origins"]),
                "blocks": frozenset(values["blocks"]),
                "tags": {name: frozenset(tags) for name, tags in values.get("tags", {}).items()},
                "campaigns": frozenset(values.get("campaigns", ())),
            }
        )


def targets_of(catalog: Catalog) -> Targets:
    """Return the targets of a catalog."""
    site = catalog.site
    return Targets(
        site=encode_url(site.url),
        language=site.language,
        origins=frozenset(map(origin_of, (site.url, *site.origins))),
        respect_gpc=site.respect_gpc,
        timezone=site.timezone,
        blocks=frozenset(block.name for block in catalog.blocks),
        items={item.id: _item_target(catalog, item) for item in catalog.items.values()},
        tags=_several(catalog),
        campaigns=frozenset(map(counted_campaign, site.campaigns)),
    )


def campaigns_of(targets: Targets) -> frozenset[str]:
    """Return the campaigns of the site's own: of where its links lead, and of other links."""
    urls = (url for each in targets.items.values() for url in (each.url, *each.shops.values()))
    return targets.campaigns.union(filter(None, map(campaign_in, urls)))


def _several(catalog: Catalog) -> dict[str, frozenset[str]]:
    """Return the tags of the programmes that have more than one."""
    return {name: tags for name, tags in catalog.tags.items() if len(tags) > 1}


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
    )


def _tagged(
    catalog: Catalog, item: Item, shops: Iterable[ShopLink], content: str | None
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the links of an item that may have one of several tags."""
    slots = dict.fromkeys(_several(catalog), TAG_SLOT)
    links = [("", item.programme, item_url(catalog, item, content, slots))]
    links += ((shop.key, shop.programme, shop_url(catalog, item, shop, slots)) for shop in shops)
    for shop, programme, url in links:
        if TAG_SLOT in url:  # an address may have brought a tag of its own
            yield shop, (programme, _absolute(catalog, url))


def _absolute(catalog: Catalog, url: str) -> str:
    return encode_url(catalog.site.url + url if url.startswith("/") else url)


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True, default=date.isoformat)
