"""Pages and documents of collections as posts, for those that show blocks."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from linkmgr.posts.config import PAGES, Defaults, JekyllConfig
from linkmgr.posts.document import BOM, ParsedFile, split_front_matter
from linkmgr.posts.document_reader import parse_file
from linkmgr.posts.site import PostFile, Walk, is_folder


def page_files(root: Path, config: JekyllConfig, globs: Sequence[str]) -> list[PostFile]:
    """Return the files of pages, and of documents of collections, whose `page.path` a glob matches.

    Collections are asked for by their folder (`_recipes/*`), whatever the configuration says.
    """
    if not globs:
        return []
    walk = _PageWalk(root, config, drafts=False)
    files = list(walk.pages())
    for folder in {glob.partition("/")[0] for glob in globs if "/" in glob}:
        if folder.startswith("_"):
            files += walk.documents(folder)
    kinds = (*config.markdown_ext, ".html", ".htm")
    return sorted(file for file in files if file.path.endswith(kinds) and _is_wanted(file, globs))


def _is_wanted(file: PostFile, globs: Sequence[str]) -> bool:
    return any(fnmatchcase(file.path, glob) for glob in globs)


def parse_page(path: str, raw: bytes, config: JekyllConfig) -> ParsedFile | None:
    """Read a page, or a document of a collection, as a post; `None` for a file that is neither.

    It has the date of its front matter or none (`EPOCH`). Its URL is unknown (`Post.known_url`).
    """
    if not split_front_matter(raw.removeprefix(BOM))[0]:
        return None
    parsed = parse_file(path, raw, 0, config, defaults=_defaults_of(path, config))
    document = parsed.document
    if document is None or not document.published:
        return replace(parsed, document=None)
    post = replace(document.post, url=f"/{path}")
    return replace(parsed, document=replace(document, post=post))


def _defaults_of(path: str, config: JekyllConfig) -> Defaults:
    """Return the front matter defaults for a page, or for a document by its collection's folder."""
    folder, in_folder, _ = path.partition("/")
    if in_folder and folder.startswith("_"):
        return config.defaults_of((folder[1:],), config.collections_dir)
    return config.defaults_of(PAGES, "")


class _PageWalk(Walk):
    """A walk through the folders that have pages."""

    def pages(self, folder: str = "") -> Iterator[PostFile]:
        """Yield the files in `folder` and below it that may be pages."""
        for entry in self.scanned(folder):
            if not is_folder(entry) and self.taken(folder, entry.name):
                yield from _regular(f"{folder}/{entry.name}".lstrip("/"), entry)
        for name in self.subfolders(folder):
            yield from self.pages(f"{folder}/{name}")

    def documents(self, collection: str) -> Iterator[PostFile]:
        """Yield the files of a collection, by the name of its folder."""
        base = self.collections.removeprefix(self.source).rstrip("/")
        for name, absolute, status in self.entries(f"{base}/{collection}"):
            facts = (status.st_mtime_ns, status.st_size, status.st_ino)
            yield PostFile(f"{collection}/{name}", absolute, *facts)

    def scanned(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.source + folder) as iterator:
                return list(iterator)
        except OSError:  # which `subfolders` reports
            return []


def _regular(path: str, entry: os.DirEntry[str]) -> Iterator[PostFile]:
    """Yield the file of an entry, if it can be read as one."""
    with suppress(OSError):
        facts = entry.stat()
        if stat.S_ISREG(facts.st_mode):
            yield PostFile(path, entry.path, facts.st_mtime_ns, facts.st_size, facts.st_ino)
