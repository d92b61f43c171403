"""Visitors, distinguished for a day under a random key that is deleted after it."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from pathlib import Path
from secrets import token_bytes

from linkmgr.clicks.request import network_of
from linkmgr.fs import locked
from linkmgr.store.visitor_key_file import KEY_LENGTH, KeyFile

_HASH_LENGTH = 8

NEW_AT_ONCE = 60
"""Visitors that an address may bring at once to a process, and as many bots.

Behind the address of a company or a mobile network are thousands of readers, but of those who click
within a minute most have one of few user agents: browsers of one version say the same everywhere.
"""

SECONDS_A_VISITOR = 30.0
"""Until an address may bring one more: some 2,900 a day."""

SHARED_A_DAY = 5_000
"""Lines a day that a process writes of visitors past what their addresses may bring."""

# Addresses whose visitors are known, and visitors, each 100 bytes at most. Past either number the
# address that brought a new visitor longest ago is forgotten first, with its visitors.
_ADDRESSES = 4_096
_VISITORS = 100_000


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
            key = self._file.key_of_day(day, key, settled=self._settled)
        finally:
            self._day = day
            if key != self._key:
                self._use(key)

    def _use(self, key: bytes) -> None:
        self._key = key
        self._keyed = blake2b(digest_size=_HASH_LENGTH, key=key)
        self._known = KnownVisitors()  # those under the last key are forgotten with it

    def find(self, address: str, user_agent: str, site: str) -> str | None:
        """Return a visitor who is known today as 16 hex digits, `None` for a new one."""
        visitor = self._hash(address, user_agent, site)
        return visitor.hex() if visitor in self._known else None

    def is_crowded(self, address: str) -> bool:
        """Return whether no new reader of an address is written any more, whoever it is."""
        return not self._known.shared_left and self._known.is_over_limit(network_of(address))

    def admit(self, address: str, user_agent: str, site: str, *, is_bot: bool) -> str | None:
        """Return a new visitor as 16 hex digits, `None` for one who is not to be written.

        All whom an address brings past its number are one visitor.
        """
        network = network_of(address)
        visitor = self._hash(address, user_agent, site)
        if self._known.admit(network, visitor, is_bot=is_bot):
            return visitor.hex()
        if self._known.take_shared():
            return self._hash(network, "", site).hex()
        return None

    def _hash(self, address: str, user_agent: str, site: str) -> bytes:
        own = self._keyed.copy()
        own.update(f"{address}\n{user_agent}\n{site}".encode(errors="surrogatepass"))
        return own.digest()


@dataclass(slots=True)
class _Network:
    """What is known of an address, or of an IPv6 network of 64 bits: a customer has all of it."""

    recovered_at: dict[bool, float] = field(default_factory=dict)
    """When it may again bring as many readers (`False`) or bots (`True`) at once as at first."""
    visitors: list[bytes] = field(default_factory=list)


class KnownVisitors:
    """The visitors of a day, and limits to those that an address brings by changing its user agent.

    Those who are known stay who they are. Nothing is stored: addresses are in memory, and no longer
    than the day's key.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.shared_left = SHARED_A_DAY
        self._visitors: set[bytes] = set()
        # Those that brought a new visitor last are at the end.
        self._networks: dict[str, _Network] = {}

    def __contains__(self, visitor: bytes) -> bool:
        return visitor in self._visitors

    def is_over_limit(self, network: str) -> bool:
        """Return whether a network may bring no reader at present."""
        known = self._networks.get(network)
        return known is not None and not self._has_room(known, is_bot=False)

    def admit(self, network: str, visitor: bytes, *, is_bot: bool) -> bool:
        """Count one more visitor of a network; `False` if it has brought too many."""
        known = self._networks.pop(network, None) or _Network()
        self._networks[network] = known
        has_room = self._has_room(known, is_bot=is_bot)
        if has_room:
            now = self._clock()
            recovered_at = max(known.recovered_at.get(is_bot, now), now)
            known.recovered_at[is_bot] = recovered_at + SECONDS_A_VISITOR
            known.visitors.append(visitor)
            self._visitors.add(visitor)
        while len(self._networks) > _ADDRESSES or len(self._visitors) > _VISITORS:
            oldest = self._networks.pop(next(iter(self._networks)))
            self._visitors.difference_update(oldest.visitors)
        return has_room

    def take_shared(self) -> bool:
        """Take one of the day's lines for visitors past their addresses' numbers."""
        if not self.shared_left:
            return False
        self.shared_left -= 1
        return True

    def _has_room(self, known: _Network, *, is_bot: bool) -> bool:
        """Return whether a network may bring one more reader, or bot, at present.

        Each that it brings puts its recovery off by `SECONDS_A_VISITOR`, so the seconds until then
        say how many it has brought beyond its daily pace (a leaky bucket).
        """
        now = self._clock()
        seconds_left = known.recovered_at.get(is_bot, now) - now
        return seconds_left <= (NEW_AT_ONCE - 1) * SECONDS_A_VISITOR


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
