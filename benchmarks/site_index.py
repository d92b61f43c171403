"""Measures the index of a site: what an edit would change, and what the process takes.

`make bench` runs it. The bar is for an edit of one mapping without new keywords, which have the
posts read again, on a large blog. `--large` measures a site that no blog is, without a bar.
"""

import argparse
import multiprocessing
import re
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import sites

from linkmgr.catalog.editing.edit import replace_entry
from linkmgr.settings import read_settings
from linkmgr.site_index.index.queries import PostQuery, SiteIndex
from linkmgr.site_index.service.client import SiteIndexClient, Unavailable
from linkmgr.site_index.service.process import run_indexer

POSTS, ITEMS = 2_500, 60
LARGE = 10_000, 2_000
ROUNDS = 5
BAR = 500.0  # ms
MAPPING = "item-7"
NEW_KEYWORD = "録音刺繍"  # it stands in one of a hundred posts
TENTH = 0.1
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


def seconds_until_ready(client: SiteIndexClient, text: str) -> float:
    """Wait for the first answer and return how long that took."""
    start = time.perf_counter()
    while True:
        with suppress(Unavailable):
            client.impact(text)
            return time.perf_counter() - start
        time.sleep(TENTH)


def measure(root: Path, draft: sites.Draft, process: int) -> list[float]:
    """Print what the process at work takes; return the times of the edits that have a bar."""
    client = SiteIndexClient(root / "instance")
    text = (root / "catalog.yaml").read_text(encoding="utf-8")
    print(f"first look                  {seconds_until_ready(client, text):8.1f} s")
    times = []
    for what, value in edits_of(draft).items():
        edited = replace_entry(text, "mappings", MAPPING, value)
        taken = median(milliseconds(partial(client.impact, edited)) for _ in range(ROUNDS))
        changed = client.impact(edited).changed
        print(f"impact of {what:18}{taken:8.0f} ms, {changed:,} posts")
        if what != "a new keyword":
            times.append(taken)
    with SiteIndex.open(root / "instance") or sys.exit("there is no index") as opened:
        key = opened.posts().rows[0].key
        pages: dict[str, Callable[[], object]] = {
            "posts": opened.posts,
            "posts, searched": partial(opened.posts, wanted=PostQuery("発酵")),
            "tags": opened.tags,
            "a post": partial(opened.post, key),
            "an item's posts": partial(opened.posts_of, MAPPING),
        }
        for what, read in pages.items():
            taken = median(milliseconds(read) for _ in range(ROUNDS))
            print(f"read {what:23}{taken:8.1f} ms")
    print(f"preview                     {milliseconds(partial(client.preview, key)):8.0f} ms")
    status = Path("/proc", str(process), "status").read_text(encoding="utf-8")
    for name, kilobytes in MEMORY.findall(status):
        what = "memory" if name == "VmRSS" else "memory at most"
        print(f"{what:28}{int(kilobytes) / 1000:8.0f} MB")
    return times


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
            }
        )
        context = multiprocessing.get_context("spawn")
        stopping, running = context.Pipe(duplex=False)
        process = context.Process(target=run_indexer, args=(settings, stopping))
        process.start()
        print(f"{posts:,} posts, {items:,} items with a mapping each")
        try:
            slowest = max(measure(root, draft, process.pid or 0))
        finally:
            running.close()
            process.join()
    if is_large:
        return 0
    print(f"the slowest impact takes {slowest:.0f} ms, the bar is {BAR:.0f} ms")
    return 0 if slowest < BAR else 1


if __name__ == "__main__":
    sys.exit(main())
