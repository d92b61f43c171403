"""The result of the last check, saved in the site's cache for the admin."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from linkmgr.check.findings.codes import CODES
from linkmgr.check.findings.model import CheckCode, CheckResult, Finding
from linkmgr.fs.atomic import replace_file
from linkmgr.fs.cache_folder import CACHE_FOLDER, make_cache_folder

_NAME = "check.json"

# The file is read for each view of the Health page: so many findings, so long their texts, and no
# longer file.
_MAX_FINDINGS = 200
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


class SavedFinding(NamedTuple):
    """A finding on so many pages, of which `page` is the first, from a `line` of a `file`.

    An older version knew no file: it is empty, as where none was found; `line` 0 is the whole file.
    """

    code: CheckCode
    what: str
    page: str
    pages: int
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class LastResult:
    """How much a check found by code, and what of it is on the most pages."""

    time: float
    folder: str
    pages: int
    counts: Mapping[CheckCode, int]
    findings: tuple[SavedFinding, ...]


def save_last_result(root: Path, result: CheckResult) -> None:
    """Save a result in the cache of the site at `root`. Raise LinkmgrError or OSError."""
    counts = Counter(finding.code.name for finding in result.findings)
    most_repeated = sorted(result.findings, key=lambda finding: -finding.pages)
    values = {
        "time": result.time,
        "folder": result.folder,
        "pages": result.pages,
        "counts": dict(counts.most_common()),
        "groups": [_saved(finding) for finding in most_repeated[:_MAX_FINDINGS]],
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
        findings = tuple(_loaded(*saved) for saved in values["groups"])
        if not 0 <= time < _LATEST:
            return None
        return LastResult(time, str(values["folder"]), pages, counts, findings)
    except _DAMAGED:
        return None


def _saved(finding: Finding) -> list[str | int]:
    texts = (finding.code.name, finding.what[:_MAX_TEXT], finding.page[:_MAX_TEXT])
    return [*texts, finding.pages, finding.source.file[:_MAX_TEXT], finding.source.line]


def _loaded(  # noqa: PLR0913, PLR0917 - as they are saved
    code: str, what: str, page: str, pages: int, file: str = "", line: int = 0
) -> SavedFinding:
    return SavedFinding(CODES[code], str(what), str(page), int(pages), str(file), int(line))
