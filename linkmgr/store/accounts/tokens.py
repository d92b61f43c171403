"""Tokens of the API: made, looked up, and revoked. Only their hashes are stored."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Connection, Engine, Row, delete, exists, insert, select, update

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.store.accounts.attempts import begin_attempt
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import ApiToken

LONGEST_NAME = 40

WARNING_DAYS = 14
"""How many days before a token expires its owner is warned: time to replace it unhurriedly."""

# How secret scanners recognize it.
_PREFIX = "linkmgr_"

# Failures are counted together, under what cannot be an account's name: a token that is right is
# let in whatever others tried, since 256 bits are not guessed.
_FAILURES = "\0api"


class Scope(StrEnum):
    """What a token lets a program do; neither includes the other."""

    READ = "read"
    EDIT = "edit"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token lets a program do, through the day on which it `expires`, or for ever.

    Days are those of the site's zone.
    """

    scopes: frozenset[Scope] = frozenset(Scope)
    expires: date | None = None

    def is_expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.expires is not None and self.expires < today

    def expires_soon(self, today: date) -> bool:
        """Whether the token should be replaced now."""
        warned_from = today + timedelta(days=WARNING_DAYS)
        return self.expires is not None and today <= self.expires < warned_from


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token as its owner knows it; `used` is the last day on which it was, in UTC."""

    name: str
    user: str
    made: date
    used: date | None
    grant: Grant = Grant()


def new_token(engine: Engine, name: str, user: str, today: date, *, grant: Grant = Grant()) -> str:
    """Create a token for an account and return it; its hash is stored. Raise LinkmgrError."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise LinkmgrError(message("store.token-name", most=LONGEST_NAME))
    token = _PREFIX + secrets.token_urlsafe(32)
    with writing(engine) as connection:
        if connection.scalar(select(exists(select(ApiToken).where(ApiToken.name == name)))):
            raise LinkmgrError(message("store.token-exists", name=name))
        row = insert(ApiToken).values(digest=_digest(token), name=name, user=user, made=today)
        scopes = " ".join(sorted(grant.scopes))
        connection.execute(row.values(scopes=scopes, expires=grant.expires))
    return token


def known_tokens(connection: Connection) -> Sequence[KnownToken]:
    """Return all tokens by their names."""
    return [_known(row) for row in connection.execute(_TOKENS.order_by(ApiToken.name))]


def revoke_token(engine: Engine, name: str) -> bool:
    """Have a token let nobody in any more; `False` if there is none of this name."""
    with writing(engine) as connection:
        return bool(connection.execute(delete(ApiToken).where(ApiToken.name == name)).rowcount)


def find_token(connection: Connection, token: str) -> KnownToken | None:
    """Return the token with this text, `None` if there is none."""
    row = connection.execute(_TOKENS.where(ApiToken.digest == _digest(token))).one_or_none()
    return _known(row) if row else None


def note_use(engine: Engine, token: KnownToken, today: date) -> None:
    """Remember the day on which a token is used: one write a day."""
    if token.used != today:
        with writing(engine) as connection:
            used = update(ApiToken).where(ApiToken.name == token.name)
            connection.execute(used.values(used=today))


def count_failure(engine: Engine, now: int) -> int:
    """Count a text that is not a token; return for how many seconds no other may be tried.

    `now` is in milliseconds since 1970.
    """
    return begin_attempt(engine, _FAILURES, now)


_TOKENS = select(
    ApiToken.name, ApiToken.user, ApiToken.made, ApiToken.used, ApiToken.scopes, ApiToken.expires
)


def _known(row: Row[str, str, date, date | None, str, date | None]) -> KnownToken:
    name, user, made, used, scopes, expires = row
    kept = scopes.split()  # one that is retired allows nothing
    grant = Grant(frozenset(scope for scope in Scope if scope in kept), expires)
    return KnownToken(name, user, made, used, grant)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
