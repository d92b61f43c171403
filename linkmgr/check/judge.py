"""What is wrong with the links of a page."""

from collections.abc import Iterator
from dataclasses import dataclass

from linkmgr.check.built_site import Built, Own
from linkmgr.check.model import Finding, Wrong
from linkmgr.check.page import Link, Page
from linkmgr.links.affiliate import affiliate_link
from linkmgr.links.amazon import TAG_SUFFIXES, tag_problem
from linkmgr.links.model import AMAZON, AffiliateLink

_PAID = frozenset(("sponsored", "nofollow"))  # the latter is what Google asked for before 2019


@dataclass(frozen=True, slots=True)
class Judge:
    """Knows the site. `tagged` is whether it has a tag of Amazon's that its links can lack."""

    built: Built
    own: Own
    tagged: bool

    def findings(self, page: Page, path: str) -> Iterator[Finding]:
        """Yield what is wrong with the links of the page at `path`, in their order."""
        for link in page.links:
            inside = self.own.path(link.url, path, page.base, self.built)
            if inside is not None and not (inside and self.built.file(inside)):
                yield Finding(Wrong.DEAD_LINK, link.url, path)
            for wrong in self._wrongs(link):
                yield Finding(wrong, link.url, path)

    def _wrongs(self, link: Link) -> Iterator[Wrong]:
        found = affiliate_link(link.url)
        if found is None and "sponsored" not in link.rel:
            return
        if found is not None and _earns_nothing(found):
            if self.tagged:
                yield Wrong.NO_TAG
            return
        if not link.labelled:
            yield Wrong.NO_LABEL
        if not link.framed and not link.rel & _PAID:
            yield Wrong.NO_REL
        if found is not None and found.programme == AMAZON:
            if link.hides_referrer:
                yield Wrong.HIDES_REFERRER
            if _has_other_tag(found):
                yield Wrong.OTHER_TAG


def _earns_nothing(link: AffiliateLink) -> bool:
    """Whether it is a plain page of Amazon's; of a short or wrapped address that is not known."""
    return link.tag is None and link.wrapper is None and link.kind in ("product", "search")


def _has_other_tag(link: AffiliateLink) -> bool:
    market = link.marketplace
    return bool(link.tag and market in TAG_SUFFIXES and tag_problem(link.tag, market))
