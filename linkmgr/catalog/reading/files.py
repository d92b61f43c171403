"""`catalog.yaml` from the disk: the whole catalog, or what it says of the files to read."""

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import yaml

from linkmgr.catalog.model import Catalog, JekyllPackage
from linkmgr.catalog.reading.parse import parse_catalog, too_large
from linkmgr.fs import refuse_leading_out, wrap_read_errors
from linkmgr.messages.errors import LinkmgrError, Problem, Problems
from linkmgr.messages.message import message


def load_catalog(path: Path) -> Catalog:
    """Return the catalog in a file. Raise LinkmgrError."""
    return parse_catalog(read_catalog(path), str(path))


def read_catalog(path: Path) -> bytes:
    """Return the bytes of a catalog's file. Raise LinkmgrError."""
    refuse_links(path)
    with wrap_read_errors(path):
        try:
            facts = path.stat()
        except FileNotFoundError:
            raise LinkmgrError(message("catalog.no-file", path=str(path))) from None
        if not stat.S_ISREG(facts.st_mode):
            raise LinkmgrError(message("fs.not-a-file", path=str(path)))
        if problem := too_large(facts.st_size):
            raise Problems([Problem.at(str(path), 0, "", problem)])
        return path.read_bytes()


def refuse_links(path: Path) -> None:
    """Raise LinkmgrError if a catalog in a site is a link that leads out of the site.

    Anyone who proposes a change may add links, and lines of other files would be shown.
    """
    refuse_leading_out(path, "catalog.links-out")


# What it says of the files to read, found without reading the rest: a build without changes needs
# nothing else of the catalog, and must not take a second for it.

_PACKAGES: tuple[JekyllPackage, ...] = get_args(JekyllPackage)


def named_jekyll(catalog: bytes) -> JekyllPackage | None:
    """Return the `jekyll` of `site`, by which posts are read.

    `None` where the catalog has none, or an invalid one.
    """
    values = _values(catalog, "jekyll")
    return next((package for package in _PACKAGES if values == [package]), None)


def named_pages(catalog: bytes) -> tuple[str, ...]:
    """Return the `pages` of `site`, none where the catalog has no list of them."""
    return tuple(_values(catalog, "pages", listed=True))


def named_collections(catalog: bytes) -> tuple[str, ...]:
    """Return the `collections` of `site`, none where the catalog has no list of them."""
    return tuple(_values(catalog, "collections", listed=True))


def _values(catalog: bytes, key: str, *, listed: bool = False) -> list[str]:
    """Return the text under a key of `site`, or those `listed` there; none if that is wrong."""
    if not re.search(rb"\b%b[\"']?\s*:" % key.encode(), catalog):
        return []
    try:
        events = _Events(catalog)
        if not (events.enter("site") and events.enter(key)):
            return []
        return list(events.listed() if listed else events.text())
    except yaml.YAMLError:
        return []


class _Events:
    """The events of a text, skipping a mapping's values up to the one wanted."""

    def __init__(self, text: bytes) -> None:
        self._loader = yaml.CSafeLoader(text)
        self._last = self._next()
        while isinstance(self._last, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            self._last = self._next()

    def enter(self, wanted: str) -> bool:
        """Go to the value under a key of the mapping that begins here, if it has the key."""
        if not isinstance(self._last, yaml.MappingStartEvent):
            return False
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            if isinstance(key, yaml.ScalarEvent) and key.value == wanted:
                self._last = self._next()
                return True
            self._pass(key)
            self._pass(self._next())
        return False

    def text(self) -> Iterator[str]:
        """Yield the text that is here, if it is one."""
        if isinstance(self._last, yaml.ScalarEvent):
            yield self._last.value

    def listed(self) -> Iterator[str]:
        """Yield the texts of the list that begins here, up to any other value."""
        if isinstance(self._last, yaml.SequenceStartEvent):
            while isinstance(event := self._next(), yaml.ScalarEvent):
                yield event.value

    def _pass(self, event: yaml.Event | None) -> None:
        depth = int(isinstance(event, yaml.CollectionStartEvent))
        while depth:
            event = self._next()
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)

    def _next(self) -> yaml.Event | None:
        return self._loader.get_event()
