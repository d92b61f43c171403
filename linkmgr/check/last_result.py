"""What was found last, kept where the site is, for the admin."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from linkmgr.check.model import Checked, Group, Wrong, grouped
from linkmgr.fs.atomic import replace_file
from linkmgr.fs.cache_folder import CACHE_FOLDER, make_cache_folder

_NAME = "check.json"

# What is kept is read for each view of the Health page: so many groups, so long their texts, and
# no longer file.
_MOST_GROUPS = 200
_LONGEST = 300
_LARGEST = 2**20

_DAMAGED = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)

_LATEST = 253_370_764_800.0  # the year 9999, the last that has dates


@dataclass(frozen=True, slots=True)
class LastCheck:
    """A check that was made: how much of what it found, and the first groups of it."""

    time: float
    folder: str
    pages: int
    counts: Mapping[Wrong, int]
    groups: tuple[Group, ...]


def remember(root: Path, checked: Checked) -> None:
    """Keep it. Raise LinkmgrError or OSError."""
    last = LastCheck(
        checked.time,
        checked.folder,
        checked.pages,
        dict(Counter(finding.wrong for finding in checked.findings).most_common()),
        tuple(
            group._replace(what=group.what[:_LONGEST], page=group.page[:_LONGEST])
            for group in grouped(checked.findings)[:_MOST_GROUPS]
        ),
    )
    folder = make_cache_folder(root, [_NAME])
    replace_file(folder / _NAME, json.dumps(asdict(last)).encode())


def last_check(root: Path) -> LastCheck | None:
    """Return the last check of a site; `None` if it was never checked here."""
    try:
        with (root / CACHE_FOLDER / _NAME).open("rb") as file:
            values = json.loads(file.read(_LARGEST))
        time, pages = float(values["time"]), int(values["pages"])
        counts = {Wrong(name): int(count) for name, count in values["counts"].items()}
        groups = tuple(
            Group(Wrong(wrong), str(what), str(page), int(number))
            for wrong, what, page, number in values["groups"]
        )
        if not 0 <= time < _LATEST:
            return None
        return LastCheck(time, str(values["folder"]), pages, counts, groups)
    except _DAMAGED:
        return None
