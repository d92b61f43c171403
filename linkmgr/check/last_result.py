"""The result of the last check, saved in the site's cache for the admin."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from linkmgr.check.findings import CODES, NO_PAGE, CheckCode, CheckResult, Finding, Severity
from linkmgr.fs import CACHE_FOLDER, make_cache_folder, refuse_planted, replace_file
from linkmgr.messages.errors import LinkmgrError

_NAME = "check.json"

# The file is read for each view of the Health page: limit the findings, their texts and the file.
_MAX_FINDINGS = 200
_MAX_TEXT = 300
_MAX_BYTES = 2**20

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
    """How much a check found by code, and its findings, the worst on the most pages first.

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
        """How much must be put right: all that was found but notes."""
        return sum(n for code, n in self.counts.items() if code.severity != Severity.NOTE)

    def address(self, finding: SavedFinding) -> str | None:
        """Return where readers find the page of a finding; `None` if it has none or is missing."""
        if not self.site or not finding.page or finding.code == NO_PAGE:
            return None
        return f"{self.site}{quote(finding.path)}"


def save_last_result(root: Path, result: CheckResult) -> None:
    """Save a result in the cache of the site at `root`. Raise LinkmgrError or OSError."""
    counts = Counter(finding.code.name for finding in result.findings)
    worst = sorted(
        result.findings, key=lambda found: (_SEVERITIES.index(found.code.severity), -found.pages)
    )
    values = {
        "time": result.time,
        "folder": result.folder,
        "pages": result.pages,
        "counts": dict(counts.most_common()),
        "site": result.site,
        "ignored": [*result.ignored],
        "groups": [_saved(finding, f"{root}/") for finding in worst[:_MAX_FINDINGS]],
    }
    folder = make_cache_folder(root, [_NAME])
    replace_file(folder / _NAME, json.dumps(values).encode())


def load_last_result(root: Path) -> LastResult | None:
    """Return the last result of the site; `None` if it was never checked here."""
    try:
        refuse_planted(root, f"{CACHE_FOLDER}/{_NAME}")
        with (root / CACHE_FOLDER / _NAME).open("rb") as file:
            values = json.loads(file.read(_MAX_BYTES))
        time, pages = float(values["time"]), int(values["pages"])
        counts = {CODES[name]: int(count) for name, count in values["counts"].items()}
        findings = tuple(_loaded(*saved) for saved in values["groups"])
        if not 0 <= time < _LATEST:
            return None
        folder, site = str(values["folder"]), str(values["site"])
        ignored = tuple(str(prefix) for prefix in values["ignored"])
        return LastResult(time, folder, pages, counts, findings, site, ignored)
    except _DAMAGED:
        return None


def _saved(finding: Finding, folder: str) -> list[str | int]:
    texts = (finding.code.name, finding.what[:_MAX_TEXT], finding.page[:_MAX_TEXT])
    file = finding.source.file.removeprefix(folder)
    return [*texts, finding.pages, file[:_MAX_TEXT], finding.source.line]


def _loaded(  # noqa: PLR0913, PLR0917 - as they are saved
    code: str, what: str, page: str, pages: int, file: str, line: int
) -> SavedFinding:
    return SavedFinding(CODES[code], str(what), str(page), int(pages), str(file), int(line))
