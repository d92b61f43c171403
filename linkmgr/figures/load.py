"""Tables of figures: read from the database, with titles, and with the views that a CSV has."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection

from linkmgr.blocks.include import post_key
from linkmgr.builder.site import OutputPaths, read_site_config
from linkmgr.catalog.model import Catalog
from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.clicks.model import OTHER
from linkmgr.clicks.periods import Period
from linkmgr.figures.comparison import Comparison, compare_items
from linkmgr.figures.totals import Curve, Ranked, curves, doubled_days, order, sums, top
from linkmgr.figures.views import views_of_placed_items
from linkmgr.fs import read_inside, wrap_read_errors
from linkmgr.messages.errors import LinkmgrError, Problem, Problems
from linkmgr.messages.message import Message, excerpt, message, word
from linkmgr.posts.model import Post
from linkmgr.posts.site import read_posts


class By(StrEnum):
    """What the lines of a table are."""

    ITEM = "item"
    POST = "post"
    PLACE = "place"
    DAY = "day"
    REFERRER = "referrer"
    DEVICE = "device"
    CAMPAIGN = "campaign"
    TRACKING = "tracking"
    VARIANT = "variant"
    BLOCK = "block"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Line:
    """A line: an item, a post's key, a place, a day (ISO) and so on; `title` is for people.

    `page_views` is how often the page of a post was read in the period, by a CSV; `None` where that
    is not known.
    """

    value: str
    title: str
    counts: Counts
    page_views: int | None = None

    def titled(self, title: str) -> Self:
        """Return the line with a title; in a third of the time that `replace` takes."""
        return type(self)(self.value, title, self.counts, self.page_views)


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a period, and those of the one before, in the days of `timezone`.

    On `doubled` days of either period a reader may count as two visitors. Items are `compared` with
    others at the same places, as far as views say something of that.
    """

    by: By
    timezone: str
    now: Curve
    before: Curve
    lines: tuple[Line, ...]
    doubled: tuple[date, ...] = ()
    compared: Mapping[str, Comparison] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything was counted, be it bots."""
        return self.now.sum != Counts()

    @property
    def with_views(self) -> bool:
        """Whether views are known of any line, so that rates can be shown."""
        return any(line.counts.views or line.page_views is not None for line in self.lines)


# Page views: how often posts were read, as another program's CSV says it.

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


# Reading a table.

_EMPTY_VALUES = {
    By.POST: message("stats.no-post"),
    By.PLACE: message("stats.no-place"),
    By.BLOCK: message("stats.no-place"),
    By.REFERRER: message("stats.no-referrer"),
}


PostTags = Callable[[], Mapping[str, Sequence[str]]]
"""Returns the tags of posts by their keys; it is called only where they are needed."""


def read_table(
    connection: Connection, by: By, period: Period, timezone: str, tags: PostTags = dict
) -> Table:
    """Return the table of a period in the days of a time zone, by four queries at most.

    `tags` are those of posts: a tag has the sums of its posts, and a block those of its places.
    """
    now, before = curves(connection, period)
    doubled = doubled_days(connection, period, before.period)
    lines = _lines(connection, by, now, tags)
    compared = _compared(connection, period) if by is By.ITEM and now.sum.views else {}
    return Table(by, timezone, now, before, lines, doubled, compared)


def _compared(connection: Connection, period: Period) -> Mapping[str, Comparison]:
    found = compare_items(views_of_placed_items(connection, period))
    return {item: compared for item, compared in found.items() if compared}


def _lines(connection: Connection, by: By, now: Curve, tags: PostTags) -> tuple[Line, ...]:
    if by is By.DAY:
        return tuple(
            Line(day.isoformat(), f"{day:%a}", counts)
            for day, counts in zip(now.period, now.days, strict=True)
        )
    if by is By.TAG:
        of_post = tags()
        found = _summed(connection, Dimension.POST, now.period, lambda post: of_post.get(post, ()))
    elif by is By.BLOCK:
        found = _summed(connection, Dimension.PLACE, now.period, _block_of)
    else:
        found = top(connection, Dimension(by), now.period)
    return tuple(Line(row.value, _title(by, row.value), row.counts) for row in found)


def _summed(
    connection: Connection,
    dimension: Dimension,
    period: Period,
    groups: Callable[[str], Sequence[str]],
) -> Sequence[Ranked]:
    """Return the groups of a dimension's values, each with their sum, best first."""
    found: dict[str, Counts] = {}
    for value, counts in sums(connection, dimension, period).items():
        for group in groups(value):
            found[group] = found.get(group, Counts()) + counts
    return [Ranked(group, counts) for group, counts in sorted(found.items(), key=order)]


def _block_of(place: str) -> Sequence[str]:
    return [place.rpartition(".")[0]]


def _title(by: By, value: str) -> str:
    if value == OTHER and by in {By.POST, By.REFERRER, By.CAMPAIGN}:
        return word(message("stats.other"))
    return word(_EMPTY_VALUES[by]) if not value and by in _EMPTY_VALUES else ""


def titled(table: Table, catalog: Catalog | None, site: Path) -> Table:
    """Return the table with the titles of items, or of posts, as far as they are known."""
    titles: Mapping[str, str] = {}
    if table.by is By.ITEM and catalog:
        titles = item_titles(catalog)
    elif table.by is By.POST:
        titles = post_titles(site)
    lines = (line.titled(titles.get(line.value, line.title)) for line in table.lines)
    return replace(table, lines=tuple(lines))


def item_titles(catalog: Catalog) -> Mapping[str, str]:
    """Return the titles of books and headings of calls to action, by id."""
    return {item.id: item.title for item in catalog.items.values()}


def post_titles(site: Path) -> Mapping[str, str]:
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
