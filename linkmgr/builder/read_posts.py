"""Reading post files, or what is remembered of them if it still holds."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from linkmgr.builder.cache import Cache
from linkmgr.builder.parallel import in_parallel
from linkmgr.builder.post_facts import Facts, load_facts, settings_of
from linkmgr.builder.progress import Track
from linkmgr.messages.errors import Problem, Problems
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.document import parse_file
from linkmgr.posts.model import Post
from linkmgr.posts.site import PostFile
from linkmgr.posts.values import text_of
from linkmgr.resolver.keywords import KeywordMatcher
from linkmgr.resolver.model import PostText

# A file changed this shortly before it is read may change once more within the same tick of the
# file system's clock, and look the same: its facts are not kept. Nanoseconds.
_TICK = 20_000_000


def is_settled(file: PostFile, read_at: int) -> bool:
    """Whether a file read at that time (nanoseconds) can no longer change and look the same."""
    return file.mtime_ns < read_at - _TICK


class Read(NamedTuple):
    """What came of a file: its facts as JSON, or as they are if JSON cannot hold them.

    Neither: what is remembered of it still holds.
    """

    dumped: str | None = None
    whole: Facts | None = None
    problems: Sequence[Problem] = ()


def read_facts(
    files: Sequence[PostFile],
    config: JekyllConfig,
    matcher: KeywordMatcher,
    cache: Cache | None,
    track: Track,
) -> dict[str, Facts]:
    """Return the facts of all files by path, and have `cache` remember them. Raise Problems."""
    started = time.time_ns()
    reading = _Reading(files, config, matcher, cache)
    facts = dict(reading.known)
    holding = set(reading.known)
    renewed: dict[str, str] = {}
    problems: list[Problem] = []
    results = track(
        in_parallel(reading.read, len(reading.files)), "Reading posts", len(reading.files)
    )
    for file, read in zip(reading.files, results, strict=True):
        problems += read.problems
        if read.dumped:
            facts[file.path] = load_facts(json.loads(read.dumped))
            if is_settled(file, started):
                renewed[file.path] = read.dumped
        elif read.whole:
            facts[file.path] = read.whole
        else:
            facts[file.path] = reading.remembered[file.path]
            holding.add(file.path)
    if problems:
        raise Problems(problems)
    if cache:
        # Facts of other settings or keywords must not hold again once their file is restored.
        forget = cache.paths() - holding - renewed.keys()
        cache.remember(renewed.items(), forget)
        cache.keep_state(config=settings_of(config), keywords=matcher.keywords)
    return facts


class _Reading:
    """What is known of a site's files, and the reading of those of which too little is."""

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
        self.remembered = _remembered(config, cache)
        self.known: dict[str, Facts] = {}
        self.files: list[PostFile] = []
        for file in files:
            facts = self._standing(file)
            if facts and self._added is None and self._removed.isdisjoint(facts.text.counts):
                self.known[file.path] = facts
            else:
                self.files.append(file)

    def _standing(self, file: PostFile) -> Facts | None:
        """Return what is remembered of a file, if it has not changed."""
        facts = self.remembered.get(file.path)
        return facts if facts and facts.stamp == file[2:] else None

    def read(self, start: int, stop: int) -> list[Read]:
        """Read a range of `files`."""
        return [self._read(file) for file in self.files[start:stop]]

    def _read(self, file: PostFile) -> Read:
        raw = file.read()
        if facts := self._standing(file):
            return Read(self._recounted(facts, raw))
        parsed = parse_file(file.path, raw, file.mtime_ns / 1e9, self._config)
        document = parsed.document
        facts = Facts(
            stamp=file[2:],
            document=document,
            body_start=len(raw) - len(parsed.body),
            text=_text(self._matcher, document.post, parsed.body) if document else PostText(),
            warnings=parsed.warnings,
        )
        dumped = facts.dump()
        return Read(dumped, None if dumped else facts, parsed.problems)

    def _recounted(self, facts: Facts, raw: bytes) -> str | None:
        """Count again, unless the keywords that came or went do not stand in the post at all."""
        if facts.document is None:
            return None
        body, post = raw[facts.body_start :], facts.document.post
        if self._removed.isdisjoint(facts.text.counts) and not (
            self._added and self._added.may_count(text_of(post.title), post.excerpt, body)
        ):
            return None
        return replace(facts, text=_text(self._matcher, post, body)).dump()


def _remembered(config: JekyllConfig, cache: Cache | None) -> Mapping[str, Facts]:
    if cache is None or cache.state("config") != settings_of(config):
        return {}
    return {path: load_facts(values) for path, values in cache.facts()}


def _text(matcher: KeywordMatcher, post: Post, body: bytes) -> PostText:
    counts = matcher.count(text_of(post.title), post.excerpt, body)
    return PostText(len(body), counts)
