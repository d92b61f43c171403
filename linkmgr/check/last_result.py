"""The result of the last check, saved in the site's cache for the admin."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from linkmgr.check.findings import (
    CODES,
    NO_PAGE,
    ONLINE_CODES,
    CheckCode,
    CheckResult,
    Finding,
    Severity,
)
from linkmgr.fs import CACHE_FOLDER, identity, make_cache_folder, refuse_planted, replace_file
from linkmgr.messages.errors import LinkmgrError

_NAME = "check.json"

# The findings of each code, their texts and the file are limited: a broken template has thousands.
_MAX_FINDINGS = 500
_MAX_TEXT = 300
_MAX_BYTES = 2**23

_DAMAGED = (
    LinkmgrError,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)

_SEVERITIES = (*Severity,)  # the worst first
_INDEX = "index.html"

_LATEST = 253_370_764_800.0  # the year 9999, the last that has dates


class SavedFinding(NamedTuple):
    """A finding on `pages` pages, of which `page` is the first, from a `line` of a `file`.

    The file is named from the site's folder, and empty where none was found; `line` 0 is the whole
    file.
    """

    code: CheckCode
    what: str
    page: str
    pages: int
    file: str
    line: int

    @property
    def path(self) -> str:
        """The page's path as readers have it, below the site's address."""
        path = f"/{self.page}"
        return path.removesuffix(_INDEX) if path.endswith(f"/{_INDEX}") else path


@dataclass(frozen=True, slots=True)
class LastResult:
    """How much a check found by code, the worst first, and the findings of each on the most pages.

    `site` is the address at which readers find the pages, and links that begin with one of
    `ignored` were left out.
    """

    time: float
    folder: str
    pages: int
    counts: Mapping[CheckCode, int]
    findings: tuple[SavedFinding, ...]
    site: str
    ignored: tuple[str, ...]

    @property
    def fails(self) -> bool:
        """Whether anything must be put right."""
        return self.failures > 0

    @property
    def failures(self) -> int:
        """How much of the site must be put right: all but notes and what shops' pages are."""
        return sum(
            count
            for code, count in self.counts.items()
            if code.severity != Severity.NOTE and code not in ONLINE_CODES
        )

    def of_code(self, code: CheckCode) -> list[SavedFinding]:
        """Return the findings of a code by file and line, the files of the worst first."""
        findings = [finding for finding in self.findings if finding.code == code]
        files = [*dict.fromkeys(finding.file for finding in findings)]
        ranks = {file: rank for rank, file in enumerate(files)}
        return sorted(findings, key=lambda finding: (ranks[finding.file], finding.line))

    def address(self, finding: SavedFinding) -> str | None:
        """Return where readers find the page of a finding; `None` if it has none or is missing."""
        if not self.site or not finding.page or finding.code == NO_PAGE:
            return None
        return f"{self.site}{quote(finding.path)}"


def save_last_result(root: Path, result: CheckResult) -> None:
    """Save a result in the cache of the site at `root`. Raise LinkmgrError or OSError."""
    counts = Counter(finding.code for finding in result.findings)
    worst = sorted(counts, key=lambda code: (_SEVERITIES.index(code.severity), -counts[code]))
    findings = sorted(result.findings, key=lambda finding: -finding.pages)
    by_code = ([finding for finding in findings if finding.code == code] for code in worst)
    values = {
        "time": result.time,
        "folder": result.folder,
        "pages": result.pages,
        "counts": {code.name: counts[code] for code in worst},
        "site": result.site,
        "ignored": [*result.ignored],
        "findings": [
            _saved(finding, f"{root}/")
            for of_code in by_code
            for finding in of_code[:_MAX_FINDINGS]
        ],
    }
    folder = make_cache_folder(root, [_NAME])
    replace_file(folder / _NAME, json.dumps(values).encode())


def load_last_result(root: Path) -> LastResult | None:
    """Return the last result of the site; `None` if it was never checked here.

    It is cached until the file changes, for every page of the admin asks for it.
    """
    file = root / CACHE_FOLDER / _NAME
    try:
        refuse_planted(root, f"{CACHE_FOLDER}/{_NAME}")
        return _read(file, identity(file))
    except _DAMAGED:
        return None


@lru_cache(maxsize=1)
def _read(path: Path, _version: tuple[int, int, int] | None) -> LastResult | None:
    with path.open("rb") as file:
        values = json.loads(file.read(_MAX_BYTES))
    time, pages = float(values["time"]), int(values["pages"])
    counts = {CODES[name]: int(count) for name, count in values["counts"].items()}
    findings = tuple(map(_loaded, values["findings"]))
    if not 0 <= time < _LATEST:
        return None
    folder, site = str(values["folder"]), str(values["site"])
    ignored = tuple(str(prefix) for prefix in values["ignored"])
    return LastResult(time, folder, pages, counts, findings, site, ignored)


def _saved(finding: Finding, folder: str) -> list[str | int]:
    texts = (finding.code.name, finding.what[:_MAX_TEXT], finding.page[:_MAX_TEXT])
    file = finding.source.file.removeprefix(folder)
    return [*texts, finding.pages, file[:_MAX_TEXT], finding.source.line]


def _loaded(saved: Sequence[Any]) -> SavedFinding:
    code, what, page, pages, file, line = saved
    return SavedFinding(CODES[code], str(what), str(page), int(pages), str(file), int(line))
