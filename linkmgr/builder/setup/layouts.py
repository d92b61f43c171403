"""The layouts that show posts and pages, and the line that puts linkmgr's blocks into them."""

import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from linkmgr.builder.setup.content_places import (
    ContentPlace,
    ContentPlaces,
    content_places,
    included_files,
)
from linkmgr.builder.site import LayoutFiles, LayoutTags, front_matter, is_outside
from linkmgr.fs import leads_outside
from linkmgr.messages.errors import Location
from linkmgr.messages.message import Message, message, translate
from linkmgr.posts.article.inclusions import CONTENT_LINE, inclusions
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.document import BOM, layout_name
from linkmgr.posts.pages import page_files, parse_page
from linkmgr.posts.site import post_files


@dataclass(frozen=True, slots=True)
class FileEdit:
    """What a file of the owner's should become, and how to tell someone who edits it by hand."""

    path: str
    """Relative to the site's root."""
    line: int
    """Where something is put, 0 for the end of the file."""
    instruction: Message
    data: bytes
    """The whole file."""

    def translated(self) -> str:
        """Return the place and what to do there as one line, in the current language."""
        return f"{Location(self.path, self.line)}: {translate(self.instruction)}"


def line_ending(data: bytes) -> bytes:
    """Return the line ending that a text uses: that of its first line."""
    first, newline, _ = data.partition(b"\n")
    return b"\r\n" if newline and first.endswith(b"\r") else b"\n"


# The layouts of posts.

INCLUDE_LINE = "{% include linkmgr.html %}"

_POST_TO_COME = "_posts/2026-01-01-first.md"
_PLAIN_CONTENT = re.compile(r"\{\{-?\s*content\s*-?\}\}")


class Unserved(NamedTuple):
    """A layout that cannot be made to show blocks."""

    layout: str
    """Empty for the posts without one."""
    posts: frozenset[str]
    """The paths of the affected posts."""
    advice: Message
    """What their owner can do."""


@dataclass(frozen=True, slots=True)
class LayoutEdits:
    """What to change in the site's layouts, and what only its owner can do."""

    edits: tuple[FileEdit, ...]
    advice: tuple[Message, ...]
    unserved: tuple[Unserved, ...]


def plan_layouts(
    root: Path,
    config: JekyllConfig,
    settings: Mapping[Any, Any],
    command: str,
    *,
    hand_over: bool,
) -> LayoutEdits:
    """Find where posts are shown; `settings` are all of `_config.yml`.

    `command` is the one to run again once a layout is there. With `hand_over`, blocks are before
    or in the content, which layouts have to give to the include.
    """
    folder = root / config.source / config.layouts_dir
    planning = _Planning(root, config, folder, settings, command, hand_over)
    posts = posts_by_layout(root, config)
    advice: dict[str, Message | None] = {}
    for name in sorted(posts, key=planning.depth):
        if name:
            advice[name] = planning.plan(name)
        elif len(posts) == 1:
            advice[name] = message("build.no-post-has-layout", include=INCLUDE_LINE)
        else:
            advice[name] = message("build.posts-without-layout", include=INCLUDE_LINE)
    unserved: list[Unserved] = []
    for name, paths in sorted(posts.items()):
        if own_advice := advice[name]:
            unserved.append(Unserved(name, frozenset(paths), own_advice))
    # Some posts without a layout, beside others that have one, are no mistake.
    shown = dict.fromkeys(gap.advice for gap in unserved if gap.layout or len(posts) == 1)
    return LayoutEdits(tuple(planning.edits.values()), tuple(shown), tuple(unserved))


def posts_by_layout(root: Path, config: JekyllConfig) -> dict[str, list[str]]:
    """Return the paths of the posts by layout, those without one under the empty name.

    Without posts, return the layout of a future one.
    """
    posts: dict[str, list[str]] = defaultdict(list)
    for file in post_files(root, config):
        used = front_matter(file.read(), config.jekyll.package).get("layout")
        name = used or config.defaults_for(file.path).values_for(file.path).get("layout")
        posts[layout_name(name)].append(file.path)
    return posts or {
        layout_name(config.defaults.values_for(_POST_TO_COME).get("layout") or "post"): []
    }


@dataclass
class _Planning:
    root: Path
    config: JekyllConfig
    folder: Path
    settings: Mapping[Any, Any]
    command: str
    hand_over: bool
    edits: dict[Path, FileEdit] = field(default_factory=dict)

    @cached_property
    def layouts(self) -> LayoutFiles:
        return LayoutFiles(self.folder, self.config.jekyll.package)

    @cached_property
    def tags(self) -> LayoutTags:
        return LayoutTags(self.root, self.config)

    @cached_property
    def includes(self) -> Path:
        return self.root / self.config.source / self.config.includes_dir

    def depth(self, name: str) -> int:
        """Return the number of nested layouts around the posts of a layout."""
        return len(self.layouts.chain(name)[0]) if name else 0

    def plan(self, name: str) -> Message | None:
        """Plan the line for one layout, where the post's content is, or return advice.

        None is planned for one inside another that has it: posts would show all twice.
        """
        chain, missing = self.layouts.chain(name)
        if any(file in self.edits for file in self.with_includes(chain)):
            return None
        if missing is not None and is_outside(missing):
            return message("build.layout-outside", layout=missing, folder=self.shown(self.folder))
        there = self.tags.of_layout(name)
        lines: list[str] = []
        if self.hand_over and not any(tag.content for tag in there):
            lines.append(CONTENT_LINE)
        if all(tag.content for tag in there):
            lines.append(INCLUDE_LINE)
        if not lines:
            return None
        for part in self.with_includes(chain):
            shown = _content_of(part.read_bytes())
            if shown.places:
                return self.plan_file(part, shown, lines)
        return None if self.is_put_by_hand() else self.missing_content(chain, missing)

    def missing_content(self, chain: Sequence[Path], missing: str | None) -> Message:
        """Return the advice about a layout whose content no file of the site shows."""
        if missing is not None:
            return self.copy_advice(missing)
        file = self.shown(chain[0])
        return message("build.layout-without-content", file=file, include=INCLUDE_LINE)

    def with_includes(self, files: Iterable[Path]) -> list[Path]:
        return _with_includes(files, self.includes)

    def is_put_by_hand(self) -> bool:
        """Whether any include has the line, so that a layout we can't follow may show the blocks.

        Layouts of a theme name includes of the site, and a name may be in a variable.
        """
        for file in sorted(self.includes.rglob("*")):
            if not file.is_file() or file == self.includes / "linkmgr.html":
                continue
            for tag in inclusions(file.read_bytes()):
                if tag.everything or tag.content:
                    return True
        return False

    def plan_file(self, file: Path, shown: ContentPlaces, lines: Sequence[str]) -> Message | None:
        """Plan the lines for the file that shows the content, or return advice."""
        include = " ".join(lines)
        if leads_outside(self.root, self.shown(file)):
            return message("build.layout-links-out", file=self.shown(file), include=include)
        if len(shown.places) > 1 and not shown.alternatives:
            return message(
                "build.content-repeated",
                file=self.shown(file),
                times=len(shown.places),
                include=include,
            )
        edit = _replacement if CONTENT_LINE in lines else _addition
        data = file.read_bytes()
        # From the last place to the first, so that those before it stay where they are.
        for place in reversed(shown.places):
            planned = edit(self.shown(file), data, place, lines)
            data = planned.data
        if len(shown.places) > 1:
            every = message("build.put-at-each", times=len(shown.places), include=include)
            planned = replace(planned, instruction=every)
        self.edits[file] = planned
        return None

    def copy_advice(self, name: str) -> Message:
        """Return how to copy a layout that is not in the site, but in its theme."""
        target = f"{self.shown(self.folder)}/{name}.html"
        theme, remote = self.settings.get("theme"), self.settings.get("remote_theme")
        if remote:
            repository, _, version = str(remote).partition("@")
            files = f"https://raw.githubusercontent.com/{repository}/{version or 'HEAD'}"
            source = f"{files}/_layouts/{name}.html"
            command = shlex.join(("curl", "-fsSL", "--create-dirs", "-o", target, source))
        elif theme:
            gem = f'"$(bundle info --path {shlex.quote(str(theme))})"'
            source = f"{gem}/{shlex.quote(f'_layouts/{name}.html')}"
            folder = shlex.quote(self.shown(self.folder))
            command = f"mkdir -p {folder} && cp {source} {shlex.quote(target)}"
        else:
            return message("build.layout-missing", file=target, command=self.command)
        return message("build.layout-in-theme", file=target, copy=command, command=self.command)

    def shown(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def _with_includes(files: Iterable[Path], includes: Path) -> list[Path]:
    """Return files with those of the folder `includes` that they include, each before its own."""
    known: list[Path] = []
    for file in files:
        waiting = [file]
        while waiting:
            first = waiting.pop(0)
            if first not in known and first.is_file():
                known.append(first)
                names = included_files(first.read_bytes())
                waiting = [includes / name for name in names] + waiting
    return known


def _content_of(data: bytes) -> ContentPlaces:
    """Return the places where a file shows its content, itself or by linkmgr's include."""
    through = tuple(ContentPlace(tag.start, tag.end) for tag in inclusions(data) if tag.content)
    return ContentPlaces(through, alternatives=False) if through else content_places(data)


def _replacement(path: str, data: bytes, place: ContentPlace, lines: Sequence[str]) -> FileEdit:
    """Put `lines` in place of the content, whose filters still apply to it."""
    shown = data[place.start : place.end].decode("utf-8", "replace")
    include = " ".join(lines)
    if not _PLAIN_CONTENT.fullmatch(shown):
        capture = f"{{% capture linkmgr_content %}}{shown}{{% endcapture %}}"
        include = capture + include.replace("content=content", "content=linkmgr_content")
    return FileEdit(
        path,
        _line(data, place),
        message("build.put-in-place", anchor=shown, include=include),
        data[: place.start] + include.encode() + data[place.end :],
    )


def _addition(path: str, data: bytes, place: ContentPlace, lines: Sequence[str]) -> FileEdit:
    """Put `lines` after the content: on a line of their own, unless text follows in the line."""
    include = " ".join(lines)
    ending = line_ending(data)
    start = data.rfind(b"\n", 0, place.end) + 1
    end = data.find(b"\n", place.end) + 1 or len(data)
    if data[place.end : end].strip():
        shown = data[place.start : place.end].decode("utf-8", "replace")
        return FileEdit(
            path,
            _line(data, place),
            message("build.put-in-line", anchor=shown, include=include),
            data[: place.end] + include.encode() + data[place.end :],
        )
    anchor = data[start:end].removeprefix(BOM)
    indent = anchor[: len(anchor) - len(anchor.lstrip(b" \t"))]
    head = data[:end] if data[:end].endswith(b"\n") else data[:end] + ending
    shown = anchor.strip().decode("utf-8", "replace")
    return FileEdit(
        path,
        _line(data, place),
        message("build.put-after-line", anchor=shown, include=include),
        head + indent + include.encode() + ending + data[end:],
    )


def _line(data: bytes, place: ContentPlace) -> int:
    return data.count(b"\n", 0, place.end) + 1


# The layouts of pages that show blocks: which of them do not, and what their owner can do.
#
# They are not edited: a site's outermost layout is that of pages, mostly, and of posts by a layout
# within it, which would then show each block twice.

# The most pages that are named for a layout.
_NAMED = 3


def page_advice(
    root: Path, config: JekyllConfig, globs: Sequence[str], edited: frozenset[Path]
) -> Iterator[Message]:
    """Yield advice on each layout with which pages would show no blocks.

    Layouts in the files `edited` get what they need.
    """
    tags = LayoutTags(root, config)
    includes = root / config.source / config.includes_dir
    layouts = LayoutFiles(root / config.source / config.layouts_dir, config.jekyll.package)
    for name, paths in sorted(_pages_by_layout(root, config, globs).items()):
        chain, _ = layouts.chain(name) if name else ([], None)
        if tags.of_layout(name) or edited.intersection(_with_includes(chain, includes)):
            continue
        pages = tuple(paths[:_NAMED])
        if len(paths) > _NAMED:
            pages += ("…",)
        if name:
            yield message(
                "build.page-layout",
                layout=name,
                pages=pages,
                include=INCLUDE_LINE,
                folder=config.layouts_dir,
            )
        else:
            yield message("build.page-without-layout", pages=pages, include=INCLUDE_LINE)


def _pages_by_layout(
    root: Path, config: JekyllConfig, globs: Sequence[str]
) -> dict[str, list[str]]:
    """Return the paths of the pages by layout, those without one under the empty name.

    Pages that show no blocks, or by a tag of their own, are left out.
    """
    paths: dict[str, list[str]] = defaultdict(list)
    for file in page_files(root, config, globs):
        parsed = parse_page(file.path, file.read(), config)
        post = parsed.document.post if parsed and parsed.document else None
        if post and not (post.inclusions or post.override.disabled):
            paths[post.layout].append(file.path)
    return paths
