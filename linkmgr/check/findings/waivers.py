"""Findings that the catalog waives, and waivers that are no longer right."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from itertools import product
from typing import NamedTuple

from linkmgr.catalog.model import Waiver
from linkmgr.check.findings.codes import CODES, EXPIRED_WAIVER, UNUSED_WAIVER
from linkmgr.check.findings.model import CheckCode, Finding, merged
from linkmgr.messages.errors import Location
from linkmgr.messages.message import Message, message


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
        """Yield the findings that no waiver is for, each on one page."""
        rules: dict[tuple[str, str | None, str | None], list[_Rule]] = defaultdict(list)
        for number, (waiver, place) in enumerate(self.waivers):
            if self.today <= waiver.until:
                key = (waiver.code, _without_star(waiver.page), _without_star(waiver.link))
                pages, links = _pattern(waiver.page), _pattern(waiver.link)
                rules[key].append(_Rule(number, place, pages, links))
        for found in findings:
            source = found.source.file.removeprefix(f"{self.folder}/")
            # Of thousands of waivers only those that may fit are held against a finding.
            keys = product((found.code.name,), {found.page, source, None}, (found.what, None))
            fitting = (
                rule
                for key in keys
                for rule in rules.get(key, ())
                if rule.links.fullmatch(found.what)
                and (rule.pages.fullmatch(found.page) or rule.pages.fullmatch(source))
            )
            if first := min(fitting, key=lambda rule: rule.number, default=None):
                self._used.add(first.place)
                self._waived.append(found)
            else:
                yield found

    def findings(self, not_asked: Collection[CheckCode] = ()) -> Iterator[Finding]:
        """Yield what is wrong with the waivers themselves, once the findings are known.

        Of those codes that were `not_asked` for nobody knows whether a waiver is needed.
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
    """Return what a waiver names exactly, `None` where more than one text fits."""
    return None if glob is None or "*" in glob else glob


def _name(waiver: Waiver) -> str:
    return " ".join(filter(None, (waiver.code, waiver.page, waiver.link)))


def _unknown(code: str) -> Message | None:
    """Say that there is no such code, and which may be meant."""
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
    # Atomic, as the first place of each part will do: of many stars no two are tried in all ways.
    between = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return re.compile(f"{first}{between}.*{rest[-1]}", re.DOTALL)
