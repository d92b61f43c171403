"""`catalog.yaml` from the disk: the whole catalog, or what it says of the files to read."""

import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
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
_KEYS = re.compile(rb"\b(?:jekyll|collections|pages)[\"']?\s*:")

_Value = str | tuple[str, ...] | None
"""A text or a list of texts; `None` stands for anything else."""


@dataclass(frozen=True, slots=True)
class FilesToRead:
    """What a catalog's `site` says of the files to read; what is invalid is left out."""

    jekyll: JekyllPackage | None = None
    """The Jekyll by which posts are read."""
    collections: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()

    @classmethod
    def named_in(cls, catalog: bytes) -> "FilesToRead":
        """Return the files that a catalog's text names, whatever else is wrong with it."""
        if not _KEYS.search(catalog):
            return cls()
        values: dict[str, _Value] = {}
        with suppress(yaml.YAMLError):
            for key, value in _Events(catalog).values_of("site"):
                values.setdefault(key, value)
        jekyll, collections, pages = map(values.get, ("jekyll", "collections", "pages"))
        return cls(
            jekyll=next((package for package in _PACKAGES if package == jekyll), None),
            collections=collections if isinstance(collections, tuple) else (),
            pages=pages if isinstance(pages, tuple) else (),
        )


class _Events:
    """The events of a YAML text, read as far as they are wanted."""

    def __init__(self, text: bytes) -> None:
        self._loader = yaml.CSafeLoader(text)

    def values_of(self, wanted: str) -> Iterator[tuple[str, _Value]]:
        """Yield the keys and values of the first mapping under a key of the document's."""
        event = self._next()
        while isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            event = self._next()
        for key in self._keys(event):
            value = self._next()
            if key != wanted:
                self._pass(value)
                continue
            for inner in self._keys(value):
                yield inner, self._value(self._next())
            return

    def _keys(self, event: yaml.Event | None) -> Iterator[str]:
        """Yield the keys of the mapping that begins here; the caller reads the values."""
        if not isinstance(event, yaml.MappingStartEvent):
            return
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            if isinstance(key, yaml.ScalarEvent):
                yield key.value
            else:
                self._pass(key)
                self._pass(self._next())

    def _value(self, event: yaml.Event | None) -> _Value:
        if isinstance(event, yaml.ScalarEvent):
            return str(event.value)
        if not isinstance(event, yaml.SequenceStartEvent):
            self._pass(event)
            return None
        texts: list[str] = []
        while not isinstance(entry := self._next(), yaml.SequenceEndEvent):
            if isinstance(entry, yaml.ScalarEvent):
                texts.append(entry.value)
            self._pass(entry)
        return tuple(texts)

    def _pass(self, event: yaml.Event | None) -> None:
        """Read to the end of the value that begins with an event."""
        depth = int(isinstance(event, yaml.CollectionStartEvent))
        while depth:
            event = self._next()
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)

    def _next(self) -> yaml.Event | None:
        return self._loader.get_event()
