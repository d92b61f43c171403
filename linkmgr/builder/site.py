"""What a site has besides its posts: linkmgr's own files, the settings, and the layouts."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from linkmgr.blocks import include
from linkmgr.catalog.reading.files import FilesToRead, read_catalog
from linkmgr.fs import is_temporary
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.posts.article.inclusions import Inclusion, inclusions
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.document import BOM, split_front_matter
from linkmgr.posts.ruby.safe_yaml import load
from linkmgr.posts.ruby.values import Package
from linkmgr.posts.ruby.yaml_tree import YamlError
from linkmgr.posts.site import read_config

# The files that linkmgr writes, and where a site has them.

CATALOG = "catalog.yaml"

_COVER = re.compile(r"[0-9a-f]{16}\.(?:jpg|png|webp)")
_FRAGMENT = re.compile(rf"(?:[0-9a-f]{{16}}|{include.EMPTY})\.html")

Stamp = tuple[int, int, int]
"""Modification time in nanoseconds, size and inode: a file with the same has not changed."""


@dataclass(frozen=True, slots=True)
class OutputPaths:
    """Paths relative to the site's root, `/` between their parts."""

    COVERS: ClassVar = "assets/covers"
    """The folder of covers that were uploaded, from the site's source."""

    fragments: str
    index: str
    include: str
    stylesheet: str
    script: str

    covers: str
    """The owner's pictures: no build writes or deletes them."""

    @classmethod
    def of_config(cls, config: JekyllConfig) -> "OutputPaths":
        """Return the places in a site that may have renamed Jekyll's folders."""
        source = PurePosixPath(config.source)
        includes, data = source / config.includes_dir, source / config.data_dir
        return cls(
            fragments=str(includes / include.FRAGMENTS.removeprefix("_includes/")),
            index=str(data / include.INDEX.removeprefix("_data/")),
            include=str(includes / include.INCLUDE.removeprefix("_includes/")),
            stylesheet=str(source / include.STYLESHEET),
            script=str(source / include.SCRIPT),
            covers=str(source / cls.COVERS),
        )

    def fragment(self, key: str) -> str:
        """Return the place of the fragment called `key`."""
        return f"{self.fragments}/{key}.html"

    @property
    def empty(self) -> str:
        """The fragment of the posts without blocks."""
        return self.fragment(include.EMPTY)

    @staticmethod
    def is_cover(name: str) -> bool:
        """Whether a file of this name among the covers was uploaded."""
        return _COVER.fullmatch(name) is not None

    @staticmethod
    def is_fragment(name: str) -> bool:
        """Whether a file of this name among the fragments is one of a build's."""
        return _FRAGMENT.fullmatch(name) is not None

    def refuse_outside(self, root: Path, source: str) -> None:
        """Raise LinkmgrError if a link leads one of the folders out of the site's source."""
        inside = (root / source).resolve()
        for path in (self.empty, self.index, self.include, self.stylesheet, self.script):
            folder = (root / path).parent
            if not folder.resolve().is_relative_to(inside):
                target = str(folder.resolve())
                raise LinkmgrError(
                    message("build.folder-links-out", folder=str(folder), target=target)
                )

    def existing_files(self, root: Path) -> dict[str, Stamp]:
        """Return every output file that exists, with what tells whether it has changed since.

        Leftovers of a killed build are among them.
        """
        return dict(self._existing_files(root))

    def _existing_files(self, root: Path) -> Iterator[tuple[str, Stamp]]:
        for path in (self.index, self.include, self.stylesheet, self.script):
            with suppress(FileNotFoundError):
                yield path, _stamp(os.stat(root / path))  # noqa: PTH116 - takes str and Path alike
            yield from _inside(root, path.rpartition("/")[0], is_temporary)
        yield from _inside(root, self.fragments, _is_of_build)


def _is_of_build(name: str) -> bool:
    """Whether a build makes files of this name among the fragments; any other is the owner's."""
    return is_temporary(name) or OutputPaths.is_fragment(name)


def _inside(root: Path, folder: str, wanted: Callable[[str], bool]) -> Iterator[tuple[str, Stamp]]:
    with suppress(FileNotFoundError), os.scandir(root / folder) as entries:
        for entry in entries:
            if wanted(entry.name) and not entry.is_dir(follow_symlinks=False):
                yield f"{folder}/{entry.name}", _stamp(entry.stat(follow_symlinks=False))


def _stamp(facts: os.stat_result) -> Stamp:
    return facts.st_mtime_ns, facts.st_size, facts.st_ino


# The settings, as read by the Jekyll that the catalog names or that is found.


def read_site_config(root: Path, catalog_file: Path | None = None) -> JekyllConfig:
    """Return the settings of the site at `root`. Raise LinkmgrError.

    `catalog_file` is a catalog other than the site's own. Errors in it do not matter here.
    """
    try:
        named = FilesToRead.named_in(read_catalog(catalog_file or root / CATALOG))
    except LinkmgrError:
        return read_config(root)
    return read_config(root, named.jekyll, named.collections)


def read_catalog_of_site(root: Path, catalog_file: Path) -> bytes:
    """Return the bytes of the catalog of the site at `root`. Raise LinkmgrError.

    That a folder is no site comes before what is wrong with its catalog.
    """
    try:
        return read_catalog(catalog_file)
    except LinkmgrError:
        read_config(root)
        raise


# The layouts: their files, their parents, and linkmgr's tags in them.

_INCLUDE = re.compile(rb"\{%-?\s*include(?:_cached)?\s+([\w./-]+)")


def layout_texts(root: Path, config: JekyllConfig) -> dict[str, bytes]:
    """Return the site's own layouts and includes by path, without those that linkmgr writes."""
    source = root / config.source
    includes = os.path.normpath(source / config.includes_dir)
    texts: dict[str, bytes] = {}
    for top in (config.layouts_dir, config.includes_dir):
        for folder, folders, names in os.walk(source / top):
            own = os.path.normpath(folder) == includes
            if own and "linkmgr" in folders:
                folders.remove("linkmgr")
            for name in names:
                file = Path(folder) / name
                if not (own and name == "linkmgr.html") and file.is_file():
                    texts[str(file)] = file.read_bytes()
    return texts


@dataclass(frozen=True, slots=True)
class LayoutFiles:
    """The layouts in a site's folder of them, as the Jekyll of `package` reads them."""

    folder: Path
    package: Package

    def chain(self, name: str) -> tuple[list[Path], str | None]:
        """Return the files of a layout and its parents, and the name of the first missing one."""
        paths: list[Path] = []
        parent: Any = name
        while isinstance(parent, str):
            file = self.file(parent)
            if file is None:
                return paths, parent
            if file in paths:
                break
            paths.append(file)
            parent = front_matter(file.read_bytes(), self.package).get("layout")
        return paths, None

    def file(self, name: str) -> Path | None:
        """Find the file of a layout, whatever its extension."""
        folder = (self.folder / name).parent
        if is_outside(name) or not folder.is_dir():
            return None
        stem = name.rpartition("/")[2]
        for file in sorted(folder.iterdir()):
            if file.stem == stem:
                return file
        return None


@dataclass
class LayoutTags:
    """The linkmgr tags in the layouts of a site, in files that they include, too."""

    root: Path
    config: JekyllConfig
    _known: dict[str, tuple[Inclusion, ...]] = field(default_factory=dict)

    def of_layout(self, name: str) -> tuple[Inclusion, ...]:
        """Return the tags of a layout and its parents."""
        if name not in self._known:
            folder = self.root / self.config.source / self.config.layouts_dir
            files = LayoutFiles(folder, self.config.jekyll.package)
            chain, _ = files.chain(name)
            tags: list[Inclusion] = []
            for file in chain:
                tags += self._tags(file, set())
            self._known[name] = tuple(tags)
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
    """Read a file's front matter, empty if Jekyll could not read it."""
    try:
        values, _ = load(split_front_matter(data.removeprefix(BOM))[0], package)
    except (YamlError, UnicodeDecodeError):
        return {}
    return values if isinstance(values, dict) else {}
