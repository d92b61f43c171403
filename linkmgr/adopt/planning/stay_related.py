"""Lists of related posts, kept in the front matter of their posts by path."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from linkmgr.adopt.planning.keep_choices import FrontMatterChoice
from linkmgr.adopt.post.model import OldRelated
from linkmgr.adopt.scanning.read_blog import OldSite
from linkmgr.posts.publish import live_posts

_LIQUID = re.compile(r"\{%-?\s*(?:post_url|link)\s+[\"']?(?P<name>[^\s\"'%]+)")


def with_related(
    choices: Mapping[str, FrontMatterChoice], site: OldSite
) -> dict[str, FrontMatterChoice]:
    """Return the choices with the lists of related posts that leave, by path.

    A dead link stands for the one post that it can have meant; others have no place in a list. A
    list without any post is replaced like all.
    """
    named = PostsByLinks(site)
    kept = dict(choices)
    for path, post in site.old.items():
        links = [link for block in post.blocks if block.removable for link in block.related]
        paths = (named.path(link) for link in links)
        related = tuple(dict.fromkeys(other for other in paths if other and other != path))
        if related:
            kept[path] = kept.get(path, FrontMatterChoice())._replace(related=related)
    return kept


class PostsByLinks:
    """The posts of a site by the links to them."""

    def __init__(self, site: OldSite) -> None:
        self._live = site.live
        self._by_url = {post.url: post.path for post in live_posts(site.posts).values()}
        self._by_stem = {PurePosixPath(post.path).stem: post.path for post in site.posts}

    def path(self, link: OldRelated) -> str | None:
        if liquid := _LIQUID.match(link.url):
            return self._by_stem.get(PurePosixPath(liquid["name"]).name.removesuffix(".md"))
        address = self._live.own_path(link.url)
        if address is None:
            return None
        url = self._live.post(address) or self._live.closest_post(address)
        return self._by_url.get(url) if url else None
