"""The files of a Jekyll site: which Jekyll builds it, its settings, and its posts.

In this package only this module and `pages` touch files.
"""

import logging
import os
import re
import shutil
import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from linkmgr.fs import read_inside
from linkmgr.messages.errors import LinkmgrError, Problem, Problems, os_reason
from linkmgr.messages.message import message
from linkmgr.posts.config import JekyllConfig, parse_config
from linkmgr.posts.document import BOM, split_front_matter
from linkmgr.posts.document_reader import parse_file
from linkmgr.posts.model import DATED_NAME, DATELESS_NAME, Post
from linkmgr.posts.publish import publish
from linkmgr.posts.ruby.values import RELEASED, Jekyll, Package

# Which Jekyll builds a site, as far as files say: its lock file, else the `jekyll` on the PATH.

LOCK = "Gemfile.lock"
# An entry of Bundler's `specs:`, with what it depends on.
_LOCKED = re.compile(r"^    jekyll \((\d+)[^)\n]*\)\r?\n((?:      .*\n?)*)", re.MULTILINE)
# Where Debian's packages have the gemspecs of gems in pure Ruby, from the folder above `bin`.
_GEMSPECS = "share/rubygems-integration/all/specifications"
_GEMSPEC = re.compile(r"jekyll-(\d+)[\d.]*\.gemspec")


def find_jekyll(root: Path, package: Package | None = None) -> Jekyll:
    """Return the Jekyll of the site in the folder `root`; `package` is known from elsewhere.

    Where nothing says otherwise it is the released one.
    """
    jekyll = _locked(root) or _on_path() or RELEASED
    return Jekyll(package, jekyll.major) if package else jekyll


def _locked(root: Path) -> Jekyll | None:
    """Return the Jekyll in a site's lock file; the gem depends on SafeYAML, Debian's does not."""
    entry = _LOCKED.search(_text(root / LOCK))
    return _jekyll(entry[1], entry[2]) if entry else None


def _on_path() -> Jekyll | None:
    command = shutil.which("jekyll")
    folder = Path(command).parent.parent / _GEMSPECS if command else None
    return _packaged(folder, folder.stat().st_mtime_ns) if folder and folder.is_dir() else None


@lru_cache(maxsize=8)
def _packaged(folder: Path, changed: int) -> Jekyll | None:  # noqa: ARG001 - part of the key
    """Return the Jekyll in a folder of gemspecs, last changed at `changed`; it may have many."""
    files = folder.glob("jekyll-*.gemspec")
    specs = sorted((match[1], f) for f in files if (match := _GEMSPEC.fullmatch(f.name)))
    if not specs:
        return None
    major, file = specs[-1]
    return _jekyll(major, _text(file))


def _jekyll(major: str, dependencies: str) -> Jekyll:
    return Jekyll("gem" if "safe_yaml" in dependencies else "debian", int(major))


def _text(file: Path) -> str:
    """Return the text of a regular file; a pipe or a device in its place would never end."""
    try:
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    except OSError:
        return ""


# Whether a folder without `_config.yml` is a Jekyll site, or another generator's.

# Files and folders that only sites of a generator have; a name of several parts needs them all.
_MARKS = {
    "Hugo": (
        *("hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config/_default"),
        *(f"archetypes config.{ending}" for ending in ("toml", "yaml", "yml", "json")),
        *(f"content config.{ending}" for ending in ("toml", "yaml", "yml", "json")),
    ),
    "Eleventy": (
        ".eleventy.js",
        *(f"eleventy.config.{ending}" for ending in ("js", "mjs", "cjs", "ts")),
    ),
    "Pelican": ("pelicanconf.py",),
    "Astro": tuple(f"astro.config.{ending}" for ending in ("mjs", "js", "ts", "mts", "cjs")),
}
# Hexo has a `_config.yml`, too, and Zola Hugo's folders: what tells them apart is in a file.
_HEXO = re.compile(r'"hexo"\s*:')
_ZOLA = re.compile(r"^base_url\s*=", re.MULTILINE)
# Jekyll builds a site without settings; these folders show that one is meant.
_FOLDERS = ("_posts", "_drafts", "_layouts", "_includes")
_TOML = "_config.toml"


def _refuse_other_sites(root: Path, config_file: str) -> None:
    """Raise LinkmgrError unless a folder that lacks `config_file` is a Jekyll site."""
    _refuse_hexo(root)
    if _ZOLA.search(_text(root / "config.toml")):
        raise LinkmgrError(message("jekyll.other-site", path=str(root), generator="Zola"))
    for generator, marks in _MARKS.items():
        if any(all((root / name).exists() for name in mark.split()) for mark in marks):
            raise LinkmgrError(message("jekyll.other-site", path=str(root), generator=generator))
    if (root / _TOML).exists():
        raise LinkmgrError(message("jekyll.config-toml", path=str(root / _TOML)))
    if not any((root / name).is_dir() for name in _FOLDERS):
        raise LinkmgrError(message("jekyll.no-config", path=str(root / config_file)))


def _refuse_hexo(root: Path) -> None:
    """Raise LinkmgrError if a folder is a site of Hexo, which may have no layouts of Jekyll's."""
    is_hexo = _HEXO.search(_text(root / "package.json")) or (root / "scaffolds").is_dir()
    if is_hexo and (root / "source").is_dir() and not (root / "_layouts").is_dir():
        raise LinkmgrError(message("jekyll.other-site", path=str(root), generator="Hexo"))


# The settings, and the files of the posts.

CONFIG_FILES = ("_config.yml", "_config.yaml")
YAML = (".yml", ".yaml")
SPECIAL = (".", "_", "#", "~")

logger = logging.getLogger(__name__)


class PostFile(NamedTuple):
    """The file of a post. `path` is Jekyll's `page.path`, `absolute` where it is read."""

    path: str
    absolute: str
    mtime_ns: int
    size: int
    inode: int

    def read(self) -> bytes:
        """Return the file's bytes with as few system calls as possible."""
        descriptor = os.open(self.absolute, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            raw = os.read(descriptor, self.size + 1)
            if len(raw) == self.size:
                return raw
            while more := os.read(descriptor, 1 << 20):
                raw += more
        finally:
            os.close(descriptor)
        return raw


def read_config(
    root: Path, package: Package | None = None, collections: Sequence[str] = ()
) -> JekyllConfig:
    """Return the settings of the site in the folder `root`. Raise LinkmgrError.

    `package` is that of the site's Jekyll, if stated; else it is detected. `collections` are those
    whose documents are articles, besides those that are found. A site need not have a file of
    settings.
    """
    jekyll = find_jekyll(root, package)
    _refuse_hexo(root)
    for name in CONFIG_FILES:
        path = root / name
        try:
            text = read_inside(root, name).decode("utf-8-sig")
        except FileNotFoundError:
            continue
        except UnicodeDecodeError as error:
            problem = Problem.at(str(path), 0, "", message("jekyll.config-not-utf-8"))
            raise Problems([problem]) from error
        except OSError as error:
            reason = os_reason(error)
            unreadable = message("jekyll.config-unreadable", path=str(path), reason=reason)
            raise LinkmgrError(unreadable) from error
        config = parse_config(text, str(path), jekyll)
        _check_source(root, config, str(path))
        articles = tuple(_article_collections(root, config, collections))
        return replace(config, post_collections=articles)
    _refuse_other_sites(root, CONFIG_FILES[0])
    return JekyllConfig(jekyll)


# Fewer documents are no blog, and documents without a date no articles.
_FEWEST_ARTICLES = 3
_DATE = re.compile(rb"^date[ \t]*:", re.MULTILINE)
_BEGINNING = 4096  # bytes in which a document's front matter has its date


def _article_collections(root: Path, config: JekyllConfig, named: Sequence[str]) -> Iterator[str]:
    """Yield the collections with pages that are named, or whose documents are all dated."""
    for collection in config.collections:
        files = _documents(root, config, collection.folder)
        is_dated = len(files) >= _FEWEST_ARTICLES and all(map(_is_dated, files))
        if collection.label in named or is_dated:
            yield collection.label


def _documents(root: Path, config: JekyllConfig, folder: str) -> list[Path]:
    """Return the files in a folder of the collections that may be articles."""
    files = (root / config.source / config.collections_dir / folder).rglob("*")
    return [file for file in files if file.suffix in config.markdown_ext and file.is_file()]


class UnseenFolder(NamedTuple):
    """A folder with files that look like articles, and are no posts for linkmgr."""

    path: str
    files: int
    is_language: bool
    """Whether it has the posts of a language that the settings don't name."""


def unseen_folders(root: Path, config: JekyllConfig) -> Iterator[UnseenFolder]:
    """Yield the folders of articles that are left out.

    A site without any post counts its other collections: its articles may be there.
    """
    for folder in sorted((root / config.source / "_i18n").glob("*/_posts")):
        language = folder.parent.name
        files = [file for file in folder.rglob("*") if DATED_NAME.fullmatch(file.name)]
        if files and language not in config.localized:
            yield UnseenFolder(f"_i18n/{language}/_posts", len(files), is_language=True)
    if any(Walk(root, config, drafts=False).files()):
        return
    for collection in config.collections:
        if files := _documents(root, config, collection.folder):
            path = f"{config.collections_dir}/{collection.folder}".lstrip("/")
            yield UnseenFolder(path, len(files), is_language=False)


def _is_dated(file: Path) -> bool:
    if DATED_NAME.fullmatch(file.name):
        return True
    try:
        with file.open("rb") as opened:
            front, _ = split_front_matter(opened.read(_BEGINNING).removeprefix(BOM))
    except OSError:
        return False
    return _DATE.search(front) is not None


def _check_source(root: Path, config: JekyllConfig, file: str) -> None:
    """Raise Problems if the posts' folder is missing or outside the site."""
    source = Path(os.path.realpath(root / config.source))
    if not source.is_relative_to(os.path.realpath(root)):
        problem = message("jekyll.source-outside", source=config.source, target=str(source))
    elif not source.is_dir():
        problem = message("jekyll.no-source", source=config.source)
    else:
        return
    raise Problems([Problem.at(file, 0, "source", problem)])


def post_files(root: Path, config: JekyllConfig, *, drafts: bool = False) -> list[PostFile]:
    """Return the files from which Jekyll makes posts, in no particular order."""
    return list(Walk(root, config, drafts=drafts or config.show_drafts).files())


def read_posts(
    root: Path,
    config: JekyllConfig | None = None,
    *,
    drafts: bool = False,
    now: datetime | None = None,
) -> tuple[Post, ...]:
    """Return the posts that a build at `now` publishes, in Jekyll's order.

    `config` is that of the site, if it has been read. Raise Problems, all at once, for what would
    fail Jekyll's build; log what it only warns of.
    """
    config = config or read_config(root)
    folder = str(root / config.source)
    documents = []
    problems: list[Problem] = []
    for file in post_files(root, config, drafts=drafts):
        try:
            raw = file.read()
        except OSError as error:
            logger.warning("%s: Jekyll leaves it out: %s", file.absolute, error.strerror)
            continue
        parsed = parse_file(file.path, raw, file.mtime_ns / 1e9, config)
        problems += parsed.problems
        for warning in parsed.warnings:
            logger.warning("%s", warning.within(folder))
        if parsed.document:
            documents.append(parsed.document)
    if problems:
        raise Problems(problems).within(folder)
    return publish(documents, config, now or datetime.now(UTC))


class Walk:
    """A walk through a site's folders by Jekyll's rules (`reader.rb`, `entry_filter.rb`).

    Folders and entries are written from the site's source, with a leading slash.
    """

    def __init__(self, root: Path, config: JekyllConfig, *, drafts: bool) -> None:
        self.config = config
        self.source = os.path.normpath(root.absolute() / config.source)
        self.destination = os.path.normpath(root.absolute() / config.destination)
        self.folders = ("_posts", "_drafts") if drafts else ("_posts",)
        collections = f"/{config.collections_dir}" if config.collections_dir else ""
        self.collections = os.path.normpath(self.source + collections) + "/"

    def files(self, folder: str = "") -> Iterator[PostFile]:
        """Yield the posts' files in `folder` and below it."""
        if folder == "":
            yield from self.of_collections()
        for special in self.folders:
            if special == "_posts" and folder == "" and self.config.localized:
                # The plugin reads these in place of the site's own, each language by itself.
                for language in self.config.localized:
                    yield from self.special(f"/_i18n/{language}", special)
            else:
                yield from self.special(folder, special)
        for name in self.subfolders(folder):
            yield from self.files(f"{folder}/{name}")

    def special(self, folder: str, special: str) -> Iterator[PostFile]:
        """Yield the posts' files in the `_posts` or `_drafts` of a folder."""
        inside = f"/{self.config.collections_dir}"
        if self.config.collections_dir and not folder.startswith(inside):
            return
        names = DATED_NAME if special == "_posts" else DATELESS_NAME
        for entry, absolute, status in self.entries(f"{folder}/{special}"):
            if names.fullmatch(entry) and not entry.endswith(YAML):
                yield self.made(absolute, status)

    def of_collections(self) -> Iterator[PostFile]:
        """Yield the documents of the collections whose documents are articles."""
        base = self.collections.removeprefix(self.source).rstrip("/")
        for label in self.config.post_collections:
            for entry, absolute, status in self.entries(f"{base}/_{label}"):
                if DATELESS_NAME.fullmatch(entry) and not entry.endswith(YAML):
                    yield self.made(absolute, status)

    def made(self, absolute: str, status: os.stat_result) -> PostFile:
        path = absolute.removeprefix(self.collections)
        return PostFile(path, absolute, status.st_mtime_ns, status.st_size, status.st_ino)

    def subfolders(self, folder: str) -> list[str]:
        try:
            with os.scandir(self.source + folder) as iterator:
                return [entry.name for entry in iterator if self.is_read(folder, entry)]
        except OSError as error:
            logger.warning("%s%s: cannot be read: %s", self.source, folder, error.strerror)
            return []

    def is_read(self, folder: str, entry: os.DirEntry[str]) -> bool:
        """Whether an entry of `folder` is a folder that Jekyll reads."""
        if not is_folder(entry) or entry.path == self.destination:
            return False
        return self.taken(folder, entry.name, folder=True) and not self.leads_back(folder, entry)

    def leads_back(self, folder: str, entry: os.DirEntry[str]) -> bool:
        """Whether an entry of `folder` is a link to that or a folder above it.

        Jekyll reads such folders over and over, until the system refuses so long a chain of links.
        """
        if not entry.is_symlink():
            return False
        target = entry.stat()
        here = Path(self.source + folder)
        back = any(os.path.samestat(target, above.stat()) for above in (here, *here.parents))
        if back:
            logger.warning("%s: a link back to a folder above it: left out", entry.path)
        return back

    def entries(self, base: str, inside: str = "") -> Iterator[tuple[str, str, os.stat_result]]:
        """Yield the files below a `_posts` folder as (path from there, absolute path, stat)."""
        try:
            iterator = os.scandir(f"{self.source}{base}/{inside}")
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            logger.warning("%s%s/%s: cannot be read: %s", self.source, base, inside, error.strerror)
            return
        with iterator:
            for entry in iterator:
                name = inside + entry.name
                if entry.name[0] == ".":
                    continue
                if is_folder(entry):
                    if not entry.is_symlink():
                        yield from self.entries(base, f"{name}/")
                elif self.taken(base, name):
                    try:
                        status = entry.stat()
                    except OSError:
                        logger.warning("%s: a link that leads nowhere", entry.path)
                        continue
                    if stat.S_ISREG(status.st_mode):
                        yield name, entry.path, status
                    else:
                        logger.warning("%s: no file that could be read: left out", entry.path)

    def taken(self, base: str, entry: str, *, folder: bool = False) -> bool:
        """Whether `EntryFilter#filter` takes an entry of a folder, which may lie deep in it."""
        if entry[-1] == ".":
            return False
        excluded = self.config.excluded.match(f"{base}/{entry}", folder=folder)
        name = entry.rpartition("/")[2]
        hidden = entry[0] in SPECIAL or name[0] in SPECIAL or entry[-1] == "~"
        if not (excluded or hidden):
            return True
        included = self.config.included
        return included.match(f"/{entry}", folder=folder) or included.match(
            f"/{name}", folder=folder
        )


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder or leads to one."""
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
