"""The targets of an instance: in a file for its workers, and with the posts for other machines."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock

from linkmgr.blocks.include import INDEX
from linkmgr.builder.site import OutputPaths, read_site_config
from linkmgr.clicks.model import OwnNames
from linkmgr.clicks.targets import SharedTargets, Targets, campaigns_of
from linkmgr.fs import identity, replace_file
from linkmgr.messages.errors import LinkmgrError
from linkmgr.settings import Settings

# The targets in a file that workers serve from: the last good ones, whatever the catalog has.


def publish(file: Path, targets: Targets) -> Targets:
    """Replace the targets in a file, and return its new content. Raise OSError.

    An item that was ever published keeps its link: what the file had and `targets` lacks stays.
    """
    before = read_targets(file)
    kept = before.items if before else {}
    targets = replace(targets, items={**kept, **targets.items})
    if targets != before:
        replace_file(file, targets.to_json().encode())
    return targets


def read_targets(file: Path) -> Targets | None:
    """Return the targets that were published last, `None` without a readable file."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return Targets.from_json(file.read_bytes())
    return None


# The names of the site's own by which clicks are counted: its posts' keys, and its campaigns.


class SiteNames:
    """Follows the index that the build of the site wrote, and the published targets.

    A machine without a site follows what it took from the admin of another one. There are no names
    where the site is not built, or nothing is published.
    """

    def __init__(self, settings: Settings) -> None:
        self.own = OwnNames()
        self._targets = settings.targets
        self._posts = settings.admin_links if settings.catalog_url else _index(settings.site_folder)
        self._read: _Read = _taken_posts if settings.catalog_url else _indexed_posts
        self._seen: dict[Path, tuple[int, int, int] | None] = {}

    def follow(self) -> None:
        """Read the file again."""
        with suppress(OSError, ValueError, KeyError, AttributeError, TypeError):
            if self._posts.is_file() and self._is_new(self._posts):
                self.own = replace(self.own, posts=self._read(self._posts.read_bytes()))
        if self._is_new(self._targets) and (targets := read_targets(self._targets)):
            self.own = replace(self.own, campaigns=campaigns_of(targets))

    def _is_new(self, file: Path) -> bool:
        present, before = identity(file), self._seen.get(file)
        self._seen[file] = present or before
        return present is not None and present != before


_Read = Callable[[bytes], frozenset[str]]


def _index(site: Path) -> Path:
    with suppress(LinkmgrError, OSError):
        return site / OutputPaths.of_config(read_site_config(site)).index
    return site / INDEX


def _indexed_posts(data: bytes) -> frozenset[str]:
    return frozenset(json.loads(data).values())


def _taken_posts(data: bytes) -> frozenset[str]:
    return SharedTargets.from_json(data).posts


class SharedTargetsReader:
    """The targets and the site's posts for other machines; several threads may read it."""

    def __init__(self) -> None:
        self._names: SiteNames | None = None
        self._seen: tuple[object, ...] = ()
        self._made: bytes | None = None
        self._reading = Lock()

    def read(self, settings: Settings) -> bytes | None:
        """Return a `SharedTargets` as JSON, `None` where nothing is published.

        The bytes change with their content alone: they are made again only if a file of it has.
        """
        with self._reading:
            self._names = self._names or SiteNames(settings)
            self._names.follow()
            seen = identity(settings.targets), self._names.own.posts
            if seen != self._seen:
                targets = read_targets(settings.targets)
                posts = self._names.own.posts
                self._made = SharedTargets(targets, posts).to_json() if targets else None
                self._seen = seen
            return self._made
