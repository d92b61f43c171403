"""What the last build decided for posts whose pages Jekyll has not yet made of it."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from linkmgr.builder.site.paths import OutputPaths
from linkmgr.check.pages.built_site import BuiltSite
from linkmgr.check.pages.limits import TooMuchError
from linkmgr.check.pages.page import Link, read_page
from linkmgr.fs.atomic import changed_at
from linkmgr.fs.inside import read_inside
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.model import Post
from linkmgr.resolver.model import TEXT


def newer_blocks(
    root: Path, config: JekyllConfig, posts: Iterable[Post], built: BuiltSite
) -> Mapping[str, list[Link]]:
    """Return the links of blocks that are newer than their posts' pages, by the posts' paths.

    Of a site that was never built there are none.
    """
    places = OutputPaths.of(config)
    try:
        index = json.loads(read_inside(root, places.index))
    except (OSError, ValueError, RecursionError):
        return {}
    found = {}
    for post in posts:
        key = index.get(post.path) if isinstance(index, dict) else None
        if key is None:
            continue
        fragment, page = root / places.fragment(key), built.file(post.url)
        if page is None or changed_at(fragment) > changed_at(built.folder / page):
            # A build is writing it anew, or it has more in it than any build writes.
            with suppress(OSError, TooMuchError):
                text = read_inside(root, places.fragment(key)).decode()
                links = read_page(text).links
                # Around an item of the article's text Jekyll puts the element that names it.
                found[post.path] = [replace(link, block=link.block or TEXT) for link in links]
    return found
