"""Which Jekyll builds a site, as far as files say: its lock file, else the `jekyll` on the PATH."""

import re
import shutil
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from linkmgr.posts.ruby.jekyll import RELEASED, Jekyll, Package

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
    found = _locked(root) or _on_path() or RELEASED
    return Jekyll(package, found.major) if package else found


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
    """Return the Jekyll in a folder of gemspecs, `changed` when it was last; it may have many."""
    specs = sorted(_gemspecs(folder))
    if not specs:
        return None
    major, file = specs[-1]
    return _jekyll(major, _text(file))


def _gemspecs(folder: Path) -> Iterator[tuple[str, Path]]:
    for file in folder.glob("jekyll-*.gemspec"):
        if found := _GEMSPEC.fullmatch(file.name):
            yield found[1], file


def _jekyll(major: str, dependencies: str) -> Jekyll:
    return Jekyll("gem" if "safe_yaml" in dependencies else "debian", int(major))


def _text(file: Path) -> str:
    """Return what a file says; a pipe or a device in its place would never end."""
    try:
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    except OSError:
        return ""
