"""Where in a site the files of linkmgr stand."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from linkmgr.blocks import include
from linkmgr.posts.config import JekyllConfig

CATALOG = "catalog.yaml"


@dataclass(frozen=True, slots=True)
class Places:
    """Paths relative to the site's root, `/` between their parts."""

    fragments: str
    index: str
    include: str
    stylesheet: str
    script: str

    @classmethod
    def of(cls, config: JekyllConfig) -> "Places":
        """Return the places in a site that may have renamed Jekyll's folders."""
        source = "" if config.source == "." else f"{config.source.rstrip('/')}/"
        includes = f"{source}{config.includes_dir.rstrip('/')}/"
        data = f"{source}{config.data_dir.rstrip('/')}/"
        return cls(
            fragments=includes + include.FRAGMENTS.removeprefix("_includes/"),
            index=data + include.INDEX.removeprefix("_data/"),
            include=includes + include.INCLUDE.removeprefix("_includes/"),
            stylesheet=source + include.STYLESHEET,
            script=source + include.SCRIPT,
        )

    def fragment(self, key: str) -> str:
        """Return the place of the fragment called `key`."""
        return f"{self.fragments}/{key}.html"

    @property
    def empty(self) -> str:
        """The fragment of the posts without blocks."""
        return self.fragment(include.EMPTY)

    def standing(self, root: Path) -> Iterator[tuple[str, tuple[int, int, int]]]:
        """Yield every file there is, with what tells whether it is still the same."""
        for path in (self.index, self.include, self.stylesheet, self.script):
            try:
                yield path, _stamp(os.stat(root / path))  # noqa: PTH116 - as below
            except FileNotFoundError:
                continue
        try:
            with os.scandir(root / self.fragments) as entries:
                for entry in entries:
                    yield f"{self.fragments}/{entry.name}", _stamp(entry.stat())
        except FileNotFoundError:
            return


def _stamp(facts: os.stat_result) -> tuple[int, int, int]:
    return facts.st_mtime_ns, facts.st_size, facts.st_ino
