"""One build: load the inputs, render, compare, write, and say what was done."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from linkmgr import __version__
from linkmgr.blocks.assets import SCRIPT_TEXT, STYLESHEET_TEXT
from linkmgr.blocks.include import include_text
from linkmgr.blocks.links import LINK_RULES
from linkmgr.builder.fragments import digest, index_text, render_fragments
from linkmgr.builder.plan import apply, make_plan
from linkmgr.builder.processes import Track, silently
from linkmgr.builder.reading.cache import Cache, DamagedCacheError, open_cache
from linkmgr.builder.reading.inputs import SiteInputs, load_inputs
from linkmgr.builder.reading.read_posts import is_stable, settings_of
from linkmgr.builder.site import CATALOG, OutputPaths, layout_texts, read_site_config
from linkmgr.builder.templates import read_templates
from linkmgr.builder.warnings import (
    catalog_warnings,
    feed_warnings,
    layout_warnings,
    page_warnings,
    path_warnings,
    place_warnings,
    tag_warnings,
)
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.files import named_pages, read_catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.reading.programme_warnings import at_their_lines, programme_warnings
from linkmgr.messages.errors import Problem
from linkmgr.messages.message import Param, message, word
from linkmgr.posts.article.inclusions import inclusions
from linkmgr.posts.pages import page_files
from linkmgr.posts.site import post_files


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build did, or with `check` what it would do; `seconds` of wall time."""

    posts: int
    with_blocks: int
    written: tuple[str, ...]
    deleted: tuple[str, ...]
    warnings: tuple[Problem, ...]
    seconds: float

    @property
    def changed(self) -> bool:
        """Whether anything differed."""
        return bool(self.written or self.deleted)

    def worded(self, *, check: bool) -> str:
        """Say in one line what was done or, with `check`, what would be; then to which files."""
        figures: dict[str, Param] = {
            "posts": message("build.posts", count=self.posts),
            "with_blocks": self.with_blocks,
            "written": message("build.files", count=len(self.written)),
            "deleted": len(self.deleted),
            "seconds": self.seconds,
        }
        if not self.changed:
            return word(message("build.up-to-date", **figures))
        if not check:
            return word(message("build.done", **figures))
        changes = [word(message("build.to-write", path=path)) for path in self.written]
        changes += [word(message("build.to-delete", path=path)) for path in self.deleted]
        return "\n".join([word(message("build.to-do", **figures)), *changes])

    def to_json(self) -> dict[str, Any]:
        """Return the same for programs."""
        return {
            **asdict(replace(self, warnings=())),
            "warnings": [warning.reported() for warning in self.warnings],
            "changed": self.changed,
            "seconds": round(self.seconds, 3),
        }


class _Options(NamedTuple):
    """What is to be built, and how."""

    root: Path
    catalog_file: Path
    drafts: bool
    check: bool
    now: datetime
    track: Track


def build(  # noqa: PLR0913 - the command's options
    root: Path,
    *,
    catalog_file: Path | None = None,
    drafts: bool = False,
    check: bool = False,
    now: datetime | None = None,
    track: Track = silently,
) -> BuildResult:
    """Bring the fragments, the index and the assets of the site at `root` up to date.

    With `check` nothing is written. Raise Problems for mistakes in the catalog or the posts; the
    site is then as it was.
    """
    options = _Options(
        root, catalog_file or root / CATALOG, drafts, check, now or datetime.now(UTC), track
    )
    try:
        return _build(options)
    except DamagedCacheError:
        if check:
            raise
        return _build(options)


def _build(options: _Options) -> BuildResult:
    root, catalog_file, drafts, check, now, track = options
    started = time.perf_counter()
    config = read_site_config(root, catalog_file)
    paths = OutputPaths.of(config)
    paths.refuse_outside(root, config.source)
    now = now.astimezone(config.zone)
    catalog_text = read_catalog(catalog_file)
    with open_cache(root, read_only=check) as cache:
        read_at = time.time_ns()
        files = post_files(root, config, drafts=drafts)
        pages = page_files(root, config, named_pages(catalog_text))
        templates = read_templates(root)
        existing = paths.existing_files(root)
        settings = settings_of(config)
        layouts = layout_texts(root, config)
        handed_over = any(tag.content for text in layouts.values() for tag in inclusions(text))
        inputs = digest(
            *(
                __version__,
                LINK_RULES,
                str(root),
                str(catalog_file),
                catalog_text,
                settings,
                templates,
            ),
            *(drafts, now.date(), sorted(files), pages, sorted(layouts.items())),
        )
        layout = tuple(layout_warnings(root, config, (file.absolute for file in files)))
        last = _LastBuild.load(cache)
        if last and last.is_current(inputs, digest(existing), now):
            return last.report(layout, time.perf_counter() - started)
        catalog = parse_catalog(catalog_text, str(catalog_file))
        site = load_inputs(
            root, catalog, drafts=drafts, now=now, cache=cache, files=files, track=track
        )
        further = (
            *programme_warnings(catalog, str(catalog_file), catalog_text),
            *catalog_warnings(site, str(catalog_file), templates),
            *path_warnings(site),
            *tag_warnings(site),
            *page_warnings(site, str(catalog_file)),
            *feed_warnings(site, str(catalog_file)),
            *(() if handed_over else place_warnings(catalog, str(catalog_file))),
        )
        located = at_their_lines(further, str(catalog_file), catalog_text)
        site = replace(site, warnings=(*site.warnings, *located))
        fragments = render_fragments(site, templates, paths, existing, cache, track)
        with_blocks = sum(post.path in fragments.index for post in site.posts)
        wanted = {
            paths.fragment(key): html for key, html in fragments.rendered.items()
        } | _other_files(catalog, paths, fragments.index)
        unchanged = {
            paths.fragment(key) for key in fragments.signatures.keys() - fragments.rendered.keys()
        }
        plan = make_plan(root, paths, wanted, unchanged, existing)
        if not check:
            apply(root, paths, plan, track)
            existing = paths.existing_files(root)
            fragments.save(cache, paths, existing)
            if all(is_stable(file, read_at) for file in (*files, *pages)):
                _LastBuild.of(site, with_blocks, inputs, digest(existing)).save(cache)
    return BuildResult(
        posts=len(site.posts),
        with_blocks=with_blocks,
        written=plan.written,
        deleted=plan.delete,
        warnings=(*layout, *site.warnings),
        seconds=time.perf_counter() - started,
    )


def _other_files(
    catalog: Catalog, paths: OutputPaths, index: Mapping[str, str]
) -> dict[str, bytes]:
    """Return the files that a site should have beside its posts' fragments, by path."""
    texts = {
        paths.empty: "",
        paths.include: include_text(catalog),
        paths.stylesheet: STYLESHEET_TEXT,
        paths.script: SCRIPT_TEXT,
        paths.index: index_text(index),
    }
    return {path: text.encode() for path, text in texts.items()}


@dataclass(frozen=True, slots=True)
class _LastBuild:
    """The last build: while neither its inputs nor its outputs change, there is nothing to do."""

    inputs: str
    outputs: str
    until: str | None
    posts: int
    with_blocks: int
    warnings: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, site: SiteInputs, with_blocks: int, inputs: str, outputs: str) -> "_LastBuild":
        return cls(
            inputs=inputs,
            outputs=outputs,
            until=site.next_post.isoformat() if site.next_post else None,
            posts=len(site.posts),
            with_blocks=with_blocks,
            warnings=tuple(warning.to_json() for warning in site.warnings),
        )

    @classmethod
    def load(cls, cache: Cache) -> "_LastBuild | None":
        values = cache.state("last")
        return cls(*values) if values else None

    def save(self, cache: Cache) -> None:
        cache.set_state(last=astuple(self))

    def is_current(self, inputs: str, outputs: str, now: datetime) -> bool:
        due = self.until is not None and datetime.fromisoformat(self.until) <= now
        return (self.inputs, self.outputs) == (inputs, outputs) and not due

    def report(self, layout: Iterable[Problem], seconds: float) -> BuildResult:
        warnings = (*layout, *map(Problem.from_json, self.warnings))
        return BuildResult(self.posts, self.with_blocks, (), (), warnings, seconds)
