"""The names of the site's own by which clicks are counted: its posts' keys, and its campaigns."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from linkmgr.blocks.include import INDEX
from linkmgr.builder.site.paths import OutputPaths
from linkmgr.builder.site.site_config import read_site_config
from linkmgr.clicks.published import Published
from linkmgr.clicks.targets import campaigns_of
from linkmgr.fs.atomic import identity
from linkmgr.messages.errors import LinkmgrError
from linkmgr.settings import Settings
from linkmgr.store.clicks.cardinality import OwnNames
from linkmgr.store.instance.targets import read_targets


class SiteNames:
    """Follows the index that the build of the site wrote, and the published targets.

    A machine without a site follows what it took from the admin of another one. There are no names
    where that is no built site, or nothing is published.
    """

    def __init__(self, settings: Settings) -> None:
        self.own = OwnNames()
        self._targets = settings.targets
        self._posts = settings.admin_links if settings.catalog_url else _index(settings.site_folder)
        self._read: _Read = _taken_posts if settings.catalog_url else _indexed_posts
        self._seen: dict[Path, tuple[int, int, int] | None] = {}

    def follow(self) -> None:
        """Read what was written anew."""
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
        return site / OutputPaths.of(read_site_config(site)).index
    return site / INDEX


def _indexed_posts(data: bytes) -> frozenset[str]:
    return frozenset(json.loads(data).values())


def _taken_posts(data: bytes) -> frozenset[str]:
    return Published.from_json(data).posts
