"""What a check can find: the findings as values, their codes, and the waivers for them."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from itertools import product
from typing import NamedTuple

from linkmgr.catalog.model import Waiver
from linkmgr.messages.errors import Location, Problem
from linkmgr.messages.message import Message, message


class Severity(StrEnum):
    """How bad a finding is. `check` exits with 1 for all but notes."""

    ERROR = "error"
    """Readers meet it, or it breaks the law or a programme's rules."""
    WARNING = "warning"
    """It costs income, or the page is out of date."""
    NOTE = "note"
    """Worth knowing, and perhaps intended."""


@dataclass(frozen=True, slots=True)
class CheckCode:
    """A kind of finding, made by `register`."""

    name: str
    severity: Severity
    one_a_file: bool = False
    """Whether one act, such as a label at its top, mends all that a file has of it."""

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
"""The source of what is in no known file."""


class Finding(NamedTuple):
    """What is wrong on a page, and where to put it right."""

    code: CheckCode
    what: str
    """The link, the block's name, or the system's error; empty for the page as a whole."""
    page: str
    """A path in the built folder."""
    source: Location = NOWHERE
    """The line of the file from which Jekyll made that part of the page.

    That is the post, the layout or the include, or the item in the catalog.
    """
    also: tuple[str, ...] = ()
    """The other pages on which a template repeats it."""
    detail: Message | None = None
    """More about it than its code says."""

    @property
    def pages(self) -> int:
        """On how many pages it is."""
        return 1 + len(self.also)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What was found on the pages of a folder."""

    time: float
    """Seconds since 1970."""
    folder: str
    pages: int
    """How many pages it has."""
    findings: tuple[Finding, ...]
    warnings: tuple[Problem, ...] = ()
    """What the catalog asks for against the rules of a programme."""
    waived: int = 0
    """How many further findings the catalog waives."""
    shop_pages: Mapping[str, int] | None = None
    """How many of the linked shops' pages are in each state, if they were looked at."""
    site: str = ""
    """The address at which readers find the pages, without a slash at its end."""
    ignored: tuple[str, ...] = ()
    """Links that begin with one of these were left out."""

    @property
    def fails(self) -> bool:
        """Whether anything must be put right."""
        return any(finding.code.severity != Severity.NOTE for finding in self.findings)


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Make one finding of those that a template repeats: the same thing from the same source.

    What is wrong with pages as a whole is one finding, too, with the first page's source, and so
    is what one act mends in a file.
    """
    first: dict[tuple[object, ...], Finding] = {}
    pages: dict[tuple[object, ...], dict[str, None]] = {}
    for finding in findings:
        key = (finding.code, finding.what, finding.detail, finding.source if finding.what else None)
        first.setdefault(key, finding)
        pages.setdefault(key, {})[finding.page] = None
    repeated: list[Finding] = []
    for same, finding in first.items():
        others = tuple(page for page in pages[same] if page != finding.page)
        repeated.append(finding._replace(also=others))
    return tuple(_one_a_file(repeated))


def _one_a_file(findings: Sequence[Finding]) -> list[Finding]:
    """Make one finding of those that one act in their file mends, with the number of the rest.

    What is in no known file, such as an address that an include puts together, belongs to the file
    of the others on its page.
    """
    files: dict[tuple[CheckCode, str], str] = {}
    for finding in findings:
        if finding.source.file:
            files.setdefault((finding.code, finding.page), finding.source.file)
    one_by_one: list[Finding] = []
    by_file: dict[tuple[CheckCode, str], list[Finding]] = {}
    for finding in findings:
        if not finding.code.one_a_file:
            one_by_one.append(finding)
            continue
        file = finding.source.file or files.get((finding.code, finding.page), finding.page)
        by_file.setdefault((finding.code, file), []).append(finding)
    for together in by_file.values():
        first = next((finding for finding in together if finding.source.file), together[0])
        if len(together) == 1:
            one_by_one.append(first)
            continue
        pages: dict[str, None] = {}
        for finding in together:
            pages |= dict.fromkeys((finding.page, *finding.also))
        pages.pop(first.page)
        more = message("check.detail.more-links", count=len(together) - 1)
        one_by_one.append(first._replace(also=tuple(pages), detail=more))
    return one_by_one


# The registry of check codes.
#
# A new code is an entry here, a rule that reports it (`linkmgr/check/rules/`), and its wording in
# the files of messages: `check.finding.<code>` and `check.remedy.<code>`. The command's outputs,
# the Health page, the API's description and docs/reference/check-codes.md read the registry.

CODES: dict[str, CheckCode] = {}
"""Every check code by its name."""


def register(name: str, severity: Severity, *, one_a_file: bool = False) -> CheckCode:
    """Add a code to the registry."""
    if name in CODES:
        raise ValueError(f"there are two check codes called {name}")
    code = CODES[name] = CheckCode(name, severity, one_a_file)
    return code


# Links.
DEAD_LINK = register("dead-link", Severity.ERROR)
NO_TAG = register("no-tag", Severity.WARNING)
OTHER_MARKETPLACE = register("other-marketplace", Severity.WARNING)
NO_LABEL = register("no-label", Severity.ERROR, one_a_file=True)
NO_REL = register("no-rel", Severity.ERROR)
HIDES_REFERRER = register("hides-referrer", Severity.ERROR)
FORBIDDEN_TRACKING = register("forbidden-tracking", Severity.ERROR)
FORBIDDEN_ATTRIBUTE = register("forbidden-attribute", Severity.ERROR)
MISSING_ATTRIBUTE = register("missing-attribute", Severity.ERROR)
MISSING_PIXEL = register("missing-pixel", Severity.ERROR)
WITHOUT_CODE = register("without-code", Severity.ERROR)
UNNAMED_SHOP = register("unnamed-shop", Severity.NOTE)
OTHER_TAG = register("other-tag", Severity.WARNING)
DAMAGED_TAG = register("damaged-tag", Severity.WARNING)
DEAD_ANCHOR = register("dead-anchor", Severity.ERROR)
DEAD_PICTURE = register("dead-picture", Severity.ERROR)
DEAD_REDIRECT = register("dead-redirect", Severity.ERROR)
INTERNAL_UTM = register("internal-utm", Severity.WARNING)
CATALOG_UTM = register("catalog-utm", Severity.NOTE)
BROKEN_UTM = register("broken-utm", Severity.WARNING)
UNKNOWN_MEDIUM = register("unknown-medium", Severity.NOTE)
HAND_WRITTEN_PRICE = register("hand-written-price", Severity.WARNING)

# The site's settings.
MISSING_BASEURL = register("missing-baseurl", Severity.ERROR)
PERMALINK_WITHOUT_SLASH = register("permalink-without-slash", Severity.ERROR)

# Links and pictures in feeds.
RELATIVE_IN_FEED = register("relative-in-feed", Severity.ERROR)

# Pages and their blocks.
NO_PAGE = register("no-page", Severity.ERROR)
STALE = register("stale", Severity.WARNING)
OUTDATED = register("outdated", Severity.WARNING)
NO_BLOCKS = register("no-blocks", Severity.ERROR)
BLOCK_TWICE = register("block-twice", Severity.ERROR)
BLOCK_BEFORE_LABEL = register("block-before-label", Severity.ERROR)
UNREADABLE = register("unreadable", Severity.ERROR)

# Files that must not be there.
PUBLISHED_BACKUP = register("published-backup", Severity.ERROR)

# Waivers.
EXPIRED_WAIVER = register("expired-waiver", Severity.WARNING)
UNUSED_WAIVER = register("unused-waiver", Severity.WARNING)

# Shops' pages, which `check --online` looks at.
DEAD_SHOP_PAGE = register("dead-shop-page", Severity.ERROR)
UNREACHABLE_SHOP_PAGE = register("unreachable-shop-page", Severity.WARNING)
ONLINE_CODES = (DEAD_SHOP_PAGE, UNREACHABLE_SHOP_PAGE)

# The catalog, and what front matter says about it.
UNKNOWN_ITEM = register("unknown-item", Severity.ERROR)
SAME_ITEM = register("same-item", Severity.WARNING)
UNREACHED_ITEM = register("unreached-item", Severity.NOTE)
UNMATCHED_MAPPING = register("unmatched-mapping", Severity.NOTE)
UNSHOWN_ITEM = register("unshown-item", Severity.NOTE)
EXPIRES_SOON = register("expires-soon", Severity.NOTE)
OLD_PRICE = register("old-price", Severity.NOTE)
TAG_SPELLING = register("tag-spelling", Severity.NOTE)


# Findings that the catalog waives, and waivers that are no longer right.


@dataclass(slots=True)
class Waivers:
    """The waivers of a catalog on one day, each with its place.

    `folder` is the site's, from which they name the files of sources.
    """

    waivers: Iterable[tuple[Waiver, Location]]
    today: date
    folder: str
    _used: set[Location] = field(default_factory=set)
    _waived: list[Finding] = field(default_factory=list)

    @property
    def waived(self) -> int:
        """How many findings were left out."""
        return len(merged(self._waived))

    def left(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield the findings that no waiver covers, each on one page."""
        rules: dict[tuple[str, str | None, str | None], list[_Rule]] = defaultdict(list)
        for number, (waiver, place) in enumerate(self.waivers):
            if self.today <= waiver.until:
                key = (waiver.code, _without_star(waiver.page), _without_star(waiver.link))
                pages, links = _pattern(waiver.page), _pattern(waiver.link)
                rules[key].append(_Rule(number, place, pages, links))
        for finding in findings:
            source = finding.source.file.removeprefix(f"{self.folder}/")
            # Of thousands of waivers only those that may fit are held against a finding.
            keys = product((finding.code.name,), {finding.page, source, None}, (finding.what, None))
            fitting = (
                rule
                for key in keys
                for rule in rules.get(key, ())
                if rule.links.fullmatch(finding.what)
                and (rule.pages.fullmatch(finding.page) or rule.pages.fullmatch(source))
            )
            if first := min(fitting, key=lambda rule: rule.number, default=None):
                self._used.add(first.place)
                self._waived.append(finding)
            else:
                yield finding

    def findings(self, not_asked: Collection[CheckCode] = ()) -> Iterator[Finding]:
        """Yield findings about the waivers themselves, once all others are known.

        For codes that were `not_asked` for, nobody knows whether a waiver is needed.
        """
        unknown = {code.name for code in not_asked}
        for waiver, place in self.waivers:
            if waiver.until < self.today:
                ended = message("check.waiver-ended", until=str(waiver.until), reason=waiver.reason)
                yield Finding(EXPIRED_WAIVER, _name(waiver), "", place, detail=ended)
            elif place not in self._used and waiver.code not in unknown:
                detail = _unknown(waiver.code)
                yield Finding(UNUSED_WAIVER, _name(waiver), "", place, detail=detail)


class _Rule(NamedTuple):
    number: int
    place: Location
    pages: re.Pattern[str]
    links: re.Pattern[str]


def _without_star(glob: str | None) -> str | None:
    """Return the one text that a waiver's pattern fits, `None` where several do."""
    return None if glob is None or "*" in glob else glob


def _name(waiver: Waiver) -> str:
    return " ".join(filter(None, (waiver.code, waiver.page, waiver.link)))


def _unknown(code: str) -> Message | None:
    """Return the problem of an unknown code, with the closest known one."""
    if code in CODES:
        return None
    if likely := get_close_matches(code, CODES, 1):
        return message("check.no-such-code-but", name=code, likely=likely[0])
    return message("check.no-such-code", name=code)


def _pattern(glob: str | None) -> re.Pattern[str]:
    """Compile a text in which a star stands for any; without one, all fits."""
    first, *rest = map(re.escape, ["", ""] if glob is None else glob.split("*"))
    if not rest:
        return re.compile(first)
    # Atomic, as the first match of each part will do: many stars are not tried in all combinations.
    between = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return re.compile(f"{first}{between}.*{rest[-1]}", re.DOTALL)
