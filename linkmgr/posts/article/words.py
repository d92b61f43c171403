"""The words that say what an article is about, by which similar articles are found.

Where a script puts spaces between words, those are the words. In Chinese characters, Japanese
kanji and Hangul they are pairs of neighbours, in the scripts of South East Asia triples: these
find compounds without a dictionary. Hiragana are particles and endings, and left out, as are the
commonest particles of Chinese.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice
from operator import itemgetter
from typing import NamedTuple
from unicodedata import normalize

from linkmgr.posts.article.text import Span, resolve_references, sections

MOST = 256
"""Words of an article. More cost time, and on judged posts were no better."""

TITLE_WEIGHT, EXCERPT_WEIGHT = 6, 3
"""Mentions in the text that one in the title or the excerpt is worth; a heading's are worth two.

A title of 3 to 10, an excerpt of 1 to 5 and headings of 1 to 4 found the same posts within noise.
"""

# Bytes that are read: ten long articles. Characters of a word; what is longer is data.
_READ = 400_000
_LONGEST = 40

# Whatever may belong to a word, before it is folded: each different one is taken apart once. It
# stands there twice, since `re` finds the next of a set quickly only where that is not repeated.
_OF_WORDS = (
    "[0-9A-Za-z\u00aa-\u1fff\u2c00-\u2dff\u3005-\u3007\u3099\u309a\u30a1-\u30fa\u30fc-\u30ff\u3400-\u9fff"
    "\ua000-\ud7ff\uf900-\ufdff\ufe70-\ufefc\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uff9f"
    "\U00010000-\U0001efff\U00020000-\U000323af]"
)
_ROUGHLY = re.compile(f"{_OF_WORDS}{_OF_WORDS}++")
_IDEOGRAPHS = "\u3005\u3007\u3400-\u9fff\U00020000-\U000323af"
_KATAKANA = "\u30a1-\u30fa\u30fc"
_HANGUL = "\uac00-\ud7a3"
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
_APART = f"{_IDEOGRAPHS}\u3041-\u30ff{_HANGUL}{_UNSPACED}"
# Vowels and points that Unicode counts as marks, not as letters: of Hebrew, Arabic, India.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0dff"
_RUN = re.compile(
    rf"[{_IDEOGRAPHS}]{{2,}}|[{_KATAKANA}]{{2,}}|[{_HANGUL}]{{2,}}|[{_UNSPACED}]{{3,}}"
    rf"|[^\W\d_{_APART}](?:[^\W_{_APART}]|[{_MARKS}])+"
)
# The commonest English words. Those of other languages are as common on their sites, so that they
# weigh little; on a small site a few look rare.
_COMMONEST = (
    "a about after again all also although always am an and another any anything are around as "
    "at away back be because been before being between both but by came can could did do does "
    "done down each either else enough even ever every everything few for from get go goes got "
    "had has have he her here him his how however i if in into is it its just know let like "
    "made make many may me might mine more most much must my never new next no nor not nothing "
    "now of off on once one only or other our out over own people perhaps put quite rather "
    "said same say see she should since so some something still such take than that the their "
    "them then there these they thing things this those though through to too took two under "
    "until up us use used using very want wanted was way we well went were what when where "
    "whether which while who whole whose why will with within without would yet you your"
)
_COMMON = frozenset(_COMMONEST.split())
# The commonest particles and pronouns of Chinese, which no space sets apart from what they follow.
# In Japanese, which has hiragana, some are parts of words (目的, 完了).
_PARTICLES = re.compile("[的了是這这個个们們我你您他她它那哪么麼吗嗎吧呢啊没沒很]")
_HIRAGANA = b"\xe3\x81"  # begins most of them, and nothing else
# How many neighbours make a word, by the first character of a run; any other run is one word.
_PAIRED = re.compile(f"[{_IDEOGRAPHS}{_HANGUL}]")
_TRIPLED = re.compile(f"[{_UNSPACED}]")


def words_of(title: str, excerpt: str, body: bytes) -> str:
    """Return the `MOST` weightiest words of an article (UTF-8), folded.

    As `weighted_words` takes them: the weights, the largest first, how many words have each, and
    the words, a line each.
    """
    body = body[:_READ]
    parts = sections(body)
    counts: Counter[str] = Counter()
    is_japanese = _HIRAGANA in body or _is_japanese(title)
    for text, weight in ((title, TITLE_WEIGHT), (excerpt, EXCERPT_WEIGHT)):
        for word in _words_in(text, is_japanese=is_japanese):
            counts[word] += weight
    # Headings are read once with the text, and once more.
    for spans in (parts.headings, _between(parts.skipped, len(body))):
        counts.update(_words_in(_text(body, spans), is_japanese=is_japanese))
    best = sorted(counts.items(), key=itemgetter(1), reverse=True)[:MOST]
    numbers = Counter(weight for _, weight in best)
    lines = (map(str, numbers), map(str, numbers.values()), (word for word, _ in best))
    return "\n".join(map(" ".join, lines)) if best else ""


def words_in(text: str) -> frozenset[str]:
    """Return the words of a line of text, folded."""
    return frozenset(_words_in(text, is_japanese=_is_japanese(text)))


def _is_japanese(text: str) -> bool:
    return _HIRAGANA in text.encode(errors="ignore")


def _words_in(text: str, *, is_japanese: bool) -> Iterator[str]:
    if not is_japanese:
        text = _PARTICLES.sub(" ", text)
    return chain.from_iterable(map(_words, _ROUGHLY.findall(text)))


class WeightedWords(NamedTuple):
    """The words of an article, the weightiest first."""

    words: list[str]
    weights: list[int]
    """The different weights, the largest first."""
    numbers: list[int]
    """How many words have each."""

    def groups(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each weight with its words."""
        words = iter(self.words)
        for weight, number in zip(self.weights, self.numbers, strict=True):
            yield weight, [*islice(words, number)]


def weighted_words(words: str) -> WeightedWords:
    """Return the words of a text that `words_of` returned, by weight."""
    if not words:
        return WeightedWords([], [], [])
    weights, numbers, listed = words.split("\n")
    return WeightedWords(
        listed.split(" "), [*map(int, weights.split(" "))], [*map(int, numbers.split(" "))]
    )


def runs_of(words: str) -> list[str]:
    """Return the words of a text that `words_of` returned, adjacent pairs (triples) joined.

    Words of the same weight are in the order of the text.
    """
    runs: list[str] = []
    for _, alike in weighted_words(words).groups():
        run = ""
        for word in alike:
            size = _size(word)
            if size == len(word) and run.endswith(word[:-1]):
                run += word[-1]
            else:
                runs.append(run)
                run = word
        runs.append(run)
    return [run for run in runs if run]


def join_pairs(words: list[str], text: str) -> list[str]:
    """Return words as `text` writes them, those adjacent there as one.

    They come in the order of `words`, which is kept; a word that `text` lacks stays as it is.
    """
    wanted = frozenset(words)
    written: dict[str, str] = {}
    for match in _RUN.finditer(normalize("NFKC", text)):
        run, folded = match[0], match[0].casefold()
        if len(run) != len(folded) or not (size := _size(folded)):
            if folded in wanted:
                written.setdefault(folded, run)
            continue
        starts = [n for n in range(len(run) - size + 1) if folded[n : n + size] in wanted]
        for start, end in _stretches(starts, size):
            for at in range(start, end - size + 1):
                part = folded[at : at + size]
                if len(written.get(part, "")) < end - start:
                    written[part] = run[start:end]
    return [*dict.fromkeys(written.get(word, word) for word in words)]


# A longer run is a name of several words, or no text at all.
_LONGEST_COMPOUND = 12
_WITH_COUNTER = 2
_COUNTERS = "年月日時分秒人件個回本社円位冊版"


def whole_words(words: Iterable[str], text: str) -> list[str]:
    """Return words as the articles in `text` have them, each once.

    Where no spaces set words apart, a part of one (発現場) becomes the compound that most often has
    it there (開発現場), of equally frequent ones the shortest.
    """
    text = normalize("NFKC", text)
    runs: Counter[str] = Counter()
    for stretch in _RUN.finditer(text):
        # What counts the number before it belongs to that: 2026年|富士通.
        is_counted = text[stretch.start() - 1 : stretch.start()].isdigit()
        run = stretch[0][1:] if is_counted and stretch[0][0] in _COUNTERS else stretch[0]
        if len(run) > 1 and _size(run) and len(run) <= _LONGEST_COMPOUND:
            runs[run] += 1
    whole: list[str] = []
    for word in words:
        compounds = [run for run in runs if _size(word) and word in run]
        if not compounds and word[0] in _COUNTERS and len(word) > _WITH_COUNTER:
            compounds = [run for run in runs if word[1:] in run]
        best = max(compounds, key=lambda run: (runs[run], -len(run)), default=word)
        if not any(best in known for known in whole):
            whole = [known for known in whole if known not in best] + [best]
    return whole


def _stretches(starts: list[int], size: int) -> list[tuple[int, int]]:
    """Return the stretches of adjacent words that begin at `starts`: first start, last end."""
    stretches: list[tuple[int, int]] = []
    for start in starts:
        if stretches and stretches[-1][1] == start + size - 1:
            stretches[-1] = (stretches[-1][0], start + size)
        else:
            stretches.append((start, start + size))
    return stretches


def _text(body: bytes, spans: tuple[Span, ...]) -> str:
    text = b"\n".join(body[start:end] for start, end in spans).decode(errors="ignore")
    return resolve_references(text)


def _between(skipped: tuple[Span, ...], end: int) -> tuple[Span, ...]:
    starts = (0, *(stop for _, stop in skipped))
    return tuple(zip(starts, (*(start for start, _ in skipped), end), strict=True))


def _size(run: str) -> int:
    """Return the number of characters of a run that make a word, 0 for all of it."""
    if run[0] < "\u0e00":
        return 0
    if _PAIRED.match(run):
        return 2
    return 3 if _TRIPLED.match(run) else 0


@lru_cache(maxsize=32_768)
def _words(rough: str) -> tuple[str, ...]:
    folded = (rough if rough.isascii() else normalize("NFKC", rough)).casefold()
    words: list[str] = []
    for run in _RUN.findall(folded):
        if size := _size(run):
            words += (run[start : start + size] for start in range(len(run) - size + 1))
        elif len(run) <= _LONGEST and run not in _COMMON:
            words.append(run)
    return tuple(words)
