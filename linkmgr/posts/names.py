"""What the path of a post says: its date, its slug, its folders and its extension."""

import re

# `Document::DATE_FILENAME_MATCHER` and `DATELESS_FILENAME_MATCHER`, over the whole path.
DATED_NAME = re.compile(r"(?>.+/)*?(\d{2,4}-\d{1,2}-\d{1,2})-([^/]*)(\.[^.]+)", re.ASCII)
DATELESS_NAME = re.compile(r"(?:.+/)?([^/]*)(\.[^.]+)")


def folders(path: str, special: str) -> list[str]:
    """Return the folders above `_posts` or `_drafts`, which are categories."""
    if path.startswith(special) or special not in path:
        return []
    above = path.split(special, 1)[0].split("/")
    return [folder for folder in above if folder and folder != path.rpartition("/")[2]]


def extension(path: str) -> str:
    """Return what Ruby's `File.extname` does."""
    name = path.rpartition("/")[2].lstrip(".")
    return name[dot:] if 0 < (dot := name.rfind(".")) < len(name) - 1 else ""
