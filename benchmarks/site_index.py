"""Measures the site that the admin has: what an edit would change, and what its worker takes.

`make bench` runs it. The bar is for an edit of one mapping without new keywords, which have the
posts read again, on a large blog. `--large` measures a site that no blog is, without a bar.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import sites
from servers import descendants

from linkmgr.catalog.editing.edit import replace_entry
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.settings import Settings, read_settings
from linkmgr.site_index.catalog_reader import CatalogReader
from linkmgr.site_index.posts import PostQuery
from linkmgr.site_index.site import SiteReader, Unavailable

POSTS, ITEMS = 2_500, 60
LARGE = 10_000, 2_000
ROUNDS = 5
BAR = 300.0  # ms
MAPPING = "item-7"
NEW_KEYWORD = "録音刺繍"  # it stands in one of a hundred posts
TENTH = 0.1
LONG = 600.0
MEMORY = re.compile(r"^(VmRSS|VmHWM):\s+(\d+) kB$", re.MULTILINE)  # proc_pid_status(5)


def edits_of(draft: sites.Draft) -> dict[str, dict[str, Any]]:
    """Return other values for a mapping, by what changes."""
    mapping = draft["mappings"][MAPPING]
    any_of = mapping["any"]
    return {
        "a weight": {**mapping, "weight": 1.1},
        "a tag": {**mapping, "any": {**any_of, "tags": [*any_of["tags"][1:], "木工"]}},
        "the items": {**mapping, "items": ["item-8", MAPPING]},
        "a new keyword": {
            **mapping,
            "any": {**any_of, "keywords": [*any_of["keywords"], NEW_KEYWORD]},
        },
    }


def milliseconds(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def wait_until_ready(site: SiteReader) -> float:
    """Wait for the first answer and return how many seconds that took."""
    start = time.perf_counter()
    while True:
        with suppress(Unavailable):
            site.terms()
            return time.perf_counter() - start
        time.sleep(TENTH)


@contextmanager
def followed(settings: Settings) -> Iterator[SiteReader]:
    """Have a site followed as the admin does."""
    site = SiteReader(settings, CatalogReader(settings.catalog).read)
    site.start()
    try:
        yield site
    finally:
        site.stop()


def impact(site: SiteReader, edited: CatalogText) -> int:
    """Return how many posts an edit changes."""
    return site.wait_for(site.begin_impact(edited.catalog), LONG).changed


def measure(site: SiteReader, root: Path, draft: sites.Draft) -> list[float]:
    """Print what the site at work takes; return the times of the edits that have a bar."""
    text = (root / "catalog.yaml").read_text(encoding="utf-8")
    print(f"first look                  {wait_until_ready(site):8.1f} s")
    times = []
    for what, value in edits_of(draft).items():
        edited = replace_entry(text, "mappings", MAPPING, value)
        taken = median(milliseconds(partial(impact, site, edited)) for _ in range(ROUNDS))
        print(f"impact of {what:18}{taken:8.0f} ms, {impact(site, edited):,} posts")
        if what != "a new keyword":
            times.append(taken)
    index = site.index or sys.exit("there is no index")
    key = index.posts().rows[0].key
    pages: dict[str, Callable[[], object]] = {
        "posts": index.posts,
        "posts, searched": partial(index.posts, wanted=PostQuery("発酵")),
        "tags": index.tags,
        "a post": partial(index.post, key),
        "an item's posts": partial(index.posts_of, MAPPING),
    }
    for what, read in pages.items():
        taken = median(milliseconds(read) for _ in range(ROUNDS))
        print(f"read {what:23}{taken:8.1f} ms")
    print(f"preview                     {milliseconds(partial(site.preview, key)):8.0f} ms")
    print(f"the next revision           {seconds_until_known(site, root, text):8.1f} s")
    own = os.getpid()
    for what, process in [("the admin", own), *(("the worker", pid) for pid in workers_of(own))]:
        status = Path("/proc", str(process), "status").read_text(encoding="utf-8")
        for name, kilobytes in MEMORY.findall(status):
            most = "memory" if name == "VmRSS" else "memory at most"
            print(f"{most} of {what:10}{int(kilobytes) / 1000:16.0f} MB")
    return times


def seconds_until_known(site: SiteReader, root: Path, text: str) -> float:
    """Save an edit, and return how long it takes until lists have it."""
    edited = replace_entry(text, "books", MAPPING, {"title": "Another", "asin": "4873119324"})
    before = site.index
    start = time.perf_counter()
    (root / "catalog.yaml").write_text(edited, encoding="utf-8")
    while site.index is before:
        time.sleep(TENTH / 10)
    return time.perf_counter() - start


def workers_of(process: int) -> list[int]:
    """Return the processes that hold a site for another one."""
    return [
        child
        for child in descendants(process)
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def main() -> int:
    """Print the table; return 1 when an impact takes longer than the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="10,000 posts, 2,000 items, no bar")
    is_large = parser.parse_args().large
    posts, items = LARGE if is_large else (POSTS, ITEMS)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        draft = sites.draft_catalog(items)
        sites.write_site(root, posts)
        sites.write_catalog(root, draft)
        (root / "instance").mkdir()
        settings = read_settings(
            {
                "LINKMGR_CATALOG": str(root / "catalog.yaml"),
                "LINKMGR_INSTANCE": str(root / "instance"),
                "LINKMGR_SITE": str(root),
            }
        )
        print(f"{posts:,} posts, {items:,} items with a mapping each")
        with followed(settings) as site:
            slowest = max(measure(site, root, draft))
    if is_large:
        return 0
    print(f"the slowest impact takes {slowest:.0f} ms, the bar is {BAR:.0f} ms")
    return 0 if slowest < BAR else 1


if __name__ == "__main__":
    sys.exit(main())
