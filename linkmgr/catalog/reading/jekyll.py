"""Which Jekyll a catalog names, without reading the rest of it."""

import re
from typing import get_args

import yaml

from linkmgr.catalog.model import JekyllPackage

_MENTIONED = re.compile(rb"\bjekyll[\"']?\s*:")
_PACKAGES: tuple[JekyllPackage, ...] = get_args(JekyllPackage)


def named_jekyll(catalog: bytes) -> JekyllPackage | None:
    """Return the `jekyll` of `site`, `None` where the catalog has none, or nothing that is one.

    Posts are read by it, and a build without changes must not take a second to read the catalog.
    """
    if not _MENTIONED.search(catalog):
        return None
    try:
        events = _Events(catalog)
        site = events.enter("site") and events.enter("jekyll")
    except yaml.YAMLError:
        return None
    value = site.value if isinstance(site, yaml.ScalarEvent) else None
    return next((package for package in _PACKAGES if package == value), None)


class _Events:
    """The events of a text, of which a mapping's values are passed over up to the one wanted."""

    def __init__(self, text: bytes) -> None:
        self._loader = yaml.CSafeLoader(text)
        self._last = self._next()
        while isinstance(self._last, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            self._last = self._next()

    def enter(self, wanted: str) -> yaml.Event | None:
        """Go to the value under a key of the mapping that begins here, `None` if it has none."""
        if not isinstance(self._last, yaml.MappingStartEvent):
            return None
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            if isinstance(key, yaml.ScalarEvent) and key.value == wanted:
                self._last = self._next()
                return self._last
            self._pass(key)
            self._pass(self._next())
        return None

    def _pass(self, event: yaml.Event | None) -> None:
        depth = int(isinstance(event, yaml.CollectionStartEvent))
        while depth:
            event = self._next()
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)

    def _next(self) -> yaml.Event | None:
        return self._loader.get_event()
