"""How long `linkmgr adopt` takes on blogs of several sizes, and how well its rules fit a real one.

    python benchmarks/adopt.py [--posts 5000 10000 20000] [--items 50]
    python benchmarks/adopt.py --site DIR --judgments FILE

Writes a blog of made posts for each size into a temporary folder, a third of the posts with three
books pasted into them, and adopts it on one processor, in a process of its own. Bar: twice the
posts take at most 2.4 times as long in processor time.

With `--site` it adopts that blog `--by-rules` instead, in memory alone, and prints which share of
the books that the rules show is judged 1 or 2, on the posts that had books and on those that had
none. `--judgments` is as for `relevance.py`. Bars: 0.65 where there were none, 0.72 where there
were some, which is what the rules reached that took a word of the blurb for right anywhere.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
from itertools import pairwise
from math import log2
from pathlib import Path, PurePosixPath
from random import Random
from typing import Any

import sites

from linkmgr.adopt.proposing.measure import item_resolver
from linkmgr.adopt.run import adopt
from linkmgr.adopt.scanning.removal import remove_blocks
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.resolver.rules import keywords_of

LINEAR = 2.4  # per doubling; 2 and what a busy machine adds

# The share of the books shown that fit, of posts that had none and of posts that had some.
FITTING = {"none": 0.65, "some": 0.72}

ADOPT = """
import json, os, resource, sys
from pathlib import Path
from linkmgr.adopt.run import adopt
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
done = adopt(Path(sys.argv[1]), write=True)
used = resource.getrusage(resource.RUSAGE_SELF)
phases = " ".join(f"{name} {seconds:.1f}" for name, seconds in done.phases.items())
print(used.ru_utime + used.ru_stime, used.ru_maxrss // 1000, len(done.proposals), phases, sep="\\t")
"""


def paste(root: Path, items: int, seed: int = 1) -> None:
    """Paste books into a third of a site's posts, those that its text names most."""
    random = Random(seed)
    books = list(sites.draft_catalog(items, seed=seed)["books"].values())
    keywords = [book["title"].partition("の本")[0] for book in books]
    for path in sorted((root / "_posts").iterdir()):
        if random.random() > 1 / 3:
            continue
        text = path.read_text(encoding="utf-8")
        order = sorted(range(len(books)), key=lambda n: (-text.count(keywords[n]), random.random()))
        entries = "\n".join(_entry(books[n]) for n in order[:3])
        path.write_text(f"{text}\n---\n\n## おすすめの本\n\n{entries}", encoding="utf-8")


def _entry(book: dict[str, Any]) -> str:
    url = f"https://www.amazon.co.jp/dp/{book['asin']}/?tag=example-22"
    return f"### [{book['title']}]({url})\n\n{book['blurb']}\n\n[Amazonで詳しく見る →]({url})\n"


def measure_fit(root: Path, judgments: Path) -> bool:
    """Adopt a blog by rules, print how its books are judged, and return if the bars are met."""
    with judgments.open(encoding="utf-8", newline="") as opened:
        judged = {row.pop("post"): row for row in csv.DictReader(opened, delimiter="\t")}
    done = adopt(root, by_rules=True)
    site, placed = done.site, done.collected.placed
    catalog = parse_catalog(done.catalog_after, done.catalog_name)
    texts = site.count(keywords_of(catalog.mappings.values()), remove_blocks)
    resolver = item_resolver(catalog, site.posts, texts, site.now.date())
    values: dict[str, list[list[int]]] = {had: [] for had in FITTING}
    for post in site.posts:
        if row := judged.pop(PurePosixPath(post.path).stem, None):
            had = "some" if post.path in placed and placed[post.path].books else "none"
            books = [catalog.books[each.item] for each in resolver.items(post).get("books", ())]
            values[had].append([int(row[book.asin or ""]) for book in books])
    if judged:
        sys.exit(f"{root} has no post {min(judged)} (and {len(judged) - 1} others)")
    met = True
    for had, bar in FITTING.items():
        shown = [value for of_post in values[had] for value in of_post]
        fitting = sum(value > 0 for value in shown)
        share = fitting / max(len(shown), 1)
        met &= share >= bar
        print(
            f"{len(values[had]):4} posts that had {had}: {fitting} of {len(shown)} books fit,"
            f" {share:.3f}  (bar {bar})  {'met' if share >= bar else 'MISSED'}"
        )
    return met


def main() -> None:
    """Adopt made blogs, or a real one, and print the figures; exit 1 if a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--posts", type=int, nargs="+", default=[5_000, 10_000, 20_000])
    parser.add_argument("--items", type=int, default=50)
    parser.add_argument("--site", type=Path, help="the folder of a real blog")
    parser.add_argument("--judgments", type=Path, help="its judged posts")
    options = parser.parse_args()
    if options.site and options.judgments:
        sys.exit(0 if measure_fit(options.site, options.judgments) else 1)
    seconds: list[tuple[int, float]] = []
    for number in options.posts:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            sites.write_site(root, number)
            paste(root, options.items)
            command = [sys.executable, "-c", ADOPT, folder]
            run = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - above
        used, memory, mappings, phases = run.stdout.strip().split("\t")
        seconds.append((number, float(used)))
        print(f"{number:7} posts  {float(used):7.1f} s CPU  {memory:>5} MB  {mappings} mappings")
        print(f"               wall: {phases}", flush=True)
    missed = False
    for (few, before), (many, after) in pairwise(seconds):
        missed |= after / before > LINEAR ** log2(many / few)
        print(f"{few} to {many} posts: {after / before:.2f} times as long")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
