"""`linkmgr eject`, the way back: blocks become plain HTML in posts, and linkmgr leaves the site.

A plan says what changes in which file. It is printed, and carried out on request.
"""

import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from linkmgr.adopt.git import lost_files, unsaved
from linkmgr.adopt.write import exclusively
from linkmgr.blocks.escape import escape
from linkmgr.blocks.render import ARTICLE, TEXT_ITEMS, Renderer, Spot, parts_of, text_items, worded
from linkmgr.blocks.templating import OVERRIDES
from linkmgr.builder.processes import Track, silently
from linkmgr.builder.reading.inputs import SiteInputs, load_inputs
from linkmgr.builder.setup.install import SCHEMA
from linkmgr.builder.setup.layouts import line_ending, posts_by_layout
from linkmgr.builder.site import CATALOG, LayoutTags, OutputPaths
from linkmgr.builder.templates import read_templates
from linkmgr.catalog.blocks import COMPARE, Place
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.fs import (
    CACHE_FOLDER,
    delete_temporaries,
    is_temporary,
    leads_outside,
    replace_file,
    wrap_write_errors,
)
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message, word
from linkmgr.posts.article.inclusions import Inclusion, inclusions
from linkmgr.posts.article.text import Spans, fenced, headings
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.document import BOM, split_front_matter
from linkmgr.posts.pages import page_files
from linkmgr.posts.publish import live_posts
from linkmgr.posts.site import PostFile, post_files
from linkmgr.resolver.model import TEXT, Placement, PostResolution, Related

# Where a site includes linkmgr's blocks, and files without the tags that do.

_TEXTS = {
    *(".html", ".htm", ".md", ".markdown", ".mkd", ".mkdn", ".mkdown", ".textile", ".adoc"),
    *(".xml", ".txt", ".json", ".liquid", ".svg"),
}
_NOT_SEARCHED = {OVERRIDES, "node_modules", "vendor"}


def _without_tags(
    data: bytes, shown: Callable[[Inclusion], str] = lambda _: "", stylesheet: str = ""
) -> bytes:
    """Return a file's bytes with each tag replaced by what it shows.

    Where that is empty and nothing else is in the tag's line, the line goes with it. A tag that
    shows a layout's content leaves that. The first tag leaves the link to the `stylesheet`, if the
    file has none.
    """
    pieces: list[bytes] = []
    done = 0
    ending = line_ending(data)
    link = "" if stylesheet.encode() in data else stylesheet
    for inclusion in inclusions(data):
        html = (
            f"{{{{ {inclusion.content} }}}}" if inclusion.content else shown(inclusion).strip("\n")
        )
        html = "\n".join(filter(None, (link, html)))
        link = ""
        start, end = (inclusion.start, inclusion.end) if html else _line_around(data, inclusion)
        pieces += (data[done:start], html.encode().replace(b"\n", ending))
        done = end
    return b"".join((*pieces, data[done:]))


def _stylesheet_link(stylesheet: str, source: str) -> str:
    """Return the element by which a page loads the stylesheet, as the include wrote it."""
    inside = PurePosixPath(stylesheet).relative_to(source)
    return f"""<link rel="stylesheet" href="{{{{ '/{inside}' | relative_url }}}}">"""


def _line_around(data: bytes, inclusion: Inclusion) -> tuple[int, int]:
    start = data.rfind(b"\n", 0, inclusion.start) + 1
    end = data.find(b"\n", inclusion.end) + 1 or len(data)
    alone = not (data[start : inclusion.start] + data[inclusion.end : end]).strip()
    return (start, end) if alone else (inclusion.start, inclusion.end)


def _files_with_tags(root: Path, config: JekyllConfig) -> Iterator[Path]:
    """Yield the files of a site, posts and layouts among them, that include a block."""
    source = root / config.source
    own = {config.layouts_dir, config.includes_dir}
    destination = (root / config.destination).resolve()
    for folder, folders, names in os.walk(source):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _NOT_SEARCHED
            and (Path(folder) / name).resolve() != destination
        )
        for name in sorted(names):
            file = Path(folder) / name
            inside = file.relative_to(source).as_posix()
            if Path(name).suffix.lower() not in _TEXTS and not _is_below(inside, own):
                continue
            if file.is_file() and any(inclusions(file.read_bytes())):
                yield file


def _is_below(path: str, folders: set[str]) -> bool:
    return any(path.startswith(f"{folder.strip('/')}/") for folder in folders)


# Where in an article the blocks go that its layout showed before and in it.

_LEVELS = (2, 3)
_FEWEST = 3
"""Of headings of the first of these levels; with fewer, all count, as in the include."""

_FEWEST_OF_ALL = 2
"""With fewer headings at all, a block in the middle is between two paragraphs."""

# A paragraph that begins as text does, not as a list, a table, a quotation, code or HTML.
_HASHES = re.compile(rb"#+")
_PARAGRAPH = re.compile(rb"\n\r?\n(?=[^\s#>*+|<`~{=-])(?!\d+[.)])")


def _inserted(article: bytes, html: str, place: int) -> bytes:
    """Put HTML into an article before the byte at `place`, with blank lines around it."""
    ending = line_ending(article)
    block = html.strip("\n").encode().replace(b"\n", ending)
    before, after = article[:place], article[place:]
    if before.strip():
        before = before.rstrip(b"\r\n") + ending * 2
    return before + block + (ending * 2 + after.lstrip(b"\r\n") if after.strip() else ending)


def place_of(article: bytes, number: int) -> int:
    """Return where the heading with a number begins, the article's end where there is none.

    0 is the heading, or else the paragraph, that is the nearest to the middle of the article.
    """
    candidates = _headings(article)
    few = len(candidates) < _FEWEST_OF_ALL
    if number:
        return len(article) if few or number > len(candidates) else candidates[number - 1]
    if few:
        code = Spans([*fenced(article)])
        places = (match.end() for match in _PARAGRAPH.finditer(article))
        candidates = [place for place in places if place not in code]
    suitable = [place for place in candidates if _has_text_above(article, place)]
    return min(suitable, key=lambda place: abs(2 * place - len(article)), default=len(article))


def _headings(article: bytes) -> list[int]:
    starts = [article.rfind(b"\n", 0, start) + 1 for start, _ in headings(article)]
    levels = {start: _level(article, start) for start in starts}
    upper = [start for start in starts if levels[start] == _LEVELS[0]]
    return upper if len(upper) >= _FEWEST else [s for s in starts if levels[s] in _LEVELS]


def _level(article: bytes, start: int) -> int:
    match = _HASHES.match(article, start)
    return len(match[0]) if match else 0


def _has_text_above(article: bytes, place: int) -> bool:
    """Whether what is right above is neither nothing nor a heading."""
    while place and article[place - 1 : place].isspace():
        place -= 1
    return place > 0 and not article.startswith(b"#", article.rfind(b"\n", 0, place) + 1)


# A post's blocks as HTML that needs nothing of linkmgr: no include, no server, no script.

_BLOCK = re.compile(r"<!-- linkmgr:([\w-]+) -->\n(.*?)<!-- linkmgr:\1 -->", re.DOTALL)
_DISCLOSURE = re.compile(
    r"<!-- linkmgr:disclosure -->\n(.*?)<!-- linkmgr:disclosure -->\n", re.DOTALL
)
_WITHOUT_TAG = (Place.BEFORE_CONTENT, Place.MIDDLE, Place.END)
_LABELLED = 'class="linkmgr-label"'

_CLOSING = b"<!-- /linkmgr:"

# What was put at the end of a post ends it; anywhere else it may be quoted.
_EJECTED = re.compile(rb"^<!-- /linkmgr:[\w-]+ -->\s*\Z", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _PlainBlocks:
    """The blocks of one post by name, each closed by a comment; `disclosure` belongs to ads.

    `spots` are the names by where a page shows them. `items` are what the article's own tags show
    of items and comparisons, by id and form.
    """

    blocks: Mapping[str, str]
    disclosure: str
    spots: Mapping[Spot, Sequence[str]]
    items: Mapping[tuple[str, str], str]

    def shown(self, *names: str) -> str:
        """Return the named blocks in the catalog's order.

        After ads without the last block's disclosure, it follows them, as in the include.
        """
        html = "\n".join(self.blocks[name] for name in self.blocks if name in names)
        if _LABELLED in html and self.disclosure and self.disclosure not in html:
            html += self.disclosure
        return html

    def at(self, *places: str) -> list[str]:
        """Return the names of the blocks that are at these places."""
        names: list[str] = []
        for spot, blocks in self.spots.items():
            if spot.place in places:
                names += blocks
        return names

    def by_hand(self, tag: Inclusion) -> str:
        """Return what an article's own tag shows."""
        if tag.item is not None:
            return self._item(tag.item, tag)
        if tag.compare is not None:
            return self.items.get((tag.compare, "compare"), "")
        if tag.block is not None:
            # The disclosure of a block by hand may be further down.
            return self.blocks.get(tag.block, "")
        return self.shown(*self.at(*_WITHOUT_TAG))

    def _item(self, item: str, tag: Inclusion) -> str:
        html = self.items.get((item, "card" if tag.card else "link"))
        if html is None:
            return str(escape(tag.text or ""))
        return html if tag.card else worded(html, tag.text)


class _PlainRenderer:
    """Renders blocks for one catalog with direct links, by the site's own templates."""

    def __init__(self, site: SiteInputs, templates: Mapping[str, str]) -> None:
        direct = replace(site.catalog, site=replace(site.catalog.site, server=None))
        baseurl, today = site.config.base_path, site.now.date()
        self._renderer = Renderer(direct, templates, baseurl, today=today)

    def blocks(self, resolution: PostResolution) -> _PlainBlocks:
        """Return the blocks that a post shows.

        The comment before each names its items, so that `adopt` gives them the same ids again.
        """
        fragment = self._renderer.fragment(resolution)
        disclosure = _DISCLOSURE.search(fragment)
        blocks: dict[str, str] = {}
        spots: dict[Spot, list[str]] = {}
        items: dict[tuple[str, str], str] = {}
        for spot, part in parts_of(fragment):
            if spot.place == TEXT_ITEMS:
                for (name, form), html in text_items(part).items():
                    items[name, form] = _plain_item(resolution, name, form, html)
                continue
            for name, html in _BLOCK.findall(part):
                placed = resolution.blocks.get(name)
                if placed is None:  # the disclosure of links in the text
                    continue
                blocks[name] = _closed(name, _named_in_comment(placed), html)
                spots.setdefault(spot, []).append(name)
        in_order = {name: blocks[name] for name in resolution.blocks if name in blocks}
        return _PlainBlocks(in_order, disclosure[1] if disclosure else "", spots, items)


def _plain_item(resolution: PostResolution, name: str, form: str, html: str) -> str:
    """Return the HTML of what an article's own tag shows: a link is as it is."""
    if form == "link":
        return html
    _, framed = _BLOCK.findall(html)[0]
    if form == "card":
        return _closed(TEXT, [resolution.text[name].item], framed)
    return _closed(COMPARE.name, _named_in_comment(resolution.compared[name]), framed)


def _named_in_comment(placed: Sequence[Placement | Related]) -> list[str]:
    """Return the ids that the comment before a block has: a comparison's before its items."""
    items = [placement for placement in placed if isinstance(placement, Placement)]
    compared = [items[0].comparison] if items and items[0].comparison else []
    return [*compared, *(placement.item for placement in items)]


def _closed(name: str, items: Sequence[str], html: str) -> str:
    """Put a block between the comments by which `adopt` knows it."""
    plain = _DISCLOSURE.sub(r"\1", html).strip()
    opening = " ".join((f"<!-- linkmgr:{name}", *items, "-->"))
    return f"{opening}\n{plain}\n<!-- /linkmgr:{name} -->\n"


def _has_ejected(raw: bytes) -> bool:
    """Whether a post has its blocks as HTML already, from a run that was interrupted."""
    return _EJECTED.search(raw) is not None


# The plan: what becomes of the posts, of the owner's files with a tag in them, and of linkmgr's.

_SERVER_FOLDER = "instance"


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A file of the owner's: its bytes before and after, by its path from the site's root."""

    path: str
    file: Path
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Ejection:
    """What ejecting does, or with `written` has done.

    `posts` get their `blocks` as HTML; `others` lose the tag. `stylesheet` stays for the blocks,
    empty where there is none to stay. `delete` are linkmgr's other files, `kept` what is the
    owner's to delete: paths from the site's root.
    """

    root: Path
    posts: tuple[Rewrite, ...]
    blocks: int
    others: tuple[Rewrite, ...]
    stylesheet: str
    delete: tuple[str, ...]
    kept: tuple[str, ...]
    written: bool = False

    @property
    def rewritten(self) -> tuple[Rewrite, ...]:
        """The owner's files that change, in the order in which they are written.

        The posts come first: a page may show a block twice for a while, but never lack it.
        """
        return (*self.posts, *self.others)

    @property
    def anything(self) -> bool:
        return bool(self.posts or self.others or self.delete)


def plan_ejection(
    root: Path, catalog_file: Path | None = None, track: Track = silently
) -> Ejection:
    """Decide what ejecting changes on the site at `root`; nothing is written. Raise LinkmgrError.

    A post gets what its layouts show below its content, and what its own tags show in their place.
    """
    catalog_path = catalog_file or root / CATALOG
    catalog = load_catalog(catalog_path)
    site = load_inputs(root, catalog, track=track)
    paths = OutputPaths.of(site.config)
    paths.refuse_outside(root, site.config.source)
    files = {
        file.path: file
        for file in (
            *post_files(root, site.config, drafts=True),
            *page_files(root, site.config, catalog.site.pages),
        )
    }
    own = {path for path in paths.existing_files(root) if not is_temporary(path.rpartition("/")[2])}
    link = ""
    if paths.stylesheet in own:
        link = _stylesheet_link(paths.stylesheet, site.config.source)
    posts, blocks = _posts(site, files, track, link)
    stylesheet = ""
    if link and (blocks or any(_CLOSING in file.read() for file in files.values())):
        stylesheet = paths.stylesheet
    changed = {post.file.resolve() for post in posts}
    others = tuple(
        _rewrite(
            root, file, _without_tags(file.read_bytes(), stylesheet=link if stylesheet else "")
        )
        for file in _files_with_tags(root, site.config)
        if file.resolve() not in changed and file.resolve() != (root / paths.include).resolve()
    )
    for rewrite in (*posts, *others):
        if leads_outside(root, rewrite.path):
            raise LinkmgrError(message("build.file-links-out", path=str(rewrite.file)))
    if (root / SCHEMA).exists():
        own.add(SCHEMA)
    delete = tuple(sorted(own - {stylesheet}))
    kept = tuple(_kept(root, catalog_path))
    return Ejection(root, posts, blocks, others, stylesheet, delete, kept)


def _posts(
    site: SiteInputs, files: Mapping[str, PostFile], track: Track, stylesheet: str
) -> tuple[tuple[Rewrite, ...], int]:
    """Return the posts that get blocks, or have a tag of their own, and how many blocks.

    Where no layout brings the stylesheet, a post's own tag leaves the link to it.
    """
    layouts = {
        path: layout
        for layout, paths in posts_by_layout(site.root, site.config).items()
        for path in paths
    }
    tags = LayoutTags(site.root, site.config)
    renderer = _PlainRenderer(site, read_templates(site.root))
    live = live_posts(site.posts) | {page.live_url: page for page in site.pages}
    rewrites, number = [], 0
    everything = site.posts_and_pages
    for post in track(everything, message("eject.rendering"), len(everything)):
        file = files[post.path]
        raw = file.read()
        of_layout = tags.of_layout(layouts.get(post.path, post.layout))
        if live.get(post.live_url) is not post or not (post.inclusions or of_layout):
            continue
        plain = renderer.blocks(site.resolver_of(post).resolve(post))
        after = _without_tags(raw, plain.by_hand, "" if of_layout else stylesheet)
        if not any(inclusion.everything for inclusion in post.inclusions):
            after = _with_blocks(after, plain, of_layout, at_end=not _has_ejected(raw))
        if after != raw:
            rewrites.append(_rewrite(site.root, Path(file.absolute), after, raw))
            number += after.count(_CLOSING) - raw.count(_CLOSING)
    return tuple(rewrites), number


def _with_blocks(
    raw: bytes, plain: _PlainBlocks, tags: Sequence[Inclusion], *, at_end: bool
) -> bytes:
    """Put the blocks that a layout shows into a post, `at_end` those there, too."""
    handed_over = any(tag.content for tag in tags)
    below = {inclusion.block for inclusion in tags if inclusion.block} - set(plain.at(ARTICLE))
    if any(tag.everything for tag in tags):
        below |= {*plain.at(Place.END)}
        if not handed_over:
            below |= {*plain.at(Place.BEFORE_CONTENT, Place.MIDDLE)}
    if handed_over:
        raw = _with_placed(raw, plain, below)
    if at_end:
        raw = _appended(raw, plain.shown(*below))
    if plain.items and plain.disclosure.encode() not in raw.replace(b"\r\n", b"\n"):
        raw = _appended(raw, plain.disclosure)
    return raw


def _with_placed(raw: bytes, plain: _PlainBlocks, below: Collection[str]) -> bytes:
    """Put the blocks before and in the article there, unless an earlier run has done so."""
    body = split_front_matter(raw.removeprefix(BOM))[1]
    head = raw[: len(raw) - len(body)]
    for spot, names in plain.spots.items():
        html = "\n".join(plain.blocks[name] for name in names if name not in below)
        if not html or html.strip().encode() in body.replace(b"\r\n", b"\n"):
            continue
        if spot.place == Place.MIDDLE:
            body = _inserted(body, html, place_of(body, spot.heading))
        elif spot.place == Place.BEFORE_CONTENT:
            body = _inserted(body, html, 0)
    return head + body


def _appended(raw: bytes, html: str) -> bytes:
    """Put HTML at the end of a post, with a blank line before it and the post's line endings."""
    if not html:
        return raw
    ending = line_ending(raw)
    gap = b"" if raw.endswith(ending * 2) else ending if raw.endswith(ending) else ending * 2
    return raw + gap + html.encode().replace(b"\n", ending)


def _rewrite(root: Path, file: Path, after: bytes, before: bytes | None = None) -> Rewrite:
    path = Path(os.path.relpath(file, root)).as_posix()
    return Rewrite(path, file, file.read_bytes() if before is None else before, after)


def _kept(root: Path, catalog_path: Path) -> Iterator[str]:
    """Yield what stays, for its owner to delete: nothing makes it again."""
    yield Path(os.path.relpath(catalog_path, root)).as_posix()
    if (root / _SERVER_FOLDER).is_dir():
        yield f"{_SERVER_FOLDER}/"
    yield from sorted(f"{OVERRIDES}/{file.name}" for file in (root / OVERRIDES).glob("*.html"))


# The plan in words and as JSON.

_SHOWN = 5


def ejection_text(done: Ejection) -> str:
    """Return what ejecting changes, or has changed, and what to do next."""
    if not done.anything:
        return word(message("eject.nothing"))
    return "\n".join(_lines(done))


def _lines(done: Ejection) -> Iterator[str]:
    state = "done" if done.written else "planned"
    yield word(message(f"eject.posts-{state}", count=len(done.posts), blocks=done.blocks))
    for code, paths in (
        ("eject.without-tag", [other.path for other in done.others]),
        ("eject.stylesheet", [done.stylesheet] if done.stylesheet else []),
        (f"eject.deleted-{state}", done.delete),
        ("eject.kept", done.kept),
    ):
        if paths:
            yield word(message(code, count=len(paths)))
            yield from (f"  {path}" for path in paths[:_SHOWN])
            if len(paths) > _SHOWN:
                yield f"  {word(message('adopt.more', count=len(paths) - _SHOWN))}"
    yield word(message("eject.next" if done.written else "eject.write-it"))


def ejection_json(done: Ejection) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "written": done.written,
        "posts": [post.path for post in done.posts],
        "blocks": done.blocks,
        "without_tag": [other.path for other in done.others],
        "stylesheet": done.stylesheet or None,
        "deleted": list(done.delete),
        "kept": list(done.kept),
    }


# Carrying out the plan: the posts first, then the other files with tags, then linkmgr's own.


def write_ejection(planned: Ejection, *, force: bool = False, track: Track = silently) -> None:
    """Carry out a plan. Raise LinkmgrError, before anything is written if a file has changed.

    Without `force` also if git could not restore a file of the owner's. If this is cut off
    anywhere, every page still shows its blocks, and another run finds what is left to do.
    """
    if not force:
        _refuse_unsafe(planned)
    root = planned.root
    with exclusively(root):
        for rewrite in planned.rewritten:
            if not rewrite.file.exists() or rewrite.file.read_bytes() != rewrite.before:
                raise LinkmgrError(
                    message("adopt.run-again", reason=message("adopt.changed", file=rewrite.path))
                )
        delete_temporaries({rewrite.file.resolve().parent for rewrite in planned.rewritten})
        changes = track(planned.rewritten, message("eject.writing"), len(planned.rewritten))
        for change in changes:
            with wrap_write_errors(change.file):
                replace_file(change.file, change.after)
        _delete(root, planned.delete)
    shutil.rmtree(root / CACHE_FOLDER, ignore_errors=True)


def _refuse_unsafe(planned: Ejection) -> None:
    files = {rewrite.file: rewrite.path for rewrite in planned.rewritten}
    if lost := {files[file]: cause for file, cause in unsaved(files)}:
        raise LinkmgrError(
            message("adopt.not-in-git", root=str(planned.root), files=lost_files(lost))
        )


def _delete(root: Path, paths: tuple[str, ...]) -> None:
    """Delete files, then the folders that are empty without them."""
    for path in paths:
        with wrap_write_errors(root / path):
            (root / path).unlink(missing_ok=True)
    folders = {parent for path in paths for parent in PurePosixPath(path).parents}
    for folder in sorted(folders - {PurePosixPath()}, key=lambda path: -len(path.parts)):
        with suppress(OSError):  # what is not empty is the owner's
            (root / Path(folder)).rmdir()
