"""What a site's files say of its posts, and another program's CSV of how often they were read."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from io import StringIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

from linkmgr.blocks.include import post_key
from linkmgr.builder.site import OutputPaths, read_site_config
from linkmgr.catalog.model import Catalog
from linkmgr.clicks.counts import Dimension
from linkmgr.figures.table import Table, item_titles
from linkmgr.fs import read_inside, wrap_read_errors
from linkmgr.messages.errors import LinkmgrError, Problem, Problems
from linkmgr.messages.message import Message, excerpt, message
from linkmgr.posts.model import Post
from linkmgr.posts.site import read_posts

# What files say.


def titles_of_values(by: str, catalog: Catalog | None, site: Path) -> Mapping[str, str]:
    """Return the titles of items, or the paths of posts, as far as they are known."""
    if by == Dimension.ITEM and catalog:
        return item_titles(catalog)
    return post_paths(site) if by == Dimension.POST else {}


def post_paths(site: Path) -> Mapping[str, str]:
    """Return the paths of the posts in the site's index, by key; none if that is no built site."""
    with suppress(LinkmgrError, OSError, ValueError, AttributeError, TypeError):
        index = json.loads(read_inside(site, OutputPaths.of_config(read_site_config(site)).index))
        return {key: str(path) for path, key in index.items()}
    return {}


def post_tags(site: Path) -> Mapping[str, Sequence[str]]:
    """Return the tags of the posts by key, each once. Raise LinkmgrError, or Problems."""
    posts = read_posts(site, read_site_config(site))
    return {post_key(post.path): list(dict.fromkeys(map(str, post.tags))) for post in posts}


def post_addresses(site: Path, address: str) -> Mapping[str, str]:
    """Return the addresses of the posts by key, none if the folder is not a site."""
    with suppress(LinkmgrError, OSError):
        posts = read_posts(site, read_site_config(site))
        return {post_key(post.path): f"{address}{post.url}" for post in posts}
    return {}


# Page views.

_COLUMNS = ("post", "views")

# More digits than this are no number of views, and a great many of them take long to read.
_LONGEST = 15


def parse_views(
    raw: bytes, file: str, key_of: Callable[[str], str | None]
) -> tuple[Mapping[str, int], int]:
    """Return the views by key of post, and how many lines name no post.

    The first line names the columns; `post` (a path, key or URL) and `views` are read.
    Lines of the same post are summed, as of its address with other parameters. Raise Problems.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Problems([Problem.at(file, line, "", message("stats.not-utf8"))]) from None
    views: Counter[str] = Counter()
    problems: list[Problem] = []
    unknown = 0
    rows = csv.DictReader(StringIO(text, newline=""))
    try:
        if missing := [name for name in _COLUMNS if name not in (rows.fieldnames or ())]:
            raise Problems([Problem.at(file, 1, missing[0], message("stats.missing-column"))])
        for row in rows:
            number = (row["views"] or "").strip()
            if not (number.isascii() and number.isdigit() and len(number) <= _LONGEST):
                problems.append(Problem.at(file, rows.line_num, "views", _not_a_count(number)))
            elif key := key_of((row["post"] or "").strip()):
                views[key] += int(number)
            else:
                unknown += 1
    except csv.Error as error:
        wrong = message("stats.not-csv", reason=str(error))
        problems.append(Problem.at(file, rows.line_num, "", wrong))
    if problems:
        raise Problems(problems)
    return views, unknown


def _not_a_count(text: str) -> Message:
    if not text:
        return message("stats.empty-count")
    return message("stats.not-a-count", found=excerpt(text))


def post_finder(posts: Iterable[Post], baseurl: str) -> Callable[[str], str | None]:
    """Return a function that finds a post's key by its path, key or URL, with or without a host."""
    keys: dict[str, str] = {}
    for post in posts:
        key = post_key(post.path)
        for name in (key, post.path, plain_address(post.url)):
            keys.setdefault(name, key)  # the newest comes first, which Jekyll shows at a shared URL

    return key_finder(keys, baseurl)


def key_finder(keys: Mapping[str, str], baseurl: str) -> Callable[[str], str | None]:
    """Return a function that finds a post's key by the name or address that `keys` has."""

    def find(name: str) -> str | None:
        if key := keys.get(name):
            return key
        try:
            path = urlsplit(name).path
        except ValueError:
            return None
        return keys.get(plain_address(path)) or keys.get(plain_address(path.removeprefix(baseurl)))

    return find


def plain_address(url: str) -> str:
    """Return the form in which all addresses of one page are the same."""
    path = unquote(url).removesuffix("index.html").removesuffix(".html").rstrip("/")
    return path or "/"


def with_views(table: Table, site: Path, file: Path) -> tuple[Table, int]:
    """Return the table by post with the page views of a CSV, and how many lines name no post.

    The page views are for posts whose views no report counts.

    Raise LinkmgrError, or Problems of the CSV or of the site's posts.
    """
    config = read_site_config(site)
    with wrap_read_errors(file):
        raw = file.read_bytes()
    find = post_finder(read_posts(site, config), config.baseurl.rstrip("/"))
    views, unknown = parse_views(raw, str(file), find)
    lines = [line._replace(page_views=views.get(line.value)) for line in table.lines]
    return replace(table, lines=tuple(lines)), unknown
