"""The folder of the built pages, and which addresses are the site's own."""

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

from linkmgr.fs import wrap_read_errors
from linkmgr.links.urls import host_of
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message

_INDEX = "index.html"
_PAGE = ".html"
_DOCUMENTS = (".xml", ".rss", ".atom")
_ITSELF = "site.invalid"  # the host of a link that names none (RFC 2606)
_SLASHES = re.compile("//+")
# Browsers take any number of slashes before a host (https://url.spec.whatwg.org/#special-authority-
# ignore-slashes-state), where `urljoin` takes more than two for a path.
_EXTRA_SLASHES = re.compile(r"\A\s*(https?:)?///+", re.IGNORECASE)
# Where each repository of a user has a folder of the same host.
_SHARED_HOSTS = (".github.io", ".gitlab.io", ".codeberg.page")
# Control characters, and the bytes of a name that is not in UTF-8: Jekyll makes no page of them,
# while it keeps all others, such as the joiners of 👨‍💻 and of Persian words.
_NO_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class BuiltSite:
    """The `pages` of a built site, and all its files by the path at which a server gives them.

    `documents` are in XML: its feeds, and maps of the site.
    """

    folder: Path
    pages: tuple[str, ...]
    documents: tuple[str, ...]
    top_level: frozenset[str]
    """The first names of the paths at which a server gives its files."""
    _files: dict[str, str]

    @classmethod
    def read(cls, folder: Path) -> "BuiltSite":
        """List a folder. Raise LinkmgrError if there is no page in it, or it cannot be read."""
        files = sorted(_regular_files(folder))
        pages = tuple(file for file in files if file.endswith(_PAGE))
        if not pages:
            raise LinkmgrError(message("check.no-built-page", folder=str(folder)))
        documents = tuple(file for file in files if file.endswith(_DOCUMENTS))
        by_path: dict[str, str] = {}
        for file in files:
            by_path |= dict.fromkeys(_paths(file), file)
        top_level = frozenset(path.split("/")[1] for path in by_path if path)
        return cls(folder, pages, documents, top_level, by_path)

    @property
    def files(self) -> list[str]:
        """All files, each once."""
        return sorted(set(self._files.values()))

    def text(self, file: str) -> str:
        """Return the text of a file. Raise OSError if it cannot be read."""
        return (self.folder / file).read_text(encoding="utf-8", errors="replace")

    def file(self, path: str) -> str | None:
        """Return the file that a server gives at a path, encoded or not."""
        return self._files.get(_normal(unquote(path)))


@dataclass(frozen=True, slots=True)
class SiteAddresses:
    """Which addresses are the site's own: those at its hosts, below its base.

    At addresses that begin with one of `others`, other servers answer.
    """

    hosts: frozenset[str]
    base: str
    others: tuple[str, ...] = ()

    @classmethod
    def of_urls(
        cls, urls: tuple[str, ...], baseurl: str, others: tuple[str, ...] = ()
    ) -> "SiteAddresses":
        """Make it from the URLs in the catalog and in Jekyll's settings. Raise LinkmgrError."""
        try:
            addresses = [urlsplit(url if "//" in url else f"//{url}") for url in urls if url]
            hosts = frozenset(host_of(address.netloc) for address in addresses)
        except ValueError as error:
            written = " | ".join(filter(None, urls))
            bad = message("check.bad-site-url", error=str(error), urls=written)
            raise LinkmgrError(bad) from error
        # A site built for a folder of a host may name that folder in its URL alone.
        bases = [baseurl, *(address.path for address in addresses)]
        base = _normal(unquote(next(filter(None, bases), ""))).strip("/")
        return cls(hosts, f"/{base}" if base else "", others)

    def absolute(self, url: str, page: str, base: str) -> str:
        """Return the address to which a link on a page leads, "" if it is none.

        `base` is the page's `<base href>`.
        """
        own = f"https://{_ITSELF}{quote(self.base)}/{quote(page)}"
        try:
            address = urljoin(urljoin(own, base), _EXTRA_SLASHES.sub(r"\1//", url))
            urlsplit(address)
        except ValueError:
            return ""
        return address

    def is_elsewhere(self, address: str) -> bool:
        """Whether another server answers at an absolute address."""
        target = urlsplit(address)
        path = _path_of(target.path)
        request = f"{path}?{target.query}" if target.query else path
        own = self.is_own(host_of(target.netloc))
        return address.startswith(self.others) or (own and request.startswith(self.others))

    def is_own(self, host: str) -> bool:
        return host == _ITSELF or host in self.hosts

    def path(self, url: str, page: str, base: str, built: BuiltSite) -> str | None:
        """Return the path in the site to which a link on a page leads, below the site's base.

        `None` for what is not a page of the site; "" for what cannot be one. `base` is the page's
        `<base href>`.
        """
        address = self.absolute(url, page, base)
        if not address:
            return ""
        target = urlsplit(address)
        if target.scheme not in ("http", "https") or not self.is_own(host_of(target.netloc)):
            return None
        if self.is_elsewhere(address):
            return None
        path = _path_of(target.path)
        if not f"{path}/".startswith(f"{self.base}/"):
            # Other sites may be beside this one; a page of this one without its base is a mistake.
            return "" if built.file(path) and path != "/" else None
        if self._is_of_another_repository(target.netloc, path, built):
            return None
        return path[len(self.base) :] or "/"

    def _is_of_another_repository(self, netloc: str, path: str, built: BuiltSite) -> bool:
        """Whether a host that repositories share answers there with a site beside this one."""
        is_shared = not self.base and host_of(netloc).endswith(_SHARED_HOSTS)
        return is_shared and path != "/" and path.split("/")[1] not in built.top_level


def _regular_files(folder: Path) -> Iterator[str]:
    """Yield the paths of the files in a folder. Raise LinkmgrError if it cannot be read."""

    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            with wrap_read_errors(error.filename):
                raise error

    for parent, _, names in os.walk(folder, onerror=refuse):
        inside = os.path.relpath(parent, folder)
        for name in names:
            file = name if inside == "." else f"{inside}/{name}".replace(os.sep, "/")
            if not _NO_NAME.search(file) and (folder / file).is_file():
                yield file


def _paths(file: str) -> Iterator[str]:
    """Yield the paths at which GitHub Pages and Jekyll's own server answer with a file."""
    path = _normal(f"/{file}")
    yield path
    if path.endswith(_PAGE):
        yield path.removesuffix(_PAGE)
    if path.endswith(f"/{_INDEX}"):
        yield path.removesuffix(_INDEX)
        yield path.removesuffix(f"/{_INDEX}")


def _path_of(written: str) -> str:
    """Return the path that a server looks up: decoded, with one slash where there are several.

    GitHub Pages, nginx and Apache merge slashes alike.
    """
    return _SLASHES.sub("/", _normal(unquote(written))) or "/"


def _normal(path: str) -> str:
    return unicodedata.normalize("NFC", path)  # macOS writes names decomposed
