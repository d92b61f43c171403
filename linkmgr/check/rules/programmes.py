"""The rules of affiliate programmes: what their profiles say of links, held against a page."""

from collections.abc import Iterator

from linkmgr.blocks.links import HIT
from linkmgr.check.findings import codes
from linkmgr.check.rules.links import PAID, LinkOnPage, link_rule
from linkmgr.links.model import Tracking
from linkmgr.links.programmes.profile import Profile
from linkmgr.links.programmes.rules import AttributeRule
from linkmgr.links.wrappers import address_of
from linkmgr.messages.message import Message, message

# What each referrer policy keeps to itself (Referrer Policy, W3C): all, or which page it was.
_HIDES_SITE = frozenset(("no-referrer", "same-origin"))
_HIDES_PAGE = _HIDES_SITE | {
    *("origin", "strict-origin", "origin-when-cross-origin", "strict-origin-when-cross-origin"),
}
_HIDES = {"site": _HIDES_SITE, "page": _HIDES_PAGE}

_COUNTING = frozenset(("ping", HIT))
# What changes looks alone. Of a list of attributes that could not be verified nobody knows whether
# it is complete; what acts or tells somebody something is held against a link all the same.
_OF_LOOKS = frozenset(("class", "id", "lang", "style", "title"))


@link_rule(codes.FORBIDDEN_TRACKING)
def _is_tracked_as_forbidden(link: LinkOnPage) -> Message | None:
    tracking = Tracking.BEACON if link.link.is_counted else Tracking.DIRECT
    if link.redirect:
        tracking = Tracking.REDIRECT
    profile = _profile(link)
    if profile is None or profile.allows(tracking):
        return None
    return message("check.detail.tracking", programme=profile.name, tracking=tracking)


@link_rule(codes.FORBIDDEN_ATTRIBUTE)
def _has_forbidden_attribute(link: LinkOnPage) -> Message | None:
    profile = _profile_of_direct(link)
    if profile is None:
        return None
    return _about_attributes(profile, (*sorted(_forbidden(link, profile)),))


@link_rule(codes.MISSING_ATTRIBUTE)
def _lacks_attribute(link: LinkOnPage) -> Message | None:
    profile = _profile_of_direct(link)
    # A link without any word for ads has a code of its own.
    if profile is None or not link.link.rel & PAID:
        return None
    rules = profile.rules
    names = rules.attributes.needed - link.link.attributes.keys() if rules.attributes else ()
    words = rules.rel.needed - link.link.rel if rules.rel else ()
    missing = (*sorted(names), *(f"rel={word}" for word in sorted(words)))
    return _about_attributes(profile, missing)


@link_rule(codes.HIDES_REFERRER)
def _hides_referrer(link: LinkOnPage) -> Message | None:
    for profile in filter(None, (_profile(link), link.inner_profile)):
        rule = profile.rules.referrer
        if link.is_paid and rule and link.link.policy in _HIDES[rule.shows]:
            return message("check.detail.policy", programme=profile.name, policy=link.link.policy)
    return None


@link_rule(codes.MISSING_PIXEL)
def _lacks_pixel(link: LinkOnPage) -> Message | None:
    profile = _profile_of_direct(link)
    rule = profile.rules.pixel if profile else None
    address = address_of(link.address)
    if profile is None or rule is None or address is None or not rule.needed:
        return None
    shared = (*(address.parameter(name) for name in rule.shared),)
    # Without one of them it is no code that was issued with a picture.
    if None in shared or link.pixels.have(profile, rule, shared):
        return None
    return message("check.detail.programme", programme=profile.name)


@link_rule(codes.WITHOUT_CODE)
def _is_without_its_code(link: LinkOnPage) -> Message | None:
    # Of a block's links the catalog is warned.
    profile = None if link.link.block else _profile_of_direct(link)
    rule = profile.rules.issued_code if profile else None
    address = address_of(link.address)
    if profile is None or rule is None or address is None or not rule.needed:
        return None
    is_issued = any(shape.fits(address) for shape in rule.links)
    if not is_issued or rule.attributes <= link.link.attributes.keys():
        return None
    return message("check.detail.programme", programme=profile.name)


@link_rule(codes.UNNAMED_SHOP)
def _hides_where_it_leads(link: LinkOnPage) -> Message | None:
    profile = None if link.link.block else _profile_of_direct(link)
    if profile is None or link.link.names_shop:
        return None
    return message("check.detail.programme", programme=profile.name)


def _profile(link: LinkOnPage) -> Profile | None:
    """Return whose rules an affiliate link is under."""
    return link.profile if link.is_paid else None


def _profile_of_direct(link: LinkOnPage) -> Profile | None:
    """Return the same of a link that is the programme's own, no redirect and no frame."""
    return None if link.redirect or link.link.framed else _profile(link)


def _forbidden(link: LinkOnPage, profile: Profile) -> Iterator[str]:
    if rule := profile.rules.attributes:
        # Where no clicks may be counted beside the link, that has a code of its own.
        rest = frozenset() if profile.allows(Tracking.BEACON) else _COUNTING
        for name in link.link.attributes.keys() - rest:
            if not profile.allows_attribute(name) and _is_held_against_links(rule, name):
                yield name
    if rel := profile.rules.rel:
        # `noreferrer` is reported as what it does.
        yield from (f"rel={word}" for word in link.link.rel & rel.forbidden - {"noreferrer"})


def _is_held_against_links(rule: AttributeRule, name: str) -> bool:
    is_of_looks = name in _OF_LOOKS or name.startswith("aria-")
    return name != "href" and (
        name in rule.forbidden or rule.source.read is not None or not is_of_looks
    )


def _about_attributes(profile: Profile, names: tuple[str, ...]) -> Message | None:
    if not names:
        return None
    return message("check.detail.attributes", programme=profile.name, names=names)
