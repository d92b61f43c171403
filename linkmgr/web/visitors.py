"""Visitors, distinguished for a day under a random key that is deleted after it."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import date
from functools import lru_cache, partial
from hashlib import blake2b
from pathlib import Path
from secrets import token_bytes

from linkmgr.clicks.request import network_of
from linkmgr.fs import locked
from linkmgr.store.visitor_key_file import KEY_LENGTH, KeyFile

_HASH_LENGTH = 8

# Readers whose hashes are remembered: 3 MB at most; without it 1.5 µs each.
_REMEMBERED = 4096

NEW_AT_ONCE = 60
"""Visitors that an address may bring at once to a process.

Behind the address of a company or a mobile network are thousands of readers, but of those who click
within a minute most have one of few user agents: browsers of one version say the same everywhere.
"""

SECONDS_A_VISITOR = 30.0
"""Until an address may bring one more: some 2,900 a day."""

# Addresses whose visitors are counted: 1 MB at most. The one met longest ago is forgotten first.
_ADDRESSES = 4096


class Visitors:
    """Hashes of visitors, which nobody can trace back after the day.

    The processes of a server share the day's key by a file. Where several nodes share a database,
    the background worker puts theirs there before its day begins; one that has to be made here is
    the node's own, for which the database is yet to mark the day.
    """

    def __init__(self, file: Path, *, several_nodes: bool = False) -> None:
        self._file = KeyFile(file)
        self._settled = not several_nodes
        self._day: date | None = None
        self._use(token_bytes(KEY_LENGTH))

    def use_day(self, day: date) -> None:
        """Take the key of a day, and forget the last one.

        Raise OSError if the file cannot be written: until it can, the key is this process's own.
        """
        key = self._key if day == self._day else token_bytes(KEY_LENGTH)
        try:
            key = self._file.take(day, key, settled=self._settled)
        finally:
            self._day = day
            self._use(key)

    def hash(self, address: str, user_agent: str, site: str) -> str:
        """Return a visitor of a site as 16 hex digits.

        The user agent is one of `LONGEST` characters at most, since the latest are remembered.
        """
        return self._hash(address, user_agent, site)

    def _use(self, key: bytes) -> None:
        self._key = key
        keyed = blake2b(digest_size=_HASH_LENGTH, key=key)
        # Of this key: what was remembered under the last one is forgotten with it.
        self._hash = lru_cache(maxsize=_REMEMBERED)(partial(_hash, keyed, NewVisitors()))


class NewVisitors:
    """Limits the visitors that an address brings by changing its user agent.

    Nothing is stored: addresses are in memory, and no longer than the day's key. The visitors of an
    IPv6 network of 64 bits are counted together, as one customer has all of its addresses.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # When each may bring as many at once as ever, those met last at the end.
        self._rested: dict[str, float] = {}

    def take(self, network: str) -> bool:
        """Count one more visitor of an address; `False` if it has brought too many."""
        now, rested = self._clock(), self._rested
        at = max(rested.pop(network, now), now)
        if has_room := at - now <= (NEW_AT_ONCE - 1) * SECONDS_A_VISITOR:
            at += SECONDS_A_VISITOR
        rested[network] = at
        if len(rested) > _ADDRESSES:
            del rested[next(iter(rested))]
        return has_room


def _hash(keyed: blake2b, new: NewVisitors, address: str, user_agent: str, site: str) -> str:
    if not new.take(network := network_of(address)):
        address, user_agent = network, ""  # all that are too many are one visitor
    own = keyed.copy()
    own.update(f"{address}\n{user_agent}\n{site}".encode(errors="surrogatepass"))
    return own.hexdigest()


@contextmanager
def visitors_key(file: Path) -> Iterator[None]:
    """Erase the key in `file` once the last server of an instance ends.

    No process is there to erase it when its day ends, so it goes with the server. Whoever comes
    again on the day of a restart is counted as another visitor, once.
    """
    lock = file.with_name(f"{file.name}.lock")
    try:
        with suppress(OSError):
            lock.touch(mode=0o600)
        with ExitStack() as stack:
            with suppress(OSError, TimeoutError):  # a full disk: the key is erased all the same
                stack.enter_context(locked(lock, 1, shared=True))
            yield
    finally:
        with suppress(OSError, TimeoutError), locked(lock, 0):
            KeyFile(file).erase()
