"""Counting other keywords in known posts: only those that may have them are read."""

from collections.abc import Mapping
from pathlib import Path

from linkmgr.builder.processes import Track, in_parallel
from linkmgr.messages.message import message
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.document_reader import parse_file
from linkmgr.posts.model import Post
from linkmgr.posts.ruby.values import text_of
from linkmgr.posts.site import PostFile, post_files
from linkmgr.resolver.keywords import KeywordMatcher
from linkmgr.resolver.model import PostText
from linkmgr.resolver.resolve import PreparedPosts


def recount_keywords(
    root: Path,
    config: JekyllConfig,
    prepared: PreparedPosts,
    keywords: tuple[set[str], set[str]],
    track: Track,
) -> Mapping[str, PostText]:
    """Return the texts of the posts by path, with other keywords counted.

    `keywords` are those that are counted in `prepared`, and those to count.
    Raise LinkmgrError or OSError if the site cannot be read.
    """
    posts = {post.path: post for post in prepared.posts}
    counting = _Counting(config, posts, prepared.texts, *keywords)
    files = [file for file in post_files(root, config) if counting.may_differ(file)]

    def work(start: int, stop: int) -> list[PostText | None]:
        return [counting.count(file) for file in files[start:stop]]

    counted = track(in_parallel(work, len(files)), message("build.reading-posts"), len(files))
    found = {file.path: text for file, text in zip(files, counted, strict=True) if text}
    return {**prepared.texts, **found}


class _Counting:
    def __init__(
        self,
        config: JekyllConfig,
        posts: Mapping[str, Post],
        texts: Mapping[str, PostText],
        old: set[str],
        new: set[str],
    ) -> None:
        self._config = config
        self._posts = posts
        self._texts = texts
        self._removed = old - new
        self._added = KeywordMatcher(new - old) if new - old else None
        self._all = KeywordMatcher(new)

    def may_differ(self, file: PostFile) -> bool:
        """Whether the file must be read."""
        return file.path in self._posts and (self._added is not None or self._has_removed(file))

    def count(self, file: PostFile) -> PostText | None:
        """Count in a post, unless it has no keyword that was added or removed."""
        post, raw = self._posts[file.path], file.read()
        title = text_of(post.title)
        # The front matter is searched as well: finding where it ends would cost more.
        added = self._added and self._added.may_count(title, post.excerpt, raw)
        if not added and not self._has_removed(file):
            return None
        body = parse_file(file.path, raw, file.mtime_ns / 1e9, self._config).body
        return PostText(len(body), self._all.count(title, post.excerpt, body))

    def _has_removed(self, file: PostFile) -> bool:
        return not self._removed.isdisjoint(self._texts[file.path].counts)
