"""Tokens of the API: made, looked up, and revoked. Only their hashes are stored."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import Connection, Engine, delete, exists, insert, select, update

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.store.accounts.attempts import begin_attempt
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import ApiToken

LONGEST_NAME = 40

# By what secret scanners know it.
_PREFIX = "linkmgr_"

# Failures are counted together, under what can be no account's name: a token that is right is let
# in whatever others tried, since 256 bits are not guessed.
_FAILURES = "\0api"


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token as its owner knows it; `used` is the last day on which it was, in UTC."""

    name: str
    user: str
    made: date
    used: date | None


def new_token(engine: Engine, name: str, user: str, today: date) -> str:
    """Create a token for an account and return it; its hash is stored. Raise LinkmgrError."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise LinkmgrError(message("store.token-name", most=LONGEST_NAME))
    token = _PREFIX + secrets.token_urlsafe(32)
    with writing(engine) as connection:
        if connection.scalar(select(exists(select(ApiToken).where(ApiToken.name == name)))):
            raise LinkmgrError(message("store.token-exists", name=name))
        connection.execute(
            insert(ApiToken).values(digest=_digest(token), name=name, user=user, made=today)
        )
    return token


def known_tokens(connection: Connection) -> Sequence[KnownToken]:
    """Return all tokens by their names."""
    query = select(ApiToken.name, ApiToken.user, ApiToken.made, ApiToken.used)
    return [KnownToken(*row) for row in connection.execute(query.order_by(ApiToken.name))]


def revoke_token(engine: Engine, name: str) -> bool:
    """Have a token let nobody in any more; `False` if there is none of this name."""
    with writing(engine) as connection:
        return bool(connection.execute(delete(ApiToken).where(ApiToken.name == name)).rowcount)


def find_token(connection: Connection, token: str) -> KnownToken | None:
    """Return the token that this text is, `None` if it is none."""
    query = select(ApiToken.name, ApiToken.user, ApiToken.made, ApiToken.used)
    found = connection.execute(query.where(ApiToken.digest == _digest(token))).one_or_none()
    return KnownToken(*found) if found else None


def note_use(engine: Engine, token: KnownToken, today: date) -> None:
    """Remember the day on which a token is used: one write a day."""
    if token.used != today:
        with writing(engine) as connection:
            used = update(ApiToken).where(ApiToken.name == token.name)
            connection.execute(used.values(used=today))


def count_failure(engine: Engine, now: int) -> int:
    """Count a text that is no token; return for how many seconds no other is to be tried.

    `now` is in milliseconds since 1970.
    """
    return begin_attempt(engine, _FAILURES, now)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
