"""The tags by which a site includes linkmgr's blocks: where they are, and files without them."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from linkmgr.builder.setup.edits import line_ending
from linkmgr.builder.setup.layouts import LayoutFiles
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.inclusions import Inclusion, inclusions

_INCLUDE = re.compile(rb"\{%-?\s*include(?:_cached)?\s+([\w./-]+)")

_TEXTS = {
    *(".html", ".htm", ".md", ".markdown", ".mkd", ".mkdn", ".mkdown", ".textile", ".adoc"),
    *(".xml", ".txt", ".json", ".liquid", ".svg"),
}
_NOT_SEARCHED = {"node_modules", "vendor"}

Name = str | None
"""A block's name; `None` in its place is all of them."""


def without_tags(data: bytes, block: Callable[[Name], str] = lambda _: "") -> bytes:
    """Return a file's bytes with each tag replaced by `block` of the name that it asks for.

    Where that is empty and nothing else is in the tag's line, the line goes with it. A tag that
    shows a layout's content leaves that.
    """
    pieces: list[bytes] = []
    done = 0
    ending = line_ending(data)
    for found in inclusions(data):
        html = f"{{{{ {found.content} }}}}" if found.content else block(found.block).strip("\n")
        start, end = (found.start, found.end) if html else _line_around(data, found)
        pieces += (data[done:start], html.encode().replace(b"\n", ending))
        done = end
    return b"".join((*pieces, data[done:]))


def tags_in(data: bytes) -> list[Name]:
    """Return the names of the blocks that a text includes, in its order."""
    return [found.block for found in inclusions(data)]


def _line_around(data: bytes, found: Inclusion) -> tuple[int, int]:
    start = data.rfind(b"\n", 0, found.start) + 1
    end = data.find(b"\n", found.end) + 1 or len(data)
    alone = not (data[start : found.start] + data[found.end : end]).strip()
    return (start, end) if alone else (found.start, found.end)


@dataclass
class Inclusions:
    """What the layouts of a site include, through files that they include, too."""

    root: Path
    config: JekyllConfig
    _known: dict[str, tuple[Name, ...]] = field(default_factory=dict)

    def of_layout(self, name: str) -> tuple[Name, ...]:
        """Return the names of the blocks that a layout shows below a post's content."""
        if name not in self._known:
            folder = self.root / self.config.source / self.config.layouts_dir
            files = LayoutFiles(folder, self.config.jekyll.package)
            chain, _ = files.chain(name)
            self._known[name] = tuple(name for file in chain for name in self._names(file, set()))
        return self._known[name]

    def _names(self, file: Path, seen: set[Path]) -> Iterator[Name]:
        if file in seen or not file.is_file():
            return
        seen.add(file)
        data = file.read_bytes()
        yield from tags_in(data)
        folder = self.root / self.config.source / self.config.includes_dir
        for included in _INCLUDE.findall(data):
            if included != b"linkmgr.html":
                yield from self._names(folder / os.fsdecode(included), seen)


def files_with_tags(root: Path, config: JekyllConfig) -> Iterator[Path]:
    """Yield the files of a site, posts and layouts among them, that include a block."""
    source = root / config.source
    own = {config.layouts_dir, config.includes_dir}
    destination = (root / config.destination).resolve()
    for folder, folders, names in os.walk(source):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _NOT_SEARCHED
            and (Path(folder) / name).resolve() != destination
        )
        for name in sorted(names):
            file = Path(folder) / name
            inside = file.relative_to(source).as_posix()
            if Path(name).suffix.lower() not in _TEXTS and not _is_below(inside, own):
                continue
            if file.is_file() and b"linkmgr.html" in (data := file.read_bytes()) and tags_in(data):
                yield file


def _is_below(path: str, folders: set[str]) -> bool:
    return any(path.startswith(f"{folder.strip('/')}/") for folder in folders)
