"""The file of the targets that workers serve from: the last good ones, whatever the catalog has."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from linkmgr.clicks.targets import Targets
from linkmgr.fs.atomic import replace_file


def publish(file: Path, targets: Targets) -> Targets:
    """Replace the targets in a file, and return its new content. Raise OSError.

    An item that was ever published keeps its link: what the file had and `targets` has not, stays.
    """
    before = read_targets(file)
    kept = before.items if before else {}
    targets = replace(targets, items={**kept, **targets.items})
    if targets != before:
        replace_file(file, targets.to_json().encode())
    return targets


def read_targets(file: Path) -> Targets | None:
    """Return the targets that were published last, `None` where there are none that can be read."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return Targets.from_json(file.read_bytes())
    return None
