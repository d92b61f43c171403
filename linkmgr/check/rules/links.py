"""The rules for links: each a function under the code that it reports."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Self
from urllib.parse import SplitResult, unquote_plus, urlsplit

from linkmgr.catalog.model import Catalog
from linkmgr.check import findings
from linkmgr.check.findings import CheckCode
from linkmgr.check.pages.built_site import SiteAddresses
from linkmgr.check.pages.page import Link, Picture
from linkmgr.clicks.catalog_targets import targets_of
from linkmgr.clicks.targets import TargetsOfDay, destination, read_query
from linkmgr.links.amazon import TAG_SUFFIXES, marketplaces_of_tag, tag_problem
from linkmgr.links.model import AMAZON, UTM_PARAMETERS, AffiliateLink, is_known_medium
from linkmgr.links.programmes.profile import PixelRule, Profile
from linkmgr.links.urls import host_of, is_at_amazon
from linkmgr.links.wrappers import address_of
from linkmgr.messages.message import Message, message

# Where our redirects lead, by the catalog: the server is not asked.

_GO = "/go/"


class Redirect(NamedTuple):
    """A link through the server. `target` is where readers arrive, `None` for an unknown item.

    `address` omits the link's place.
    """

    address: str
    target: str | None


@dataclass(frozen=True, slots=True)
class Redirects:
    """The redirects of a catalog's server, as it answers them on one day."""

    addresses: SiteAddresses
    server: SplitResult
    served: TargetsOfDay

    @classmethod
    def of_catalog(cls, catalog: Catalog, addresses: SiteAddresses, today: date) -> Self | None:
        """Return the endpoints of a catalog, `None` if it has no server."""
        if catalog.site.server is None:
            return None
        served = TargetsOfDay.compute(targets_of(catalog), today)
        return cls(addresses, urlsplit(catalog.site.server), served)

    def follow(self, address: str) -> Redirect | None:
        """Return the redirect at an absolute address, `None` if it is not one of ours."""
        if not address or self.addresses.is_elsewhere(address):
            return None
        parts = urlsplit(address)
        path = f"{self.server.path}{_GO}"
        if not (parts.path.startswith(path) and self._is_at_server(parts.netloc)):
            return None
        plain = f"{self.server.scheme}://{self.server.netloc}{parts.path}"
        target = self.served.leads_to.get(parts.path.removeprefix(path))
        query = read_query(parts.query, self.served.places)
        if target is None or query is None:
            return Redirect(plain, None)
        return Redirect(plain, destination(target, query, self.served.targets.tags))

    def _is_at_server(self, netloc: str) -> bool:
        host, server = host_of(netloc), host_of(self.server.netloc)
        return host == server or (self.addresses.is_own(host) and self.addresses.is_own(server))


# UTM parameters by which no analytics can tell where a visit came from.

_NEEDED = UTM_PARAMETERS[:3]
"""Source, medium and campaign, which always go together."""

# Those that Google Analytics reads (https://support.google.com/analytics/answer/10917952); sites
# have others for themselves, such as `utm_int`.
_NAME = re.compile(
    r"utm_(?:source|medium|campaign|content|term|id|source_platform|creative_format"
    r"|marketing_tactic)",
    re.IGNORECASE,
)


def _has_utm(url: str) -> bool:
    """Whether there are UTM parameters anywhere in an address."""
    return any(map(_parameters, re.split("[?#]", url)[1:]))


class InternalUtm(NamedTuple):
    """A page of the site, and what a link to it tells analytics instead of where a visitor was."""

    path: str
    source: str
    medium: str
    campaign: str

    @classmethod
    def of_address(cls, path: str, address: str) -> Self:
        """Return the parameters of an address that leads to a `path` of the site."""
        values: dict[str, str] = {}
        for part in re.split("[?#]", address)[1:]:
            for name, value in _parameters(part):
                values[name.lower()] = value
        return cls(path, *(values.get(name, "") for name in _NEEDED))


def _utm_problem(url: str) -> Message | None:
    """Return the problem of a link's UTM parameters to another site, `None` if it has none."""
    address, _, fragment = url.partition("#")
    parameters = _parameters(address.partition("?")[2])
    if _parameters(fragment.rpartition("?")[2]):
        return message("check.utm.after-fragment")
    if not parameters:
        return None
    if is_at_amazon(url):
        return message("check.utm.at-amazon")
    return _form_problem(parameters)


def _unknown_medium(url: str) -> str | None:
    """Return the medium in an address by which analytics cannot tell a channel."""
    query = url.partition("#")[0].partition("?")[2]
    medium = dict(_parameters(query)).get("utm_medium")
    return medium if medium and not is_known_medium(medium) else None


def _form_problem(parameters: list[tuple[str, str]]) -> Message | None:
    values = {name.lower(): value for name, value in parameters if value}
    if missing := [name for name in _NEEDED if name not in values]:
        return message("check.utm.missing", names=tuple(missing))
    times = Counter(name.lower() for name, _ in parameters)
    if doubled := [name for name, number in times.items() if number > 1]:
        return message("check.utm.doubled", names=tuple(doubled))
    shouting: list[str] = []
    for name, value in parameters:
        if name != name.lower() or value != value.lower():
            shouting.append(name)
    return message("check.utm.upper-case", names=tuple(shouting)) if shouting else None


def _parameters(query: str) -> list[tuple[str, str]]:
    pairs = (part.partition("=") for part in query.split("&"))
    return [(name, unquote_plus(value)) for name, _, value in pairs if _NAME.fullmatch(name)]


# What the rules look at.

PAID = frozenset(("sponsored", "nofollow"))
"""The words in `rel` that mark an ad; the latter is what Google asked for before 2019."""


class PagePixels:
    """The counting pictures of a page, by the parameters that they share with their links."""

    def __init__(self, pictures: Iterable[Picture]) -> None:
        addresses = [address_of(picture.url) for picture in pictures]
        self._addresses = [address for address in addresses if address]
        self._shared: dict[str, set[tuple[str | None, ...]]] = {}

    def have(self, profile: Profile, rule: PixelRule, values: tuple[str | None, ...]) -> bool:
        """Whether a programme's picture on the page has these values of the shared parameters."""
        if profile.id not in self._shared:
            shared: set[tuple[str | None, ...]] = set()
            for address in self._addresses:
                if any(shape.fits(address) for shape in profile.pixels):
                    shared.add(tuple(map(address.parameter, rule.shared)))
            self._shared[profile.id] = shared
        return values in self._shared[profile.id]


@dataclass(frozen=True, slots=True)
class LinkOnPage:
    """A link of a built page, judged by where it leads: of a `redirect` of ours, by its target."""

    link: Link
    redirect: Redirect | None
    address: str
    affiliate: AffiliateLink | None
    """What it earns with, as far as its address shows."""
    path: str | None
    """That of a page of the site, `None` elsewhere."""
    is_dead: bool
    """Whether the site has no such page."""
    profile: Profile | None
    """That of the programme to whose server it leads."""
    inner_profile: Profile | None
    """That of the programme that a wrapped link earns with."""
    pixels: PagePixels
    """Those of the page."""
    own_marketplace: str | None
    """The one of Amazon's for which the catalog has a tag."""
    leads_to_own_target: bool = False
    """Whether it leads to a host that a call to action of the catalog leads to."""
    has_catalog_utm: bool = False
    """Whether it leads within the site with the UTM of a call to action that leads there, too."""

    @property
    def is_owners(self) -> bool:
        """Whether the owner made its address, so that what is wrong in it is theirs to mend.

        A link that was copied from elsewhere brings the parameters of whoever shared it.
        """
        return self.is_of_catalog or self.is_paid or self.leads_to_own_target

    @property
    def is_of_catalog(self) -> bool:
        """Whether linkmgr wrote it: in a block or a card, or with an address of the server's."""
        return bool(self.link.block or self.redirect)

    @property
    def is_untagged(self) -> bool:
        """Whether it is a plain page of Amazon's; of a short or wrapped address nobody knows."""
        link = self.affiliate
        return (
            link is not None
            and link.tag is None
            and link.wrapper is None
            and link.kind in ("product", "search")
        )

    @property
    def is_elsewhere(self) -> bool:
        """Whether it leads to a marketplace where the catalog's tag earns nothing."""
        return self.affiliate is not None and self.affiliate.marketplace != self.own_marketplace

    @property
    def is_paid(self) -> bool:
        """Whether it is an ad, by its address or by its `rel`."""
        if self.is_untagged:
            return False
        # At a server of Amazon's not every page can be one that earns.
        by_profile = self.profile is not None and self.profile.id != AMAZON
        return self.affiliate is not None or by_profile or "sponsored" in self.link.rel

    @property
    def is_paid_by_amazon(self) -> bool:
        """Whether it is an ad of Amazon's programme."""
        link = self.affiliate
        return self.is_paid and link is not None and link.programme == AMAZON

    @property
    def what(self) -> str:
        """What a finding is about: the link as written, of one of ours without its place."""
        return self.redirect.address if self.redirect else self.link.url


# The rules.

_LinkRule = Callable[[LinkOnPage], bool | Message | None]
"""Whether a link breaks a rule; a message gives details."""

_LINK_RULES: list[tuple[CheckCode, _LinkRule]] = []


def link_rule(code: CheckCode) -> Callable[[_LinkRule], _LinkRule]:
    """Have a code reported for each link for which the function is true."""

    def add(rule: _LinkRule) -> _LinkRule:
        _LINK_RULES.append((code, rule))
        return rule

    return add


def broken_rules(link: LinkOnPage) -> Iterator[tuple[CheckCode, Message | None]]:
    """Yield the codes of the rules that a link breaks, with what else there is to say."""
    target = link.redirect.target if link.redirect else None
    leads_to = message("check.detail.leads-to", target=target) if target else None
    for code, rule in _LINK_RULES:
        if broken := rule(link):
            yield code, leads_to if broken is True else broken


@link_rule(findings.DEAD_LINK)
def _is_dead(link: LinkOnPage) -> bool:
    return link.is_dead


@link_rule(findings.DEAD_REDIRECT)
def _leads_to_no_item(link: LinkOnPage) -> bool:
    return link.redirect is not None and link.redirect.target is None


@link_rule(findings.NO_TAG)
def _has_no_tag(link: LinkOnPage) -> bool:
    return link.own_marketplace is not None and link.is_untagged and not link.is_elsewhere


@link_rule(findings.OTHER_MARKETPLACE)
def _is_of_other_marketplace(link: LinkOnPage) -> bool:
    return link.own_marketplace is not None and link.is_untagged and link.is_elsewhere


@link_rule(findings.NO_LABEL)
def _has_no_label(link: LinkOnPage) -> bool:
    return link.is_paid and not link.link.labelled and not link.link.block


@link_rule(findings.NO_REL)
def _has_no_rel(link: LinkOnPage) -> bool:
    return link.is_paid and not link.link.framed and not link.link.rel & PAID


@link_rule(findings.OTHER_TAG)
def _has_other_tag(link: LinkOnPage) -> bool:
    tag, market = _tag_at(link)
    return bool(marketplaces_of_tag(tag)) and tag_problem(tag, market) is not None


@link_rule(findings.DAMAGED_TAG)
def _has_damaged_tag(link: LinkOnPage) -> Message | None:
    tag, market = _tag_at(link)
    return tag_problem(tag, market) if tag and not marketplaces_of_tag(tag) else None


def _tag_at(link: LinkOnPage) -> tuple[str, str]:
    """Return the tag of a link to Amazon and its marketplace, both empty for any other link."""
    target = link.affiliate
    if target is None or not link.is_paid_by_amazon or not target.tag:
        return "", ""
    market = target.marketplace
    return (target.tag, market) if market in TAG_SUFFIXES else ("", "")


@link_rule(findings.INTERNAL_UTM)
def _has_internal_utm(link: LinkOnPage) -> bool:
    return _has_utm_within_site(link) and not (link.is_of_catalog or link.has_catalog_utm)


@link_rule(findings.CATALOG_UTM)
def _has_internal_utm_of_catalog(link: LinkOnPage) -> bool:
    return _has_utm_within_site(link) and (link.is_of_catalog or link.has_catalog_utm)


def _has_utm_within_site(link: LinkOnPage) -> bool:
    return bool(link.path) and _has_utm(link.address)


@link_rule(findings.BROKEN_UTM)
def _has_broken_utm(link: LinkOnPage) -> Message | None:
    return _utm_problem(link.address) if link.is_owners and link.path is None else None


@link_rule(findings.UNKNOWN_MEDIUM)
def _has_unknown_medium(link: LinkOnPage) -> Message | None:
    # What is wrong with the parameters as a whole has a code of its own.
    if not link.is_owners or link.path is not None or _utm_problem(link.address):
        return None
    medium = _unknown_medium(link.address)
    return message("check.detail.medium", medium=medium) if medium else None


@link_rule(findings.HAND_WRITTEN_PRICE)
def _has_price_beside(link: LinkOnPage) -> Message | None:
    if not (link.is_paid and link.link.price):
        return None
    return message("check.detail.price", price=link.link.price)
