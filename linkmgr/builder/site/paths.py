"""Where a site has the files that linkmgr writes."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from linkmgr.blocks import include
from linkmgr.fs.atomic import is_temporary
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.posts.config import JekyllConfig

CATALOG = "catalog.yaml"

_FRAGMENT = re.compile(rf"(?:[0-9a-f]{{16}}|{include.EMPTY})\.html")

Stamp = tuple[int, int, int]
"""Modification time in nanoseconds, size and inode: a file with the same has not changed."""


@dataclass(frozen=True, slots=True)
class OutputPaths:
    """Paths relative to the site's root, `/` between their parts."""

    fragments: str
    index: str
    include: str
    stylesheet: str
    script: str

    @classmethod
    def of(cls, config: JekyllConfig) -> "OutputPaths":
        """Return the places in a site that may have renamed Jekyll's folders."""
        source = PurePosixPath(config.source)
        includes, data = source / config.includes_dir, source / config.data_dir
        return cls(
            fragments=str(includes / include.FRAGMENTS.removeprefix("_includes/")),
            index=str(data / include.INDEX.removeprefix("_data/")),
            include=str(includes / include.INCLUDE.removeprefix("_includes/")),
            stylesheet=str(source / include.STYLESHEET),
            script=str(source / include.SCRIPT),
        )

    def fragment(self, key: str) -> str:
        """Return the place of the fragment called `key`."""
        return f"{self.fragments}/{key}.html"

    @property
    def empty(self) -> str:
        """The fragment of the posts without blocks."""
        return self.fragment(include.EMPTY)

    @staticmethod
    def is_fragment(name: str) -> bool:
        """Whether a file of this name among the fragments is one of a build's."""
        return _FRAGMENT.fullmatch(name) is not None

    def refuse_outside(self, root: Path, source: str) -> None:
        """Raise LinkmgrError if a link leads one of the folders out of the site's source."""
        inside = (root / source).resolve()
        for path in (self.empty, self.index, self.include, self.stylesheet, self.script):
            folder = (root / path).parent
            if not folder.resolve().is_relative_to(inside):
                target = str(folder.resolve())
                raise LinkmgrError(
                    message("build.folder-links-out", folder=str(folder), target=target)
                )

    def existing_files(self, root: Path) -> dict[str, Stamp]:
        """Return every file there is, with what shows whether it is still the same.

        What a killed build left beside them is among them.
        """
        return dict(self._existing_files(root))

    def _existing_files(self, root: Path) -> Iterator[tuple[str, Stamp]]:
        for path in (self.index, self.include, self.stylesheet, self.script):
            with suppress(FileNotFoundError):
                yield path, _stamp(os.stat(root / path))  # noqa: PTH116 - takes str and Path alike
            yield from _inside(root, path.rpartition("/")[0], is_temporary)
        yield from _inside(root, self.fragments, _is_fragment)


def _is_fragment(name: str) -> bool:
    """Whether a build makes files of this name among the fragments; any other is the owner's."""
    return is_temporary(name) or _FRAGMENT.fullmatch(name) is not None


def _inside(root: Path, folder: str, wanted: Callable[[str], bool]) -> Iterator[tuple[str, Stamp]]:
    with suppress(FileNotFoundError), os.scandir(root / folder) as entries:
        for entry in entries:
            if wanted(entry.name) and not entry.is_dir(follow_symlinks=False):
                yield f"{folder}/{entry.name}", _stamp(entry.stat(follow_symlinks=False))


def _stamp(facts: os.stat_result) -> Stamp:
    return facts.st_mtime_ns, facts.st_size, facts.st_ino
