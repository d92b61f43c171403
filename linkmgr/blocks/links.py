"""Where an item's link goes and how its clicks are counted: by its programme's rules."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from linkmgr.blocks.escape import POST_KEY
from linkmgr.catalog.items import Good, Item, ShopLink
from linkmgr.catalog.model import Catalog
from linkmgr.links.amazon import product_url
from linkmgr.links.model import IssuedCode, Programme, Tracking
from linkmgr.links.programmes.profile import Profile, affiliate_rel, allows_attribute
from linkmgr.links.tags import with_tag
from linkmgr.links.urls import encode_url, placement_name, through_programme, with_utm

LINK_RULES = 8
"""Raise it whenever the same catalog gives other links: a build then renews all of them."""

NO_TAGS: Mapping[str, str] = MappingProxyType({})
"""The tags of a place that leaves them to the item and its programmes."""

_REDIRECT_REL = "nofollow"

_PLACEMENT = re.compile(r"[?&]utm_content=[^&#]*")
_SUB_ID = re.compile(r"\b(?P<post>[0-9a-f]{16})-(?P<block>[a-z0-9-]+)-[0-9]{1,3}\b")

HIT = "data-linkmgr-hit"
"""The attribute with the address that counts a link's clicks."""


@dataclass(frozen=True, slots=True)
class PrintedLink:
    """A link as it is printed: as its programme's `profile` allows, or as issued `code`.

    Its URLs are percent-encoded; `hit` is where a direct click is counted.
    """

    href: str
    rel: str | None = None
    hit: str | None = None
    affiliate: bool = False
    profile: Profile | None = None
    code: IssuedCode | None = None

    @property
    def is_delegated(self) -> bool:
        """Whether an element around it counts its clicks, as its `<a>` must not say where."""
        fixed = self.code is not None or not allows_attribute(self.profile, HIT)
        return self.hit is not None and fixed


def item_link(  # noqa: PLR0913 - a click is named by these: what, where, at which place
    catalog: Catalog,
    item: Item,
    *,
    post_key: str,
    block: str,
    rank: int,
    shop: ShopLink | None = None,
    tags: Mapping[str, str] = NO_TAGS,
    variant: str = "",
) -> PrintedLink:
    """Link an item from a post's block, or the same good at a further `shop`.

    An affiliate link that the catalog takes for one of the site's own is marked as what it is, and
    direct, as its programme may forbid more. `tags`, by programme, are those of its place;
    `variant` is the key of a test, and the variant that is shown.
    """
    programme = catalog.programmes[shop.programme if shop else item.programme]
    server = catalog.site.server
    passes = catalog.passes_for_own(programme, (shop or item).url) is not None
    affiliate = programme.affiliate or passes
    tracking = programme.tracking if server and not passes else Tracking.DIRECT
    click = f"{item.id}?p={post_key}&b={block}.{rank}" + (f"&s={shop.key}" if shop else "")
    place = f"{post_key}-{placement_name(block, rank)}"
    if shop:
        target = shop_url(catalog, item, shop, tags, place=place)
    else:
        target = item_url(
            catalog, item, _utm_content(catalog, item, block, rank), tags, place=place
        )
    profile = link_profile(catalog, programme, target) if affiliate else None
    rel = affiliate_rel(profile) if affiliate else None
    usual, tag = (with_tag(programme, own) for own in (dict(item.tags), tags))
    if tag != usual and programme.id in tags and not (shop or item).code:
        click += f"&t={tag}"
    if variant:
        click += f"&v={variant}"
    if code := (shop or item).code:
        hit = f"{server}/hit/{click}" if server and counts_code(catalog, shop or item) else None
        return PrintedLink(_encoded(target), rel, hit, affiliate=True, profile=profile, code=code)
    if tracking is Tracking.REDIRECT:
        return PrintedLink(f"{server}/go/{click}", rel or _REDIRECT_REL, None, affiliate, profile)
    hit = f"{server}/hit/{click}" if tracking is Tracking.BEACON else None
    return PrintedLink(_encoded(target), rel, hit, affiliate, profile)


def sale_link(catalog: Catalog, programme: Programme, url: str) -> PrintedLink:
    """Link the page of a programme's sale, which is no item: its clicks are not counted."""
    passes = catalog.passes_for_own(programme, url) is not None
    affiliate = programme.affiliate or passes
    target = through_programme(programme, url, with_tag(programme, {}))
    profile = link_profile(catalog, programme, target) if affiliate else None
    rel = affiliate_rel(profile) if affiliate else None
    return PrintedLink(_encoded(target), rel, affiliate=affiliate, profile=profile)


def _encoded(url: str) -> str:
    """Percent-encode an address, in whose sub ID `POST_KEY` stays to be filled in."""
    return POST_KEY.join(map(encode_url, url.split(POST_KEY)))


def counts_code(catalog: Catalog, sold: Item | ShopLink) -> bool:
    """Whether clicks on issued code are counted: unless its programme is `direct`.

    The code does not change for it, so that the default of a programme, which is for links that
    linkmgr writes, does not apply.
    """
    if sold.code is None:
        return False
    programme = catalog.programmes[sold.programme]
    profile = catalog.profiles[sold.code.programme]
    wanted = programme.tracking_is_default or programme.tracking is not Tracking.DIRECT
    return wanted and profile.allows(Tracking.BEACON)


def link_profile(catalog: Catalog, programme: Programme, url: str) -> Profile | None:
    """Return the profile whose rules a link is under, that of the server it leads to first."""
    return catalog.profiles.of_url(url) or catalog.profiles.get(programme.id)


def item_url(
    catalog: Catalog,
    item: Item,
    content: str | None = None,
    tags: Mapping[str, str] = NO_TAGS,
    *,
    place: str = "",
) -> str:
    """Return the final address of an item's link, untracked, absolute or `/…`.

    `content` becomes the `utm_content` of a CTA whose UTM has none. `tags`, by programme, go before
    those of the item, and these before the usual one. `place` is a sub ID, where one is asked for.
    """
    if item.code is not None:
        return item.code.url
    programme = catalog.programmes[item.programme]
    tag = with_tag(programme, {**dict(item.tags), **tags})
    if isinstance(item, Good) and item.asin is not None:
        return product_url(_marketplace(programme), item.asin, tag)
    url = item.url or ""
    if not isinstance(item, Good) and item.utm is not None:
        url = with_utm(url, item.utm, content)
    return through_programme(programme, url, tag, place)


def shop_url(
    catalog: Catalog,
    item: Item,
    shop: ShopLink,
    tags: Mapping[str, str] = NO_TAGS,
    *,
    place: str = "",
) -> str:
    """Return the final address of a further shop's link of an item; the rest as in `item_url`."""
    if shop.code:
        return shop.code.url
    programme = catalog.programmes[shop.programme]
    tag = with_tag(programme, {**dict(item.tags), **tags})
    return through_programme(programme, shop.url, tag, place)


def item_addresses(catalog: Catalog, item: Item) -> Iterator[tuple[str, str]]:
    """Yield the final addresses that an item's links may have, with any tag, and their programmes.

    Those without a tag of a place come first.
    """
    choices: list[dict[str, str]] = [{}]
    for programme in item.programmes:
        tags = sorted(catalog.tags.get(programme, ()))
        choices += ({programme: tag} for tag in tags if len(tags) > 1)
    for tags_there in choices:
        yield item_url(catalog, item, tags=tags_there), item.programme
        for shop in item.shops if isinstance(item, Good) else ():
            yield shop_url(catalog, item, shop, tags_there), shop.programme


def _marketplace(programme: Programme) -> str:
    if programme.marketplace is None:
        raise ValueError(f"programme {programme.id} has no marketplace")
    return programme.marketplace


def _utm_content(catalog: Catalog, item: Item, block: str, rank: int) -> str | None:
    return placement_name(block, rank) if takes_placement(catalog, item) else None


def takes_placement(catalog: Catalog, item: Item) -> bool:
    """Whether `utm_content` names the placement: within the site UTM is the user's."""
    return urlsplit(item.url or "").netloc not in ("", urlsplit(catalog.site.url).netloc)


def without_placement(url: str) -> str:
    """Return the address of an item's link without the names of its post and placement."""
    return _SUB_ID.sub("", _PLACEMENT.sub("", url))


def post_of_sub_id(sub_id: str) -> str:
    """Return the key of the post that a sub ID names, empty where it is not one of ours."""
    match = _SUB_ID.fullmatch(sub_id)
    return match["post"] if match else ""
