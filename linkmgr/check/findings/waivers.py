"""Findings that the catalog waives, and waivers that are no longer right."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

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
        rules = [
            (place, waiver.code, _pattern(waiver.page), _pattern(waiver.link))
            for waiver, place in self.waivers
            if self.today <= waiver.until
        ]
        for found in findings:
            source = found.source.file.removeprefix(f"{self.folder}/")
            for place, code, pages, links in rules:
                if (
                    code == found.code.name
                    and links.fullmatch(found.what)
                    and (pages.fullmatch(found.page) or pages.fullmatch(source))
                ):
                    self._used.add(place)
                    self._waived.append(found)
                    break
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
