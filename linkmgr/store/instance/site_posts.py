"""The keys of the site's own posts, which the build wrote down."""

import json
from contextlib import suppress
from pathlib import Path

from linkmgr.blocks.include import INDEX
from linkmgr.builder.site.paths import OutputPaths
from linkmgr.builder.site.site_config import read_site_config
from linkmgr.fs.atomic import identity
from linkmgr.messages.errors import LinkmgrError


class SitePosts:
    """The keys in the index of the site in a folder; none where that is no built site."""

    def __init__(self, site: Path) -> None:
        self.keys: frozenset[str] = frozenset()
        self._file = site / INDEX
        with suppress(LinkmgrError, OSError):
            self._file = site / OutputPaths.of(read_site_config(site)).index
        self._seen: tuple[int, int, int] | None = None

    def follow(self) -> None:
        """Read the index if another build has written it."""
        with suppress(OSError, ValueError, AttributeError, TypeError):
            present = identity(self._file)
            if present and present != self._seen:
                self._seen = present
                self.keys = frozenset(json.loads(self._file.read_bytes()).values())
