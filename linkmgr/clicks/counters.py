"""Counters of what a server has answered since it started."""

from dataclasses import dataclass, field
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
        both = type(self)()
        for name in _SUMMED:
            setattr(both, name, getattr(self, name) + getattr(other, name))
        for name in _TIMES:
            setattr(both, name, max(getattr(self, name), getattr(other, name)))
        for why in NotCounted:
            both.not_counted[why] = self.not_counted[why] + other.not_counted[why]
        return both

    def times(self) -> Self:
        """Return the times alone, with all numbers zero."""
        return type(self)(**{name: getattr(self, name) for name in _TIMES})

    def numbers(self) -> list[int]:
        """Return them in the order of `of`."""
        plain = [getattr(self, name) for name in (*_SUMMED, *_TIMES)]
        return [*plain, *(self.not_counted[why] for why in NotCounted)]

    @classmethod
    def of_numbers(cls, numbers: list[int]) -> Self:
        """Make them from `numbers`' result. Raise ValueError for fewer or more numbers."""
        counters = cls()
        for name, number in zip((*_SUMMED, *_TIMES, *NotCounted), numbers, strict=True):
            if isinstance(name, NotCounted):
                counters.not_counted[name] = number
            else:
                setattr(counters, name, number)
        return counters


_SUMMED = (
    *("redirects", "hits", "clicks", "bots", "lost", "refused"),
    *("reports", "spooled_reports", "lost_reports", "crowded_out"),
)
_TIMES = ("last_lost", "last_crowded_out", "last_restored")
