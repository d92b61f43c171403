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
from linkmgr.blocks.render import (
    ARTICLE,
    TEXT_ITEMS,
    Renderer,
    Spot,
    parts_of,
    text_items,
    with_text,
)
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
from linkmgr.messages.message import message, translate
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
        if inclusion.content:
            html = f"{{{{ {inclusion.content} }}}}"
        else:
            html = shown(inclusion).strip("\n")
        html = "\n".join(filter(None, (link, html)))
        link = ""
        start, end = inclusion.start, inclusion.end
        line_start = data.rfind(b"\n", 0, start) + 1
        line_end = data.find(b"\n", end) + 1 or len(data)
        if not html and not (data[line_start:start] + data[end:line_end]).strip():
            start, end = line_start, line_end
        pieces += (data[done:start], html.encode().replace(b"\n", ending))
        done = end
    return b"".join((*pieces, data[done:]))


def _files_with_tags(root: Path, config: JekyllConfig) -> Iterator[Path]:
    """Yield the files of a site, posts and layouts among them, that include a block."""
    source = root / config.source
    own = tuple(f"{name.strip('/')}/" for name in (config.layouts_dir, config.includes_dir))
    destination = (root / config.destination).resolve()
    for folder, folders, names in os.walk(source):
        here = Path(folder)
        folders[:] = sorted(
            name
            for name in folders
            if not (name.startswith(".") or name in _NOT_SEARCHED)
            and (here / name).resolve() != destination
        )
        is_own = f"{here.relative_to(source).as_posix()}/".startswith(own)
        for file in sorted(here / name for name in names):
            may_include = is_own or file.suffix.lower() in _TEXTS
            if may_include and file.is_file() and any(inclusions(file.read_bytes())):
                yield file


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
    """Return the start of the heading with a number, the article's end where there is none.

    0 is the heading, or else the paragraph, that is the nearest to the middle of the article.
    """
    levels: dict[int, int] = {}
    for heading, _ in headings(article):
        start = article.rfind(b"\n", 0, heading) + 1
        hashes = _HASHES.match(article, start)
        levels[start] = len(hashes[0]) if hashes else 0
    candidates = [start for start, level in levels.items() if level == _LEVELS[0]]
    if len(candidates) < _FEWEST:
        candidates = [start for start, level in levels.items() if level in _LEVELS]
    few = len(candidates) < _FEWEST_OF_ALL
    if number:
        return len(article) if few or number > len(candidates) else candidates[number - 1]
    if few:
        code = Spans([*fenced(article)])
        places = [match.end() for match in _PARAGRAPH.finditer(article)]
        candidates = [place for place in places if place not in code]
    suitable = [place for place in candidates if _has_text_above(article, place)]
    return min(suitable, key=lambda place: abs(2 * place - len(article)), default=len(article))


def _has_text_above(article: bytes, place: int) -> bool:
    """Whether what is right above is neither nothing nor a heading."""
    above = article[:place].rstrip()
    return bool(above) and not above.startswith(b"#", above.rfind(b"\n") + 1)


# A post's blocks as HTML that needs nothing of linkmgr: no include, no server, no script.

_BLOCK = re.compile(r"<!-- linkmgr:([\w-]+) -->\n(.*?)<!-- linkmgr:\1 -->", re.DOTALL)
_DISCLOSURE = re.compile(
    r"<!-- linkmgr:disclosure -->\n(.*?)<!-- linkmgr:disclosure -->\n", re.DOTALL
)
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

    def names_at(self, *places: str) -> list[str]:
        """Return the names of the blocks that are at these places."""
        names: list[str] = []
        for spot, blocks in self.spots.items():
            if spot.place in places:
                names += blocks
        return names

    def by_hand(self, tag: Inclusion) -> str:
        """Return the HTML of an article's own tag."""
        if tag.item is not None:
            html = self.items.get((tag.item, "card" if tag.card else "link"))
            if html is None:
                return str(escape(tag.text or ""))
            return html if tag.card else with_text(html, tag.text)
        if tag.compare is not None:
            return self.items.get((tag.compare, "compare"), "")
        if tag.block is not None:
            # The disclosure of a block by hand may be further down.
            return self.blocks.get(tag.block, "")
        return self.shown(*self.names_at(Place.BEFORE_CONTENT, Place.MIDDLE, Place.END))


def _plain_blocks(renderer: Renderer, resolution: PostResolution) -> _PlainBlocks:
    """Return the blocks that a post shows."""
    fragment = renderer.fragment(resolution)
    disclosure = _DISCLOSURE.search(fragment)
    blocks: dict[str, str] = {}
    spots: dict[Spot, list[str]] = {}
    items: dict[tuple[str, str], str] = {}
    for spot, part in parts_of(fragment):
        if spot.place == TEXT_ITEMS:
            for (name, form), html in text_items(part).items():
                # A link is as it is.
                framed = html if form == "link" else _BLOCK.findall(html)[0][1]
                if form == "card":
                    framed = _closed(TEXT, [resolution.text[name]], framed)
                elif form != "link":
                    framed = _closed(COMPARE.name, resolution.compared[name], framed)
                items[name, form] = framed
            continue
        for name, html in _BLOCK.findall(part):
            if name in resolution.blocks:  # not the disclosure of links in the text
                blocks[name] = _closed(name, resolution.blocks[name], html)
                spots.setdefault(spot, []).append(name)
    in_order = {name: blocks[name] for name in resolution.blocks if name in blocks}
    return _PlainBlocks(in_order, disclosure[1] if disclosure else "", spots, items)


def _closed(name: str, placed: Sequence[Placement | Related], html: str) -> str:
    """Put a block between the comments by which `adopt` knows it.

    The first names its items, so that `adopt` gives them the same ids again; a comparison's own id
    is before those.
    """
    items = [placement for placement in placed if isinstance(placement, Placement)]
    ids = [placement.item for placement in items]
    if items and items[0].comparison:
        ids.insert(0, items[0].comparison)
    plain = _DISCLOSURE.sub(r"\1", html).strip()
    opening = " ".join((f"<!-- linkmgr:{name}", *ids, "-->"))
    return f"{opening}\n{plain}\n<!-- /linkmgr:{name} -->\n"


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
    """What ejecting does, or with `written` has done; paths are from the site's root."""

    root: Path

    posts: tuple[Rewrite, ...]
    """They get blocks as HTML."""

    blocks: int

    others: tuple[Rewrite, ...]
    """They lose the tag."""

    stylesheet: str
    """It stays for the blocks; empty where there is none to stay."""

    delete: tuple[str, ...]
    """linkmgr's other files."""

    kept: tuple[str, ...]
    """What is the owner's to delete: nothing makes it again."""

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
    paths = OutputPaths.of_config(site.config)
    paths.refuse_outside(root, site.config.source)
    posts_and_pages = [
        *post_files(root, site.config, drafts=True),
        *page_files(root, site.config, catalog.site.pages),
    ]
    files = {file.path: file for file in posts_and_pages}
    own = {path for path in paths.existing_files(root) if not is_temporary(path.rpartition("/")[2])}
    link = ""
    if paths.stylesheet in own:
        # The element by which a page loads the stylesheet, as the include wrote it.
        inside = PurePosixPath(paths.stylesheet).relative_to(site.config.source)
        link = f"""<link rel="stylesheet" href="{{{{ '/{inside}' | relative_url }}}}">"""
    posts, blocks = _posts(site, files, track, link)
    stylesheet = ""
    if link and (blocks or any(_CLOSING in file.read() for file in files.values())):
        stylesheet = paths.stylesheet
    done = {post.file.resolve() for post in posts} | {(root / paths.include).resolve()}
    others = []
    for file in _files_with_tags(root, site.config):
        if file.resolve() not in done:
            before = file.read_bytes()
            after = _without_tags(before, stylesheet=link if stylesheet else "")
            others.append(_rewrite(root, file, after, before))
    for rewrite in (*posts, *others):
        if leads_outside(root, rewrite.path):
            raise LinkmgrError(message("build.file-links-out", path=str(rewrite.file)))
    if (root / SCHEMA).exists():
        own.add(SCHEMA)
    kept = [Path(os.path.relpath(catalog_path, root)).as_posix()]
    if (root / _SERVER_FOLDER).is_dir():
        kept.append(f"{_SERVER_FOLDER}/")
    kept += sorted(f"{OVERRIDES}/{file.name}" for file in (root / OVERRIDES).glob("*.html"))
    return Ejection(
        root=root,
        posts=posts,
        blocks=blocks,
        others=tuple(others),
        stylesheet=stylesheet,
        delete=tuple(sorted(own - {stylesheet})),
        kept=tuple(kept),
    )


def _posts(
    site: SiteInputs, files: Mapping[str, PostFile], track: Track, stylesheet: str
) -> tuple[tuple[Rewrite, ...], int]:
    """Return the posts that get blocks, or have a tag of their own, and how many blocks.

    Where no layout brings the stylesheet, a post's own tag leaves the link to it.
    """
    layouts: dict[str, str] = {}
    for layout, paths in posts_by_layout(site.root, site.config).items():
        layouts |= dict.fromkeys(paths, layout)
    tags = LayoutTags(site.root, site.config)
    direct = replace(site.catalog, site=replace(site.catalog.site, server=None))
    templates, today = read_templates(site.root), site.now.date()
    renderer = Renderer(direct, templates, site.config.base_path, today=today)
    live = live_posts(site.posts) | {page.live_url: page for page in site.pages}
    rewrites, number = [], 0
    everything = site.posts_and_pages
    for post in track(everything, message("eject.rendering"), len(everything)):
        file = files[post.path]
        raw = file.read()
        of_layout = tags.of_layout(layouts.get(post.path, post.layout))
        if live.get(post.live_url) is not post or not (post.inclusions or of_layout):
            continue
        plain = _plain_blocks(renderer, site.resolver_of(post).resolve(post))
        after = _without_tags(raw, plain.by_hand, "" if of_layout else stylesheet)
        if not any(inclusion.everything for inclusion in post.inclusions):
            # From a run that was interrupted it may have its blocks as HTML already.
            after = _with_blocks(after, plain, of_layout, at_end=not _EJECTED.search(raw))
        if after != raw:
            rewrites.append(_rewrite(site.root, Path(file.absolute), after, raw))
            number += after.count(_CLOSING) - raw.count(_CLOSING)
    return tuple(rewrites), number


def _with_blocks(
    raw: bytes, plain: _PlainBlocks, tags: Sequence[Inclusion], *, at_end: bool
) -> bytes:
    """Put the blocks that a layout shows into a post, `at_end` those there, too."""
    handed_over = any(tag.content for tag in tags)
    below = {inclusion.block for inclusion in tags if inclusion.block} - set(
        plain.names_at(ARTICLE)
    )
    if any(tag.everything for tag in tags):
        places = [Place.END] if handed_over else [Place.BEFORE_CONTENT, Place.MIDDLE, Place.END]
        below.update(plain.names_at(*places))
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
    for _ in range(2):
        raw += b"" if raw.endswith(ending * 2) else ending
    return raw + html.encode().replace(b"\n", ending)


def _rewrite(root: Path, file: Path, after: bytes, before: bytes) -> Rewrite:
    return Rewrite(Path(os.path.relpath(file, root)).as_posix(), file, before, after)


# The plan in words and as JSON.

_SHOWN = 5


def ejection_text(done: Ejection) -> str:
    """Return the report of an ejection: the changes, made or planned, and the next steps."""
    if not done.anything:
        return translate(message("eject.nothing"))
    state = "done" if done.written else "planned"
    lines = [translate(message(f"eject.posts-{state}", count=len(done.posts), blocks=done.blocks))]
    for code, paths in (
        ("eject.without-tag", [other.path for other in done.others]),
        ("eject.stylesheet", [done.stylesheet] if done.stylesheet else []),
        (f"eject.deleted-{state}", done.delete),
        ("eject.kept", done.kept),
    ):
        if paths:
            lines.append(translate(message(code, count=len(paths))))
            lines += [f"  {path}" for path in paths[:_SHOWN]]
        if len(paths) > _SHOWN:
            lines.append(f"  {translate(message('adopt.more', count=len(paths) - _SHOWN))}")
    lines.append(translate(message("eject.next" if done.written else "eject.write-it")))
    return "\n".join(lines)


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
    root = planned.root
    paths = {rewrite.file: rewrite.path for rewrite in planned.rewritten}
    lost = {} if force else {paths[file]: cause for file, cause in unsaved(paths)}
    if lost:
        raise LinkmgrError(message("adopt.not-in-git", root=str(root), files=lost_files(lost)))
    with exclusively(root):
        for rewrite in planned.rewritten:
            if not rewrite.file.exists() or rewrite.file.read_bytes() != rewrite.before:
                changed = message("adopt.changed", file=rewrite.path)
                raise LinkmgrError(message("adopt.run-again", reason=changed))
        delete_temporaries({rewrite.file.resolve().parent for rewrite in planned.rewritten})
        changes = track(planned.rewritten, message("eject.writing"), len(planned.rewritten))
        for change in changes:
            with wrap_write_errors(change.file):
                replace_file(change.file, change.after)
        _delete(root, planned.delete)
    shutil.rmtree(root / CACHE_FOLDER, ignore_errors=True)


def _delete(root: Path, paths: tuple[str, ...]) -> None:
    """Delete files, then the folders that are empty without them."""
    for path in paths:
        with wrap_write_errors(root / path):
            (root / path).unlink(missing_ok=True)
    folders = {parent for path in paths for parent in PurePosixPath(path).parents}
    for folder in sorted(folders - {PurePosixPath()}, key=lambda path: -len(path.parts)):
        with suppress(OSError):  # what is not empty is the owner's
            (root / Path(folder)).rmdir()
