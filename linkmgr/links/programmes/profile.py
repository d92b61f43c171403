"""What is known of an affiliate programme: how its links look, and what its rules allow.

The programmes that come with linkmgr are files in `profiles/`; a catalog adds its own in the same
form. Rules are cited, not guessed: without one, a programme's links are direct and unchanged.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from linkmgr.links.model import Tracking
from linkmgr.links.programmes.rules import ImageRule, Rules, Source
from linkmgr.links.programmes.shapes import AddressShape, CodeShape
from linkmgr.links.wrappers import Address, address_of


@dataclass(frozen=True, slots=True)
class Profile:
    """A programme. `tracking` applies where the catalog names none.

    `pixels` are the addresses of its counting pictures. A text of `scripts` is how its scripts are
    known: `*` stands for any letters and digits, a space for any white space. Without `code` no
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
        """Whether its rules allow to count clicks this way, or say nothing about it."""
        rule = self.rules.tracking
        return rule is None or tracking in rule.allowed

    def allows_attribute(self, name: str) -> bool:
        """Whether its rules allow an `<a>` to have this attribute, or say nothing about it."""
        rule = self.rules.attributes
        if rule is None:
            return True
        return name not in rule.forbidden and (rule.allowed is None or name in rule.allowed)

    def needs_code(self) -> Source | None:
        """Return where it says that its links must be in the code that it issued."""
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

    def of(self, url: str) -> Profile | None:
        """Return the profile of the programme that a link earns for, by its address alone.

        A link of one programme around another's is of the outer one.
        """
        address = address_of(url.strip())
        return None if address is None else self.of_address(address)

    def of_address(self, address: Address) -> Profile | None:
        """Return the profile of an address that has been taken apart."""
        host = address.host
        while host:
            for shape, profile in self._by_host.get(host, ()):
                if shape.fits(address):
                    return profile
            host = host.partition(".")[2]
        return None

    def of_picture(self, url: str) -> tuple[Profile, ImageRule] | None:
        """Return whose picture an address is, with the rule for it, if one has a rule for it."""
        address = address_of(url)
        if address is None:
            return None
        for profile in self._by_id.values():
            rule = profile.rules.images
            if rule and any(shape.fits(address) for shape in rule.addresses):
                return profile, rule
        return None

    def with_own(self, own: Iterable[Profile]) -> "Profiles":
        """Return these and a catalog's own; one of the same id takes the other's place."""
        own = tuple(own)
        if not own:
            return self
        first = {profile.id: profile for profile in own}  # their shapes come before the others'
        rest = (each for each in self._by_id.values() if each.id not in first)
        return Profiles((*first.values(), *rest))


AFFILIATE_REL = "sponsored nofollow noopener"
"""Google asks for `sponsored` on affiliate links (Search Central, "Qualify outbound links").

Never `noreferrer`: Amazon must see which site a reader comes from.
"""


def allows_attribute(profile: Profile | None, name: str) -> bool:
    """Whether an `<a>` of a programme may have an attribute; of an unknown one it may."""
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
