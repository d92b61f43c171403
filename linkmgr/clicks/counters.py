"""Counters of what a server has answered since it started."""

from dataclasses import dataclass, field, replace
from typing import Self

from linkmgr.clicks.request import NotCounted


@dataclass(slots=True)
class Counters:
    """The numbers of one process, to which only the thread that answers adds, or of several.

    The times are seconds since 1970, 0 for never.
    """

    redirects: int = 0
    """Answers, counted or not, as `hits` and `reports`."""
    hits: int = 0
    clicks: int = 0
    """Readers' clicks in the spool."""
    bots: int = 0
    lost: int = 0
    """Clicks that the spool could not take."""
    reports: int = 0
    spooled_reports: int = 0
    lost_reports: int = 0
    crowded_out: int = 0
    """Clicks and reports that were not written, as their address had too many new visitors."""
    refused: int = 0
    """Requests answered with a status from 400 on."""
    last_lost: int = 0
    """When a click or a report was last lost."""
    last_crowded_out: int = 0
    last_restored: int = 0
    """When the spool was last made again after its files had been deleted or moved."""
    not_counted: dict[NotCounted, int] = field(default_factory=lambda: dict.fromkeys(NotCounted, 0))

    def plus(self, other: Self) -> Self:
        """Return the numbers of both."""
        summed = {name: getattr(self, name) + getattr(other, name) for name in _SUMMED}
        latest = {name: max(getattr(self, name), getattr(other, name)) for name in _TIMES}
        return replace(
            self,
            **summed,
            **latest,
            not_counted={why: self.not_counted[why] + other.not_counted[why] for why in NotCounted},
        )

    def times(self) -> Self:
        """Return the times alone, with all numbers zero."""
        return type(self)(**{name: getattr(self, name) for name in _TIMES})

    def numbers(self) -> list[int]:
        """Return them in the order of `of`."""
        plain = [getattr(self, name) for name in (*_SUMMED, *_TIMES)]
        return [*plain, *(self.not_counted[why] for why in NotCounted)]

    @classmethod
    def of(cls, numbers: list[int]) -> Self:
        """Make them from `numbers`' result. Raise ValueError for fewer or more numbers."""
        names = (*_SUMMED, *_TIMES, *NotCounted)
        by_name = dict(zip(names, numbers, strict=True))
        reasons = {why: by_name.pop(why) for why in NotCounted}
        return replace(cls(not_counted=reasons), **{str(name): by_name[name] for name in by_name})


_SUMMED = (
    *("redirects", "hits", "clicks", "bots", "lost", "refused"),
    *("reports", "spooled_reports", "lost_reports", "crowded_out"),
)
_TIMES = ("last_lost", "last_crowded_out", "last_restored")
