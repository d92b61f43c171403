"""The names of the site's own by which clicks are counted: its posts' keys, and its campaigns."""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from linkmgr.blocks.include import INDEX
from linkmgr.builder.site.paths import OutputPaths
from linkmgr.builder.site.site_config import read_site_config
from linkmgr.clicks.targets import campaigns_of
from linkmgr.fs.atomic import identity
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.clicks.cardinality import OwnNames
from linkmgr.store.instance.targets import read_targets


class SiteNames:
    """Follows the index that the build of the site in a folder wrote, and the published targets.

    There are none where that is no built site, or nothing is published.
    """

    def __init__(self, site: Path, targets: Path) -> None:
        self.own = OwnNames()
        self._targets = targets
        self._index = site / INDEX
        with suppress(LinkmgrError, OSError):
            self._index = site / OutputPaths.of(read_site_config(site)).index
        self._seen: dict[Path, tuple[int, int, int] | None] = {}

    def follow(self) -> None:
        """Read what was written anew."""
        with suppress(OSError, ValueError, AttributeError, TypeError):
            if self._is_new(self._index):
                posts = frozenset(json.loads(self._index.read_bytes()).values())
                self.own = replace(self.own, posts=posts)
        if self._is_new(self._targets) and (targets := read_targets(self._targets)):
            self.own = replace(self.own, campaigns=campaigns_of(targets))

    def _is_new(self, file: Path) -> bool:
        present, before = identity(file), self._seen.get(file)
        self._seen[file] = present or before
        return present is not None and present != before
