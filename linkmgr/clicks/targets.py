"""Where the items' links lead: computed once from the catalog, looked up for each request.

What is computed is stored, and handed out to other machines, as JSON.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from types import MappingProxyType, UnionType
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from linkmgr.clicks.model import VARIANT
from linkmgr.links.model import UTM_PARAMETERS, Utm
from linkmgr.links.tags import TAG
from linkmgr.links.urls import campaign_in, placement_name, with_utm
from linkmgr.messages.message import LANGUAGES, Language

PLACE_SLOT = "linkmgr-placement-5f0c9d1e"
"""Placeholder for a placement until it is known; no address contains it by chance."""

TAG_SLOT = "linkmgr-tag-5f0c9d1e"
"""The same for a tag."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where an item's link leads; addresses are absolute, percent-encoded, of http(s)."""

    url: str
    placed: tuple[str, str] | None = None
    """The address before and after the placement's name in `utm_content`, if it has UTM."""
    shops: Mapping[str, str] = field(default_factory=dict)
    """The addresses of the item's links to shops."""
    utm: bool = False
    """Whether a link's own `utm_*` go along: affiliate programmes forbid additions."""
    until: date | None = None
    """The last day on which it leads there; then to the fallback, or else to the site."""
    fallback: str | None = None
    """An item."""
    tagged: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By shop (empty: its own) the links of programmes with several tags.

    Each is the programme, and the address with `TAG_SLOT` for the tag.
    """
    tracking: Mapping[str, str] = field(default_factory=dict)
    """By shop (empty: its own) the tags that links have otherwise."""
    variants: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By key the item's tests, also those that have ended: how often each variant is shown."""

    def to_json(self) -> str:
        return _json(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote. Raise ValueError, KeyError or TypeError for anything else."""
        return cls.from_values(json.loads(text))

    @classmethod
    def from_values(cls, values: Any) -> Self:
        """Make it from its JSON value. Raise as `from_json` does."""
        placed, until = values["placed"], values["until"]
        return cls(
            **values
            | {
                "placed": tuple(placed) if placed else None,
                "until": date.fromisoformat(until) if until else None,
                "tagged": {shop: tuple(link) for shop, link in values["tagged"].items()},
            }
        )


@dataclass(frozen=True, slots=True)
class Targets:
    """All that the endpoints need of a catalog."""

    site: str
    """Its address, encoded as a target's."""
    language: Language
    """Of the pages that refuse a request."""
    origins: frozenset[str]
    """Those that may send hits: the site's own and more."""
    respect_gpc: bool
    timezone: str
    blocks: frozenset[str]
    items: Mapping[str, Target]
    tags: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The catalog's tags by programme: all that a link may ask for."""
    campaigns: frozenset[str] = frozenset()
    """Those of the site's links that are not in the catalog."""
    views: bool = False
    """Whether pages report what was in view."""

    def to_json(self) -> str:
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
        """Make them from their JSON value. Raise as `from_json` does."""
        items = {name: Target.from_values(item) for name, item in values["items"].items()}
        return cls(
            **values
            | {
                "items": items,
                "origins": frozenset(values["origins"]),
                "blocks": frozenset(values["blocks"]),
                "tags": {name: frozenset(tags) for name, tags in values["tags"].items()},
                "campaigns": frozenset(values["campaigns"]),
            }
        )


def campaigns_of(targets: Targets) -> frozenset[str]:
    """Return the campaigns of the site's own: of where its links lead, and of other links."""
    urls = (url for item in targets.items.values() for url in (item.url, *item.shops.values()))
    return targets.campaigns.union(filter(None, map(campaign_in, urls)))


def merge_retired(targets: Mapping[str, Target], before: Mapping[str, Target]) -> dict[str, Target]:
    """Return targets of items with what links of before may name: deleted items, ended tests."""
    present = {item: _with_ended(target, before.get(item)) for item, target in targets.items()}
    return {**before, **present}


def _with_ended(target: Target, before: Target | None) -> Target:
    if before is None or not before.variants:
        return target
    return replace(target, variants={**before.variants, **target.variants})


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True, default=date.isoformat)


# The parameters of a link of ours, as a request brings them back.

HIGHEST_RANK = 100
"""No block shows more items."""

_POST = re.compile(r"[0-9a-f]{16}")
_PRINTED_POST = re.compile(f"p={_POST.pattern}")
_SHOP = re.compile(r"[a-z0-9-]{1,200}")
_UTM_VALUE = re.compile(r"[A-Za-z0-9._~-]{1,100}")

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_NONE: Mapping[str, str] = MappingProxyType({})

Places = Mapping[str, tuple[str, int]]
"""The block and the rank of each place that a link can name, by its text in the link."""

_NO_PLACE = "", 0


class LinkQuery(NamedTuple):
    """The post and the place of a link, its shop, the `utm_*` a user added to it, tag and variant.

    Empty, and a rank of 0, where the link names none or an impossible one. Whether the item has the
    `shop` and the `variant`, and the catalog the `tag`, is for others to check.
    """

    post: str
    block: str
    rank: int
    shop: str
    utm: Mapping[str, str]
    tag: str = ""
    variant: str = ""


def places_in(blocks: Iterable[str]) -> Places:
    """Return the places that links to items in these blocks can name."""
    ranks = range(1, HIGHEST_RANK + 1)
    return {f"{block}.{rank}": (block, rank) for block in blocks for rank in ranks}


def read_query(query: str, places: Places) -> LinkQuery | None:
    """Read a WSGI query string; `None` if it is not UTF-8 or has control characters."""
    # What linkmgr prints, `p=<16 hex digits>&b=<place>`, is read in a sixth of urllib's 5 µs.
    post, _, place = query.partition("&b=")
    if _PRINTED_POST.fullmatch(post):
        shop = tag = variant = ""
        if place not in places:
            place, _, variant = place.partition("&v=")
            place, _, tag = place.partition("&t=")
            place, _, shop = place.partition("&s=")
        if (
            (known_place := places.get(place))
            and (not shop or _SHOP.fullmatch(shop))
            and (not tag or TAG.fullmatch(tag))
            and (not variant or VARIANT.fullmatch(variant))
        ):
            block, rank = known_place
            # Saves 0.3 µs.
            return tuple.__new__(LinkQuery, (post[2:], block, rank, shop, _NONE, tag, variant))
    pairs = query_pairs(query)
    # Of two with one name the first counts.
    return None if pairs is None else _read_pairs(dict(reversed(pairs)), places)


def query_pairs(query: str) -> list[tuple[str, str]] | None:
    """Return the parameters of a WSGI query string; `None` as for `read_query`."""
    text = wsgi_text(query)
    if text is None:
        return None
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeError:
        return None
    return None if any(_CONTROL.search(part) for pair in pairs for part in pair) else pairs


def wsgi_text(value: str) -> str | None:
    """Decode what WSGI hands on; `None` if it is not UTF-8 or has control characters."""
    try:
        text = value.encode("latin-1").decode()
    except UnicodeError:
        return None
    return None if _CONTROL.search(text) else text


def _read_pairs(values: Mapping[str, str], places: Places) -> LinkQuery:
    post, place, shop, tag, variant = (values.get(name, "") for name in "pbstv")
    return LinkQuery(
        post if _POST.fullmatch(post) else "",
        *places.get(place, _NO_PLACE),
        shop if _SHOP.fullmatch(shop) else "",
        {
            name: values[name]
            for name in UTM_PARAMETERS
            if _UTM_VALUE.fullmatch(values.get(name, ""))
        },
        tag if TAG.fullmatch(tag) else "",
        variant if VARIANT.fullmatch(variant) else "",
    )


# Where a request for a link is led: to nothing but what the targets name.


@dataclass(frozen=True, slots=True)
class TargetsOfDay:
    """Targets, and what follows from them on one day, computed before any request needs it.

    An item that has ended leads to its fallback, without one to the site: `leads_to` has for each
    item the target that is served.
    """

    targets: Targets
    day: date
    places: Places
    leads_to: Mapping[str, Target]

    @classmethod
    def compute(cls, targets: Targets, day: date) -> Self:
        """Compute it."""
        site = Target(targets.site)
        leads_to = {item: _target_on(targets, item, day) or site for item in targets.items}
        return cls(targets, day, places_in(targets.blocks), leads_to)


def destination(target: Target, query: LinkQuery, tags: Mapping[str, frozenset[str]]) -> str:
    """Return the address of a link whose item leads to a target.

    The `utm_*` of the request are added only where the target takes them and has none of that name,
    its tag only if it is one of the catalog's `tags` of the programme.
    """
    _, block, rank, shop, utm, tag, _ = query
    if tag and block and (address := _tagged_address(target, shop, tag, tags)):
        return address.replace(PLACE_SLOT, placement_name(block, rank)).replace(TAG_SLOT, tag)
    if shop and (url := target.shops.get(shop)):
        return url
    url = target.url
    if block and target.placed:
        before, after = target.placed
        url = f"{before}{placement_name(block, rank)}{after}"
    if not (utm and target.utm):
        return url
    return with_utm(url, Utm(*(utm.get(name, "") for name in UTM_PARAMETERS)))


def tracking_of(target: Target, query: LinkQuery, tags: Mapping[str, frozenset[str]]) -> str:
    """Return the tag of a link whose item leads to a target, as `destination` has it; or empty."""
    shop, tag = query.shop, query.tag
    if tag and query.block and _tagged_address(target, shop, tag, tags):
        return tag
    return target.tracking.get(shop if shop in target.shops else "", "")


def _tagged_address(
    target: Target, shop: str, tag: str, tags: Mapping[str, frozenset[str]]
) -> str | None:
    """Return the address of a link with `TAG_SLOT`, `None` if it cannot have the tag."""
    programme, address = target.tagged.get(shop if shop in target.shops else "", ("", ""))
    return address if tag in tags.get(programme, ()) else None


def variant_of(target: Target, query: LinkQuery) -> str:
    """Return the variant that a link names, empty if its item has no such test or variant."""
    key, _, variant = query.variant.partition(".")
    return query.variant if variant in target.variants.get(key, ()) else ""


def _target_on(targets: Targets, item: str | None, today: date) -> Target | None:
    """Return the target of an item, or of the first of its fallbacks that has not ended."""
    passed: set[str] = set()
    while item is not None and item not in passed:  # a deleted item may have come back otherwise
        target = targets.items.get(item)
        if target is None or target.until is None or today <= target.until:
            return target
        passed.add(item)
        item = target.fallback
    return None


# What an admin hands out to the machines that only redirect: all that they need of the site.

# Raise it when the targets get another field, which earlier versions cannot read.
_FORMAT = 1


class OtherFormatError(ValueError):
    """It was written by another version of linkmgr."""


@dataclass(frozen=True, slots=True)
class SharedTargets:
    """The targets, those of deleted items among them, and the keys of the site's posts.

    With these keys a machine counts posts it has never seen by name, as one that has the
    site does; the site's own campaigns are in the targets.
    """

    targets: Targets
    posts: frozenset[str]

    def to_json(self) -> bytes:
        """Write it as JSON; the same content is the same bytes."""
        posts = json.dumps(sorted(self.posts))
        text = f'{{"format": {_FORMAT}, "posts": {posts}, "targets": {self.targets.to_json()}}}'
        return text.encode()

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read what `to_json` wrote.

        Raise OtherFormatError, or ValueError, KeyError, TypeError or AttributeError for anything
        else.
        """
        values = json.loads(data)
        if values["format"] != _FORMAT:
            raise OtherFormatError(values["format"])
        if not all(isinstance(post, str) for post in values["posts"]):
            raise TypeError(values["posts"])
        targets = Targets.from_values(values["targets"])
        _check_types(targets)
        return cls(targets, frozenset(values["posts"]))


def _check_types(targets: Targets) -> None:
    """Raise TypeError or ValueError where a value of another machine is not what it should be."""
    _check(targets.site, str)
    _check(targets.timezone, str)
    _check(targets.respect_gpc, bool)
    _check(targets.views, bool)
    _check_texts(targets.origins, targets.blocks, targets.campaigns, *targets.tags.values())
    try:
        ZoneInfo(targets.timezone)
    except OSError as error:  # a folder of zones, such as `Asia`
        raise ValueError(targets.timezone) from error
    if targets.language not in LANGUAGES:
        raise ValueError(targets.language)
    _check_url(targets.site)
    for item, target in targets.items.items():
        _check(item, str)
        _check_target(target)


def _check_target(target: Target) -> None:
    _check(target.utm, bool)
    _check_texts((target.fallback or "",), target.tracking.keys(), target.tracking.values())
    _check_texts(target.shops.keys(), target.tagged.keys())
    urls = [target.url, *target.shops.values()]
    if target.placed is not None:
        before, after = target.placed
        urls.append(before)
        _check(after, str)
    for programme, url in target.tagged.values():
        _check(programme, str)
        urls.append(url)
    for url in urls:
        _check_url(url)
    for weights in target.variants.values():
        _check_texts(weights.keys())
        for weight in weights.values():
            _check(weight, int | float)


def _check(value: object, expected: type | UnionType) -> None:
    if not isinstance(value, expected):
        raise TypeError(value)


def _check_texts(*groups: Iterable[object]) -> None:
    for texts in groups:
        for text in texts:
            _check(text, str)


def _check_url(url: object) -> None:
    """Raise ValueError for an address to which no reader may be sent."""
    if not (isinstance(url, str) and _WEB.match(url)):
        raise ValueError(url)


_WEB = re.compile("https?://[^/?#]", re.ASCII)
