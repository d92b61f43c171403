"""The facts of post files: read from the files, or from the cache while they are valid."""

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime
from typing import Any, NamedTuple

from linkmgr import __version__
from linkmgr.builder.processes import Track, in_parallel
from linkmgr.builder.reading.cache import Cache
from linkmgr.builder.site import Stamp
from linkmgr.messages.errors import Problem, Problems
from linkmgr.messages.message import message
from linkmgr.posts.article.inclusions import Inclusion
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.document import Document
from linkmgr.posts.document_reader import parse_file
from linkmgr.posts.model import NO_OVERRIDE, Override, Post
from linkmgr.posts.ruby.values import text_of
from linkmgr.posts.site import PostFile
from linkmgr.resolver.keywords import KeywordMatcher
from linkmgr.resolver.model import KeywordCounts, PostText

# Facts, as the cache stores them between builds.

_PLAIN = frozenset((str, int, float, bool, type(None)))


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read of a file: its post (or none), where its article begins, its keywords."""

    stamp: Stamp
    document: Document | None
    body_start: int
    text: PostText
    warnings: tuple[Problem, ...] = ()

    def dump(self) -> str | None:
        """Return the facts as JSON, or `None` if JSON cannot represent them."""
        document = self.document
        if document and (document.undated or not _is_plain(document.post)):
            return None
        values = (
            self.stamp,
            _dumped(document) if document else None,
            self.body_start,
            self.text.length,
            self.text.counts,
            [warning.to_json() for warning in self.warnings],
        )
        text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
        try:
            text.encode()
        except UnicodeEncodeError:
            return None
        return text


def settings_of(config: JekyllConfig) -> str:
    """Return the settings on which the facts of posts depend, besides their files."""
    zone = (os.environ.get("TZ"), time.tzname, time.timezone) if config.timezone is None else ()
    return repr((__version__, config, zone))


def load_facts(values: list[Any]) -> Facts:
    """Return the facts that `Facts.dump` gave, decoded."""
    stamp, document, body_start, length, counts, warnings = values
    return Facts(
        stamp=(stamp[0], stamp[1], stamp[2]),
        document=_loaded(document) if document else None,
        body_start=body_start,
        text=PostText(
            length, {keyword: KeywordCounts(*of_part) for keyword, of_part in counts.items()}
        ),
        warnings=tuple(map(Problem.from_json, warnings)),
    )


def _is_plain(post: Post) -> bool:
    """Whether JSON gives back every value of YAML in `post` as it was."""
    values = (post.slug, post.title, *post.tags, *post.categories)
    return all(type(value) in _PLAIN for value in values)


_FIELDS = tuple(field.name for field in fields(Post))


def _dumped(document: Document) -> tuple[Any, ...]:
    post = document.post
    values = {name: getattr(post, name) for name in _FIELDS}
    values["date"] = post.date.isoformat()
    values["override"] = () if post.override == NO_OVERRIDE else astuple(post.override)
    return list(values.values()), document.published, document.draft, document.language_source


def _loaded(values: list[Any]) -> Document:
    stored, published, draft, source = values
    post = dict(zip(_FIELDS, map(_as_tuples, stored), strict=True))
    post["date"] = datetime.fromisoformat(post["date"])
    post["override"] = Override(*post["override"])
    post["inclusions"] = tuple(Inclusion(*inclusion) for inclusion in post["inclusions"])
    return Document(Post(**post), published, draft, source)


def _as_tuples(value: Any) -> Any:
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value


# Reading the files.

# A file changed this shortly before it is read may change once more within the same tick of the
# file system's clock, and seem the same: its facts are not cached. Nanoseconds.
_TICK = 20_000_000


def is_stable(file: PostFile, read_at: int) -> bool:
    """Whether a file read at that time (nanoseconds) can no longer change and seem the same."""
    return file.mtime_ns < read_at - _TICK


class ReadResult(NamedTuple):
    """The result for a file: its facts as JSON, or as they are if JSON cannot represent them.

    With neither, its cached facts are still valid.
    """

    dumped: str | None = None
    facts: Facts | None = None
    problems: Sequence[Problem] = ()


def read_facts(
    files: Sequence[PostFile],
    config: JekyllConfig,
    matcher: KeywordMatcher,
    cache: Cache | None,
    *,
    track: Track,
) -> dict[str, Facts]:
    """Return the facts of all files by path, and store them in `cache`. Raise Problems."""
    started = time.time_ns()
    reader = _PostReader(files, config, matcher, cache)
    facts = dict(reader.known)
    valid = set(reader.known)
    updated: dict[str, str] = {}
    problems: list[Problem] = []
    number = len(reader.files)
    results = track(in_parallel(reader.read, number), message("build.reading-posts"), number)
    for file, read in zip(reader.files, results, strict=True):
        problems += read.problems
        if read.dumped:
            facts[file.path] = load_facts(json.loads(read.dumped))
            if is_stable(file, started):
                updated[file.path] = read.dumped
        elif read.facts:
            facts[file.path] = read.facts
        else:
            facts[file.path] = reader.cached[file.path]
            valid.add(file.path)
    if problems:
        raise Problems(problems)
    if cache:
        # Facts of other settings or keywords must not be valid again once their file is restored.
        forget = cache.paths() - valid - updated.keys()
        cache.store(updated.items(), forget)
        cache.set_state(config=settings_of(config), keywords=matcher.keywords)
    return facts


class _PostReader:
    """Reads the files of posts whose cached facts are not enough."""

    def __init__(
        self,
        files: Sequence[PostFile],
        config: JekyllConfig,
        matcher: KeywordMatcher,
        cache: Cache | None,
    ) -> None:
        self._config = config
        self._matcher = matcher
        keywords = frozenset(matcher.keywords)
        before = frozenset(cache.state("keywords") or () if cache else ())
        self._removed = before - keywords
        self._added = KeywordMatcher(keywords - before) if keywords - before else None
        self.cached = _cached_facts(config, cache)
        self.known: dict[str, Facts] = {}
        self.files: list[PostFile] = []
        for file in files:
            facts = self._unchanged(file)
            if facts and self._added is None and self._removed.isdisjoint(facts.text.counts):
                self.known[file.path] = facts
            else:
                self.files.append(file)

    def _unchanged(self, file: PostFile) -> Facts | None:
        """Return the cached facts of a file, if it has not changed."""
        facts = self.cached.get(file.path)
        return facts if facts and facts.stamp == file[2:] else None

    def read(self, start: int, stop: int) -> list[ReadResult]:
        """Read a range of `files`."""
        return [self._read(file) for file in self.files[start:stop]]

    def _read(self, file: PostFile) -> ReadResult:
        raw = file.read()
        if facts := self._unchanged(file):
            return ReadResult(self._recounted(facts, raw))
        parsed = parse_file(file.path, raw, file.mtime_ns / 1e9, self._config)
        document, text = parsed.document, PostText()
        if document:
            text = text_of_post(self._matcher, document.post, parsed.body)
        facts = Facts(
            stamp=file[2:],
            document=document,
            body_start=len(raw) - len(parsed.body),
            text=text,
            warnings=parsed.warnings,
        )
        dumped = facts.dump()
        return ReadResult(dumped, None if dumped else facts, parsed.problems)

    def _recounted(self, facts: Facts, raw: bytes) -> str | None:
        """Count the keywords again, unless those added or removed do not occur in the post."""
        if facts.document is None:
            return None
        body, post = raw[facts.body_start :], facts.document.post
        is_recounted = not self._removed.isdisjoint(facts.text.counts)
        if self._added and not is_recounted:
            is_recounted = self._added.may_count(text_of(post.title), post.excerpt, body)
        if not is_recounted:
            return None
        return replace(facts, text=text_of_post(self._matcher, post, body)).dump()


def _cached_facts(config: JekyllConfig, cache: Cache | None) -> Mapping[str, Facts]:
    if cache is None or cache.state("config") != settings_of(config):
        return {}
    return {path: load_facts(values) for path, values in cache.facts()}


def text_of_post(matcher: KeywordMatcher, post: Post, body: bytes) -> PostText:
    """Count the keywords in a post whose article is `body`."""
    counts = matcher.count(text_of(post.title), post.excerpt, body)
    return PostText(len(body), counts)
