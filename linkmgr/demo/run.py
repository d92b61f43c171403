"""Makes the demo: the blog that ships with the package, in a folder of the user's."""

import os
import sys
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from shlex import quote
from shutil import which
from types import MappingProxyType
from typing import NamedTuple

from linkmgr.builder.reading.inputs import load_inputs
from linkmgr.builder.run import BuildResult, build
from linkmgr.builder.setup.install import apply_install, plan_install
from linkmgr.builder.site import CATALOG
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message, translate
from linkmgr.resolver.model import PostResolution

MARK = ".linkmgr-demo"

INSTANCE = "instance"
"""The server's folder in the demo's: where `linkmgr serve` has it that is run there."""

# What the catalog needs for figures: by lines of the demo's own catalog, what replaces them.
# The blog's name, which each page of the admin shows, says that the figures are made up.
_FIGURES = {
    "  name: てづくり日和 ": "  name: てづくり日和 (架空の数字 / made-up figures) ",
    "  # server: https://go.tezukuri.example.com\n": (
        "  server: http://127.0.0.1:8910\n  views: true\n"
    ),
    "    label: おたよりを受け取る\n": (
        "    label: おたよりを受け取る\n"
        "    # どちらの文がよくクリックされるか試すとき / which wording is clicked more?\n"
        "    variants:\n"
        "      recipe: {heading: 季節のレシピを一通, label: レシピを受け取る}\n"
    ),
}

# One that tags and keywords decide, one with a pin, one that no mapping matches.
SHOWN = (
    "_posts/2025-03-16-朝のハンドドリップ.md",
    "_posts/2025-06-21-a-script-for-the-watering-can.md",
    "_posts/2025-12-14-moving-the-piano.md",
)


class Demo(NamedTuple):
    """A demo that was built, and what three of its posts show."""

    result: BuildResult
    catalog: Catalog
    resolutions: tuple[PostResolution, ...]


def make_demo(target: Path, *, for_figures: bool = False) -> Demo:
    """Write and build the demo in `target`; `for_figures` with a server, views and a test."""
    if for_figures and (target / INSTANCE).exists():
        raise LinkmgrError(message("demo.has-figures", folder=str(target)))
    write_site(target, _FIGURES if for_figures else {})
    apply_install(target, plan_install(target), write=False)
    result = build(target)
    site = load_inputs(target, load_catalog(target / CATALOG))
    resolutions = (site.resolver.resolve(site.find(path)) for path in SHOWN)
    return Demo(result, site.catalog, tuple(resolutions))


def write_site(target: Path, replaced: Mapping[str, str] = MappingProxyType({})) -> None:
    """Copy the demo blog into `target`, which must be new, empty or an earlier demo.

    Files that an earlier demo has already stay as they are: someone may have tried something out.
    `replaced` has, by lines of the demo's catalog, those to replace them with, unless somebody
    has changed the catalog.
    """
    if target.exists() and not target.is_dir():
        raise LinkmgrError(message("demo.is-a-file", path=str(target)))
    if target.is_dir() and any(target.iterdir()) and not (target / MARK).exists():
        raise LinkmgrError(message("demo.folder-in-use", path=str(target)))
    target.mkdir(parents=True, exist_ok=True)
    (target / MARK).touch()
    site = files("linkmgr.demo") / "site"
    for source, path in _walk(site, target):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(source.read_bytes())
    catalog, text = target / CATALOG, (site / CATALOG).read_text("utf-8")
    if replaced and catalog.read_text("utf-8") == text:
        for line, replacement in replaced.items():
            text = text.replace(line, replacement, 1)
        catalog.write_text(text, "utf-8")


def _walk(source: Traversable, target: Path) -> Iterator[tuple[Traversable, Path]]:
    for child in source.iterdir():
        if child.is_dir():
            yield from _walk(child, target / child.name)
        else:
            yield child, target / child.name


def next_steps(target: Path) -> str:
    """Return the commands that show the demo in `target`, and further ones to try."""
    steps = message(
        "demo.next-steps",
        folder=quote(str(target)),
        install="" if which("jekyll") else message("demo.install-jekyll"),
        program=_program(Path()),
        server=_program(target),
        post=Path(SHOWN[1]).stem,
    )
    return translate(steps)


def _program(folder: Path) -> str:
    """Return the command as called in a folder: `make demo` has it in no folder of the PATH."""
    if which("linkmgr"):
        return "linkmgr"
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return "python -m linkmgr"
    return quote(str(called if called.is_absolute() else os.path.relpath(called, folder)))
