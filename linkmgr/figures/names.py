"""What the values of figures are called, in the reader's language."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from linkmgr.blocks.include import post_key
from linkmgr.builder.site import OutputPaths, read_site_config
from linkmgr.catalog.model import Catalog
from linkmgr.clicks.counts import Dimension
from linkmgr.clicks.model import OTHER
from linkmgr.fs import read_inside
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message, word
from linkmgr.posts.site import read_posts

_EMPTY = {
    Dimension.POST: message("stats.no-post"),
    Dimension.PLACE: message("stats.no-place"),
    Dimension.BLOCK: message("stats.no-place"),
    Dimension.REFERRER: message("stats.no-referrer"),
    Dimension.CAMPAIGN: message("stats.no-campaign"),
}

_MAY_BE_OTHER = {Dimension.POST, Dimension.REFERRER, Dimension.CAMPAIGN}
"""The dimensions of which a day counts so many names, and the rest together."""


def name_of_value(dimension: Dimension, value: str, titles: Mapping[str, str]) -> str:
    """Return what a value is called; empty where it has no name but itself.

    `titles` are those of the dimension's values that have some: items, or posts.
    """
    if not value and dimension in _EMPTY:
        return word(_EMPTY[dimension])
    if value == OTHER and dimension in _MAY_BE_OTHER:
        return word(message("stats.other"))
    return titles.get(value, "")


def item_titles(catalog: Catalog) -> Mapping[str, str]:
    """Return the titles of books and headings of calls to action, by id."""
    return {item.id: item.title for item in catalog.items.values()}


def titles_of_values(by: str, catalog: Catalog | None, site: Path) -> Mapping[str, str]:
    """Return the titles of items, or the paths of posts, as far as they are known."""
    if by == Dimension.ITEM and catalog:
        return item_titles(catalog)
    return post_paths(site) if by == Dimension.POST else {}


# What a site's files say of its posts.


def post_paths(site: Path) -> Mapping[str, str]:
    """Return the paths of the posts in the site's index, by key; none if that is no built site."""
    with suppress(LinkmgrError, OSError, ValueError, AttributeError, TypeError):
        index = json.loads(read_inside(site, OutputPaths.of(read_site_config(site)).index))
        return {key: str(path) for path, key in index.items()}
    return {}


def post_tags(site: Path) -> Mapping[str, Sequence[str]]:
    """Return the tags of the posts by key, each once. Raise LinkmgrError, or Problems."""
    posts = read_posts(site, read_site_config(site))
    return {post_key(post.path): [*dict.fromkeys(map(str, post.tags))] for post in posts}


def post_addresses(site: Path, address: str) -> Mapping[str, str]:
    """Return where readers find the posts by key, none if the folder is not a site."""
    with suppress(LinkmgrError, OSError):
        posts = read_posts(site, read_site_config(site))
        return {post_key(post.path): f"{address}{post.url}" for post in posts}
    return {}
