"""What is wrong with the links of a page."""

from collections.abc import Iterator
from dataclasses import dataclass

from linkmgr.adopt.links import affiliate_link
from linkmgr.adopt.model import AffiliateLink
from linkmgr.catalog.amazon import TAG_SUFFIXES, tag_problem
from linkmgr.catalog.model import AMAZON
from linkmgr.check.built import Built, Own
from linkmgr.check.model import Finding, Wrong
from linkmgr.check.page import Link, Page

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
            for wrong in self._wrongs(link, page, path):
                yield Finding(path, link.line, wrong, link.url)

    def _wrongs(self, link: Link, page: Page, path: str) -> Iterator[Wrong]:
        inside = self.own.path(link.url, path, page.base)
        if inside is not None and not (inside and self.built.file(inside)):
            yield Wrong.DEAD_LINK
        found = affiliate_link(link.url)
        if found is None and "sponsored" not in link.rel:
            return
        if found is not None and found.programme == AMAZON:
            yield from self._wrongs_at_amazon(found)
            if link.hides_referrer or page.hides_referrer:
                yield Wrong.HIDES_REFERRER
        if found is not None and _earns_nothing(found):
            return
        if not link.labelled:
            yield Wrong.NO_LABEL
        if not link.framed and not link.rel & _PAID:
            yield Wrong.NO_REL

    def _wrongs_at_amazon(self, link: AffiliateLink) -> Iterator[Wrong]:
        if self.tagged and _earns_nothing(link):
            yield Wrong.NO_TAG
        elif (
            link.tag
            and link.marketplace in TAG_SUFFIXES
            and tag_problem(link.tag, link.marketplace)
        ):
            yield Wrong.OTHER_TAG


def _earns_nothing(link: AffiliateLink) -> bool:
    """Whether it is a plain page of Amazon's; of a short or wrapped address that is not known."""
    return link.tag is None and link.wrapper is None and link.kind in ("product", "search")
