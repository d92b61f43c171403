"""Attempts to get in, each slowed by the failures before it."""

import math
from dataclasses import dataclass
from hashlib import blake2b

from sqlalchemy import Connection, Engine, delete, exists, func, insert, select
from sqlalchemy.exc import DBAPIError

from linkmgr.store.db.engine import is_locked, writing
from linkmgr.store.db.models import LoginFailure, User

# Failures that cost nothing; each further one doubles the pause, up to the longest in seconds.
_FREE_FAILURES = 4
_LONGEST_PAUSE = 300
# After a day, in milliseconds, failures are forgotten.
_REMEMBERED = 24 * 3600 * 1000

# The number of names counted separately. Of further ones of the day those without an account are
# slowed as if they were one: inventing names gains no more than these rows and their free failures,
# and shuts nobody out who has an account.
_COUNTED_APART = 100
# What cannot be an account's name.
_FURTHER = "\0further"


def begin_attempt(engine: Engine, name: str, now: int, browser: str = "") -> int:
    """Return how many seconds must pass before an account may be tried, 0 if it may be now.

    An attempt counts as failed until it succeeds, so that many at once gain nothing over one after
    another. Names without an account are counted alike, and separately from all others those of a
    `browser` that signed in to the account before: strangers do not lock it out.
    """
    with engine.connect() as connection:  # whoever must wait does not delay a writer
        if seconds := _failures(connection, name, browser, now).pause(now):
            return seconds
    try:
        with writing(engine) as connection:
            failures = _failures(connection, name, browser, now)
            if seconds := failures.pause(now):
                return seconds
            _forget(connection, failures.account, now)
            counted = insert(LoginFailure).values(account=failures.account, time=now)
            connection.execute(counted.values(count=failures.count + 1))
    except DBAPIError as error:
        # An import writes for minutes. Each attempt has waited for it, which slows guessing, too.
        if not is_locked(error):
            raise
    return 0


def counts_attempts(connection: Connection, name: str, now: int, browser: str) -> bool:
    """Whether attempts count against an account: none does while another transaction writes."""
    return _find_failures(connection, _account(name, browser), now).count > 0


def forget_attempts(connection: Connection, name: str, now: int, browser: str) -> None:
    """Let an account be tried again at once, after somebody was let in."""
    _forget(connection, _account(name, browser), now)


@dataclass(frozen=True, slots=True)
class _Failures:
    """How often logging in failed, and when it last did, counted under an `account`."""

    account: str
    count: int = 0
    last: int = 0

    def pause(self, now: int) -> int:
        """Return for how many seconds no other attempt is allowed."""
        if self.count < _FREE_FAILURES:
            return 0
        pause = min(1 << (self.count - _FREE_FAILURES), _LONGEST_PAUSE)
        return max(0, math.ceil((self.last + pause * 1000 - now) / 1000))


def _failures(connection: Connection, name: str, browser: str, now: int) -> _Failures:
    failures = _find_failures(connection, _account(name, browser), now)
    if failures.count or browser:
        return failures
    counted = select(func.count()).where(LoginFailure.time > now - _REMEMBERED)
    if (connection.scalar(counted) or 0) < _COUNTED_APART:
        return failures
    if connection.scalar(select(exists(select(User).where(User.name == name)))):
        return failures
    return _find_failures(connection, _account(_FURTHER), now)


def _find_failures(connection: Connection, account: str, now: int) -> _Failures:
    row = connection.execute(
        select(LoginFailure.count, LoginFailure.time).where(
            LoginFailure.account == account, LoginFailure.time > now - _REMEMBERED
        )
    ).one_or_none()
    return _Failures(account, *row) if row else _Failures(account)


def _forget(connection: Connection, account: str, now: int) -> None:
    connection.execute(
        delete(LoginFailure).where(
            (LoginFailure.account == account) | (LoginFailure.time <= now - _REMEMBERED)
        )
    )


def _account(name: str, browser: str = "") -> str:
    counted = f"{name}\0{browser}" if browser else name
    return blake2b(counted.encode(), digest_size=16).hexdigest()
