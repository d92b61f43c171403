"""`catalog.yaml` from the disk: the whole catalog, or what it says of the files to read."""

import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, get_args

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


class NamedFiles(NamedTuple):
    """What the `site` of a catalog says of the files to read; nothing where that is wrong."""

    jekyll: JekyllPackage | None = None
    """The Jekyll that builds the site, by which posts are read."""

    pages: tuple[str, ...] = ()
    """The pages that show blocks, as globs."""

    collections: tuple[str, ...] = ()
    """The collections whose documents are articles."""


_KEYS = re.compile(rb"\b(?:jekyll|pages|collections)[\"']?\s*:")


def named_files(catalog: bytes) -> NamedFiles:
    """Return what a catalog says of the files to read."""
    values = _values_of_site(catalog) if _KEYS.search(catalog) else {}
    jekyll = next((package for package in _PACKAGES if values.get("jekyll") == package), None)
    pages, collections = values.get("pages"), values.get("collections")
    return NamedFiles(
        jekyll,
        tuple(pages) if isinstance(pages, list) else (),
        tuple(collections) if isinstance(collections, list) else (),
    )


def _values_of_site(catalog: bytes) -> dict[str, str | list[str]]:
    """Return the texts under `site`, and the texts of lists there up to any other value.

    Of a text that is no YAML it is what comes before the mistake.
    """
    values: dict[str, str | list[str]] = {}
    with suppress(yaml.YAMLError):
        events = _Events(catalog)
        if events.enter("site"):
            for key, value in events.entries():
                values.setdefault(key, value)
    return values


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

    def entries(self) -> Iterator[tuple[str, str | list[str]]]:
        """Yield the keys of the mapping that begins here with their texts or lists of texts."""
        if not isinstance(self._last, yaml.MappingStartEvent):
            return
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            self._pass(key)
            value = self._next()
            if not isinstance(key, yaml.ScalarEvent):
                self._pass(value)
            elif isinstance(value, yaml.ScalarEvent):
                yield key.value, value.value
            elif isinstance(value, yaml.SequenceStartEvent):
                yield key.value, self._listed()
            else:
                self._pass(value)

    def _listed(self) -> list[str]:
        """Return the texts of the list that begins here, up to any other value."""
        texts: list[str] = []
        is_listed = True
        while not isinstance(value := self._next(), yaml.SequenceEndEvent):
            if is_listed and isinstance(value, yaml.ScalarEvent):
                texts.append(value.value)
            else:
                is_listed = False
                self._pass(value)
        return texts

    def _pass(self, event: yaml.Event | None) -> None:
        depth = int(isinstance(event, yaml.CollectionStartEvent))
        while depth:
            event = self._next()
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)

    def _next(self) -> yaml.Event | None:
        return self._loader.get_event()
