"""From the files that a site should have to the few writes that it needs: a value, not a deed."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from linkmgr.build.files import is_temporary
from linkmgr.build.places import Places


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a site should have: all its fragments and the few other files, by path."""

    fragments: Mapping[str, bytes]
    others: Mapping[str, bytes]
    index: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build writes and deletes, by path in the site.

    `writes` come before `index`, since Jekyll stops at a missing fragment, and `delete` last.
    `touch_empty` makes an incremental build render the posts that show their first block: they
    depend on the empty fragment, and nothing depends on the index. It is due whenever the empty
    fragment is older than the index, so that a build killed between the two is made good.
    """

    writes: Mapping[str, bytes] = field(default_factory=dict)
    index: Mapping[str, bytes] = field(default_factory=dict)
    delete: tuple[str, ...] = ()
    touch_empty: bool = False

    @property
    def written(self) -> tuple[str, ...]:
        """The paths that are written, in that order."""
        return (*self.writes, *self.index)


def make_plan(root: Path, places: Places, outputs: Outputs) -> Plan:
    """Compare what the site at `root` should have with what it has, byte by byte.

    A file in the folder of the fragments that is none of them is to go.
    """
    wanted = {**outputs.others, **outputs.fragments}
    standing = set(_names(root, places.fragments))
    index = {places.index: outputs.index}
    changed_index = {p: data for p, data in index.items() if not _holds(root / p, data)}
    return Plan(
        writes={path: data for path, data in wanted.items() if not _holds(root / path, data)},
        index=changed_index,
        delete=(
            *sorted(standing - outputs.fragments.keys()),
            *_left_behind(root, (*outputs.others, places.index)),
        ),
        touch_empty=bool(changed_index) or _older(root / places.empty, root / places.index),
    )


def _names(root: Path, folder: str) -> Iterator[str]:
    try:
        names = os.listdir(root / folder)  # noqa: PTH208 - names are all that is needed
    except FileNotFoundError:
        return
    for name in names:
        yield f"{folder}/{name}"


def _left_behind(root: Path, paths: Iterable[str]) -> Iterator[str]:
    """Yield the temporary files that a killed build left beside the files it was writing."""
    for folder in sorted({path.rpartition("/")[0] for path in paths}):
        yield from (path for path in _names(root, folder) if is_temporary(path))


def _holds(file: Path, data: bytes) -> bool:
    try:
        with open(file, "rb") as opened:  # noqa: PTH123 - Path.read_bytes costs a third more
            return opened.read() == data
    except FileNotFoundError:
        return False


def _older(file: Path, other: Path) -> bool:
    try:
        return file.stat().st_mtime_ns < other.stat().st_mtime_ns
    except FileNotFoundError:
        return False
