"""The folder of the built pages: what addresses there are in it."""

import os
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

from linkmgr.errors import LinkmgrError

_INDEX = "index.html"
_PAGE = ".html"
_ITSELF = "site.invalid"  # the host of a link that names none (RFC 2606)


@dataclass(frozen=True, slots=True)
class Built:
    """The files of a built site by the paths at which a server gives them, without `baseurl`."""

    folder: Path
    files: Mapping[str, str]

    @classmethod
    def at(cls, folder: Path) -> "Built":
        """Look at a folder. Raise LinkmgrError if there is no page in it."""
        files = dict(_addresses(sorted(_files(folder))))
        if not any(file.endswith(_PAGE) for file in files.values()):
            raise LinkmgrError(f"{folder}: there is no built page: run `jekyll build` first")
        return cls(folder, files)

    @property
    def pages(self) -> list[str]:
        """The paths of the pages in the folder."""
        return sorted({file for file in self.files.values() if file.endswith(_PAGE)})

    def file(self, path: str) -> str | None:
        """Return the file that a server gives at an encoded path."""
        return self.files.get(_plain(unquote(path)))


@dataclass(frozen=True, slots=True)
class Own:
    """Which addresses are of the site itself; those of `server` are its redirects."""

    hosts: frozenset[str]
    base: str
    server: str

    @classmethod
    def of(cls, urls: Iterable[str], base: str, server: str | None) -> "Own":
        """Take the addresses that the catalog and Jekyll's settings name."""
        hosts = frozenset(_host(url) for url in urls if url)
        return cls(hosts, base.rstrip("/"), server or "")

    def path(self, url: str, page: str, base: str = "") -> str | None:
        """Return the path in the site to which a link on a page leads, without `baseurl`.

        `None` for what is no page of the site; "" for an address that cannot be. `base` is what
        the page says that its links are relative to.
        """
        at = f"https://{_ITSELF}{self.base}/{quote(page)}"
        try:
            address = urljoin(urljoin(at, base), url)
            target, host = urlsplit(address), _host(address)
        except ValueError:
            return ""
        if target.scheme not in ("http", "https") or host not in (*self.hosts, _ITSELF):
            return None
        if self.server and address.startswith(f"{self.server}/go/"):
            return None
        path = target.path or "/"
        if not f"{path}/".startswith(f"{self.base}/"):
            return None
        return path[len(self.base) :] or "/"


def _files(folder: Path) -> Iterator[str]:
    for place, _, names in os.walk(folder):
        inside = Path(place).relative_to(folder).as_posix()
        yield from (name if inside == "." else f"{inside}/{name}" for name in names)


def _addresses(files: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each address with its file, as GitHub Pages and Jekyll's own server answer."""
    for file in files:
        path = _plain(f"/{file}")
        if path.endswith(_PAGE):
            yield path.removesuffix(_PAGE), file
        if path.endswith(f"/{_INDEX}"):
            yield path.removesuffix(_INDEX), file
            yield path.removesuffix(f"/{_INDEX}"), file
        yield path, file


def _plain(path: str) -> str:
    return unicodedata.normalize("NFC", path)  # macOS writes names taken apart


def _host(url: str) -> str:
    """Return a host without what makes no difference. Raise ValueError."""
    return (urlsplit(url).hostname or "").removeprefix("www.")
