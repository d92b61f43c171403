"""What is known of an affiliate programme: how its links look, and what its rules allow.

They are files in `profiles/`. Rules are cited, not guessed: without one, a programme's links are
direct and unchanged.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Self

from linkmgr.links.model import Tracking
from linkmgr.links.wrappers import Address, address_of
from linkmgr.messages.message import Language

# Shapes that identify a programme's addresses and its issued code.

ANY_HOST = "*"
_NUMBER = "[0-9]{3,}"  # an ID of a network; a day has two digits
_SHAPE = re.compile(
    r"(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+|\*(?=/.*#))(?P<path>/[^?\s]*)?"
    r"(?:\?(?P<parameter>[\w.-]+)(?:=(?P<value>[\w.-]+))?)?"
)


@dataclass(frozen=True, slots=True)
class AddressShape:
    """Addresses at a server or its subdomains.

    A network whose links stand on its shops' own servers has the host `*` and a path with numbers,
    as Impact's `*/c/#/#/#`.
    """

    host: str
    """The server, or `*` for any."""
    path: str = ""
    """What their path begins with; one with `#`, a number of three digits or more, is whole."""
    parameter: str | None = None
    """One that they must have."""
    value: str | None = None
    """The parameter's value; `None`: any."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one written as `host/path?parameter=value`. Raise ValueError for anything else."""
        match = _SHAPE.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not host/path?parameter=value")
        return cls(match["host"], match["path"] or "", match["parameter"], match["value"])

    def fits(self, address: Address) -> bool:
        return (
            self._is_at_host(address.host)
            and self._has_path(address.path)
            and self._has_parameter(address)
        )

    def _is_at_host(self, host: str) -> bool:
        return self.host in (ANY_HOST, host) or host.endswith(f".{self.host}")

    def _has_path(self, path: str) -> bool:
        if "#" not in self.path:
            return path.startswith(self.path)
        pattern = re.escape(self.path).replace(re.escape("#"), _NUMBER)
        return re.fullmatch(f"{pattern}/?", path) is not None

    def _has_parameter(self, address: Address) -> bool:
        if self.parameter is None:
            return True
        carried = address.parameter(self.parameter)
        return carried is not None and self.value in (None, carried)


@dataclass(frozen=True, slots=True)
class ElementShape:
    """An element of issued code: its attributes, the styles that it may have, where it leads to."""

    attributes: frozenset[str] = frozenset()
    styles: frozenset[str] = frozenset()
    addresses: tuple[AddressShape, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeShape:
    """What a programme's issued code is made of; `None`: it has no such element.

    The code is one link with a text or a picture in it, and the counting picture in it or after it.
    """

    link: ElementShape
    picture: ElementShape | None = None
    pixel: ElementShape | None = None


# Rules, each with its source.


@dataclass(frozen=True, slots=True)
class RuleSource:
    """Where a rule is published, and the day on which it was read; `None`: it could not be."""

    page: str
    read: date | None = None


@dataclass(frozen=True, slots=True)
class TrackingRule:
    """How clicks on its links may be counted."""

    allowed: frozenset[Tracking]
    source: RuleSource


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """Which attributes its `<a>` may have (`None`: any but the forbidden ones), and must have."""

    allowed: frozenset[str] | None
    forbidden: frozenset[str]
    needed: frozenset[str]
    source: RuleSource


@dataclass(frozen=True, slots=True)
class RelRule:
    """The `rel` that its own links have (`None`: the general one), and words it needs or forbids.

    The words of `needed` and `forbidden` are in lower case.
    """

    value: str | None
    needed: frozenset[str]
    forbidden: frozenset[str]
    source: RuleSource


Seen = Literal["site", "page"]
"""What the referrer must tell: the site's address, or that of the page."""


@dataclass(frozen=True, slots=True)
class ReferrerRule:
    """What its servers must learn about a click's origin, and the policy it advises."""

    shows: Seen
    policy: str | None
    source: RuleSource


@dataclass(frozen=True, slots=True)
class PixelRule:
    """Whether a link needs its counting picture. Both have the same values for `shared`."""

    needed: bool
    shared: tuple[str, ...]
    source: RuleSource


@dataclass(frozen=True, slots=True)
class IssuedCodeRule:
    """Whether its links must be in the code that it issued, their addresses unchanged.

    `links` are addresses that only its code has, and `attributes` those that the `<a>` around such
    an address always has there: without them it was taken out of its code.
    """

    needed: bool
    links: tuple[AddressShape, ...]
    attributes: frozenset[str]
    source: RuleSource


@dataclass(frozen=True, slots=True)
class DeepLinkRule:
    """Whether a link to any page may be built; `template` is how, with `{url}` for the page."""

    allowed: bool
    template: str | None
    source: RuleSource


@dataclass(frozen=True, slots=True)
class SubIdRule:
    """Whether its links may say where they are, for its reports, and by which `parameter`."""

    allowed: bool
    parameter: str | None
    source: RuleSource


@dataclass(frozen=True, slots=True)
class LabelRule:
    """What the visible text of a link, or what is beside it, must name: one of `names`."""

    names: tuple[str, ...]
    source: RuleSource


Pictured = Literal["api", "code"]
"""Where a programme lets its pictures come from: its API, or the code that it issued."""


@dataclass(frozen=True, slots=True)
class ImageRule:
    """The addresses of its product pictures, and the only places for them."""

    addresses: tuple[AddressShape, ...]
    allowed: Pictured
    source: RuleSource


Typed = Literal["yes", "no", "unknown"]
"""Whether a programme lets its members type prices by hand, as far as that is published."""


@dataclass(frozen=True, slots=True)
class PriceRule:
    """Whether its members may show prices that they have typed themselves."""

    allowed: Typed
    source: RuleSource


@dataclass(frozen=True, slots=True)
class DisclosureRule:
    """The sentence that it asks its members for; `{site}` is the site's name."""

    sentences: Mapping[Language, str]
    source: RuleSource


@dataclass(frozen=True, slots=True)
class Rules:
    """What a programme's pages say, each with its source; `None` where nothing is known."""

    tracking: TrackingRule | None = None
    attributes: AttributeRule | None = None
    rel: RelRule | None = None
    referrer: ReferrerRule | None = None
    pixel: PixelRule | None = None
    issued_code: IssuedCodeRule | None = None
    deep_link: DeepLinkRule | None = None
    sub_id: SubIdRule | None = None
    label: LabelRule | None = None
    images: ImageRule | None = None
    prices: PriceRule | None = None
    disclosure: DisclosureRule | None = None


# Profiles: the shapes and the rules of programmes.


@dataclass(frozen=True, slots=True)
class Profile:
    """A programme. `tracking` applies where the catalog names none.

    `pixels` are the addresses of its counting pictures. A text in `scripts` describes its
    scripts: `*` stands for any letters and digits, a space for any white space. Without `code` no
    code of it is taken as it is. `verified` is the day on which the shapes were seen in use,
    `None` if nothing could be verified.
    """

    id: str
    name: str
    links: tuple[AddressShape, ...] = ()
    short_links: tuple[AddressShape, ...] = ()
    pixels: tuple[AddressShape, ...] = ()
    scripts: tuple[str, ...] = ()
    code: CodeShape | None = None
    tracking: Tracking = Tracking.DIRECT
    rules: Rules = field(default_factory=Rules)
    verified: date | None = None

    def allows(self, tracking: Tracking) -> bool:
        """Whether its rules allow counting clicks this way, or are silent on it."""
        rule = self.rules.tracking
        return rule is None or tracking in rule.allowed

    def allows_attribute(self, name: str) -> bool:
        """Whether its rules allow an `<a>` to have this attribute, or say nothing about it."""
        rule = self.rules.attributes
        if rule is None:
            return True
        return name not in rule.forbidden and (rule.allowed is None or name in rule.allowed)

    def needs_code(self) -> RuleSource | None:
        """Return the source of the rule that links must be in issued code, `None` without one."""
        rules = self.rules
        if rules.issued_code and rules.issued_code.needed:
            return rules.issued_code.source
        return rules.pixel.source if rules.pixel and rules.pixel.needed else None

    def is_short(self, url: str) -> bool:
        """Whether an address is one of its short ones, which hide where they lead."""
        address = address_of(url)
        return address is not None and any(shape.fits(address) for shape in self.short_links)


class Profiles(Mapping[str, Profile]):
    """Profiles by their programmes' ids, and by the addresses of their links."""

    def __init__(self, profiles: Iterable[Profile]) -> None:
        self._by_id = {profile.id: profile for profile in profiles}
        self._by_host: dict[str, list[tuple[AddressShape, Profile]]] = {}
        for profile in self._by_id.values():
            for shape in (*profile.links, *profile.short_links):
                self._by_host.setdefault(shape.host, []).append((shape, profile))

    def __getitem__(self, programme: str) -> Profile:
        return self._by_id[programme]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def of_url(self, url: str) -> Profile | None:
        """Return the profile of the programme that a link earns for, by its address alone.

        Of nested links, the outer one's programme counts.
        """
        address = address_of(url.strip())
        return None if address is None else self.of_address(address)

    def of_address(self, address: Address) -> Profile | None:
        host = address.host
        while host:
            if profile := self._fitting(host, address):
                return profile
            host = host.partition(".")[2]
        return self._fitting(ANY_HOST, address)

    def _fitting(self, host: str, address: Address) -> Profile | None:
        for shape, profile in self._by_host.get(host, ()):
            if shape.fits(address):
                return profile
        return None

    def of_picture(self, url: str) -> tuple[Profile, ImageRule] | None:
        """Return whose picture an address is, and the rule for it, if there is one."""
        address = address_of(url)
        if address is None:
            return None
        for profile in self._by_id.values():
            rule = profile.rules.images
            if rule and any(shape.fits(address) for shape in rule.addresses):
                return profile, rule
        return None

    def with_own(self, own: Iterable[Profile]) -> "Profiles":
        """Return these and a catalog's own, which replace those of the same id."""
        own = tuple(own)
        if not own:
            return self
        first = {profile.id: profile for profile in own}  # their shapes come before the others'
        rest = (profile for profile in self._by_id.values() if profile.id not in first)
        return Profiles((*first.values(), *rest))


# How a programme's rules affect a link's attributes.

AFFILIATE_REL = "sponsored nofollow noopener"
"""Google asks for `sponsored` on affiliate links (Search Central, "Qualify outbound links").

Never `noreferrer`: Amazon must see which site a reader comes from.
"""


def allows_attribute(profile: Profile | None, name: str) -> bool:
    """Whether a programme's `<a>` may have an attribute; any if it is unknown."""
    return profile is None or profile.allows_attribute(name)


def affiliate_rel(profile: Profile | None) -> str | None:
    """Return the `rel` of a programme's links: its own, else the general one."""
    if not allows_attribute(profile, "rel"):
        return None
    rule = profile.rules.rel if profile else None
    if rule is None:
        return AFFILIATE_REL
    words = dict.fromkeys((rule.value or AFFILIATE_REL).split())
    words |= dict.fromkeys(sorted(rule.needed))
    return " ".join(word for word in words if word not in rule.forbidden) or None


def referrer_policy(profile: Profile | None) -> str | None:
    """Return the referrer policy that a programme advises for its links."""
    if profile is None or not profile.allows_attribute("referrerpolicy"):
        return None
    return profile.rules.referrer.policy if profile.rules.referrer else None
