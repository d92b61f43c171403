"""Measures saving one entry of a catalog of 2,000 items; `make bench` runs it.

A save is all that the admin waits for: read, check the revision, edit, check the result, replace
the file. The kinds take turns with PyYAML's bare reading of the same text (`compose` by libyaml).
"""

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import sites
import yaml

from linkmgr.catalog.editing.edit import add_entry, remove_entry, replace_entry
from linkmgr.catalog.editing.edit_file import edit_catalog, read_revision
from linkmgr.catalog.reading.parse import CatalogText, checked
from linkmgr.catalog.reading.yaml.texts import raw_entry

ITEMS = 2_000
ROUNDS = 15
BAR = 300.0  # ms
BOOK = "item-1000"


def compose(path: Path) -> None:
    """Read a catalog into PyYAML's own tree."""
    yaml.compose(path.read_bytes(), Loader=yaml.CSafeLoader)


def kinds_of_save(text: str) -> dict[str, Callable[[str], CatalogText]]:
    """Return what is measured, by name; each takes the text of the catalog before."""
    book = raw_entry(text, "books", BOOK)
    return {
        "a blurb changed": partial(
            replace_entry, section="books", name=BOOK, value={**book, "blurb": "別の紹介文"}
        ),
        "a book added": partial(add_entry, section="books", name="new", value=book),
        "a mapping removed": partial(remove_entry, section="mappings", name=BOOK),
    }


def milliseconds(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def measure(path: Path) -> dict[str, float]:
    """Return the least time of each kind of save, and of the bare reading as the first.

    The least, for what else the machine does only adds to it.
    """
    original = read_revision(path)
    kinds = kinds_of_save(original.text)
    times: dict[str, list[float]] = {"bare compose": [], **{kind: [] for kind in kinds}}
    for _ in range(ROUNDS):
        times["bare compose"].append(milliseconds(partial(compose, path)))
        for kind, change in kinds.items():
            times[kind].append(milliseconds(partial(edit_catalog, path, original.id, change)))
            changed = read_revision(path)
            edit_catalog(path, changed.id, lambda _: checked(original.text))
    return {kind: min(taken) for kind, taken in times.items()}


def main() -> int:
    """Print the table; return 1 when a save takes longer than the bar."""
    with tempfile.TemporaryDirectory() as folder:
        sites.write_catalog(Path(folder), sites.draft_catalog(ITEMS))
        path = Path(folder) / "catalog.yaml"
        print(f"{ITEMS:,} items with a mapping each, {path.stat().st_size / 1000:,.0f} kB")
        bare, *saves = measure(path).items()
    print(f"{bare[0]:20}{bare[1]:8.0f} ms")
    for kind, taken in saves:
        print(f"{kind:20}{taken:8.0f} ms{taken / bare[1]:8.1f} × the bare compose")
    slowest = max(taken for _, taken in saves)
    print(f"the slowest save takes {slowest:.0f} ms, the bar is {BAR:.0f} ms")
    return 0 if slowest < BAR else 1


if __name__ == "__main__":
    sys.exit(main())
