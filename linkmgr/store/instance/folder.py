"""The folder of an instance: made for its owner alone, and never published or committed."""

import os
from pathlib import Path

from linkmgr.messages.errors import LinkmgrError
from linkmgr.posts.site import CONFIG_FILES, read_config

_IGNORE = ".gitignore"


def make_instance(folder: Path) -> None:
    """Make the folder if it is not there, so that git passes over it.

    Raise LinkmgrError if it cannot be written to, or if Jekyll would publish it: it holds the
    accounts and the secrets, and a socket on which `jekyll build` fails.
    """
    if config := _published_by(folder.resolve()):
        raise LinkmgrError(
            f"{folder}: Jekyll would publish it with the blog, secrets and all: add "
            f"{folder.name} to `exclude` in {config} (`linkmgr init --write` does), or set "
            "LINKMGR_INSTANCE to a folder outside of the blog"
        )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (folder / _IGNORE).exists():
            (folder / _IGNORE).write_text("# Made by linkmgr: clicks, accounts and secrets.\n*\n")
    except OSError as error:
        raise LinkmgrError(
            f"{folder}: cannot be written to: {error.strerror}; LINKMGR_INSTANCE names the folder"
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise LinkmgrError(f"{folder}: cannot be written to; LINKMGR_INSTANCE names the folder")


def _published_by(folder: Path) -> Path | None:
    """Return the config of the Jekyll site that would publish a folder."""
    for root in folder.parents:
        for config in (root / name for name in CONFIG_FILES):
            if config.is_file():
                settings = read_config(root)
                source = (root / settings.source).resolve()
                if not folder.is_relative_to(source):
                    return None
                parts = folder.relative_to(source).parts
                # Jekyll passes over what begins so (its EntryFilter).
                hidden = any(part.startswith((".", "_", "#", "~")) for part in parts)
                paths = ("/" + "/".join(parts[: n + 1]) for n in range(len(parts)))
                excluded = any(settings.excluded.match(path, folder=True) for path in paths)
                return None if hidden or excluded else config
    return None
