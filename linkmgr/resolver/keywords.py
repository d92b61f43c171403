"""Counting the catalog's keywords in a post, all of them in one pass over its bytes.

Folding a whole article (`fold`) takes ten times as long as loading its front matter, so the article
stays bytes, lower-cased for ASCII alone, and only the few places with characters that would fold
into a keyword's are folded. The result is the same as on the folded text.
"""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import chain

from ahocorasick_rs import BytesAhoCorasick, Implementation

from linkmgr.posts.article.text import Spans
from linkmgr.posts.article.text import sections as sections_of
from linkmgr.resolver.fold import characters_folding_into, fold
from linkmgr.resolver.model import KeywordCounts
from linkmgr.resolver.statistics import term

_ALNUM = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyz")
_LATIN = frozenset(map(chr, (*_ALNUM, *range(0xC0, 0x250))))  # to the end of Latin Extended-B
_CONTINUATION = range(0x80, 0xC0)

_LARGEST_DFA = 100_000  # bytes of patterns, each of which takes up to a kilobyte

# NFKC takes quadratic time in a run of marks. UAX #15 knows no text with more than 30 in one.
_RUN_OF_MARKS = re.compile(
    "([\u0300-\u036f\u3099\u309a\uff9e\uff9f]{30})[\u0300-\u036f\u3099\u309a\uff9e\uff9f]+"
)
_LONGEST_HEAD = 10_000  # characters of a title or an excerpt that are searched
_END_OF_TITLE = b"\xff"  # in no UTF-8, so that no keyword reaches from the title into the excerpt

IN_TITLE, IN_HEADING, IN_EXCERPT, IN_BODY = range(4)  # as in KeywordCounts

Match = tuple[int, int, int]  # pattern, start, end


@lru_cache(maxsize=4)
def _searching(patterns: tuple[bytes, ...]) -> BytesAhoCorasick:
    """Make the search for patterns; a server and `build --watch` ask for the same ones again."""
    # Twice as fast over a text, and worth its memory up to some thousand keywords.
    small = sum(map(len, patterns)) <= _LARGEST_DFA
    return BytesAhoCorasick(patterns, implementation=Implementation.DFA if small else None)


class KeywordMatcher:
    """KeywordCounts a fixed set of keywords; where two overlap, the longest.

    A keyword's end that is an ASCII letter or digit must not touch another Latin letter or digit
    (`eu` is not in `neural`); Japanese keywords match as written.
    """

    def __init__(self, keywords: Iterable[str]) -> None:
        self.keywords = tuple(sorted({term(keyword) for keyword in keywords} - {""}))
        self._patterns = [k.encode() for k in self.keywords]
        self._lengths = [len(k) for k in self.keywords]
        self._word_edges = [(p[0] in _ALNUM, p[-1] in _ALNUM) for p in self._patterns]
        self._latin = any(pattern != pattern.upper() for pattern in self._patterns)
        folding = characters_folding_into("".join(self.keywords))
        self._search = _searching((*self._patterns, *map(str.encode, folding)))

    def count(self, title: str, excerpt: str, body: bytes) -> dict[str, KeywordCounts]:
        """Return the counts of the keywords that occur, by folded keyword; `body` is UTF-8."""
        if not self.keywords:
            return {}
        parts: dict[str, list[int]] = {}
        for pattern, part in self._matches_in_front_matter(title, excerpt):
            parts.setdefault(self.keywords[pattern], [0, 0, 0, 0])[part] += 1
        for pattern, part in self._matches_in_body(body):
            parts.setdefault(self.keywords[pattern], [0, 0, 0, 0])[part] += 1
        return {keyword: KeywordCounts(*counts) for keyword, counts in parts.items()}

    def may_count(self, title: str, excerpt: str, body: bytes) -> bool:
        """Whether `count` may find anything: a much faster test."""
        if self._find(self._lowered(body)):
            return True
        return bool(self._find(_folded_head(title) + _END_OF_TITLE + _folded_head(excerpt)))

    def _matches_in_front_matter(self, title: str, excerpt: str) -> Iterable[tuple[int, int]]:
        head = _folded_head(title)
        text = head + _END_OF_TITLE + _folded_head(excerpt)
        for pattern, start, _ in self._matches(text, self._find(text)):
            yield pattern, IN_TITLE if start < len(head) else IN_EXCERPT

    def _lowered(self, body: bytes) -> bytes:
        return body.lower() if self._latin else body

    def _find(self, text: bytes) -> list[Match]:
        return self._search.find_matches_as_indexes(text, overlapping=True)

    def _matches_in_body(self, body: bytes) -> Iterable[tuple[int, int]]:
        lower = self._lowered(body)
        matches = self._find(lower)
        if not matches:
            return
        sections = sections_of(body)
        foreign = [match for match in matches if match[0] >= len(self.keywords)]
        headings, skipped = Spans(sections.headings), Spans(sections.skipped)
        if foreign:
            borders = frozenset(chain.from_iterable(sections.headings + sections.skipped))
            lower, places = _fold_places(lower, foreign, borders)
            headings, skipped = headings.moved(places), skipped.moved(places)
            matches = self._find(lower)
        for pattern, start, _ in self._matches(lower, matches, skipped):
            yield pattern, IN_HEADING if start in headings else IN_BODY

    def _matches(
        self, text: bytes, matches: list[Match], skipped: Spans | None = None
    ) -> Iterable[Match]:
        """Yield the matches that count: at word edges, not skipped, the longest of overlapping."""
        counting: list[Match] = []
        for match in matches:
            pattern, start, end = match
            if pattern >= len(self.keywords):
                continue
            begins_word, ends_word = self._word_edges[pattern]
            if begins_word and _is_word_end(text, start):
                continue
            if ends_word and _is_word_start(text, end):
                continue
            if not (skipped and start in skipped):
                counting.append(match)
        counting.sort(key=lambda match: (match[1], -match[2]))
        cluster: list[Match] = []
        end = -1
        for match in counting:
            if match[1] >= end and cluster:
                yield from self._longest(cluster)
                cluster = []
            cluster.append(match)
            end = max(end, match[2])
        yield from self._longest(cluster)

    def _longest(self, cluster: list[Match]) -> Iterable[Match]:
        """Yield the longest of overlapping matches, then the next longest that fits.

        A match taken earlier is no shorter, so it covers an end of whatever overlaps it.
        """
        if len(cluster) < 2:  # noqa: PLR2004 - the usual case: nothing overlaps
            yield from cluster
            return
        first = cluster[0][1]
        taken = bytearray(max(match[2] for match in cluster) - first)
        for match in sorted(cluster, key=lambda match: -self._lengths[match[0]]):
            start, end = match[1] - first, match[2] - first
            if not (taken[start] or taken[end - 1]):
                taken[start:end] = b"x" * (end - start)
                yield match


def _fold(text: str) -> str:
    return fold(_RUN_OF_MARKS.sub(r"\1", text))


def _folded_head(text: str) -> bytes:
    return _fold(text[:_LONGEST_HEAD]).encode(errors="replace")


def _is_word_end(text: bytes, start: int) -> bool:
    """Whether a Latin letter or digit comes right before `start`."""
    first = start - 1
    while first > 0 and text[first] in _CONTINUATION:
        first -= 1
    return first >= 0 and _folds_into_latin(text[first:start], -1)


def _is_word_start(text: bytes, end: int) -> bool:
    """Whether a Latin letter or digit is right at `end`."""
    last = end + 1
    while last < len(text) and text[last] in _CONTINUATION:
        last += 1
    return end < len(text) and _folds_into_latin(text[end:last], 0)


@lru_cache(maxsize=4_096)
def _folds_into_latin(character: bytes, end: int) -> bool:
    """Whether a character's first (0) or last (-1) letter is Latin once it is folded."""
    return fold(character.decode(errors="replace"))[end] in _LATIN


def _fold_places(
    text: bytes, foreign: list[Match], borders: Collection[int]
) -> tuple[bytes, list[tuple[int, int]]]:
    """Fold `text` around the foreign characters alone, and nothing across a border.

    Returns the new text and, in order, (position in `text`, growth up to there).
    """
    pieces: list[bytes] = []
    places: list[tuple[int, int]] = []
    done = growth = 0
    for start, end in _regions(text, foreign, borders):
        folded = _fold(text[start:end].decode(errors="replace")).encode()
        pieces += (text[done:start], folded)
        growth += len(folded) - (end - start)
        places.append((end, growth))
        done = end
    pieces.append(text[done:])
    return b"".join(pieces), places


def _regions(
    text: bytes, foreign: list[Match], borders: Collection[int]
) -> Iterable[tuple[int, int]]:
    """Yield the regions to fold: each foreign character with the one before it, runs as one."""
    region: tuple[int, int] | None = None
    for _, start, end in sorted(foreign, key=lambda match: match[1]):
        first = start
        if first and first not in borders:
            first -= 1
            while first and text[first] in _CONTINUATION:
                first -= 1
        if region and (first < region[1] or (first == region[1] and first not in borders)):
            region = (region[0], max(end, region[1]))
            continue
        if region:
            yield region
        region = (first, end)
    if region:
        yield region
