"""The classes that a site's stylesheets have: its own, and its theme's where that is readable."""

import os
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.site import CONFIG_FILES

_STYLESHEETS = (".css", ".scss", ".sass", ".less")
_TEMPLATES = (".html", ".htm")
# A whole framework has a tenth of it.
_MOST_BYTES = 5_000_000

_THEME = re.compile(rb"^theme:[ \t]*[\"']?([\w.-]+)", re.MULTILINE)
# Where Bundler and RubyGems put a theme: in the site, the owner's folder, or the system.
_GEMS = (
    "vendor/bundle/ruby/*",
    ".gem/ruby/*",
    ".local/share/gem/ruby/*",
    ".rbenv/versions/*/lib/ruby/gems/*",
)
_SYSTEM_GEMS = ("/var/lib/gems/*", "/usr/lib/ruby/gems/*", "/usr/local/lib/ruby/gems/*")
_NOT_OWN = frozenset((".git", ".jekyll-cache", ".sass-cache", "node_modules", "bundle"))

# What is not closed reaches to the end, as a browser has it; and no text is read twice.
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_STYLE = re.compile(r"<style\b[^<>]*>(.*?)(?:</style\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_CLASS = re.compile(r"\.(-?[A-Za-z_\u0080-\U0010ffff](?:[\w-]|\\.)*)")
# In Sass `.box { &__link {…} }` is about `.box__link`.
_SUFFIX = re.compile(r"&([\w-]+)")


def site_classes(root: Path, config: JekyllConfig) -> frozenset[str]:
    """Return the classes with a rule of their own; what cannot be read has none."""
    classes: set[str] = set()
    for folder in (root, *_theme_folders(root)):
        for file in _files(folder, {config.destination}):
            classes |= _classes_in(file)
    return frozenset(classes)


def _theme_folders(root: Path) -> Iterator[Path]:
    for name in CONFIG_FILES:
        try:
            found = _THEME.search((root / name).read_bytes())
        except OSError:
            continue
        theme = found[1].decode("utf-8", "replace") if found else None
        for gems in _gem_folders(root) if theme else ():
            yield from gems.glob(f"gems/{theme}-[0-9]*")


def _gem_folders(root: Path) -> Iterator[Path]:
    named = (os.environ.get(name, "") for name in ("GEM_HOME", "GEM_PATH"))
    yield from {Path(path) for value in named for path in value.split(os.pathsep) if path}
    for folder, pattern in product((root, Path.home()), _GEMS):
        yield from folder.glob(pattern)
    for pattern in _SYSTEM_GEMS:
        yield from Path("/").glob(pattern[1:])


def _files(folder: Path, built: set[str]) -> Iterator[Path]:
    """Yield the stylesheets in a folder, and the templates, which may have rules as well."""
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _NOT_OWN | built)
        yield from (
            Path(path, name)
            for name in names
            if name.endswith(_STYLESHEETS)
            or (name.endswith(_TEMPLATES) and {"_layouts", "_includes"} & {*Path(path).parts})
        )


def _classes_in(file: Path) -> set[str]:
    try:
        if file.stat().st_size > _MOST_BYTES:
            return set()
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return set()
    if file.suffix in _TEMPLATES:
        text = "\n".join(_STYLE.findall(text))
    text = _COMMENT.sub("", text)
    classes = {name.replace("\\", "") for name in _CLASS.findall(text)}
    return classes | {name + end for name in classes for end in {*_SUFFIX.findall(text)}}
