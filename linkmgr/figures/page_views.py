"""Page views of posts: how often they were read, as another program's CSV says it."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from io import StringIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

from linkmgr.blocks.include import post_key
from linkmgr.builder.site import read_site_config
from linkmgr.figures.table import Table
from linkmgr.fs import wrap_read_errors
from linkmgr.messages.errors import Problem, Problems
from linkmgr.messages.message import Message, excerpt, message
from linkmgr.posts.model import Post
from linkmgr.posts.site import read_posts

_COLUMNS = ("post", "views")

# More digits than this are no number of views, and a great many of them take long to read.
_LONGEST = 15


def parse_views(
    raw: bytes, file: str, key_of: Callable[[str], str | None]
) -> tuple[Mapping[str, int], int]:
    """Return the views by key of post, and how many lines name no post.

    The first line names the columns, of which `post` (a path, key or URL) and `views` are read.
    Lines of the same post are summed, as of its address with other parameters. Raise Problems.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Problems([Problem.at(file, line, "", message("stats.not-utf8"))]) from None
    views: Counter[str] = Counter()
    problems, unknown = [], 0
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
        problems.append(
            Problem.at(file, rows.line_num, "", message("stats.not-csv", reason=str(error)))
        )
    if problems:
        raise Problems(problems)
    return views, unknown


def _not_a_count(found: str) -> Message:
    if not found:
        return message("stats.empty-count")
    return message("stats.not-a-count", found=excerpt(found))


def post_finder(posts: Iterable[Post], baseurl: str) -> Callable[[str], str | None]:
    """Return a function that finds a post's key by its path, key or URL, with or without a host."""
    keys: dict[str, str] = {}
    for post in posts:
        key = post_key(post.path)
        for name in (key, post.path, plain_address(post.url)):
            keys.setdefault(name, key)  # the newest comes first, which Jekyll shows at a shared URL

    return key_finder(keys, baseurl)


def key_finder(keys: Mapping[str, str], baseurl: str) -> Callable[[str], str | None]:
    """Return a function that finds a post's key by its name or address, of which `keys` has it."""

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
    """Return what the addresses of one page have in common."""
    path = unquote(url).removesuffix("index.html").removesuffix(".html").rstrip("/")
    return path or "/"


def with_views(table: Table, site: Path, file: Path) -> tuple[Table, int]:
    """Return the table by post with the page views of a CSV, and how many lines name no post.

    They are for the posts of which no report says how often something was seen.

    Raise LinkmgrError, or Problems of the CSV or of the site's posts.
    """
    config = read_site_config(site)
    with wrap_read_errors(file):
        raw = file.read_bytes()
    find = post_finder(read_posts(site, config), config.baseurl.rstrip("/"))
    views, unknown = parse_views(raw, str(file), find)
    lines = (replace(line, page_views=views.get(line.value)) for line in table.lines)
    return replace(table, lines=tuple(lines)), unknown
