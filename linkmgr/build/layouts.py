"""The layouts that show posts, and the line that puts linkmgr's blocks into them."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from linkmgr.build.edits import BOM, Edit, line_ending
from linkmgr.build.places import leads_outside
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.document import split_front_matter
from linkmgr.posts.psych import YamlError, load
from linkmgr.posts.site import post_files

INCLUDE_LINE = "{% include linkmgr.html %}"

_CONTENT = re.compile(rb"\{\{-?\s*content\s*(?:\|[^}]*)?-?\}\}")
_INCLUDED = re.compile(rb"\{%-?\s*include\s+linkmgr\.html\b")


@dataclass(frozen=True, slots=True)
class LayoutEdits:
    """What to change in the site's layouts, and what only its owner can do."""

    edits: tuple[Edit, ...]
    advice: tuple[str, ...]


def plan_layouts(root: Path, config: JekyllConfig, settings: Mapping[Any, Any]) -> LayoutEdits:
    """Find where posts are shown; `settings` are all of `_config.yml`."""
    folder = root / config.source / config.layouts_dir
    planning = _Planning(root, folder, settings)
    names = layouts_of_posts(root, config)
    if not names:
        planning.advice.append(
            "no post has a layout: set one in _config.yml under `defaults`, "
            f"and put {INCLUDE_LINE} after its {{{{ content }}}}"
        )
    for name in names:
        planning.plan(name)
    return LayoutEdits(tuple(planning.edits.values()), tuple(dict.fromkeys(planning.advice)))


def layouts_of_posts(root: Path, config: JekyllConfig) -> list[str]:
    """Name the layouts of the site's posts, or of a post to come where there is none."""
    used = {
        _front_matter(file.read()).get("layout") or config.defaults.of(file.path).get("layout")
        for file in post_files(root, config)
    }
    used = used or {config.defaults.of("_posts/2026-01-01-first.md").get("layout") or "post"}
    return sorted(name for name in used if isinstance(name, str) and name != "none")


@dataclass
class _Planning:
    root: Path
    folder: Path
    settings: Mapping[Any, Any]
    edits: dict[Path, Edit] = field(default_factory=dict)
    advice: list[str] = field(default_factory=list)

    def plan(self, name: str) -> None:
        """Plan the line for one layout: it goes where the post's content stands."""
        chain, missing = self.chain(name)
        if missing is not None and _is_outside(missing):
            self.advice.append(
                f"{missing}: posts use this layout, which is not in "
                f"{self.shown(self.folder)}: name one that is there"
            )
            return
        if any(_INCLUDED.search(file.read_bytes()) for file in chain):
            return
        for file in chain:
            places = [*_CONTENT.finditer(file.read_bytes())]
            if places and leads_outside(self.root, file):
                self.advice.append(
                    f"{self.shown(file)}: a link leads it out of the site: "
                    f"put {INCLUDE_LINE} there yourself, after {{{{ content }}}}"
                )
            elif len(places) == 1:
                self.edits[file] = _edit(self.shown(file), file.read_bytes(), places[0].end())
            elif places:
                self.advice.append(
                    f"{self.shown(file)}: has {{{{ content }}}} {len(places)} times: "
                    f"put {INCLUDE_LINE} once where the blocks should stand"
                )
            if places:
                return
        if missing is None:
            self.advice.append(
                f"{self.shown(chain[0])}: has no {{{{ content }}}}: "
                f"put {INCLUDE_LINE} where the blocks should stand"
            )
        else:
            self.advice.append(self.copy_advice(missing))

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
            parent = _front_matter(file.read_bytes()).get("layout")
        return found, None

    def file(self, name: str) -> Path | None:
        """Find the file of a layout, whatever its extension."""
        folder = (self.folder / name).parent
        if _is_outside(name) or not folder.is_dir():
            return None
        stem = name.rpartition("/")[2]
        return next((file for file in sorted(folder.iterdir()) if file.stem == stem), None)

    def copy_advice(self, name: str) -> str:
        """Say how a layout that is not in the site gets there."""
        target = f"{self.shown(self.folder)}/{name}.html"
        theme, remote = self.settings.get("theme"), self.settings.get("remote_theme")
        again = "then run `linkmgr init` again"
        if remote:
            repository = str(remote).partition("@")[0]
            version = str(remote).partition("@")[2] or "HEAD"
            source = (
                f"https://raw.githubusercontent.com/{repository}/{version}/_layouts/{name}.html"
            )
            command = shlex.join(("curl", "-fsSL", "--create-dirs", "-o", target, source))
        elif theme:
            gem = f'"$(bundle info --path {shlex.quote(str(theme))})"'
            source = f"{gem}/{shlex.quote(f'_layouts/{name}.html')}"
            folder = shlex.quote(self.shown(self.folder))
            command = f"mkdir -p {folder} && cp {source} {shlex.quote(target)}"
        else:
            return f"{target}: posts use this layout, and the site has none: write it, {again}"
        return f"{target}: the layout is in the theme: copy it with `{command}`, {again}"

    def shown(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def _is_outside(layout: str) -> bool:
    """Whether a layout's name leads out of the layouts' folder."""
    return layout.startswith("/") or ".." in layout.split("/")


def _edit(path: str, data: bytes, after: int) -> Edit:
    """Put the include on a line of its own after the one that holds the position `after`."""
    ending = line_ending(data)
    start = data.rfind(b"\n", 0, after) + 1
    end = data.find(b"\n", after) + 1 or len(data)
    anchor = data[start:end].removeprefix(BOM)
    indent = anchor[: len(anchor) - len(anchor.lstrip(b" \t"))]
    head = data[:end] if data[:end].endswith(b"\n") else data[:end] + ending
    line = head.count(b"\n")
    shown = anchor.strip().decode("utf-8", "replace")
    return Edit(
        path,
        line,
        f"after the line `{shown}` put the line {INCLUDE_LINE}",
        head + indent + INCLUDE_LINE.encode() + ending + data[end:],
    )


def _front_matter(data: bytes) -> Mapping[Any, Any]:
    """Read a file's front matter; what Jekyll cannot read says nothing."""
    try:
        values, _ = load(split_front_matter(data.removeprefix(BOM))[0])
    except (YamlError, UnicodeDecodeError):
        return {}
    return values if isinstance(values, dict) else {}
