"""What is known of a shop's page after looks at it: its state, and when to look again."""

from dataclasses import dataclass, replace
from enum import StrEnum

from linkmgr.messages.message import Message, message

DAY = 24 * 3600 * 1000
"""Milliseconds, like all times here, which are since 1970."""

# When a page is looked at again: one that failed as soon as a second try counts, any other when a
# dead one has hardly cost anything. A server's Retry-After may ask for more, up to the last.
# A nightly run reaches a page some minutes after it began, so "a day later" begins hours earlier:
# counted to the minute, no page would be due before the night after the next.
_EARLY = 4 * 3600 * 1000
_NEXT_TRY = DAY - _EARLY
_NEXT_LOOK = 7 * DAY - _EARLY
_LATEST_LOOK = 30 * DAY


class Answer(StrEnum):
    """What one look showed."""

    FOUND = "found"
    GONE = "gone"
    """404 or 410."""
    HOME = "home"
    """A redirect to the shop's home page."""
    TIMEOUT = "timeout"
    UNRESOLVED = "unresolved"
    BAD_TLS = "bad-tls"
    NO_ANSWER = "no-answer"
    """No connection, one that was closed, or no HTTP."""
    BLOCKED = "blocked"
    """401, 403, 429 or 503: the server does not want to say."""
    CAPTCHA = "captcha"
    ERROR = "error"
    """Another status that says nothing of the page, such as 500."""
    LOOP = "loop"
    """Too many redirects."""
    NOT_PUBLIC = "not-public"
    """An address of a private network, or not a web address."""
    HIDDEN = "hidden"
    """Only a programme's server or a short link knows the page, and is not asked."""

    @property
    def is_silence(self) -> bool:
        """Whether nothing came from the page's server, which may also be this machine's fault."""
        return self in (Answer.TIMEOUT, Answer.UNRESOLVED, Answer.NO_ANSWER)

    @property
    def meaning(self) -> Message:
        """What it means for the page."""
        return message(f"online.answer.{self.value}")


class PageState(StrEnum):
    """What is known of a page."""

    FOUND = "found"
    DEAD = "dead"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"

    @property
    def meaning(self) -> Message:
        """The state in words."""
        return message(f"online.state.{self.value}")


# The answers that become a state when they are repeated, and at which try that is: a page that is
# said to be gone may be a mistake of an hour, a server may be down for a weekend.
_FAILURES = {
    Answer.GONE: (PageState.DEAD, 2),
    Answer.TIMEOUT: (PageState.UNREACHABLE, 3),
    Answer.UNRESOLVED: (PageState.UNREACHABLE, 3),
    Answer.BAD_TLS: (PageState.UNREACHABLE, 3),
    Answer.NO_ANSWER: (PageState.UNREACHABLE, 3),
}

FAILING = frozenset((Answer.HOME, *_FAILURES))
"""The answers after which a page may be reported."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look: `status` of the last response, where redirects led, and seconds to keep away."""

    answer: Answer
    status: int | None = None
    target: str = ""
    retry_after: float = 0.0

    def until(self, now: int) -> int:
        """Return until when the server wants to be left alone, within reason."""
        return now + min(int(self.retry_after * 1000), _LATEST_LOOK)


@dataclass(frozen=True, slots=True)
class ShopPage:
    """A page by its address without any tag, or a link that hides its page.

    `place` is the first of the `places` that link to it: a built page, or an item of the catalog.
    `tries` counts the failures of one kind, `failing`, that were a day apart; `tried` is when the
    last of them was. `since` is when the first look failed after the last that found the page.
    `dismissed` is the state that the owner knows to be wrong.
    """

    url: str
    place: str = ""
    places: int = 0
    looked: int | None = None
    answer: Answer | None = None
    status: int | None = None
    target: str = ""
    failing: PageState | None = None
    tries: int = 0
    tried: int = 0
    since: int | None = None
    due: int = 0
    dismissed: PageState | None = None

    @property
    def state(self) -> PageState:
        """What is known of the page."""
        if self.answer is Answer.FOUND:
            return PageState.FOUND
        if self.answer is Answer.HOME:
            return PageState.DEAD
        if self.answer in _FAILURES:
            state, needed = _FAILURES[self.answer]
            if self.tries >= needed:
                return state
        return PageState.UNKNOWN

    @property
    def is_reported(self) -> bool:
        """Whether readers probably find nothing there, as far as the owner does not know better."""
        return (
            self.state in (PageState.DEAD, PageState.UNREACHABLE)
            and self.state is not self.dismissed
        )

    def after(self, look: Look, now: int) -> "ShopPage":
        """Return the page's state after a look.

        An answer that says nothing of the page, such as a CAPTCHA, leaves the count of failures
        and the dismissal as they are.
        """
        page = replace(self, looked=now, answer=look.answer, status=look.status, target=look.target)
        if look.answer in _FAILURES:
            page = _counted(page, _FAILURES[look.answer][0], now)
        elif look.answer in (Answer.FOUND, Answer.HOME):
            page = replace(page, failing=None, tries=0, tried=0)
        if look.answer in FAILING:
            page = replace(page, since=self.since or now)
        elif look.answer is Answer.FOUND:
            page = replace(page, since=None)
        if page.state not in (PageState.UNKNOWN, page.dismissed):
            page = replace(page, dismissed=None)
        is_suspect = look.answer in _FAILURES and page.state is PageState.UNKNOWN
        wait = _NEXT_TRY if is_suspect else _NEXT_LOOK
        return replace(page, due=max(now + wait, look.until(now)))


def _counted(page: ShopPage, kind: PageState, now: int) -> ShopPage:
    """Count a failure, once a night."""
    if page.failing is not kind:
        return replace(page, failing=kind, tries=1, tried=now)
    if now - page.tried < _NEXT_TRY:
        return page
    return replace(page, tries=page.tries + 1, tried=now)
