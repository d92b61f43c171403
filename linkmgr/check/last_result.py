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

_SEVERITIES = tuple(Severity)  # the worst first
_INDEX = "index.html"

_LATEST = 253_370_764_800.0  # the year 9999, the last that has dates


class SavedFinding(NamedTuple):
    """A finding as it was saved."""

    code: CheckCode
    what: str
    page: str
    """The first page that it is on."""
    pages: int
    """How many pages it is on."""
    file: str
    """The file where it is put right, from the site's folder; empty where none is known."""
    line: int
    """0 for the whole file."""

    @property
    def path(self) -> str:
        """The page's path as readers have it, below the site's address."""
        path = f"/{self.page}"
        return path.removesuffix(_INDEX) if path.endswith(f"/{_INDEX}") else path


@dataclass(frozen=True, slots=True)
class LastResult:
    """The result of a check, without most of the findings of a code that has many."""

    time: float
    folder: str
    pages: int
    counts: Mapping[CheckCode, int]
    """How many findings each code has, the worst first."""
    findings: tuple[SavedFinding, ...]
    """Those of each code that are on the most pages."""
    site: str
    """The address at which readers find the pages."""
    ignored: tuple[str, ...]
    """Links that begin with one of these were left out."""

    @property
    def fails(self) -> bool:
        """Whether anything must be put right."""
        return self.failures > 0

    @property
    def failures(self) -> int:
        """How much of the site must be put right: all but notes and what shops' pages are."""
        failures = 0
        for code, count in self.counts.items():
            if code.severity != Severity.NOTE and code not in ONLINE_CODES:
                failures += count
        return failures

    def of_code(self, code: CheckCode) -> list[SavedFinding]:
        """Return the findings of a code by file and line, the files of the worst first."""
        findings = [finding for finding in self.findings if finding.code == code]
        ranks: dict[str, int] = {}
        for finding in findings:
            ranks.setdefault(finding.file, len(ranks))
        return sorted(findings, key=lambda finding: (ranks[finding.file], finding.line))

    def address(self, finding: SavedFinding) -> str | None:
        """Return the public address of a finding's page; `None` if it has none or is missing."""
        if not self.site or not finding.page or finding.code == NO_PAGE:
            return None
        return f"{self.site}{quote(finding.path)}"


def save_last_result(root: Path, result: CheckResult) -> None:
    """Save a result in the cache of the site at `root`. Raise LinkmgrError or OSError."""
    counts = Counter(finding.code for finding in result.findings)
    worst = sorted(counts, key=lambda code: (_SEVERITIES.index(code.severity), -counts[code]))
    findings = sorted(result.findings, key=lambda finding: -finding.pages)
    saved: list[list[str | int]] = []
    for code in worst:
        of_code = [finding for finding in findings if finding.code == code]
        saved += [_saved(finding, f"{root}/") for finding in of_code[:_MAX_FINDINGS]]
    values = {
        "time": result.time,
        "folder": result.folder,
        "pages": result.pages,
        "counts": {code.name: counts[code] for code in worst},
        "site": result.site,
        "ignored": list(result.ignored),
        "findings": saved,
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
