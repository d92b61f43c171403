"""Applying the rules to what is on a page: its links, its pictures and its blocks."""

from collections.abc import Iterator
from dataclasses import dataclass

import linkmgr.check.rules.programmes  # noqa: F401 - so that its rules are registered
from linkmgr.check.findings.codes import BLOCK_BEFORE_LABEL, DEAD_PICTURE
from linkmgr.check.findings.model import Finding
from linkmgr.check.pages.built_site import BuiltSite, SiteAddresses
from linkmgr.check.pages.page import Link, Page
from linkmgr.check.rules.links import LinkOnPage, PagePixels, broken_rules
from linkmgr.check.rules.redirects import Redirects
from linkmgr.check.sources.places import Places
from linkmgr.links.programmes.profile import Profiles
from linkmgr.links.recognition.affiliate import affiliate_link


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

    def findings(self, page: Page, path: str) -> Iterator[Finding]:
        """Yield what is wrong on the page at `path`, in its order."""
        pixels = PagePixels(page.pictures)
        links = [self._link_on_page(link, page, path, pixels) for link in page.links]
        for link in links:
            for code, detail in broken_rules(link):
                source = self.places.of_link(path, link.link)
                yield Finding(code, link.what, path, source, detail=detail)
        unlabelled = (link for link in links if link.is_paid and not link.link.labelled)
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
            profile=self.profiles.of(address),
            inner_profile=self.profiles.get(affiliate.programme) if affiliate else None,
            pixels=pixels,
            own_marketplace=self.own_marketplace,
        )

    def _path(self, url: str, page: Page, path: str) -> str | None:
        return self.addresses.path(url, path, page.base, self.built)

    def _is_dead(self, path: str | None) -> bool:
        return path is not None and not (path and self.built.file(path))
