"""Makes the demo: the blog that ships with the package, in a folder of the user's."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from linkmgr.errors import LinkmgrError

MARK = ".linkmgr-demo"


def write_site(target: Path) -> None:
    """Copy the demo blog into `target`, which must be new, empty or an earlier demo.

    Files that an earlier demo has already stay as they are: someone may have tried something out.
    """
    if target.exists() and not target.is_dir():
        raise LinkmgrError(f"{target} is a file: name a folder for the demo")
    if target.is_dir() and any(target.iterdir()) and not (target / MARK).exists():
        raise LinkmgrError(f"{target} holds other files: name a new or an empty folder")
    target.mkdir(parents=True, exist_ok=True)
    (target / MARK).touch()
    for source, path in _walk(files("linkmgr.demo") / "site", target):
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            path.write_bytes(source.read_bytes())


def _walk(source: Traversable, target: Path) -> Iterator[tuple[Traversable, Path]]:
    for child in source.iterdir():
        if child.is_dir():
            yield from _walk(child, target / child.name)
        else:
            yield child, target / child.name
