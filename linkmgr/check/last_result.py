"""The result of the last check, saved in the site's cache for the admin."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from linkmgr.check.model import CheckCode, CheckResult, FindingGroup, grouped
from linkmgr.check.rules import CODES
from linkmgr.fs.atomic import replace_file
from linkmgr.fs.cache_folder import CACHE_FOLDER, make_cache_folder

_NAME = "check.json"

# The file is read for each view of the Health page: so many groups, so long their texts, and no
# longer file.
_MAX_GROUPS = 200
_MAX_TEXT = 300
_MAX_BYTES = 2**20

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
class LastResult:
    """How much a check found by code, and the most frequent groups of it."""

    time: float
    folder: str
    pages: int
    counts: Mapping[CheckCode, int]
    groups: tuple[FindingGroup, ...]


def save_last_result(root: Path, result: CheckResult) -> None:
    """Save a result in the cache of the site at `root`. Raise LinkmgrError or OSError."""
    counts = Counter(finding.code.name for finding in result.findings)
    values = {
        "time": result.time,
        "folder": result.folder,
        "pages": result.pages,
        "counts": dict(counts.most_common()),
        "groups": [
            [group.code.name, group.what[:_MAX_TEXT], group.page[:_MAX_TEXT], group.pages]
            for group in grouped(result.findings)[:_MAX_GROUPS]
        ],
    }
    folder = make_cache_folder(root, [_NAME])
    replace_file(folder / _NAME, json.dumps(values).encode())


def load_last_result(root: Path) -> LastResult | None:
    """Return the last result of the site; `None` if it was never checked here."""
    try:
        with (root / CACHE_FOLDER / _NAME).open("rb") as file:
            values = json.loads(file.read(_MAX_BYTES))
        time, pages = float(values["time"]), int(values["pages"])
        counts = {CODES[name]: int(count) for name, count in values["counts"].items()}
        groups = tuple(
            FindingGroup(CODES[name], str(what), str(page), int(number))
            for name, what, page, number in values["groups"]
        )
        if not 0 <= time < _LATEST:
            return None
        return LastResult(time, str(values["folder"]), pages, counts, groups)
    except _DAMAGED:
        return None
