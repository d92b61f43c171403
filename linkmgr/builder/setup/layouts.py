"""The layouts that show posts and pages, and the line that puts linkmgr's blocks into them."""

import re
import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from linkmgr.builder.site import LayoutFiles, LayoutTags, front_matter, is_outside
from linkmgr.fs import leads_outside
from linkmgr.messages.errors import Location
from linkmgr.messages.message import Message, message, word
from linkmgr.posts.article.inclusions import CONTENT_LINE, inclusions
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.document import BOM, layout_name
from linkmgr.posts.pages import page_files, parse_page
from linkmgr.posts.ruby.values import Package
from linkmgr.posts.site import post_files


@dataclass(frozen=True, slots=True)
class Edit:
    """What a file of the owner's should become, and how to tell someone who edits it by hand.

    `path` is relative to the site's root; `line` is where it goes, 0 for the end of the file.
    """

    path: str
    line: int
    instruction: Message
    data: bytes

    def worded(self) -> str:
        """Return the place and what to do there as one line, in the current language."""
        return f"{Location(self.path, self.line)}: {word(self.instruction)}"


def line_ending(data: bytes) -> bytes:
    """Return the line ending that a text uses: that of its first line."""
    first, found, _ = data.partition(b"\n")
    return b"\r\n" if found and first.endswith(b"\r") else b"\n"


# The layouts of posts.

INCLUDE_LINE = "{% include linkmgr.html %}"

_POST_TO_COME = "_posts/2026-01-01-first.md"
_CONTENT = re.compile(rb"\{\{-?\s*content\s*(?:\|[^}]*)?-?\}\}")


class Unserved(NamedTuple):
    """A layout that cannot be made to show blocks, and the paths of the affected posts.

    `layout` is empty for the posts without one; `advice` says what their owner can do.
    """

    layout: str
    posts: frozenset[str]
    advice: Message


@dataclass(frozen=True, slots=True)
class LayoutEdits:
    """What to change in the site's layouts, and what only its owner can do."""

    edits: tuple[Edit, ...]
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
    planning = _Planning(root, folder, config.jekyll.package, settings, command, hand_over)
    posts = posts_by_layout(root, config)
    advice = {
        name: planning.plan(name) if name else _no_layout(every=len(posts) == 1)
        for name in sorted(posts, key=planning.depth)
    }
    unserved = tuple(
        Unserved(name, frozenset(paths), found)
        for name, paths in sorted(posts.items())
        if (found := advice[name])
    )
    # Some posts without a layout, beside others that have one, are no mistake.
    shown = (each.advice for each in unserved if each.layout or len(posts) == 1)
    return LayoutEdits(tuple(planning.edits.values()), tuple(dict.fromkeys(shown)), unserved)


def posts_by_layout(root: Path, config: JekyllConfig) -> dict[str, list[str]]:
    """Return the paths of the posts by layout, those without one under the empty name.

    Without posts, return the layout of a future one.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for file in post_files(root, config):
        used = front_matter(file.read(), config.jekyll.package).get("layout")
        found[layout_name(used or config.defaults.of(file.path).get("layout"))].append(file.path)
    return found or {layout_name(config.defaults.of(_POST_TO_COME).get("layout") or "post"): []}


def _no_layout(*, every: bool) -> Message:
    if every:
        return message("build.no-post-has-layout", include=INCLUDE_LINE)
    return message("build.posts-without-layout", include=INCLUDE_LINE)


@dataclass
class _Planning:
    root: Path
    folder: Path
    package: Package
    settings: Mapping[Any, Any]
    command: str
    hand_over: bool
    edits: dict[Path, Edit] = field(default_factory=dict)

    @property
    def layouts(self) -> LayoutFiles:
        return LayoutFiles(self.folder, self.package)

    def depth(self, name: str) -> int:
        """Return how many nested layouts a layout's posts are in."""
        return len(self.layouts.chain(name)[0]) if name else 0

    def plan(self, name: str) -> Message | None:
        """Plan the line for one layout, where the post's content is, or return advice.

        None is planned for one inside another that has it: posts would show all twice.
        """
        chain, missing = self.layouts.chain(name)
        if any(file in self.edits for file in chain):
            return None
        if missing is not None and is_outside(missing):
            return message("build.layout-outside", layout=missing, folder=self.shown(self.folder))
        there = [each for file in chain for each in inclusions(file.read_bytes())]
        handed_over = any(each.content for each in there)
        lines = [CONTENT_LINE] if self.hand_over and not handed_over else []
        lines += [] if any(not each.content for each in there) else [INCLUDE_LINE]
        if not lines:
            return None
        for file in chain:
            if places := _content_places(file.read_bytes()):
                return self.plan_file(file, places, lines)
        if missing is not None:
            return self.copy_advice(missing)
        return message(
            "build.layout-without-content", file=self.shown(chain[0]), include=INCLUDE_LINE
        )

    def plan_file(
        self, file: Path, places: Sequence[slice], lines: Sequence[str]
    ) -> Message | None:
        """Plan the lines for the file whose content is in `places`, or return advice."""
        include = " ".join(lines)
        if leads_outside(self.root, self.shown(file)):
            return message("build.layout-links-out", file=self.shown(file), include=include)
        if len(places) > 1:
            return message(
                "build.content-repeated",
                file=self.shown(file),
                times=len(places),
                include=include,
            )
        edit = _replacement if CONTENT_LINE in lines else _addition
        self.edits[file] = edit(self.shown(file), file.read_bytes(), places[0], lines)
        return None

    def copy_advice(self, name: str) -> Message:
        """Say how a layout that is not in the site gets there."""
        target = f"{self.shown(self.folder)}/{name}.html"
        theme, remote = self.settings.get("theme"), self.settings.get("remote_theme")
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
            return message("build.layout-missing", file=target, command=self.command)
        return message("build.layout-in-theme", file=target, copy=command, command=self.command)

    def shown(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def _content_places(data: bytes) -> list[slice]:
    """Return where a layout shows its content, by itself or through the include."""
    through = [slice(each.start, each.end) for each in inclusions(data) if each.content]
    return through or [slice(*found.span()) for found in _CONTENT.finditer(data)]


def _replacement(path: str, data: bytes, place: slice, lines: Sequence[str]) -> Edit:
    """Put `lines` in place of the content, whose filters still apply to it."""
    shown = data[place].decode("utf-8", "replace")
    include = " ".join(lines)
    if "|" in shown:
        capture = f"{{% capture linkmgr_content %}}{shown}{{% endcapture %}}"
        include = capture + include.replace("content=content", "content=linkmgr_content")
    return Edit(
        path,
        _line(data, place),
        message("build.put-in-place", anchor=shown, include=include),
        data[: place.start] + include.encode() + data[place.stop :],
    )


def _addition(path: str, data: bytes, place: slice, lines: Sequence[str]) -> Edit:
    """Put `lines` after the content: on a line of their own, unless text follows in the line."""
    include = " ".join(lines)
    ending = line_ending(data)
    start = data.rfind(b"\n", 0, place.stop) + 1
    end = data.find(b"\n", place.stop) + 1 or len(data)
    if data[place.stop : end].strip():
        shown = data[place].decode("utf-8", "replace")
        return Edit(
            path,
            _line(data, place),
            message("build.put-in-line", anchor=shown, include=include),
            data[: place.stop] + include.encode() + data[place.stop :],
        )
    anchor = data[start:end].removeprefix(BOM)
    indent = anchor[: len(anchor) - len(anchor.lstrip(b" \t"))]
    head = data[:end] if data[:end].endswith(b"\n") else data[:end] + ending
    shown = anchor.strip().decode("utf-8", "replace")
    return Edit(
        path,
        _line(data, place),
        message("build.put-after-line", anchor=shown, include=include),
        head + indent + include.encode() + ending + data[end:],
    )


def _line(data: bytes, place: slice) -> int:
    return data.count(b"\n", 0, place.stop) + 1


# The layouts of pages that show blocks: which of them do not, and what their owner can do.
#
# They are not edited: a site's outermost layout is that of pages, mostly, and of posts by a layout
# within it, which would then show each block twice.

# The most pages that are named for a layout.
_NAMED = 3


def page_advice(
    root: Path, config: JekyllConfig, globs: Sequence[str], edited: frozenset[Path]
) -> Iterator[Message]:
    """Yield what to do about each layout by which pages would show no blocks.

    Layouts in the files `edited` get what they need.
    """
    tags = LayoutTags(root, config)
    layouts = LayoutFiles(root / config.source / config.layouts_dir, config.jekyll.package)
    for name, paths in sorted(_pages_by_layout(root, config, globs).items()):
        chain, _ = layouts.chain(name) if name else ([], None)
        if tags.of_layout(name) or edited.intersection(chain):
            continue
        pages = tuple(paths[:_NAMED]) + (("…",) if len(paths) > _NAMED else ())
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
    found: dict[str, list[str]] = defaultdict(list)
    for file in page_files(root, config, globs):
        parsed = parse_page(file.path, file.read(), config)
        post = parsed.document.post if parsed and parsed.document else None
        if post and not (post.inclusions or post.override.disabled):
            found[post.layout].append(file.path)
    return found
