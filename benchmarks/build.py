"""Measures builds against merely reading the same posts; `make bench` runs it.

All figures come from one run in which the kinds of builds take turns; ratios are of medians.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import sites
import yaml

from linkmgr.builder.run import build

FRONT_MATTER = re.compile(r"\A---\s*\n(.*?\n)---\s*$", re.DOTALL | re.MULTILINE)
PROPORTIONAL = re.compile(r"^Pss:\s+(\d+) kB$", re.MULTILINE)  # proc_pid_smaps(5)
INPUTS = {"_config.yml", "_layouts", "_posts", "catalog.yaml"}
ITEMS, MANY_ITEMS = 100, 5_000
MEGABYTE = 1_000_000
SAMPLE_SECONDS = 0.05
SPARE = 1.2  # what builds write, and the file system's own share

BARS = {
    "cold build": 4.0,
    "no-op build": 0.3,
    "a blurb changed": 1.5,
    "a weight changed": 1.5,
    "a rare keyword added": 1.5,
    "a common keyword added": 1.5,
    "all keywords changed": 1.5,
}
"""The most that a build may take, as multiples of the bare read-and-load of the same posts."""

RARE_KEYWORD, COMMON_KEYWORD = "録音刺繍", "発酵"
"""They stand in one and in seventy of a hundred posts."""

ITEMS_BAR = 2.0
MEMORY_BAR = 500.0

BUILD_ALONE = """
import resource, sys
from pathlib import Path
from linkmgr.builder.run import build
build(Path(sys.argv[1]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: a ratio or an amount, and the most that the bar allows."""

    what: str
    measured: float
    unit: str = "×"
    bar: float | None = None
    seconds: float | None = None

    def __str__(self) -> str:
        seconds = f"{self.seconds:8.2f} s" if self.seconds is not None else " " * 10
        measured = f"{self.measured:8.2f} {self.unit:2}"
        if self.bar is None:
            return f"{self.what:52}{seconds}{measured}"
        verdict = "met" if self.measured <= self.bar else "NOT MET"
        return f"{self.what:52}{seconds}{measured}  at most {self.bar:6.2f} {self.unit:2} {verdict}"


Times = dict[str, list[float]]


def timed(action: Callable[[Path], object], root: Path) -> float:
    """Run once and say how many seconds it took."""
    start = time.perf_counter()
    action(root)
    return time.perf_counter() - start


def bare(root: Path) -> None:
    """Read every post, decode it and load its front matter: the least that any build does."""
    for path in (root / "_posts").iterdir():
        found = FRONT_MATTER.match(path.read_bytes().decode())
        assert found
        yaml.load(found[1], yaml.CSafeLoader)


def clean(root: Path) -> None:
    """Take away all that a build has written, whatever it is.

    It is moved out of the site and deleted at the end: some file systems take long to make a file
    where one was deleted a moment ago, and a cold build is one where there was none.
    """
    away = Path(tempfile.mkdtemp(dir=root.parent))
    for path in root.iterdir():
        if path.name not in INPUTS:
            path.rename(away / path.name)


def change_post(root: Path) -> None:
    """Add a paragraph to one post."""
    path = min((root / "_posts").iterdir())
    with path.open("a", encoding="utf-8") as post:
        post.write("\n発酵の話をもう一度。\n")


def catalog_changes(draft: sites.Draft) -> dict[str, sites.Draft]:
    """Draft the catalogs of a round, each a change of the one before."""
    blurb = deepcopy(draft)
    blurb["books"]["item-0"]["blurb"] += "改訂版。"
    weight = deepcopy(blurb)
    weight["mappings"]["item-0"]["weight"] = 2
    rare, common = deepcopy(weight), deepcopy(weight)
    rare["mappings"]["item-0"]["any"]["keywords"].append(RARE_KEYWORD)
    common["mappings"]["item-0"]["any"]["keywords"].append(COMMON_KEYWORD)
    return {
        "a blurb changed": blurb,
        "a weight changed": weight,
        "a rare keyword added": rare,
        "a common keyword added": common,
        "all keywords changed": sites.other_keywords(common),
    }


def modified(root: Path) -> dict[Path, int]:
    """Note when each file and folder was last written."""
    return {path: path.stat().st_mtime_ns for path in root.rglob("*")}


def measure(root: Path, rounds: int) -> Times:
    """Time each kind of build in turn."""
    times: Times = defaultdict(list)
    draft = sites.draft_catalog(ITEMS)
    bare(root)  # the files are in memory from here on, for all alike
    for _ in range(rounds):
        sites.write_catalog(root, draft)
        clean(root)
        times["bare"].append(timed(bare, root))
        times["cold build"].append(timed(build, root))
        before = modified(root)
        times["no-op build"].append(timed(build, root))
        assert modified(root) == before, "a no-op build wrote something"
        change_post(root)
        times["one post changed"].append(timed(build, root))
        for change, changed in catalog_changes(draft).items():
            sites.write_catalog(root, changed)
            times[change].append(timed(build, root))
    return times


def measure_items(root: Path, rounds: int) -> Times:
    """Time cold builds with few and many items in turn."""
    times: Times = defaultdict(list)
    drafts = {items: sites.draft_catalog(items) for items in (ITEMS, MANY_ITEMS)}
    for _ in range(rounds):
        for items, draft in drafts.items():
            sites.write_catalog(root, draft)
            clean(root)
            times[f"{items:,} items"].append(timed(build, root))
    return times


def peak_memory(root: Path) -> float:
    """Run a cold build in a process of its own and say how many megabytes it took at most.

    Its workers count too, each page that they share with it once; those are sampled, and only on
    Linux are there any.
    """
    clean(root)
    command = [sys.executable, "-c", BUILD_ALONE, str(root)]
    sampled = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as build_alone:  # noqa: S603 - our own command
        while build_alone.poll() is None:
            sampled = max(sampled, proportional_size(build_alone.pid))
            time.sleep(SAMPLE_SECONDS)
        assert build_alone.stdout
        printed = build_alone.stdout.read()
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2) counts kilobytes on Linux
    return max(sampled, int(printed.split()[-1]) * unit) / MEGABYTE


def proportional_size(process: int) -> int:
    """Add up the memory of a process and its children in bytes, shared pages once."""
    folder = Path("/proc", str(process))
    try:
        rollup = (folder / "smaps_rollup").read_text()
        children = (folder / "task" / str(process) / "children").read_text().split()
    except OSError:  # it has ended, or this is not Linux
        return 0
    found = PROPORTIONAL.search(rollup)
    own = int(found[1]) * 1024 if found else 0
    return own + sum(proportional_size(int(child)) for child in children)


def against_bare(posts: int, times: Times) -> list[Row]:
    """Compare each kind of build with the bare read-and-load."""
    least = median(times["bare"])
    return [Row(f"{posts:,} posts: read and load", 1.0, seconds=least)] + [
        Row(f"{posts:,} posts: {kind}", median(taken) / least, "×", BARS.get(kind), median(taken))
        for kind, taken in times.items()
        if kind != "bare"
    ]


def growth(small: int, large: int, few: Times, many: Times) -> Row:
    """Compare how a cold build grows with how the posts do."""
    ratio = median(many["cold build"]) / median(few["cold build"])
    return Row(f"{small:,} to {large:,} posts: cold build", ratio, "×", large / small)


def item_growth(posts: int, times: Times) -> Row:
    """Compare cold builds with few and many items."""
    few, many = (median(taken) for taken in times.values())
    what = f"{posts:,} posts: {ITEMS:,} to {MANY_ITEMS:,} items"
    return Row(what, many / few, "×", ITEMS_BAR, many)


def require_space(folder: Path, posts: int) -> None:
    """Stop before the disk is full."""
    needed = posts * sites.POST_BYTES * SPARE
    free = shutil.disk_usage(folder).free
    if free < needed:
        sys.exit(
            f"{folder} has {free / MEGABYTE:,.0f} MB free; {needed / MEGABYTE:,.0f} are needed"
        )


def run(small: int, large: int, rounds: int) -> list[Row]:
    """Generate the sites, measure, and remove them."""
    with tempfile.TemporaryDirectory(prefix="linkmgr-bench-") as folder:
        few_root, many_root = Path(folder) / "few", Path(folder) / "many"
        require_space(Path(folder), small + large)
        sites.write_site(few_root, small)
        sites.write_site(many_root, large)
        few, many = measure(few_root, rounds), measure(many_root, rounds)
        return [
            *against_bare(small, few),
            *against_bare(large, many),
            growth(small, large, few, many),
            item_growth(small, measure_items(few_root, rounds)),
            Row(f"{large:,} posts: peak memory", peak_memory(many_root), "MB", MEMORY_BAR),
        ]


def main() -> None:
    """Print the table; exit with 1 when a bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="250 and 2,000 posts, one round")
    quick = parser.parse_args().quick
    rows = run(250, 2_000, 1) if quick else run(2_500, 20_000, 3)
    print(*rows, sep="\n")
    sys.exit(any(row.bar is not None and row.measured > row.bar for row in rows))


if __name__ == "__main__":
    main()
