"""A cache that drops what was used least recently."""

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class LruCache(Generic[K, V]):
    """Keeps up to so many values by key, those that were used last; several threads may ask."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._cached: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """Return the value of a key, `None` without one."""
        with self._lock:
            if key in self._cached:
                self._cached.move_to_end(key)
            return self._cached.get(key)

    def put(self, key: K, value: V) -> None:
        """Cache a value in place of the one before, and drop what is one too many."""
        with self._lock:
            self._cached[key] = value
            self._cached.move_to_end(key)
            while len(self._cached) > self._most:
                self._cached.popitem(last=False)
