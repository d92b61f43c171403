"""The list that A8 asks its members for: program ID and address of each page with a link.

It is uploaded at A8 (広告掲載URL管理) as CSV in UTF-8 without a header: the program ID, then the
page. This follows three members' public repositories, read in November 2026; A8's own manual
(https://support.a8.net/a8/as/faq/manual/ad_url_manage.php) could not be read. All of the list is
ASCII, so that it is UTF-8 and Shift_JIS at once.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from linkmgr.fs import replace_file, wrap_read_errors, wrap_write_errors
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.placements.find import LinkPlacement

A8 = "a8"

LAST_LIST = "a8-pages.csv"
"""The file in the instance folder with the list that was exported last."""


class A8Page(NamedTuple):
    """That a page shows links of a program of A8's."""

    program: str
    url: str


class A8Change(NamedTuple):
    """Today's list, and how it differs from that of an earlier day, if there was one."""

    pages: Sequence[A8Page]
    added: Sequence[A8Page]
    gone: Sequence[A8Page]
    since: date | None
    """The earlier day."""
    unnamed: Mapping[str, Sequence[str]]
    """The pages of each A8 link whose program is unknown."""


def a8_change(placements: Iterable[LinkPlacement], last_list: Path) -> A8Change:
    """Compare the placements with the list that was exported last. Raise LinkmgrError.

    Feeds are no pages: their entries are listed by the pages that they lead to.
    """
    now: set[A8Page] = set()
    unnamed: dict[str, dict[str, None]] = {}
    for placement in placements:
        if placement.programme != A8 or placement.entry:
            continue
        if placement.advertiser:
            now.add(A8Page(placement.advertiser, placement.url))
        else:
            unnamed.setdefault(placement.link, {})[placement.url] = None
    before, since = _read(last_list)
    return A8Change(
        pages=sorted(now),
        added=sorted(now - before),
        gone=sorted(before - now),
        since=since,
        unnamed={link: list(urls) for link, urls in unnamed.items()},
    )


def export(change: A8Change, file: Path, last_list: Path, *, only_added: bool) -> None:
    """Write the list for A8 into a file, then remember it as the last one. Raise LinkmgrError."""
    with wrap_write_errors(file):
        replace_file(file, a8_csv(change.added if only_added else change.pages))
    remember(change, last_list)


def remember(change: A8Change, last_list: Path) -> None:
    """Have the next list compared with this one. Raise LinkmgrError."""
    with wrap_write_errors(last_list):
        replace_file(last_list, a8_csv(change.pages))


def a8_csv(pages: Iterable[A8Page]) -> bytes:
    """Write pages as A8 takes them."""
    text = StringIO()
    csv.writer(text).writerows(pages)
    return text.getvalue().encode("ascii")


def _read(last_list: Path) -> tuple[set[A8Page], date | None]:
    if not last_list.exists():
        return set(), None
    with wrap_read_errors(last_list):
        text = last_list.read_text(encoding="utf-8", errors="replace")
        changed = datetime.fromtimestamp(last_list.stat().st_mtime, UTC).date()
    try:
        return {A8Page(*row) for row in csv.reader(StringIO(text))}, changed
    except (csv.Error, TypeError) as error:  # no CSV, or other columns
        damaged = message("placements.damaged-list", file=str(last_list))
        raise LinkmgrError(damaged) from error
