"""Visitors, distinguished for a day under a random key that is deleted after it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import date
from functools import lru_cache, partial
from hashlib import blake2b
from pathlib import Path
from secrets import token_bytes

from linkmgr.fs.lock import locked
from linkmgr.store.visitors.key_file import KEY_LENGTH, KeyFile

_HASH_LENGTH = 8

# Readers whose hashes are remembered: 3 MB at most; without it 1.5 µs each.
_REMEMBERED = 4096


class Visitors:
    """Hashes of visitors, which nobody can trace back after the day.

    The processes of a server share the day's key by a file. Where several nodes share a database,
    the background worker puts the deployment's key there before its day begins; one that has to be
    made here is the node's own, which the database is yet to hear of.
    """

    def __init__(self, file: Path, *, several_nodes: bool = False) -> None:
        self._file = KeyFile(file)
        self._known = not several_nodes
        self._day: date | None = None
        self._use(token_bytes(KEY_LENGTH))

    def use_day(self, day: date) -> None:
        """Take the key of a day, and forget the last one.

        Raise OSError if the file cannot be written: until it can, the key is this process's own.
        """
        key = self._key if day == self._day else token_bytes(KEY_LENGTH)
        try:
            key = self._file.take(day, key, known=self._known)
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
        self._hash = lru_cache(maxsize=_REMEMBERED)(partial(_hash, keyed))


def _hash(keyed: blake2b, address: str, user_agent: str, site: str) -> str:
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
