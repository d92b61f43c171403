"""Comparing the files of a site with what they should be, and writing those that differ."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from linkmgr.blocks.assets import SCRIPT_TEXT, STYLESHEET_TEXT
from linkmgr.blocks.include import include_text
from linkmgr.builder.fragments import Fragments, index_text
from linkmgr.builder.processes import Track
from linkmgr.builder.site import OutputPaths, Stamp
from linkmgr.catalog.model import Catalog
from linkmgr.fs import replace_quickly
from linkmgr.messages.message import message


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build writes and deletes, by path in the site.

    `writes` come before `index`, since Jekyll stops at a missing fragment, and `delete` last.
    """

    writes: Mapping[str, bytes] = field(default_factory=dict)
    index: Mapping[str, bytes] = field(default_factory=dict)
    """The index, if it differs."""
    delete: tuple[str, ...] = ()
    touch_empty: bool = False
    """Makes an incremental build render the posts that show their first block.

    They depend on the empty fragment, and nothing depends on the index. It is due whenever the
    empty fragment is older than the index, so that a build killed between the two is completed.
    """

    @property
    def written(self) -> tuple[str, ...]:
        """The paths that are written, in that order."""
        return (*self.writes, *self.index)


def make_plan(
    root: Path,
    paths: OutputPaths,
    catalog: Catalog,
    fragments: Fragments,
    *,
    existing: Mapping[str, Stamp],
) -> Plan:
    """Compare what the site at `root` should have with what it has, byte by byte.

    All `existing` files that it should not have will be deleted.
    """
    wanted = {paths.fragment(key): html for key, html in fragments.rendered.items()}
    wanted |= _other_files(paths, catalog, fragments.index)
    unchanged = fragments.signatures.keys() - fragments.rendered.keys()
    kept = wanted.keys() | {paths.fragment(key) for key in unchanged}
    same = {path for path in wanted.keys() & existing if _has_content(root / path, wanted[path])}
    writes = {path: data for path, data in wanted.items() if path not in same}
    index: dict[str, bytes] = {}
    if paths.index in writes:
        index[paths.index] = writes.pop(paths.index)
    is_older = False
    if paths.empty in existing and paths.index in existing:
        is_older = existing[paths.empty][0] < existing[paths.index][0]
    return Plan(
        writes=writes,
        index=index,
        delete=tuple(sorted(existing.keys() - kept)),
        touch_empty=bool(index) or is_older,
    )


def _other_files(
    paths: OutputPaths, catalog: Catalog, index: Mapping[str, str]
) -> dict[str, bytes]:
    """Return the files that a site should have beside its posts' fragments, by path."""
    return {
        paths.empty: b"",
        paths.include: include_text(catalog).encode(),
        paths.stylesheet: STYLESHEET_TEXT.encode(),
        paths.script: SCRIPT_TEXT.encode(),
        paths.index: index_text(index).encode(),
    }


def apply(root: Path, paths: OutputPaths, plan: Plan, track: Track) -> None:
    """Write what `plan` says into the site at `root`.

    Fragments go before the index that names them and are deleted after it. Each file is replaced as
    a whole. If this is interrupted anywhere, the next build finds by comparison what is left to do.
    """
    for folder in sorted({path.rpartition("/")[0] for path in plan.written}):
        (root / folder).mkdir(parents=True, exist_ok=True)
    # What can be rebuilt from the posts need not survive a power cut.
    for path, data in track(
        plan.writes.items(), message("build.writing-fragments"), len(plan.writes)
    ):
        replace_quickly(root / path, data)
    for path, data in plan.index.items():
        replace_quickly(root / path, data)
    for path in plan.delete:
        (root / path).unlink(missing_ok=True)
    if plan.touch_empty:
        os.utime(root / paths.empty)


def _has_content(file: Path, data: bytes) -> bool:
    if not os.path.isfile(file) and not os.path.isdir(file):  # noqa: PTH112, PTH113 - str or Path
        return False  # a pipe never ends; opening a folder says what is wrong
    with open(file, "rb") as opened:  # noqa: PTH123 - Path.read_bytes costs a third more
        return opened.read() == data
