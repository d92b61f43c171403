"""One build: load the inputs, render, compare, write, and say what was done."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from linkmgr import __version__
from linkmgr.blocks.links import LINK_RULES
from linkmgr.builder.adopted_plan import differing_from_plan, forget_plan
from linkmgr.builder.fragments import digest, render_fragments
from linkmgr.builder.plan import apply, make_plan
from linkmgr.builder.preview import SitePreview
from linkmgr.builder.processes import Track, silently
from linkmgr.builder.reading.bare_posts import bare_posts_data
from linkmgr.builder.reading.cache import Cache, DamagedCacheError, open_cache
from linkmgr.builder.reading.inputs import SiteFiles, SiteInputs, load_inputs
from linkmgr.builder.reading.read_posts import is_stable, settings_of
from linkmgr.builder.site import CATALOG, OutputPaths, Stamp, layout_texts, read_catalog_of_site
from linkmgr.builder.templates import read_templates
from linkmgr.builder.warnings import layout_warnings, site_warnings, unshown_warnings
from linkmgr.catalog.reading.files import FilesToRead
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.fs import CACHE_FOLDER, make_cache_folder, replace_quickly, wrap_write_errors
from linkmgr.messages.errors import Problem
from linkmgr.messages.message import Param, message, translate
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.pages import page_files
from linkmgr.posts.site import post_files, read_config


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build did, or with `check` what it would do; `seconds` of wall time."""

    posts: int
    with_blocks: int
    written: tuple[str, ...]
    deleted: tuple[str, ...]
    warnings: tuple[Problem, ...]
    seconds: float

    due: date | None = None
    """The next day on which a build would show something else, as far as that is known today."""

    @property
    def changed(self) -> bool:
        """Whether anything differed."""
        return bool(self.written or self.deleted)

    def translated(self, *, check: bool) -> str:
        """Say in one line what was done or, with `check`, what would be; then to which files."""
        figures: dict[str, Param] = {
            "posts": message("build.posts", count=self.posts),
            "with_blocks": self.with_blocks,
            "written": message("build.files", count=len(self.written)),
            "deleted": len(self.deleted),
            "seconds": self.seconds,
        }
        if check and self.changed:
            lines = [translate(message("build.to-do", **figures))]
            lines += [translate(message("build.to-write", path=path)) for path in self.written]
            lines += [translate(message("build.to-delete", path=path)) for path in self.deleted]
            return "\n".join(lines)
        lines = [
            translate(message("build.done" if self.changed else "build.up-to-date", **figures))
        ]
        if self.due:
            lines.append(translate(message("build.due", day=str(self.due))))
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return the same for programs."""
        return {
            **asdict(replace(self, warnings=())),
            "warnings": [warning.reported() for warning in self.warnings],
            "changed": self.changed,
            "due": str(self.due) if self.due else None,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """What a build did, as whoever began it is told."""

    posts: int

    rewritten: int
    """Posts whose blocks changed."""

    with_blocks: int

    written: int
    """Files, as `deleted`."""

    deleted: int

    warnings: tuple[Problem, ...]

    seconds: float
    """Of wall time."""

    @classmethod
    def of_result(cls, result: BuildResult) -> "BuildSummary":
        """Return the summary of a build."""
        return cls(
            result.posts,
            count_rewritten(result),
            result.with_blocks,
            len(result.written),
            len(result.deleted),
            result.warnings,
            result.seconds,
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as a value for JSON."""
        return asdict(self) | {"warnings": [warning.to_json() for warning in self.warnings]}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "BuildSummary":
        """Return the summary that `to_json` gave."""
        warnings = tuple(map(Problem.from_json, values["warnings"]))
        return cls(**{**values, "warnings": warnings})


def count_rewritten(result: BuildResult) -> int:
    """Return of how many posts a build changes the blocks."""
    changed = result.written + result.deleted
    return sum(OutputPaths.is_fragment(path.rpartition("/")[2]) for path in changed)


@dataclass(frozen=True, slots=True)
class _Options:
    root: Path
    catalog_file: Path
    drafts: bool
    check: bool
    now: datetime
    preview: SitePreview | None
    track: Track

    @property
    def output(self) -> Path:
        """The folder that gets the files of the build."""
        return self.preview.folder if self.preview else self.root

    @property
    def leaves_site(self) -> bool:
        """Whether the site, with what is remembered of its builds, stays as it is."""
        return self.check or self.preview is not None


def build(  # noqa: PLR0913 - the command's options
    root: Path,
    *,
    catalog_file: Path | None = None,
    drafts: bool = False,
    check: bool = False,
    now: datetime | None = None,
    preview: SitePreview | None = None,
    track: Track = silently,
) -> BuildResult:
    """Bring the fragments, the index and the assets of the site at `root` up to date.

    With `check` nothing is written, with a `preview` nothing of the site. Raise Problems for
    mistakes in the catalog or the posts; the site is then as it was.
    """
    options = _Options(
        root=root,
        catalog_file=catalog_file or root / CATALOG,
        drafts=drafts,
        check=check,
        now=now or datetime.now(UTC),
        preview=preview,
        track=track,
    )
    try:
        return _build(options)
    except DamagedCacheError:
        if options.leaves_site:
            raise
        return _build(options)


def _build(options: _Options) -> BuildResult:
    started = time.perf_counter()
    catalog_text = read_catalog_of_site(options.root, options.catalog_file)
    named = FilesToRead.named_in(catalog_text)
    config = read_config(options.root, named.jekyll, named.collections)
    paths = OutputPaths.of_config(config)
    if options.preview:
        options.preview.refuse_other_files(options.root, paths)
    paths.refuse_outside(options.output, config.source)

    with open_cache(options.root, read_only=options.leaves_site) as cache:
        # Find out whether anything has changed since the last build.
        sources = _find_sources(options, config, named.pages, catalog_text)
        existing = paths.existing_files(options.output)
        not_shown = tuple(layout_warnings(options.root, config, sources.post_paths))
        last = _LastBuild.load(cache)
        if last and last.is_current(sources, existing):
            if not options.leaves_site:
                note_built(options.root, sources.revision)
            return last.report(not_shown, time.perf_counter() - started)

        # Read what has changed, choose for each post, and render what differs.
        site = _read_site(options, sources, cache)
        fragments = render_fragments(
            site, sources.templates, paths, existing, cache=cache, track=options.track
        )
        unshown = unshown_warnings(fragments.unshown, str(options.catalog_file), catalog_text)
        site = replace(site, warnings=(*site.warnings, *unshown))
        plan = make_plan(options.output, paths, site.catalog, fragments, existing=existing)

        # Write it, and remember it for the next build.
        with_blocks = sum(post.path in fragments.index for post in site.posts)
        unplanned = tuple(differing_from_plan(options.root, fragments.by_post))
        if not options.check:
            apply(options.output, paths, plan, options.track)
        if not options.leaves_site:
            existing = paths.existing_files(options.root)
            fragments.save(cache, paths, existing)
            if sources.are_stable():
                _LastBuild.of_site(site, with_blocks, sources, existing).save(cache)
            note_built(options.root, sources.revision)
            forget_plan(options.root)

    return BuildResult(
        posts=len(site.posts),
        with_blocks=with_blocks,
        written=plan.written,
        deleted=plan.delete,
        warnings=(*not_shown, *unplanned, *site.warnings),
        seconds=time.perf_counter() - started,
        due=site.next_build,
    )


@dataclass(frozen=True, slots=True)
class _Sources:
    """What a site is built from, as it was at one moment; of posts and pages only their files."""

    read_at: int
    now: datetime
    catalog_text: bytes
    files: SiteFiles
    templates: Mapping[str, str]
    layouts: Mapping[str, bytes]
    digest: str

    @property
    def post_paths(self) -> Iterator[str]:
        """The paths of the posts' files."""
        return (file.absolute for file in self.files.posts)

    @property
    def revision(self) -> str:
        """The revision of the catalog's text: the SHA-256 of its bytes."""
        return sha256(self.catalog_text).hexdigest()

    def are_stable(self) -> bool:
        """Whether none of the files can still change and seem the same."""
        return all(is_stable(file, self.read_at) for file in (*self.files.posts, *self.files.pages))


def _find_sources(
    options: _Options, config: JekyllConfig, named_pages: Sequence[str], catalog_text: bytes
) -> _Sources:
    read_at = time.time_ns()
    now = options.now
    if options.preview:
        now = options.preview.moment(config.zone)
    now = now.astimezone(config.zone)
    posts = post_files(options.root, config, drafts=options.drafts)
    pages = page_files(options.root, config, named_pages)
    templates = read_templates(options.root)
    layouts = layout_texts(options.root, config)
    names = (str(options.root), str(options.catalog_file), options.drafts)
    bare = bare_posts_data(options.root)
    texts = (catalog_text, bare, settings_of(config), templates, sorted(layouts.items()))
    return _Sources(
        read_at=read_at,
        now=now,
        catalog_text=catalog_text,
        files=SiteFiles(config, posts, pages),
        templates=templates,
        layouts=layouts,
        digest=digest(__version__, LINK_RULES, names, now.date(), texts, sorted(posts), pages),
    )


def _read_site(options: _Options, sources: _Sources, cache: Cache) -> SiteInputs:
    """Read the catalog and the posts, with warnings of both."""
    catalog_file = str(options.catalog_file)
    catalog = parse_catalog(sources.catalog_text, catalog_file)
    site = load_inputs(
        options.root,
        catalog,
        drafts=options.drafts,
        now=sources.now,
        cache=cache,
        files=sources.files,
        track=options.track,
    )
    warnings = site_warnings(
        site, catalog_file, sources.catalog_text, sources.templates, layouts=sources.layouts
    )
    return replace(site, warnings=(*site.warnings, *warnings))


# The catalog that the site was last built from: what was saved since then is not built yet.

_BUILT = "built-catalog"


def built_revision(root: Path) -> str:
    """Return the revision of the catalog that a site shows, empty where that is unknown."""
    try:
        return (root / CACHE_FOLDER / _BUILT).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def built_at(root: Path) -> float:
    """Return when the site first showed that, in seconds since 1970; 0 where it is unknown."""
    with suppress(OSError):
        return (root / CACHE_FOLDER / _BUILT).stat().st_mtime
    return 0.0


def note_built(root: Path, revision: str) -> None:
    """Note that a site shows what a catalog of this revision says. Raise LinkmgrError."""
    if built_revision(root) == revision:
        return
    with wrap_write_errors(root / CACHE_FOLDER / _BUILT):
        folder = make_cache_folder(root, [_BUILT])
        replace_quickly(folder / _BUILT, f"{revision}\n".encode())


@dataclass(frozen=True, slots=True)
class _LastBuild:
    """The last build: while neither its inputs nor its outputs change, there is nothing to do."""

    inputs: str
    outputs: str
    until: str | None
    due: str | None
    posts: int
    with_blocks: int
    warnings: tuple[dict[str, Any], ...]

    @classmethod
    def of_site(
        cls, site: SiteInputs, with_blocks: int, sources: _Sources, written: Mapping[str, Stamp]
    ) -> "_LastBuild":
        return cls(
            inputs=sources.digest,
            outputs=digest(written),
            until=site.next_post.isoformat() if site.next_post else None,
            due=str(site.next_build) if site.next_build else None,
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

    def is_current(self, sources: _Sources, existing: Mapping[str, Stamp]) -> bool:
        due = self.until is not None and datetime.fromisoformat(self.until) <= sources.now
        return not due and (self.inputs, self.outputs) == (sources.digest, digest(existing))

    def report(self, not_shown: Iterable[Problem], seconds: float) -> BuildResult:
        return BuildResult(
            posts=self.posts,
            with_blocks=self.with_blocks,
            written=(),
            deleted=(),
            warnings=(*not_shown, *map(Problem.from_json, self.warnings)),
            seconds=seconds,
            due=date.fromisoformat(self.due) if self.due else None,
        )
