"""Reading a blog: its posts, what is pasted into them, and their keywords without that."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from linkmgr.adopt.post.model import OldPost
from linkmgr.adopt.post.site_addresses import LiveUrls
from linkmgr.adopt.scanning.scan import scan_post
from linkmgr.builder.processes import Track, in_parallel
from linkmgr.builder.site import read_site_config
from linkmgr.fs import wrap_read_errors
from linkmgr.messages.errors import LinkmgrError, Problem, Problems
from linkmgr.messages.message import Message, message
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.document import BOM, Document, ParsedFile, split_front_matter
from linkmgr.posts.document_reader import parse_file
from linkmgr.posts.model import Post
from linkmgr.posts.publish import live_posts, publish
from linkmgr.posts.site import PostFile, post_files
from linkmgr.resolver.keywords import KeywordMatcher
from linkmgr.resolver.model import PostText

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class OldSite:
    """A blog before it is adopted.

    `posts` are those that Jekyll publishes, in its order. `files`, `documents` and `old` are of all
    posts and drafts, by path; `folder` is the prefix that makes such a path one from the site's
    root. `skipped` says which files Jekyll leaves out, and why.
    """

    root: Path
    config: JekyllConfig
    posts: tuple[Post, ...]
    files: Mapping[str, PostFile]
    documents: Mapping[str, Document]
    old: Mapping[str, OldPost]
    live: LiveUrls
    now: datetime
    folder: str
    track: Track
    skipped: tuple[Problem, ...]

    def read(self, path: str) -> bytes:
        """Return a post's bytes. Raise LinkmgrError if they are not the ones it was found with."""
        return _read(self.files[path], self.folder)

    def with_texts(self, paths: Sequence[str], text: Callable[[str], bytes]) -> "OldSite":
        """Return the site as Jekyll publishes it once the files at `paths` have other texts."""

        def parse(path: str) -> Document | None:
            mtime = self.files[path].mtime_ns / 1e9
            return parse_file(path, text(path), mtime, self.config).document

        parsed = self.for_each(paths, message("adopt.reading-new-texts"), parse)
        changed = {path: document for path, document in zip(paths, parsed, strict=True) if document}
        return self._with_documents(changed)

    def with_posts(self, changes: Mapping[str, Callable[[Post], Post]]) -> "OldSite":
        """Return the site with other values of the posts at the paths of `changes`."""
        changed = {}
        for path, change in changes.items():
            document = self.documents[path]
            changed[path] = replace(document, post=change(document.post))
        return self._with_documents(changed)

    def _with_documents(self, changed: Mapping[str, Document]) -> "OldSite":
        documents = {**self.documents, **changed}
        return replace(
            self, documents=documents, posts=_published(documents.values(), self.config, self.now)
        )

    def for_each(self, items: Sequence[T], what: Message, work: Callable[[T], R]) -> list[R]:
        """Return the results of `work` for all items, showing the progress as `what`."""
        return _for_each(items, what, work, self.track)

    def count(
        self, keywords: Iterable[str], left: Callable[[bytes, OldPost], bytes]
    ) -> dict[str, PostText]:
        """Count keywords in what is `left` of the published posts once their blocks have gone."""
        matcher = KeywordMatcher(keywords)

        def counted(post: Post) -> PostText:
            cleaned = left(self.read(post.path), self.old[post.path])
            _, body = split_front_matter(cleaned.removeprefix(BOM))
            return PostText(len(body), matcher.count(str(post.title), post.excerpt, body))

        texts = self.for_each(self.posts, message("adopt.counting-words"), counted)
        return {post.path: text for post, text in zip(self.posts, texts, strict=True)}


def read_old_site(root: Path, track: Track, catalog_file: Path | None) -> OldSite:
    """Read the blog at `root`. Raise Problems of posts for which Jekyll's build would fail.

    `catalog_file` is a catalog other than the site's own, if any.
    """
    config = read_site_config(root, catalog_file)
    now = datetime.now(UTC).astimezone(config.zone)
    files = sorted(post_files(root, config, drafts=True))
    collections = root / config.source / config.collections_dir
    folder = "" if collections == root else f"{collections.relative_to(root).as_posix()}/"

    def parse(file: PostFile) -> ParsedFile:
        parsed = parse_file(file.path, _read(file, folder), file.mtime_ns / 1e9, config)
        return replace(parsed, body=b"")  # not needed, and large to pass between processes

    read: list[PostFile] = []
    documents: dict[str, Document] = {}
    broken: list[Problem] = []
    skipped: list[Problem] = []
    broken_drafts: list[Problem] = []
    parsed_files = _for_each(files, message("build.reading-posts"), parse, track)
    for file, parsed in zip(files, parsed_files, strict=True):
        is_draft = "_posts" not in file.path and config.collection_of(file.path) is None
        # A build without drafts does not read what is wrong in one.
        is_unread = is_draft and not config.show_drafts
        problems = broken_drafts if is_unread else broken
        problems += parsed.problems
        if parsed.document:
            read.append(file)
            documents[parsed.document.post.path] = parsed.document
        else:
            skipped += parsed.warnings
    if broken:
        raise Problems(broken)
    posts = _published(documents.values(), config, now)
    site_url = config.url.rstrip("/") + config.base_path
    live = LiveUrls((post.url for post in live_posts(posts).values()), site_url)

    def scan(file: PostFile) -> OldPost:
        return scan_post(file.path, _read(file, folder), live)

    old = _for_each(read, message("adopt.scanning-links"), scan, track)
    return OldSite(
        root=root,
        config=config,
        posts=posts,
        files={file.path: file for file in read},
        documents=documents,
        old={post.path: post for post in old},
        live=live,
        now=now,
        folder=folder,
        track=track,
        skipped=tuple(warning.within(config.source) for warning in (*skipped, *broken_drafts)),
    )


def _published(
    documents: Iterable[Document], config: JekyllConfig, now: datetime
) -> tuple[Post, ...]:
    return publish([d for d in documents if not d.draft or config.show_drafts], config, now)


def _for_each(items: Sequence[T], what: Message, work: Callable[[T], R], track: Track) -> list[R]:
    def part(start: int, stop: int) -> list[R]:
        return [work(item) for item in items[start:stop]]

    return [*track(in_parallel(part, len(items)), what, len(items))]


def _read(file: PostFile, folder: str) -> bytes:
    shown = folder + file.path
    with wrap_read_errors(shown):
        try:
            raw = file.read()
        except FileNotFoundError as error:
            deleted = message("adopt.deleted", file=shown)
            raise LinkmgrError(message("adopt.run-again", reason=deleted)) from error
    if len(raw) != file.size:
        raise LinkmgrError(message("adopt.run-again", reason=message("adopt.changed", file=shown)))
    return raw
