"""What a check finds, as values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from linkmgr.messages.errors import Location, Problem
from linkmgr.messages.message import Message, message


class Severity(StrEnum):
    """How bad a finding is. `check` exits with 1 for all but notes."""

    ERROR = "error"
    """Readers meet it, or it breaks the law or a programme's rules."""
    WARNING = "warning"
    """It costs income, or the page is out of date."""
    NOTE = "note"
    """Worth knowing, and maybe meant."""


@dataclass(frozen=True, slots=True)
class CheckCode:
    """One kind of finding; `register` in `codes` makes them."""

    name: str
    severity: Severity

    def __str__(self) -> str:
        return self.name

    @property
    def meaning(self) -> Message:
        """What is wrong, as a noun phrase."""
        return message(f"check.finding.{self.name}")

    @property
    def remedy(self) -> Message:
        """What to do about it."""
        return message(f"check.remedy.{self.name}")


NOWHERE = Location("")
"""The source of what is in no file that was found."""


class Finding(NamedTuple):
    """What is wrong on a page (a path in the built folder), and where it is to be put right.

    `what` is the link, the block's name, or the system's error; empty for the page as a whole.
    `source` is the line of the file from which Jekyll made that part of the page: the post, the
    layout or the include, or the item in the catalog. A template repeats it on the pages `also`.
    `detail` says more about it than its code does.
    """

    code: CheckCode
    what: str
    page: str
    source: Location = NOWHERE
    also: tuple[str, ...] = ()
    detail: Message | None = None

    @property
    def pages(self) -> int:
        """On how many pages it is."""
        return 1 + len(self.also)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What was found at `time` (seconds since 1970) on so many `pages` of a folder.

    `site` is the address at which readers find them, without a slash at its end.
    `warnings` are about the catalog: what it asks for against the rules of a programme. So many
    further findings are `waived` by it. `shop_pages` counts those that the site links to by their
    state, if they were looked at. Links that begin with one of `ignored` were left out.
    """

    time: float
    folder: str
    pages: int
    findings: tuple[Finding, ...]
    warnings: tuple[Problem, ...] = ()
    waived: int = 0
    shop_pages: Mapping[str, int] | None = None
    site: str = ""
    ignored: tuple[str, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether anything must be put right."""
        return any(found.code.severity != Severity.NOTE for found in self.findings)


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Make one finding of those that a template repeats: the same thing from the same source.

    What is wrong with pages as a whole is one finding, too, with the first page's source.
    """
    first: dict[tuple[object, ...], Finding] = {}
    pages: dict[tuple[object, ...], dict[str, None]] = {}
    for found in findings:
        key = (found.code, found.what, found.detail, found.source if found.what else None)
        first.setdefault(key, found)
        pages.setdefault(key, {})[found.page] = None
    return tuple(
        found._replace(also=tuple(page for page in pages[key] if page != found.page))
        for key, found in first.items()
    )
