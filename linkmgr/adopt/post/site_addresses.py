"""The addresses at which the site's posts are found, and which of them a dead link once meant."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from urllib.parse import quote, unquote, urlsplit

from linkmgr.links.urls import host_of

_DATE = re.compile(r"(?<![0-9])([0-9]{4})[/-]([0-9]{1,2})[/-]([0-9]{1,2})(?![0-9])")
_DIGITS = re.compile(r"[0-9]+")
_PAGE = re.compile(r"(?:/(?:index\.html?)?|\.html?)$")


class LiveUrls:
    """The URLs of a site's live posts, as `Post.url` has them."""

    def __init__(self, urls: Iterable[str], site_url: str = "") -> None:
        self.site = urlsplit(site_url if "//" in site_url else f"//{site_url}")
        self.pages = {_page(url): url for url in urls}
        self.by_slug: dict[str, list[tuple[date | None, str]]] = defaultdict(list)
        self.forms: set[str] = set()
        for url in self.pages.values():
            slug, day = _shape(url)
            self.by_slug[slug].append((day, url))
            self.forms.add(_form(url))

    def own_path(self, url: str) -> str | None:
        """Return the path of an address of this site, `None` for any other address."""
        address = url.strip()
        if address.startswith("//") or "://" in address[:10]:
            try:
                host = urlsplit(address).netloc
            except ValueError:
                return None
            if not self.site.netloc or host_of(host) != host_of(self.site.netloc):
                return None
            address = address.partition("//")[2][len(host) :] or "/"
        if not address.startswith("/"):
            return None
        return re.split(r"[?#]", self.without_base(address), maxsplit=1)[0]

    def without_base(self, address: str) -> str:
        """Return an address of this site without the site's base path, as catalogs have it."""
        base = self.site.path.rstrip("/")
        if not base or not re.match(re.escape(base) + r"(?:[/?#]|\Z)", address):
            return address
        rest = address[len(base) :]
        return rest if rest.startswith("/") else f"/{rest}"

    def post(self, path: str) -> str | None:
        """Return the URL of the live post at a path, however the path is encoded."""
        return self.pages.get(_page(path))

    def closest_post(self, path: str) -> str | None:
        """Return the URL of the one live post that a dead path can have meant.

        It has the same slug but for encoding, Unicode form, case and hyphens at its ends; of
        several such posts it is the nearest by its date, where one is.
        """
        slug, wanted = _shape(path)
        candidates = self.by_slug.get(slug, []) if slug else []
        if len(candidates) == 1:
            return candidates[0][1]
        distances = sorted(
            (abs((day - wanted).days), url) for day, url in candidates if day and wanted
        )
        if not distances or (len(distances) > 1 and distances[0][0] == distances[1][0]):
            return None
        return distances[0][1]

    def is_post_like(self, path: str) -> bool:
        """Whether a path is formed as those of posts are, so that a post must have been there."""
        return _form(path) in self.forms

    def is_dated(self, path: str) -> bool:
        """Whether a path is formed like those of this site's posts, with a date."""
        return self.is_post_like(path) and _DATE.search(_page(path)) is not None


def _page(url: str) -> str:
    return _PAGE.sub("", unquote(url))


def _shape(url: str) -> tuple[str, date | None]:
    """Return an address for comparison: its slug without accidents of writing, and its date."""
    plain = unicodedata.normalize("NFKC", _page(url)).casefold()
    slug = plain.rpartition("/")[2].strip("-")
    match = _DATE.search(plain)
    if match is None:
        return slug, None
    slug = slug.removeprefix(f"{match[0]}-")
    try:
        return slug, date(*map(int, match.groups()))
    except ValueError:
        return slug, None


def _form(url: str) -> str:
    """Return an address with its numbers and its slug blotted out."""
    folder, _, _ = quote(_page(url)).rpartition("/")
    dated = _DIGITS.sub("9", folder)
    return dated if "9" in dated else f"{folder}/"
