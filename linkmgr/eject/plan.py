"""What ejecting changes: the posts, the owner's files with a tag in them, and linkmgr's own."""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from linkmgr.blocks.places import ARTICLE
from linkmgr.blocks.templating import OVERRIDES
from linkmgr.builder.processes.progress import Track, silently
from linkmgr.builder.reading.inputs import SiteInputs, load_inputs
from linkmgr.builder.setup.edits import line_ending
from linkmgr.builder.setup.install import SCHEMA
from linkmgr.builder.setup.layouts import posts_by_layout
from linkmgr.builder.site.layout_files import LayoutTags
from linkmgr.builder.site.paths import CATALOG, OutputPaths
from linkmgr.builder.site.templates import read_templates
from linkmgr.catalog.blocks import Place
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.eject.blocks import PlainBlocks, PlainRenderer, has_ejected
from linkmgr.eject.insertion import inserted, place_of
from linkmgr.eject.tags import files_with_tags, without_tags
from linkmgr.fs.atomic import is_temporary
from linkmgr.fs.inside import leads_outside
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.posts.article.inclusions import Inclusion
from linkmgr.posts.document import BOM, split_front_matter
from linkmgr.posts.pages import page_files
from linkmgr.posts.publish import live_posts
from linkmgr.posts.site import PostFile, post_files

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

    `posts` get `blocks` of theirs as HTML; `others` lose the tag. `delete` are linkmgr's own files,
    `kept` what is the owner's to delete: paths from the site's root.
    """

    root: Path
    posts: tuple[Rewrite, ...]
    blocks: int
    others: tuple[Rewrite, ...]
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
        """Whether there is anything to do."""
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
    posts, blocks = _posts(site, files, track)
    changed = {each.file.resolve() for each in posts}
    others = tuple(
        _rewrite(root, file, without_tags(file.read_bytes()))
        for file in files_with_tags(root, site.config)
        if file.resolve() not in changed and file.resolve() != (root / paths.include).resolve()
    )
    for each in (*posts, *others):
        if leads_outside(root, each.path):
            raise LinkmgrError(message("build.file-links-out", path=str(each.file)))
    own = [path for path in paths.existing_files(root) if not is_temporary(path.rpartition("/")[2])]
    if (root / SCHEMA).exists():
        own.append(SCHEMA)
    kept = tuple(_kept(root, catalog_path))
    return Ejection(root, posts, blocks, others, tuple(sorted(own)), kept)


def _posts(
    site: SiteInputs, files: Mapping[str, PostFile], track: Track
) -> tuple[tuple[Rewrite, ...], int]:
    """Return the posts that get blocks, or have a tag of their own, and how many blocks."""
    layouts = {
        path: layout
        for layout, paths in posts_by_layout(site.root, site.config).items()
        for path in paths
    }
    tags = LayoutTags(site.root, site.config)
    renderer = PlainRenderer(site.catalog, read_templates(site.root), site.config.base_path)
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
        after = without_tags(raw, plain.by_hand)
        if not any(each.everything for each in post.inclusions):
            after = _with_blocks(after, plain, of_layout, at_end=not has_ejected(raw))
        if after != raw:
            rewrites.append(_rewrite(site.root, Path(file.absolute), after, raw))
            number += after.count(b"<!-- /linkmgr:") - raw.count(b"<!-- /linkmgr:")
    return tuple(rewrites), number


def _with_blocks(
    raw: bytes, plain: PlainBlocks, tags: Sequence[Inclusion], *, at_end: bool
) -> bytes:
    """Put the blocks that a layout shows into a post, `at_end` those there, too."""
    handed_over = any(each.content for each in tags)
    below = {each.block for each in tags if each.block} - set(plain.at(ARTICLE))
    if any(each.everything for each in tags):
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


def _with_placed(raw: bytes, plain: PlainBlocks, below: Collection[str]) -> bytes:
    """Put the blocks before and in the article there, unless an earlier run has done so."""
    body = split_front_matter(raw.removeprefix(BOM))[1]
    head = raw[: len(raw) - len(body)]
    for spot, names in plain.spots.items():
        html = "\n".join(plain.blocks[name] for name in names if name not in below)
        if not html or html.strip().encode() in body.replace(b"\r\n", b"\n"):
            continue
        if spot.place == Place.MIDDLE:
            body = inserted(body, html, place_of(body, spot.heading))
        elif spot.place == Place.BEFORE_CONTENT:
            body = inserted(body, html, 0)
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
