"""How strongly each post of a site speaks of each term that a mapping may have."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from linkmgr.adopt.proposing.words import Words, keywords_within
from linkmgr.catalog.reading.yaml.texts import MAX_TEXT, without_control_characters
from linkmgr.posts.model import Post
from linkmgr.posts.ruby.values import text_of
from linkmgr.resolver.model import CATEGORY, KEYWORD, TAG, Cause, Counts, PostText
from linkmgr.resolver.placing import MINIMUM
from linkmgr.resolver.rules import Found
from linkmgr.resolver.statistics import Statistics, term

# A post that gives a keyword less than this weight does not speak of it.
_FAINT = 0.1
# One that gives it this weight is about it: with a second keyword of the like it shows the item.
_ABOUT = 0.5
# A part of a compound is a word of its own if so many of the posts with it have it apart, too.
_APART = 0.5


class Total(NamedTuple):
    """The sum of a term's weights in some posts, and that of their squares."""

    weights: float = 0.0
    squares: float = 0.0

    @property
    def posts(self) -> float:
        """How many posts of equal weight would say as much (Kish's effective sample size)."""
        return self.weights**2 / self.squares if self.squares else 0.0

    def less(self, other: "Total") -> "Total":
        """Return it without the posts of another total."""
        return Total(self.weights - other.weights, self.squares - other.squares)


Totals = Mapping[Found, Total]


@dataclass(frozen=True, slots=True)
class TermIndex:
    """The terms of a site's posts.

    `weights` has for each post, in the site's order, how strongly it speaks of its terms: 1 for a
    tag, a category, and a keyword that alone would show an item; of others in proportion.
    `numbers` says how many posts have a term at all, `written` how it is written.
    """

    weights: Sequence[Mapping[Found, float]]
    numbers: Mapping[Found, int]
    written: Mapping[Found, str]

    def about(self, found: Found, positions: Iterable[int]) -> list[int]:
        """Return those of some posts that are about a term, or have it as tag or category."""
        return [each for each in positions if self.weights[each].get(found, 0.0) >= _ABOUT]

    def totals(self, positions: Iterable[int]) -> dict[Found, Total]:
        """Add up the weights of each term over some posts."""
        sums: dict[Found, float] = defaultdict(float)
        squares: dict[Found, float] = defaultdict(float)
        for position in positions:
            for found, weight in self.weights[position].items():
                sums[found] += weight
                squares[found] += weight * weight
        return {found: Total(weights, squares[found]) for found, weights in sums.items()}


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
    statistics = Statistics.of(posts, texts)
    written: dict[Found, str] = {(KEYWORD, word): form for word, form in keywords.items()}
    numbers: Counter[Found] = Counter()
    weights: list[dict[Found, float]] = []
    for post in posts:
        stated = {**_stated(TAG, post.tags), **_stated(CATEGORY, post.categories)}
        written |= stated
        text = texts[post.path]
        numbers.update((*stated, *((KEYWORD, word) for word in text.counts)))
        own: dict[Found, float] = dict.fromkeys(stated, 1.0)
        for word, points in statistics.mentioned(text):
            weight = min(1.0, points / MINIMUM**2)
            if weight >= _FAINT:
                own[KEYWORD, word] = weight
        weights.append(own)
    return TermIndex(weights, numbers, written)


def _stated(cause: Cause, values: Iterable[Any]) -> dict[Found, str]:
    """Return tags or categories with how they are written, but for numbers and dates."""
    names = (text_of(value).strip() for value in values)
    return {(cause, term(name)): name for name in names if name and _may_be_term(name)}


def _may_be_term(name: str) -> bool:
    """Whether a catalog takes a tag or a category, and it is no number or date."""
    takes = len(name) <= MAX_TEXT and without_control_characters(name) == name
    return takes and not name[0].isdigit()


def _each_for_itself(
    texts: Mapping[str, PostText], keywords: Collection[str], parts: Collection[str]
) -> Mapping[str, PostText]:
    """Count each keyword as if there were no longer ones around it, which count in its stead.

    Of the `parts` those that hardly occur but in a longer keyword are no words.
    """
    within = keywords_within(keywords)
    apart: Counter[str] = Counter()
    anywhere: Counter[str] = Counter()
    whole: dict[str, dict[str, Counts]] = {}
    for path, text in texts.items():
        counts = dict(text.counts)
        for word, each in text.counts.items():
            for part, times in within.get(word, {}).items():
                before = counts.get(part, Counts())
                counts[part] = Counts(*(a + times * b for a, b in zip(before, each, strict=True)))
        apart.update(text.counts.keys())
        anywhere.update(counts.keys())
        whole[path] = counts
    no_words = {part for part in parts if apart[part] < _APART * anywhere[part]}
    return {
        path: PostText(
            texts[path].length, {w: each for w, each in counts.items() if w not in no_words}
        )
        for path, counts in whole.items()
    }
