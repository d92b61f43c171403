"""The folder beside the user's files for what linkmgr can make again, and its locks.

Git passes over it by the `.gitignore` in it, and Jekyll over dotfiles.
"""

import stat
from collections.abc import Iterable
from pathlib import Path

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message

CACHE_FOLDER = ".linkmgr-cache"
_IGNORE = ".gitignore"


def make_cache_folder(parent: Path, names: Iterable[str]) -> Path:
    """Return the folder in `parent`, made if needed, for files of these names.

    Raise LinkmgrError as `refuse_links` does, or OSError.
    """
    folder = parent / CACHE_FOLDER
    refuse_links(folder, names)
    folder.mkdir(exist_ok=True)
    ignore = folder / _IGNORE
    if not ignore.exists():
        ignore.write_text("# Made by linkmgr; it makes it again when it is gone.\n*\n")
    return folder


def refuse_links(folder: Path, names: Iterable[str]) -> None:
    """Raise LinkmgrError if something in the folder's place would have us write elsewhere."""
    files = (folder / name for name in (_IGNORE, *names))
    for path, is_right in ((folder, stat.S_ISDIR), *((file, stat.S_ISREG) for file in files)):
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            continue
        if not is_right(mode):
            raise LinkmgrError(message("fs.name-taken", path=str(path)))
