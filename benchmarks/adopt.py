"""How long `linkmgr adopt` takes on blogs of several sizes, in processor time.

    python benchmarks/adopt.py [--posts 5000 10000 20000] [--items 50]

Writes a blog of made posts for each size into a temporary folder, a third of the posts with three
books pasted into them, and adopts it on one processor, in a process of its own. Bar: twice the
posts take at most 2.4 times as long.
"""

import argparse
import subprocess
import sys
import tempfile
from itertools import pairwise
from math import log2
from pathlib import Path
from random import Random
from typing import Any

import sites

LINEAR = 2.4  # per doubling; 2 and what a busy machine adds

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


def main() -> None:
    """Adopt a blog of each size and print the figures; exit 1 if the bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--posts", type=int, nargs="+", default=[5_000, 10_000, 20_000])
    parser.add_argument("--items", type=int, default=50)
    options = parser.parse_args()
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
