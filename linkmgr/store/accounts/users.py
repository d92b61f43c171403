"""The admin's accounts: creating them, signing in and out, and which passwords are refused."""

import secrets
import unicodedata
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from threading import BoundedSemaphore
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, Engine, delete, exists, insert, select, update
from sqlalchemy.exc import DBAPIError

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.store.accounts.attempts import begin_attempt, counts_attempts, forget_attempts
from linkmgr.store.db.engine import is_locked, writing
from linkmgr.store.db.models import AccountLink, ApiToken, SetupLink, User

# Which passwords are refused: short ones, and common ones, which attackers try first. A password is
# compared as a whole, as NIST SP 800-63B-4, section 3.1.1.2, asks.

SHORTEST_PASSWORD = 12
"""NIST SP 800-63B asks for 8, or 15 for the only factor; a line of words soon has them."""

# Bounds the time of hashing; nobody types more.
_LONGEST_PASSWORD = 256


def check_password(password: str) -> None:
    """Raise LinkmgrError if a password is too short or long, or a common one.

    Those who have such a password keep it until they change it.
    """
    if not SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        raise LinkmgrError(
            message("store.password-length", least=SHORTEST_PASSWORD, most=_LONGEST_PASSWORD)
        )
    if unicodedata.normalize("NFKC", password).casefold() in _common_passwords():
        raise LinkmgrError(message("store.password-common"))


@cache
def _common_passwords() -> frozenset[str]:
    text = (files("linkmgr.store.accounts") / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))


# Accounts, their sessions, and the link that makes the first one.

LONGEST_NAME = 64

_hasher = PasswordHasher()
# A hash takes 64 MB, which a flood of attempts must not take in each thread.
_hashing = BoundedSemaphore(2)


def account_name(text: str) -> str:
    """Return a name as it is stored: phones capitalize its first letter. Raise LinkmgrError."""
    name = unicodedata.normalize("NFKC", text).strip().casefold()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise LinkmgrError(message("store.account-name", most=LONGEST_NAME))
    return name


class PasswordChange(NamedTuple):
    """The result of a password change: the account's new epoch, and the tokens revoked, by name."""

    epoch: int
    revoked: Sequence[str]


def set_password(engine: Engine, name: str, password: str, *, keep_tokens: bool) -> PasswordChange:
    """Give an account another password, end its sessions, and revoke its tokens or keep them.

    Raise LinkmgrError.
    """
    hashed = _hashed(password)
    with writing(engine) as connection:
        return _change_password(connection, name, hashed, keep_tokens=keep_tokens)


def remove_user(engine: Engine, name: str, *, keep_last: bool = False) -> None:
    """Delete an account, with which its sessions, its tokens and its link end.

    The link of somebody who has not joined yet ends alike. Raise LinkmgrError, for the only account
    too if that is to stay.
    """
    with writing(engine) as connection:
        if keep_last and known_users(connection) == [name]:
            raise LinkmgrError(message("store.account-last", name=name))
        _revoke_tokens(connection, name)
        was_invited = _end_link(connection, name)
        was_account = connection.execute(delete(User).where(User.name == name)).rowcount
        if not was_account and not was_invited:
            raise _unknown(name)


def sign_out_everywhere(engine: Engine, name: str) -> None:
    """End all sessions of an account. Raise LinkmgrError."""
    with writing(engine) as connection:
        _next_epoch(connection, name)


def epoch_of(connection: Connection, name: str) -> int | None:
    """Return the epoch of an account's sessions, `None` if there is no such account."""
    return connection.scalar(select(User.epoch).where(User.name == name))


def known_users(connection: Connection) -> Sequence[str]:
    """Return the names of all accounts."""
    return list(connection.scalars(select(User.name).order_by(User.name)))


def has_users(connection: Connection) -> bool:
    """Whether anybody can log in."""
    return bool(connection.scalar(select(exists(select(User)))))


def log_in(engine: Engine, name: str, password: str, now: int, *, browser: str = "") -> int | None:
    """Return the epoch of an account's sessions, `None` if name and password are not of one.

    An unknown name takes as long as a wrong password. Call `begin_attempt` first, for the same
    `browser`; `now` is in milliseconds since 1970.
    """
    with engine.connect() as connection:
        user = connection.execute(
            select(User.password, User.epoch).where(User.name == name)
        ).one_or_none()
        is_counted = counts_attempts(connection, name, now, browser)
    if not _matches(user.password if user else _nobodys_password(), password) or not user:
        return None
    needs_rehash = _hasher.check_needs_rehash(user.password)
    if not (is_counted or needs_rehash):
        return int(user.epoch)  # without waiting for an import a second time
    try:
        with writing(engine) as connection:
            if needs_rehash:
                # Unless another password was set in the meantime.
                old = update(User).where(User.name == name, User.password == user.password)
                if not connection.execute(old.values(password=_hasher.hash(password))).rowcount:
                    return None
            forget_attempts(connection, name, now, browser)
    except DBAPIError as error:
        if not is_locked(error):  # or an import writes: the password was right all the same
            raise
    return int(user.epoch)


def new_setup_token(engine: Engine) -> str | None:
    """Return a token that makes the first account, instead of any earlier one.

    Return `None` where there is an account.
    """
    token = secrets.token_urlsafe()
    with writing(engine) as connection:
        connection.execute(delete(SetupLink))
        if has_users(connection):
            return None
        connection.execute(insert(SetupLink).values(token=_digest(token)))
    return token


def is_setup_token(connection: Connection, token: str) -> bool:
    """Whether a token makes the first account."""
    return bool(
        connection.scalar(
            select(exists(select(SetupLink).where(SetupLink.token == _digest(token))))
        )
    )


def set_up(engine: Engine, token: str, name: str, password: str) -> bool:
    """Make the first account with its token, which is gone then; `False` if it is gone already.

    Raise LinkmgrError.
    """
    name, password = account_name(name), _hashed(password)
    with writing(engine) as connection:
        used = delete(SetupLink).where(SetupLink.token == _digest(token))
        if not connection.execute(used).rowcount or has_users(connection):
            return False
        _insert_user(connection, name, password)
    return True


# Links with which somebody chooses a password: for an account that is to be made, or for one.

_INVITATION_DAYS = 7
_RESET_DAYS = 1
_DAY = 24 * 3600 * 1000

# Wrong links are counted together, under what cannot be an account's name: one that is right lets
# in whatever others tried.
_WRONG_LINKS = "\0link"


class NewLink(NamedTuple):
    """The token of a link, and until when it works, in milliseconds since 1970."""

    token: str
    expires: int


class OpenLink(NamedTuple):
    """The account whose password a link chooses, and whether it is there already."""

    account: str
    resets: bool


def invite(engine: Engine, name: str, now: int) -> NewLink:
    """Return the link that makes an account of this name, instead of any earlier one.

    `now` is in milliseconds since 1970. Raise LinkmgrError, as for a name that an account has.
    """
    name = account_name(name)
    with writing(engine) as connection:
        if epoch_of(connection, name) is not None:
            raise LinkmgrError(message("store.account-exists", name=name))
        return _insert_link(connection, name, now, _INVITATION_DAYS)


def new_reset_link(engine: Engine, name: str, now: int) -> NewLink:
    """Return the link that gives an account another password, instead of any earlier one.

    Until it is used the password stays as it is. Raise LinkmgrError.
    """
    name = account_name(name)
    with writing(engine) as connection:
        if epoch_of(connection, name) is None:
            raise _unknown(name)
        return _insert_link(connection, name, now, _RESET_DAYS)


def find_link(connection: Connection, token: str, now: int) -> OpenLink | None:
    """Return the link with this token, `None` if it doesn't work or no longer does."""
    own = select(AccountLink.account).where(
        AccountLink.token == _digest(token), AccountLink.expires > now
    )
    account = connection.scalar(own)
    if account is None:
        return None
    return OpenLink(account, resets=epoch_of(connection, account) is not None)


def count_wrong_link(engine: Engine, now: int) -> int:
    """Count a token that is of no link; return for how many seconds no other may be tried."""
    return begin_attempt(engine, _WRONG_LINKS, now)


def use_link(
    engine: Engine, token: str, password: str, now: int, *, keep_tokens: bool
) -> tuple[str, PasswordChange] | None:
    """Choose a password with a link, which is gone then; `None` if it is gone already.

    Return the account's name, and what follows as for `set_password`. Raise LinkmgrError.
    """
    hashed = _hashed(password)
    with writing(engine) as connection:
        link = find_link(connection, token, now)
        if link is None:
            return None
        name = link.account
        if link.resets:
            return name, _change_password(connection, name, hashed, keep_tokens=keep_tokens)
        return name, PasswordChange(_insert_user(connection, name, hashed), ())


def _insert_link(connection: Connection, account: str, now: int, days: int) -> NewLink:
    link = NewLink(secrets.token_urlsafe(32), now + days * _DAY)
    replaced = (AccountLink.account == account) | (AccountLink.expires <= now)
    connection.execute(delete(AccountLink).where(replaced))
    row = {"token": _digest(link.token), "account": account, "expires": link.expires}
    connection.execute(insert(AccountLink).values(row))
    return link


def _insert_user(connection: Connection, name: str, password: str) -> int:
    """Make an account and return the epoch of its sessions. Raise LinkmgrError."""
    if epoch_of(connection, name) is not None:
        raise LinkmgrError(message("store.account-exists", name=name))
    # At random: an account that is made again under its name brings no old session back.
    epoch = secrets.randbelow(2**30)
    _end_link(connection, name)
    connection.execute(insert(User).values(name=name, password=password, epoch=epoch))
    return epoch


def _change_password(
    connection: Connection, name: str, hashed: str, *, keep_tokens: bool
) -> PasswordChange:
    connection.execute(update(User).where(User.name == name).values(password=hashed))
    epoch = _next_epoch(connection, name)
    return PasswordChange(epoch, () if keep_tokens else _revoke_tokens(connection, name))


def _end_link(connection: Connection, name: str) -> bool:
    """End the link for an account; whether there was one."""
    ended = delete(AccountLink).where(AccountLink.account == name)
    return bool(connection.execute(ended).rowcount)


def _revoke_tokens(connection: Connection, name: str) -> Sequence[str]:
    """Revoke the tokens that an account made, and return their names."""
    revoked = delete(ApiToken).where(ApiToken.user == name).returning(ApiToken.name)
    return sorted(connection.scalars(revoked))


def _next_epoch(connection: Connection, name: str) -> int:
    epoch = epoch_of(connection, name)
    if epoch is None:
        raise _unknown(name)
    connection.execute(update(User).where(User.name == name).values(epoch=epoch + 1))
    _end_link(connection, name)
    return epoch + 1


def _hashed(password: str) -> str:
    check_password(password)
    return _hasher.hash(password)


def _matches(hashed: str, password: str) -> bool:
    with _hashing:
        try:
            return _hasher.verify(hashed, password[:_LONGEST_PASSWORD])
        except VerificationError:
            return False


@cache
def _nobodys_password() -> str:
    return _hasher.hash(secrets.token_urlsafe())


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _unknown(name: str) -> LinkmgrError:
    return LinkmgrError(message("store.account-unknown", name=name))
