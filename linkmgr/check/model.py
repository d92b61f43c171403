"""What a check finds, as values."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from linkmgr.messages.errors import Problem
from linkmgr.messages.message import Message, message


class Severity(StrEnum):
    """How bad a finding is. `check` exits with 1 for either."""

    ERROR = "error"
    """Readers meet it, or it breaks the law or a programme's rules."""
    WARNING = "warning"
    """It costs income, or the page is out of date."""


@dataclass(frozen=True, slots=True)
class CheckCode:
    """One kind of finding; `register` in `rules` makes them."""

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


class Finding(NamedTuple):
    """What is wrong on a page (a path in the built folder).

    `what` is the link, the block's name, or the system's error; empty for the page as a whole.
    """

    code: CheckCode
    what: str
    page: str


class FindingGroup(NamedTuple):
    """The same finding on so many pages, of which `page` is the first."""

    code: CheckCode
    what: str
    page: str
    pages: int


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What was found at `time` (seconds since 1970) on so many `pages` of a folder.

    `warnings` are about the catalog: what it asks for against the rules of a programme.
    """

    time: float
    folder: str
    pages: int
    findings: tuple[Finding, ...]
    warnings: tuple[Problem, ...] = ()


def grouped(findings: Iterable[Finding]) -> list[FindingGroup]:
    """Put together what a template repeats on many pages, the most frequent first."""
    groups: dict[tuple[CheckCode, str], FindingGroup] = {}
    for code, what, page in findings:
        known = groups.get((code, what), FindingGroup(code, what, page, 0))
        groups[code, what] = known._replace(pages=known.pages + 1)
    return sorted(groups.values(), key=lambda group: -group.pages)
