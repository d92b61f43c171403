"""The registry of check codes: each rule beside the code that it reports.

A new code is a function here under `link_rule` or `post_rule`, and its wording in the files of
messages: `check.finding.<code>` and `check.remedy.<code>`. The command's report and JSON, the
Health page, the API's description and docs/check.md read the registry.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from linkmgr.check.built_site import BuiltSite, SiteAddresses
from linkmgr.check.model import CheckCode, Finding, Severity
from linkmgr.check.page import Link, Page
from linkmgr.links.affiliate import affiliate_link
from linkmgr.links.amazon import TAG_SUFFIXES, tag_problem
from linkmgr.links.model import AMAZON, AffiliateLink

CODES: dict[str, CheckCode] = {}
"""Every check code by its name."""

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


@dataclass(frozen=True, slots=True)
class PostPage:
    """A post's built page. `is_stale`: its blocks are newer than the page.

    `blocks_are_optional`: a layout shows single blocks, so that a post may rightly show none.
    """

    page: Page
    is_stale: bool
    blocks_are_optional: bool


LinkRule = Callable[[LinkOnPage], bool]
PostRule = Callable[[PostPage], Iterable[str]]
"""Returns what a finding is about, one for each: a block's name, or "" for the page as a whole."""

_LINK_RULES: list[tuple[CheckCode, LinkRule]] = []
_POST_RULES: list[tuple[CheckCode, PostRule]] = []


def register(name: str, severity: Severity) -> CheckCode:
    """Add a code to the registry."""
    if name in CODES:
        raise ValueError(f"there are two check codes called {name}")
    code = CODES[name] = CheckCode(name, severity)
    return code


def link_rule(name: str, severity: Severity) -> Callable[[LinkRule], LinkRule]:
    """Register a code that is reported for each link to which the function says yes."""

    def add(rule: LinkRule) -> LinkRule:
        _LINK_RULES.append((register(name, severity), rule))
        return rule

    return add


def post_rule(name: str, severity: Severity) -> Callable[[PostRule], PostRule]:
    """Register a code that is reported for each value that the function returns of a post."""

    def add(rule: PostRule) -> PostRule:
        _POST_RULES.append((register(name, severity), rule))
        return rule

    return add


@dataclass(frozen=True, slots=True)
class LinkChecker:
    """Applies the rules for links. `own_marketplace` is as in `LinkOnPage`."""

    built: BuiltSite
    addresses: SiteAddresses
    own_marketplace: str | None

    def findings(self, page: Page, path: str) -> Iterator[Finding]:
        """Yield what is wrong with the links of the page at `path`, in their order."""
        for link in page.links:
            target = self.addresses.path(link.url, path, page.base, self.built)
            is_dead = target is not None and not (target and self.built.file(target))
            checked = LinkOnPage(link, affiliate_link(link.url), is_dead, self.own_marketplace)
            for code, rule in _LINK_RULES:
                if rule(checked):
                    yield Finding(code, link.url, path)


def post_findings(post: PostPage, path: str) -> Iterator[Finding]:
    """Yield what is wrong with the blocks on a post's page."""
    for code, rule in _POST_RULES:
        for what in rule(post):
            yield Finding(code, what, path)


@link_rule("dead-link", Severity.ERROR)
def _is_dead(link: LinkOnPage) -> bool:
    return link.is_dead


@link_rule("no-tag", Severity.WARNING)
def _has_no_tag(link: LinkOnPage) -> bool:
    return link.own_marketplace is not None and link.is_untagged and not link.is_elsewhere


@link_rule("other-marketplace", Severity.WARNING)
def _is_of_other_marketplace(link: LinkOnPage) -> bool:
    return link.own_marketplace is not None and link.is_untagged and link.is_elsewhere


@link_rule("no-label", Severity.ERROR)
def _has_no_label(link: LinkOnPage) -> bool:
    return link.is_paid and not link.link.labelled


@link_rule("no-rel", Severity.ERROR)
def _has_no_rel(link: LinkOnPage) -> bool:
    return link.is_paid and not link.link.framed and not link.link.rel & _PAID


@link_rule("hides-referrer", Severity.ERROR)
def _hides_referrer(link: LinkOnPage) -> bool:
    return link.is_paid_by_amazon and link.link.hides_referrer


@link_rule("other-tag", Severity.WARNING)
def _has_other_tag(link: LinkOnPage) -> bool:
    found = link.affiliate
    if found is None or not link.is_paid_by_amazon or not found.tag:
        return False
    market = found.marketplace
    return market in TAG_SUFFIXES and bool(tag_problem(found.tag, market))


NO_PAGE = register("no-page", Severity.ERROR)


@post_rule("stale", Severity.WARNING)
def _is_stale(post: PostPage) -> Iterator[str]:
    if post.is_stale:
        yield ""


@post_rule("no-blocks", Severity.ERROR)
def _has_no_blocks(post: PostPage) -> Iterator[str]:
    if not (post.is_stale or post.page.blocks or post.blocks_are_optional):
        yield ""


@post_rule("block-twice", Severity.ERROR)
def _shows_block_twice(post: PostPage) -> Iterator[str]:
    return (name for name, times in post.page.blocks.items() if times > 1)


UNREADABLE = register("unreadable", Severity.ERROR)
