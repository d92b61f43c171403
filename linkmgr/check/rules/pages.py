"""The rules for pages and feeds, with those of affiliate programmes for the links on them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from linkmgr.check import findings
from linkmgr.check.findings import (
    BLOCK_BEFORE_LABEL,
    DEAD_LINK,
    DEAD_PICTURE,
    RELATIVE_IN_FEED,
    Finding,
)
from linkmgr.check.pages.built_site import BuiltSite, SiteAddresses
from linkmgr.check.pages.feeds import FeedText, read_feed
from linkmgr.check.pages.page import COUNTING, Link, Page, Picture
from linkmgr.check.rules.links import (
    PAID,
    InternalUtm,
    LinkOnPage,
    PagePixels,
    Redirects,
    broken_rules,
    link_rule,
)
from linkmgr.check.sources import Places
from linkmgr.links.model import Tracking
from linkmgr.links.programmes.profile import AttributeRule, Profile, Profiles
from linkmgr.links.recognition.affiliate import affiliate_link
from linkmgr.links.urls import host_in
from linkmgr.links.wrappers import address_of
from linkmgr.messages.message import Message, message

# What the profiles of affiliate programmes ask of links.

# What each referrer policy keeps to itself (Referrer Policy, W3C): all, or which page it was.
_HIDES_SITE = frozenset(("no-referrer", "same-origin"))
_HIDES_PAGE = _HIDES_SITE | frozenset(
    ("origin", "strict-origin", "origin-when-cross-origin", "strict-origin-when-cross-origin")
)
_HIDES = {"site": _HIDES_SITE, "page": _HIDES_PAGE}

# What changes looks alone. A list of attributes that could not be verified may be incomplete; what
# acts or tells somebody something still counts against a link.
_OF_LOOKS = frozenset(("class", "id", "lang", "style", "title"))


@link_rule(findings.FORBIDDEN_TRACKING)
def _is_tracked_as_forbidden(link: LinkOnPage) -> Message | None:
    tracking = Tracking.BEACON if link.link.is_counted else Tracking.DIRECT
    if link.redirect:
        tracking = Tracking.REDIRECT
    profile = _profile(link)
    if profile is None or profile.allows(tracking):
        return None
    return message("check.detail.tracking", programme=profile.name, tracking=tracking)


@link_rule(findings.FORBIDDEN_ATTRIBUTE)
def _has_forbidden_attribute(link: LinkOnPage) -> Message | None:
    profile = _profile_of_direct(link)
    if profile is None:
        return None
    return _about_attributes(profile, sorted(_forbidden(link, profile)))


@link_rule(findings.MISSING_ATTRIBUTE)
def _lacks_attribute(link: LinkOnPage) -> Message | None:
    profile = _profile_of_direct(link)
    # A link without any word for ads has a code of its own.
    if profile is None or not link.link.rel & PAID:
        return None
    rules = profile.rules
    missing: list[str] = []
    if rules.attributes:
        missing += sorted(rules.attributes.needed - link.link.attributes.keys())
    if rules.rel:
        missing += [f"rel={word}" for word in sorted(rules.rel.needed - link.link.rel)]
    return _about_attributes(profile, missing)


@link_rule(findings.HIDES_REFERRER)
def _hides_referrer(link: LinkOnPage) -> Message | None:
    for profile in filter(None, (_profile(link), link.inner_profile)):
        rule = profile.rules.referrer
        if link.is_paid and rule and link.link.policy in _HIDES[rule.shows]:
            return message("check.detail.policy", programme=profile.name, policy=link.link.policy)
    return None


@link_rule(findings.MISSING_PIXEL)
def _lacks_pixel(link: LinkOnPage) -> Message | None:
    profile = _profile_of_direct(link)
    rule = profile.rules.pixel if profile else None
    address = address_of(link.address)
    if profile is None or rule is None or address is None or not rule.needed:
        return None
    shared = tuple(map(address.parameter, rule.shared))
    # Without one of them it is no code that was issued with a picture.
    if None in shared or link.pixels.have(profile, rule, shared):
        return None
    return message("check.detail.programme", programme=profile.name)


@link_rule(findings.WITHOUT_CODE)
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


@link_rule(findings.UNNAMED_SHOP)
def _hides_where_it_leads(link: LinkOnPage) -> Message | None:
    profile = None if link.link.block else _profile_of_direct(link)
    if profile is None or link.link.names_shop:
        return None
    return message("check.detail.programme", programme=profile.name)


def _profile(link: LinkOnPage) -> Profile | None:
    """Return the profile whose rules an affiliate link is under."""
    return link.profile if link.is_paid else None


def _profile_of_direct(link: LinkOnPage) -> Profile | None:
    """Return the same for the programme's own link, neither a redirect nor a frame."""
    return None if link.redirect or link.link.framed else _profile(link)


def _forbidden(link: LinkOnPage, profile: Profile) -> Iterator[str]:
    if rule := profile.rules.attributes:
        # Where no clicks may be counted beside the link, that has a code of its own.
        rest = frozenset() if profile.allows(Tracking.BEACON) else COUNTING
        for name in link.link.attributes.keys() - rest:
            if not profile.allows_attribute(name) and _is_held_against_links(rule, name):
                yield name
    if rel := profile.rules.rel:
        # `noreferrer` is reported as what it does.
        for word in link.link.rel & rel.forbidden - {"noreferrer"}:
            yield f"rel={word}"


def _is_held_against_links(rule: AttributeRule, name: str) -> bool:
    if name == "href":
        return False
    is_of_looks = name in _OF_LOOKS or name.startswith("aria-")
    return name in rule.forbidden or rule.source.read is not None or not is_of_looks


def _about_attributes(profile: Profile, names: Sequence[str]) -> Message | None:
    if not names:
        return None
    return message("check.detail.attributes", programme=profile.name, names=tuple(names))


@dataclass(frozen=True, slots=True)
class PageChecker:
    """Applies the rules for what pages and feeds show.

    `profiles` are those of the catalog, `own_marketplace` is as in `LinkOnPage`.
    """

    built: BuiltSite
    addresses: SiteAddresses
    redirects: Redirects | None
    profiles: Profiles
    own_marketplace: str | None
    places: Places
    own_targets: frozenset[str] = frozenset()
    """The hosts to which the catalog's calls to action lead."""
    own_utm: frozenset[InternalUtm] = frozenset()
    """The UTM with which they lead to pages of the site."""

    def findings(self, page: Page, path: str) -> Iterator[Finding]:
        """Yield the findings of the page at `path`, in its order."""
        pixels = PagePixels(page.pictures)
        links = [self._link_on_page(link, page, path, pixels) for link in page.links]
        for link in links:
            for code, detail in broken_rules(link):
                source = self.places.of_link(path, link.link)
                yield Finding(code, link.what, path, source, detail=detail)
        unlabelled = [link for link in links if link.is_paid and not link.link.labelled]
        for block in dict.fromkeys(link.link.block for link in unlabelled if link.link.block):
            yield Finding(BLOCK_BEFORE_LABEL, block, path, self.places.of_blocks(path))
        for picture in page.pictures:
            if picture.seen and self._is_dead(self._path(picture.url, page, path)):
                source = self.places.of_link(path, picture)
                yield Finding(DEAD_PICTURE, picture.url, path, source)

    def is_dead(self, address: str) -> bool:
        """Whether an absolute address is of a page that the site does not have."""
        return self._is_dead(self.addresses.path(address, "", "", self.built))

    def _link_on_page(self, link: Link, page: Page, path: str, pixels: PagePixels) -> LinkOnPage:
        absolute = self.addresses.absolute(link.url, path, page.base)
        redirect = self.redirects.follow(absolute) if self.redirects else None
        address = (redirect.target or "") if redirect else link.url
        target = None if redirect and not address else self._path(address, page, path)
        affiliate = affiliate_link(address)
        return LinkOnPage(
            link=link,
            redirect=redirect,
            address=address,
            affiliate=affiliate,
            path=target,
            is_dead=self._is_dead(target),
            profile=self.profiles.of_url(address),
            inner_profile=self.profiles.get(affiliate.programme) if affiliate else None,
            pixels=pixels,
            own_marketplace=self.own_marketplace,
            leads_to_own_target=host_in(absolute) in self.own_targets,
            has_catalog_utm=target is not None
            and InternalUtm.of_address(target, address) in self.own_utm,
        )

    def _path(self, url: str, page: Page, path: str) -> str | None:
        return self.addresses.path(url, path, page.base, self.built)

    def _is_dead(self, path: str | None) -> bool:
        return path is not None and not (path and self.built.file(path))


# Feeds: the rules for pages, and that addresses must be complete.

_COMPLETE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def feed_findings(checker: PageChecker, raw: bytes, path: str) -> Iterator[Finding]:
    """Yield the findings of the feed at `path`. Raise SyntaxError if it is no XML.

    All its relative addresses are one finding, at the feed's template, where they are put right; a
    plugin's feed has none, so that the first of them is named where it was written.
    """
    places = checker.places
    relative: dict[str, Link | Picture | None] = {}
    for entry in read_feed(raw):
        for address in entry.links:
            if not _COMPLETE.match(address):
                relative.setdefault(address)
            elif checker.is_dead(address):
                yield Finding(DEAD_LINK, address, path, places.of_page(path))
        for text in entry.texts:
            if not _COMPLETE.match(text.base):
                relative |= {shown.url: shown for shown in filter(_is_relative, text.page.shown)}
            yield from checker.findings(_complete(text), path)
    if relative:
        address, first = next(iter(relative.items()))
        source = places.of_page(path)
        if first and not source.file:
            source = places.of_link(path, first)
        more = len(relative) - 1
        detail = message("check.detail.more-addresses", count=more) if more else None
        yield Finding(RELATIVE_IN_FEED, address, path, source, detail=detail)


def _complete(text: FeedText) -> Page:
    """Return a feed's text as a page, with its complete addresses only if it has no base."""
    page = text.page
    if _COMPLETE.match(text.base):
        return replace(page, base=text.base)
    links = [link for link in page.links if _COMPLETE.match(link.url)]
    pictures = [picture for picture in page.pictures if _COMPLETE.match(picture.url)]
    return replace(page, links=links, pictures=pictures)


def _is_relative(shown: Link | Picture) -> bool:
    """Whether an address needs a page around it; a note at the end of its entry needs none."""
    return not _COMPLETE.match(shown.url) and not shown.url.startswith("#")
