"""The tags by which a site includes linkmgr's blocks: where they are, and files without them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from linkmgr.builder.setup.edits import line_ending
from linkmgr.posts.article.inclusions import Inclusion, inclusions
from linkmgr.posts.config import JekyllConfig

_TEXTS = {
    *(".html", ".htm", ".md", ".markdown", ".mkd", ".mkdn", ".mkdown", ".textile", ".adoc"),
    *(".xml", ".txt", ".json", ".liquid", ".svg"),
}
_NOT_SEARCHED = {"node_modules", "vendor"}


def without_tags(data: bytes, shown: Callable[[Inclusion], str] = lambda _: "") -> bytes:
    """Return a file's bytes with each tag replaced by what it shows.

    Where that is empty and nothing else is in the tag's line, the line goes with it. A tag that
    shows a layout's content leaves that.
    """
    pieces: list[bytes] = []
    done = 0
    ending = line_ending(data)
    for found in inclusions(data):
        html = f"{{{{ {found.content} }}}}" if found.content else shown(found).strip("\n")
        start, end = (found.start, found.end) if html else _line_around(data, found)
        pieces += (data[done:start], html.encode().replace(b"\n", ending))
        done = end
    return b"".join((*pieces, data[done:]))


def _line_around(data: bytes, found: Inclusion) -> tuple[int, int]:
    start = data.rfind(b"\n", 0, found.start) + 1
    end = data.find(b"\n", found.end) + 1 or len(data)
    alone = not (data[start : found.start] + data[found.end : end]).strip()
    return (start, end) if alone else (found.start, found.end)


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
            if file.is_file() and any(inclusions(file.read_bytes())):
                yield file


def _is_below(path: str, folders: set[str]) -> bool:
    return any(path.startswith(f"{folder.strip('/')}/") for folder in folders)
