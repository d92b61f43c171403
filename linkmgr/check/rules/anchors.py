"""Links to a part of a page, by its `#fragment`, that is not there."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser

from linkmgr.check.findings import DEAD_ANCHOR, Finding
from linkmgr.check.pages.built_site import BuiltSite, SiteAddresses
from linkmgr.check.pages.page import Link, Page
from linkmgr.check.sources import Places
from linkmgr.links.urls import without_utm

# Attributes of a link that is for scripts alone: it opens a menu, a tab, a dialog.
_FOR_SCRIPTS = re.compile(
    r"on[a-z]+|aria-(?:controls|expanded|haspopup|selected)"
    r"|data-(?:\w+-)*(?:toggle|target|dismiss|slide)"
)
_ROLES = frozenset(("button", "menuitem", "option", "switch", "tab"))
# What services for comments name as they load them.
_COMMENTS = re.compile(r"comment|respond|disqus|isso|utterances|giscus|webmention", re.IGNORECASE)
_HEADINGS = "h1,h2,h3,h4,h5,h6"
# A name in a script; some have dots and colons in them, which also stand between names.
_NAME = re.compile(r"[\w-]+")
_LONG_NAME = re.compile(r"[^\s\"'`#<>=,;(){}\[\]\\/|&!?+*]+")


class _Wanted(NamedTuple):
    link: Link
    page: str
    file: str
    fragment: str


@dataclass(slots=True)
class AnchorChecker:
    """Looks up what links are to lead to once all pages have been noted."""

    built: BuiltSite
    addresses: SiteAddresses
    places: Places
    _anchors: dict[str, frozenset[str] | None] = field(default_factory=dict)
    _wanted: list[_Wanted] = field(default_factory=list)
    _makers: dict[str, "_AnchorMakers"] = field(default_factory=dict)
    _scripts: dict[str, frozenset[str]] = field(default_factory=dict)

    def note(self, page: Page, path: str) -> None:
        """Take note of what is on the page at `path`, and to what its links lead."""
        # What only sends readers on has no parts, and may take the fragment along.
        self._anchors[path] = None if page.redirects else frozenset(page.anchors)
        for link in page.links:
            fragment = _fragment(link.url)
            if not fragment or _is_for_scripts(link.attributes):
                continue
            target = self.addresses.path(link.url, path, page.base, self.built)
            file = self.built.file(target) if target else None
            if file and not (file == path and _is_among(fragment, page.anchors)):
                self._wanted.append(_Wanted(link, path, file, fragment))

    def findings(self) -> Iterator[Finding]:
        """Yield the links that lead to no part of their page."""
        for link, page, file, fragment in self._wanted:
            anchors = self._anchors.get(file)
            if anchors is None or _is_among(fragment, anchors):
                continue
            if not self._may_be_made(file, unquote(fragment)):
                yield Finding(DEAD_ANCHOR, link.url, page, self.places.of_link(page, link))

    def _may_be_made(self, file: str, fragment: str) -> bool:
        """Whether a script of a page may make this anchor while the page is read."""
        if file not in self._makers:
            self._makers[file] = self._makers_on(file)
        return self._makers[file].may_make(fragment)

    def _makers_on(self, file: str) -> "_AnchorMakers":
        root = LexborHTMLParser(self.built.text(file))
        scripts = root.css("script")
        if not scripts:
            return _AnchorMakers()
        words: set[str] = set()
        for script in scripts:
            words |= self._script(script.attributes.get("src") or "", file)
            words |= _words(script.text())
        headings = frozenset(_letters(heading.text()) for heading in root.css(_HEADINGS))
        return _AnchorMakers(frozenset(words), headings, has_scripts=True)

    def _script(self, url: str, page: str) -> frozenset[str]:
        """Return the words of a script of the site's own."""
        target = self.addresses.path(url, page, "", self.built) if url else None
        file = self.built.file(target) if target else None
        if file is None:
            return frozenset()
        if file not in self._scripts:
            try:
                self._scripts[file] = _words(self.built.text(file))
            except OSError:
                self._scripts[file] = frozenset()
        return self._scripts[file]


class _AnchorMakers(NamedTuple):
    """What scripts of a page may make anchors of: its headings, and words of their own."""

    words: frozenset[str] = frozenset()
    headings: frozenset[str] = frozenset()
    has_scripts: bool = False

    def may_make(self, fragment: str) -> bool:
        if not self.has_scripts:
            return False
        if fragment in self.words or _letters(fragment) in self.headings:
            return True
        return _COMMENTS.search(fragment) is not None


def _words(script: str) -> frozenset[str]:
    """Return the words of a script that may be names of anchors."""
    return frozenset(_NAME.findall(script) + _LONG_NAME.findall(script))


def _fragment(url: str) -> str:
    """Return the part of a page to which an address leads, "" where that is no element of it.

    `#top` is the page's beginning wherever no element is called so (HTML Standard, "Scrolling to
    a fragment"); `#:~:text=` is a search in it, `#!/a`, `#/a` and `#t=9` are for scripts. So is
    what follows a query: a static page is the same with any, unless a script reads it.
    """
    address, _, fragment = url.partition("#")
    fragment = fragment.partition(":~:")[0]
    if fragment.lower() == "top" or fragment.startswith(("!", "/")) or "=" in fragment:
        return ""
    return "" if "?" in without_utm(address) else fragment


def _is_among(fragment: str, anchors: Collection[str]) -> bool:
    return fragment in anchors or unquote(fragment) in anchors


def _is_for_scripts(attributes: Mapping[str, str]) -> bool:
    return attributes.get("role") in _ROLES or any(map(_FOR_SCRIPTS.fullmatch, attributes))


def _letters(text: str) -> str:
    """Return the letters of a heading's text, which every script that makes names of it keeps."""
    return "".join(filter(str.isalnum, text.lower()))
