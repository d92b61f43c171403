"""The rules for links: each a function under the code that it reports."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from linkmgr.check.findings import codes
from linkmgr.check.findings.model import CheckCode, Finding
from linkmgr.check.pages.built_site import BuiltSite, SiteAddresses
from linkmgr.check.pages.page import Link, Page
from linkmgr.check.sources.places import Places
from linkmgr.links.affiliate import affiliate_link
from linkmgr.links.amazon import TAG_SUFFIXES, tag_problem
from linkmgr.links.model import AMAZON, AffiliateLink

_PAID = frozenset(("sponsored", "nofollow"))  # the latter is what Google asked for before 2019


@dataclass(frozen=True, slots=True)
class LinkOnPage:
    """A link of a built page. `affiliate` is what it earns with, as far as its address shows.

    `is_dead`: it leads to a page of the site that is not there. `own_marketplace`: the one of
    Amazon's for which the catalog has a tag.
    """

    link: Link
    affiliate: AffiliateLink | None
    is_dead: bool
    own_marketplace: str | None

    @property
    def is_untagged(self) -> bool:
        """Whether it is a plain page of Amazon's; of a short or wrapped address nobody knows."""
        found = self.affiliate
        return (
            found is not None
            and found.tag is None
            and found.wrapper is None
            and found.kind in ("product", "search")
        )

    @property
    def is_elsewhere(self) -> bool:
        """Whether it leads to a marketplace where the catalog's tag earns nothing."""
        return self.affiliate is not None and self.affiliate.marketplace != self.own_marketplace

    @property
    def is_paid(self) -> bool:
        """Whether it is an ad, by its address or by its `rel`."""
        return not self.is_untagged and (self.affiliate is not None or "sponsored" in self.link.rel)

    @property
    def is_paid_by_amazon(self) -> bool:
        """Whether it is an ad of Amazon's programme."""
        found = self.affiliate
        return self.is_paid and found is not None and found.programme == AMAZON


LinkRule = Callable[[LinkOnPage], bool]

_LINK_RULES: list[tuple[CheckCode, LinkRule]] = []


def link_rule(code: CheckCode) -> Callable[[LinkRule], LinkRule]:
    """Have a code reported for each link to which the function says yes."""

    def add(rule: LinkRule) -> LinkRule:
        _LINK_RULES.append((code, rule))
        return rule

    return add


@dataclass(frozen=True, slots=True)
class LinkChecker:
    """Applies the rules for links. `own_marketplace` is as in `LinkOnPage`."""

    built: BuiltSite
    addresses: SiteAddresses
    own_marketplace: str | None
    places: Places

    def findings(self, page: Page, path: str) -> Iterator[Finding]:
        """Yield what is wrong with the links of the page at `path`, in their order."""
        for link in page.links:
            target = self.addresses.path(link.url, path, page.base, self.built)
            is_dead = target is not None and not (target and self.built.file(target))
            checked = LinkOnPage(link, affiliate_link(link.url), is_dead, self.own_marketplace)
            for code, rule in _LINK_RULES:
                if rule(checked):
                    yield Finding(code, link.url, path, self.places.of_link(path, link))


@link_rule(codes.DEAD_LINK)
def _is_dead(link: LinkOnPage) -> bool:
    return link.is_dead


@link_rule(codes.NO_TAG)
def _has_no_tag(link: LinkOnPage) -> bool:
    return link.own_marketplace is not None and link.is_untagged and not link.is_elsewhere


@link_rule(codes.OTHER_MARKETPLACE)
def _is_of_other_marketplace(link: LinkOnPage) -> bool:
    return link.own_marketplace is not None and link.is_untagged and link.is_elsewhere


@link_rule(codes.NO_LABEL)
def _has_no_label(link: LinkOnPage) -> bool:
    return link.is_paid and not link.link.labelled


@link_rule(codes.NO_REL)
def _has_no_rel(link: LinkOnPage) -> bool:
    return link.is_paid and not link.link.framed and not link.link.rel & _PAID


@link_rule(codes.HIDES_REFERRER)
def _hides_referrer(link: LinkOnPage) -> bool:
    return link.is_paid_by_amazon and link.link.hides_referrer


@link_rule(codes.OTHER_TAG)
def _has_other_tag(link: LinkOnPage) -> bool:
    found = link.affiliate
    if found is None or not link.is_paid_by_amazon or not found.tag:
        return False
    market = found.marketplace
    return market in TAG_SUFFIXES and bool(tag_problem(found.tag, market))
