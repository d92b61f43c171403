"""Posts by the names that front matter has for them: a path below the site, or an address."""

from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from linkmgr.links.urls import host_of
from linkmgr.posts.model import Post
from linkmgr.posts.publish import live_posts


class NamedPosts:
    """The published posts of a site at `site_url`.

    Two posts may share an address, where readers find one of them; a path names only one.
    """

    def __init__(self, posts: Iterable[Post], site_url: str) -> None:
        posts = tuple(posts)
        self._site = urlsplit(site_url)
        self._by_path = {post.path: post for post in posts}
        self._by_page = {_page(url): post for url, post in live_posts(posts).items()}

    def find(self, name: str) -> Post | None:
        """Return the post with this path or address, `None` where there is none."""
        if name.startswith(("/", "http://", "https://")):
            return self._at(name)
        # A site may have its posts in a folder that is no part of Jekyll's own path.
        rest = name.removeprefix("./")
        while rest not in self._by_path and "/" in rest:
            rest = rest.partition("/")[2]
        return self._by_path.get(rest)

    def _at(self, address: str) -> Post | None:
        try:
            parts = urlsplit(address)
        except ValueError:
            return None
        if parts.netloc and host_of(parts.netloc) != host_of(self._site.netloc):
            return None
        base = self._site.path.rstrip("/")
        if base and (parts.path == base or parts.path.startswith(f"{base}/")):
            return self._by_page.get(_page(parts.path.removeprefix(base)))
        return self._by_page.get(_page(parts.path))


def _page(url: str) -> str:
    """Return an address without accidents of writing."""
    return unquote(url).removesuffix("index.html").removesuffix(".html").rstrip("/")
