"""The terms that a mapping may have, and how strongly each post of a site speaks of each."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from unicodedata import normalize

from linkmgr.catalog.declaration import MAX_TEXT
from linkmgr.catalog.items import Cta, Item
from linkmgr.catalog.reading.yaml.texts import without_control_characters
from linkmgr.posts.model import Post
from linkmgr.posts.ruby.values import text_of
from linkmgr.resolver.fold import fold
from linkmgr.resolver.model import CATEGORY, KEYWORD, TAG, Cause, KeywordCounts, PostText
from linkmgr.resolver.placing import MINIMUM
from linkmgr.resolver.rules import Term
from linkmgr.resolver.statistics import Statistics, term

# Words that may become keywords: an item's own, and those of the site's titles and tags.

Words = dict[str, str]
"""Words as they are compared, each with how it is written."""

# A Latin word begins with a letter: no number, no date.
_LATIN = r"[A-Za-z\u00c0-\u024f][A-Za-z0-9\u00c0-\u024f.&+-]*"
# Japanese does not separate words: a run of one script is taken for one, and so is what several
# make together without hiragana between them (AI半導体).
_KATAKANA, _KANJI = r"[ァ-ヴー]{2,}", r"[一-龥々]{2,}"
_RUN = re.compile(rf"{_LATIN}|{_KATAKANA}|{_KANJI}|[가-힣]{{2,}}")
_MIXED = re.compile(r"[A-Za-z0-9ァ-ヴー一-龥々]{2,}")
_PHRASE = re.compile(rf"(?=(?<![A-Za-z0-9])({_LATIN} {_LATIN})(?![A-Za-z0-9]))")
_HAS_DIGIT_AND_CJK = re.compile(r"(?=.*[0-9])(?=.*[ァ-ヴー一-龥々])")
_LONGEST = 30

# English words that say nothing of a theme, whatever they are in. There are fewer than in
# `posts.article.words`: a word such as `go` may be what a book is about.
_EMPTY_WORDS = (
    "a about after all also an and any are as at be been before but by can could do does for "
    "from get had has have her his how i if in into is it its just like make me more most my "
    "new no not now of off on one only or our out over own so some such than that the their "
    "them then there these they this those to too under up us use using via was we were what "
    "when where which who whose why will with without would you your"
)
_EMPTY = frozenset(_EMPTY_WORDS.split())

# A word in fewer titles and tags is not one of the site's.
_FEWEST_POSTS = 3
# The commonest words of a site's titles and tags that are tried. More add work, hardly a keyword.
_VOCABULARY = 1_000


def own_words(item: Item) -> Words:
    """Return the words of all of an item's texts."""
    return words("\n".join(_texts(item)))


def title_words(item: Item) -> Words:
    """Return the words of an item's title, of a CTA's heading."""
    return words(next(_texts(item)))


def parts(compounds: Iterable[str], vocabulary: Collection[str]) -> Words:
    """Return the parts of compounds, which may be no words themselves.

    One in katakana is parted where `vocabulary` has the part, one in kanji before its last and
    after its first two characters: most are made of such pairs.
    """
    cut: list[str] = []
    for word in compounds:
        if re.fullmatch(_KATAKANA, word):
            for place in range(2, len(word) - 1):
                cut += [part for part in (word[:place], word[place:]) if part in vocabulary]
        elif re.fullmatch(_KANJI, word) and len(word) > len("漢字"):
            cut += (word[:2], word[-2:])
    return {part: part for part in cut}


def _texts(item: Item) -> Iterator[str]:
    if isinstance(item, Cta):
        yield from (item.heading, item.text)
    else:
        yield from (item.title, item.blurb, item.author_or_maker)


def site_vocabulary(posts: Sequence[Post]) -> Words:
    """Return the words that several posts have in their titles, tags or categories."""
    numbers: Counter[str] = Counter()
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for post in posts:
        stated = (text_of(value) for value in (post.title, *post.tags, *post.categories))
        for word, written in words("\n".join(stated), phrases=False).items():
            numbers[word] += 1
            forms[word][written] += 1
    common = (word for word, number in numbers.most_common(_VOCABULARY) if number >= _FEWEST_POSTS)
    return {word: forms[word].most_common(1)[0][0] for word in common}


def words(text: str, *, phrases: bool = True) -> Words:
    """Return a text's words, with `phrases` pairs of Latin ones, too; no numbers, no dates."""
    plain = normalize("NFKC", text)
    candidates = [word.strip(".&+-") for word in _RUN.findall(plain)]
    mixed = [word for word in _MIXED.findall(plain) if not word[0].isdigit()]
    candidates += [word for word in mixed if not _HAS_DIGIT_AND_CJK.match(word)]
    for pair in _PHRASE.findall(plain) if phrases else ():
        both = [part.strip(".&+-") for part in pair.split(" ")]
        # Both of them mean something.
        if pair == " ".join(both) and not _EMPTY.intersection(map(fold, both)):
            candidates.append(pair)
    return {
        fold(word): word
        for word in candidates
        if 1 < len(word) <= _LONGEST and fold(word) not in _EMPTY
    }


def keywords_within(keywords: Collection[str]) -> dict[str, Counter[str]]:
    """Return, by keyword, the shorter ones inside of it that would match there, with numbers.

    Latin words are not parted.
    """
    known = frozenset(keywords)
    within: dict[str, Counter[str]] = {}
    for word in known:
        cuts = [n for n in range(1, len(word)) if not (_latin(word[n - 1]) and _latin(word[n]))]
        parts: Counter[str] = Counter()
        for start in (0, *cuts):
            for end in (*cuts, len(word)):
                if 1 < end - start < len(word) and word[start:end] in known:
                    parts[word[start:end]] += 1
        if parts:
            within[word] = parts
    return within


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


# How strongly posts speak of them, and of tags and categories.

# A post that gives a keyword less than this weight does not speak of it.
_FAINT = 0.1
# One that gives it this weight is about it: with a second keyword of the like it shows the item.
_ABOUT = 0.5
# A part of a compound is a word of its own if this share of the posts with it has it apart, too.
_APART = 0.5


class TermTotal(NamedTuple):
    """The sum of a term's weights in some posts, and that of their squares."""

    weights: float = 0.0
    squares: float = 0.0

    @property
    def posts(self) -> float:
        """How many posts of equal weight would say as much (Kish's effective sample size)."""
        return self.weights**2 / self.squares if self.squares else 0.0

    def less(self, other: "TermTotal") -> "TermTotal":
        """Return it without the posts of another total."""
        return TermTotal(self.weights - other.weights, self.squares - other.squares)


Totals = Mapping[Term, TermTotal]


@dataclass(frozen=True, slots=True)
class TermIndex:
    """The terms of a site's posts.

    `weights` has for each post, in the site's order, how strongly it speaks of its terms: 1 for a
    tag, a category, and a keyword that alone would show an item; of others in proportion.
    `numbers` says how many posts have a term at all, `written` how it is written.
    """

    weights: Sequence[Mapping[Term, float]]
    numbers: Mapping[Term, int]
    written: Mapping[Term, str]

    def about(self, term: Term, positions: Iterable[int]) -> list[int]:
        """Return the given posts that are about a term, or have it as tag or category."""
        return [
            position for position in positions if self.weights[position].get(term, 0.0) >= _ABOUT
        ]

    def totals(self, positions: Iterable[int]) -> dict[Term, TermTotal]:
        """Add up the weights of each term over some posts."""
        sums: dict[Term, float] = defaultdict(float)
        squares: dict[Term, float] = defaultdict(float)
        for position in positions:
            for stated, weight in self.weights[position].items():
                sums[stated] += weight
                squares[stated] += weight * weight
        return {stated: TermTotal(weights, squares[stated]) for stated, weights in sums.items()}


def index_terms(
    posts: Sequence[Post],
    texts: Mapping[str, PostText],
    keywords: Words,
    parts: Collection[str] = (),
) -> TermIndex:
    """Index the tags, categories and `keywords` of posts; `texts` has the keywords' counts.

    Those of the keywords that are `parts` cut from compounds are left out if they are no words.
    """
    texts = _each_for_itself(texts, keywords, parts)
    statistics = Statistics.of_posts(posts, texts)
    written: dict[Term, str] = {(KEYWORD, word): form for word, form in keywords.items()}
    numbers: Counter[Term] = Counter()
    weights: list[dict[Term, float]] = []
    for post in posts:
        stated = {**_stated(TAG, post.tags), **_stated(CATEGORY, post.categories)}
        written |= stated
        text = texts[post.path]
        numbers.update((*stated, *((KEYWORD, word) for word in text.counts)))
        own: dict[Term, float] = dict.fromkeys(stated, 1.0)
        for word, points in statistics.mentioned(text):
            weight = min(1.0, points / MINIMUM**2)
            if weight >= _FAINT:
                own[KEYWORD, word] = weight
        weights.append(own)
    return TermIndex(weights, numbers, written)


def _stated(cause: Cause, values: Iterable[Any]) -> dict[Term, str]:
    """Return tags or categories that a catalog takes, as written, but for numbers and dates."""
    stated = {}
    for value in values:
        name = text_of(value).strip()
        takes = 0 < len(name) <= MAX_TEXT and without_control_characters(name) == name
        if takes and not name[0].isdigit():
            stated[cause, term(name)] = name
    return stated


def _each_for_itself(
    texts: Mapping[str, PostText], keywords: Collection[str], parts: Collection[str]
) -> Mapping[str, PostText]:
    """Count each keyword as if there were no longer ones around it, which count in its stead.

    Of the `parts` those that hardly occur but in a longer keyword are no words.
    """
    within = keywords_within(keywords)
    apart: Counter[str] = Counter()
    anywhere: Counter[str] = Counter()
    whole: dict[str, dict[str, KeywordCounts]] = {}
    for path, text in texts.items():
        counts = whole[path] = dict(text.counts)
        for word, counted in text.counts.items():
            for part, times in within.get(word, {}).items():
                before = counts.get(part, KeywordCounts())
                sums = [a + times * b for a, b in zip(before, counted, strict=True)]
                counts[part] = KeywordCounts(*sums)
        apart.update(text.counts.keys())
        anywhere.update(counts.keys())
    no_words = {part for part in parts if apart[part] < _APART * anywhere[part]}
    result = {}
    for path, counts in whole.items():
        left = {word: count for word, count in counts.items() if word not in no_words}
        result[path] = PostText(texts[path].length, left)
    return result
