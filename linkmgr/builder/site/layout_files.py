"""A site's layouts: their files, their parents, and the tags of linkmgr's that they have."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from linkmgr.posts.article.inclusions import Inclusion, inclusions
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.document import BOM, split_front_matter
from linkmgr.posts.ruby.jekyll import Package
from linkmgr.posts.ruby.yaml_tree import YamlError
from linkmgr.posts.ruby.yaml_values import load

_INCLUDE = re.compile(rb"\{%-?\s*include(?:_cached)?\s+([\w./-]+)")


def layout_texts(root: Path, config: JekyllConfig) -> dict[str, bytes]:
    """Return the site's own layouts and includes by path, without those that linkmgr writes."""
    source = root / config.source
    includes = os.path.normpath(source / config.includes_dir)
    texts: dict[str, bytes] = {}
    for top in (config.layouts_dir, config.includes_dir):
        for folder, folders, names in os.walk(source / top):
            own = os.path.normpath(folder) == includes
            folders[:] = [name for name in folders if not (own and name == "linkmgr")]
            files = (Path(folder) / name for name in names if not (own and name == "linkmgr.html"))
            texts |= {str(file): file.read_bytes() for file in files if file.is_file()}
    return texts


@dataclass(frozen=True, slots=True)
class LayoutFiles:
    """The layouts in a site's folder of them, as the Jekyll of `package` reads them."""

    folder: Path
    package: Package

    def chain(self, name: str) -> tuple[list[Path], str | None]:
        """Find a layout's file and those of its parents, and name the first that is not there."""
        found: list[Path] = []
        parent: Any = name
        while isinstance(parent, str):
            file = self.file(parent)
            if file is None:
                return found, parent
            if file in found:
                break
            found.append(file)
            parent = front_matter(file.read_bytes(), self.package).get("layout")
        return found, None

    def file(self, name: str) -> Path | None:
        """Find the file of a layout, whatever its extension."""
        folder = (self.folder / name).parent
        if is_outside(name) or not folder.is_dir():
            return None
        stem = name.rpartition("/")[2]
        return next((file for file in sorted(folder.iterdir()) if file.stem == stem), None)


@dataclass
class LayoutTags:
    """The tags of linkmgr's in the layouts of a site, in files that they include, too."""

    root: Path
    config: JekyllConfig
    _known: dict[str, tuple[Inclusion, ...]] = field(default_factory=dict)

    def of_layout(self, name: str) -> tuple[Inclusion, ...]:
        """Return the tags of a layout and its parents."""
        if name not in self._known:
            folder = self.root / self.config.source / self.config.layouts_dir
            files = LayoutFiles(folder, self.config.jekyll.package)
            chain, _ = files.chain(name)
            self._known[name] = tuple(tag for file in chain for tag in self._tags(file, set()))
        return self._known[name]

    def _tags(self, file: Path, seen: set[Path]) -> Iterator[Inclusion]:
        if file in seen or not file.is_file():
            return
        seen.add(file)
        data = file.read_bytes()
        yield from inclusions(data)
        folder = self.root / self.config.source / self.config.includes_dir
        for included in _INCLUDE.findall(data):
            if included != b"linkmgr.html":
                yield from self._tags(folder / os.fsdecode(included), seen)


def is_outside(layout: str) -> bool:
    """Whether a layout's name leads out of the layouts' folder."""
    return layout.startswith("/") or ".." in layout.split("/")


def front_matter(data: bytes, package: Package) -> Mapping[Any, Any]:
    """Read a file's front matter; what Jekyll cannot read says nothing."""
    try:
        values, _ = load(split_front_matter(data.removeprefix(BOM))[0], package)
    except (YamlError, UnicodeDecodeError):
        return {}
    return values if isinstance(values, dict) else {}
