"""Choosing the terms of an item's mapping: its own words first, as far as they hold."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import NamedTuple

from linkmgr.adopt.proposing.index_terms import (
    TermIndex,
    TermTotal,
    Totals,
    Words,
    own_words,
    parts,
    title_words,
    words,
)
from linkmgr.catalog.items import Cta, Item
from linkmgr.resolver.evidence import STATEMENTS
from linkmgr.resolver.model import KEYWORD, PATH, TAG
from linkmgr.resolver.rules import Term

# Whether a term predicts which posts carried an item, by more than chance.

# An item must have been this many times as frequent in posts that speak of the term.
_LEAST_LIFT = 1.25
# Fewer posts may all have the same by chance, however rare it is.
_FEWEST = 3


class Prediction(NamedTuple):
    """What a term says of where an item was."""

    share: float
    """Of the posts with the term, weighted by how strongly they speak of it, that had the item."""

    lift: float
    """How many times its share of all posts that is."""

    saving: float
    """Nats by which knowing the term shortens the description of where the item was."""

    posts: float
    """As `TermTotal.posts`."""

    carried: float
    """The same of the posts that had the item."""

    def holds(self, candidates: int, *, own: bool = False) -> bool:
        """Whether the term is worth naming, as one of `candidates` terms.

        To name it costs log(candidates): the best of that many terms without any meaning would save
        about as much (Foster and George 1994, "The risk inflation criterion"). What costs more than
        it saves would not predict other posts. Unless it is the item's `own`, which is known
        without the posts to speak for the item, its share must be described, too, for half
        of log(posts) (Rissanen 1978, "Modeling by shortest data description").
        """
        if self.lift < _LEAST_LIFT or self.carried < _FEWEST:
            return False
        cost = log(max(candidates, 2))
        return self.saving >= (cost if own else cost + 0.5 * log(max(self.posts, 1.0)))


def predict(with_item: TermTotal, among: TermTotal, base: float) -> Prediction:
    """Compare a term's weights in the posts that carried an item with those `among` all posts.

    `base` is the item's share of these posts.
    """
    if not among.weights or not 0 < base < 1:
        return Prediction(0.0, 0.0, 0.0, 0.0, 0.0)
    share = min(1.0, with_item.weights / among.weights)
    saving = 0.0
    if share > base:
        # The Kullback-Leibler divergence of the two probabilities, for each post.
        divergence = share * log(share / base)
        if share < 1:
            divergence += (1 - share) * log((1 - share) / (1 - base))
        saving = among.posts * divergence
    return Prediction(share, share / base, saving, among.posts, with_item.posts)


# Which of the terms an item gets.

# Most terms of an item; of these, most tags and categories, and most words not its own.
MOST_TERMS = 5
_MOST_STATED = 2
_MOST_OTHERS = 2

# A term in more of the posts distinguishes none of them.
_COMMON = 2 / 3
# A tag or a category is enough to show an item: this share of its posts must have carried it. If
# the only item's words it has are in nearly all posts, the item must have been this many
# times as frequent there as in the posts without it. If it has none at all, this share of all of
# its posts must have carried something, too: nobody knows what fits the others.
_STATED_SHARE = 3 / 4
_UNNAMED = (2.0, 1 / 2)
# A keyword must be right where it is seen: of the posts about it this share must have carried the
# item, unless it is in the title, which says more of what an item is about than other texts.
_KEYWORD_SHARE = 1 / 2
# A word not the item's own must be this many times as frequent where the item's own words are.
_COMPANION_LIFT = 2.0
# Where nothing of the item's own holds, other words speak for it if this share of the posts about
# them carried it, this many times the usual one.
_LEARNT = (3 / 4, 1.5)

# With fewer posts nothing can be tested. With two or more, the title's words are taken of which all
# of these speak, if some posts do so strongly and not too many have them at all.
_FEWEST_CARRIERS = 5
_FEWEST_UNTESTED = 2
_FEWEST_STRONG = 3
_UNTESTED_COMMON = 1 / 3

_ANYWHERE = "*"
"""The path of an item that most posts carried, whatever they were about."""

_USUAL = 3 / 4
"""An item that this share of the posts with any of its kind carried needs no theme."""


class Chosen(NamedTuple):
    """A term of an item; `lift` as in `Prediction`, 0 where nothing was tested."""

    term: Term
    lift: float = 0.0


class ItemWords(NamedTuple):
    """The words of an item's texts, and those that may be its keywords without a test."""

    own: Words
    title: Words

    @classmethod
    def of_item(cls, item: Item, vocabulary: Collection[str]) -> "ItemWords":
        """Return an item's words; a CTA's heading is an offer, and names its theme seldom."""
        title = {} if isinstance(item, Cta) else title_words(item)
        own = own_words(item)
        return cls(own | parts(own, vocabulary), title | parts(title, vocabulary))


@dataclass(frozen=True, slots=True)
class Carriers:
    """Posts, by position, within which items are compared, and the terms' totals over them."""

    positions: frozenset[int]
    totals: Totals


class Chooser:
    """Chooses terms for the items of one site; `vocabulary` are keywords that are the site's."""

    def __init__(self, index: TermIndex, vocabulary: Collection[str]) -> None:
        self._index = index
        self._vocabulary = [w for w in vocabulary if self._distinguishes((KEYWORD, w))]
        self._stated = [f for f in index.numbers if f[0] in STATEMENTS]
        self._all = self.carriers(range(len(index.weights)))
        self._having: dict[Term, list[int]] = defaultdict(list)
        for position, weights in enumerate(index.weights):
            for weight in weights:
                self._having[weight].append(position)
        self._stated_words = self._words_of_stated(vocabulary)

    def carriers(self, positions: Iterable[int]) -> Carriers:
        """Return posts as those to compare items within."""
        chosen = frozenset(positions)
        return Carriers(chosen, self._index.totals(chosen))

    def choose(
        self, words_: ItemWords, with_item: Collection[int], carriers: Carriers
    ) -> list[Chosen]:
        """Return the terms of an item that the posts `with_item` carried, of all `carriers`."""
        if not with_item:
            return []
        if len(with_item) >= _USUAL * len(carriers.positions):
            carriers = self._all  # it is compared with the posts without any
        item = self._item(with_item, carriers)
        if item.base >= _USUAL and len(with_item) >= _FEWEST_CARRIERS:
            return [Chosen((PATH, _ANYWHERE), 1.0)]
        stated = self._statements(item, words_.own, with_item, carriers)
        if stated and not words_.title:
            return stated
        holding = self._holding(item, words_.own)
        own = [
            chosen
            for chosen in holding
            if chosen.term[1] in words_.title or self._share(item, chosen.term) >= _KEYWORD_SHARE
        ]
        if not own and not stated and _FEWEST_UNTESTED <= len(with_item) < _FEWEST_CARRIERS:
            own = [Chosen(_keyword(w)) for w in words_.title if self._is_theme(w, with_item)]
        others = self._companions(item, holding, words_.own) if holding else []
        if not own and not others and not stated:
            others = self._learnt(item)
        first = [*_apart((*stated, *own))]
        apart = [*_apart((*first, *others))]
        return apart[: min(MOST_TERMS, len(first) + _MOST_OTHERS)]

    def _item(self, with_item: Collection[int], carriers: Carriers) -> "_Item":
        return _Item(with_item, self._index.totals(with_item), carriers)

    def _statements(
        self, item: "_Item", own: Words, with_item: Collection[int], carriers: Carriers
    ) -> list[Chosen]:
        """Return the tags and categories that hold, each in the posts without the ones before."""
        chosen: list[Chosen] = []
        while len(chosen) < _MOST_STATED and (more := self._holding_statements(item, own)):
            chosen.append(more[0])
            having = carriers.positions.intersection(self._having[more[0].term])
            gone, left = self._index.totals(having), {}
            for term, total in carriers.totals.items():
                left[term] = total.less(gone.get(term, TermTotal()))
            carriers = Carriers(carriers.positions - having, left)
            with_item = [position for position in with_item if position in carriers.positions]
            item = self._item(with_item, carriers)
        return chosen

    def _holding(self, item: "_Item", keywords: Iterable[str]) -> list[Chosen]:
        """Return the keywords that hold, the most telling first."""
        used = [keyword for keyword in map(_keyword, keywords) if self._distinguishes(keyword)]
        predictions = {}
        for keyword in used:
            said = item.predict(keyword)
            if said.holds(len(used), own=True):
                predictions[keyword] = said
        return self._ordered(predictions)

    def _share(self, item: "_Item", term: Term) -> float:
        """Return the item's share of the posts about a term."""
        about = self._index.about(term, item.positions.intersection(self._having[term]))
        return len(item.with_item.intersection(about)) / max(len(about), 1)

    def _learnt(self, item: "_Item") -> list[Chosen]:
        """Return the words of the site that hold by themselves, for an item whose own do not."""
        share, lift = _LEARNT
        predictions = {}
        for term in map(_keyword, self._vocabulary):
            said = item.predict(term)
            holds = said.lift >= lift and said.holds(len(self._vocabulary))
            if holds and self._share(item, term) >= share:
                predictions[term] = said
        return self._ordered(predictions)

    def _holding_statements(self, item: "_Item", own: Collection[str]) -> list[Chosen]:
        """Return the tags and categories whose posts hardly ever lacked the item."""
        telling = {word for word in own if not self._is_common(_keyword(word))}
        named = [term for term, own_ in self._stated_words.items() if not own_.isdisjoint(telling)]
        hinted = [term for term, own_ in self._stated_words.items() if not own_.isdisjoint(own)]
        predictions: dict[Term, Prediction] = {}
        for is_own, candidates, contrast, share in (
            (True, named, 0.0, 0.0),
            (True, hinted, _UNNAMED[0], 0.0),
            (False, self._stated, *_UNNAMED),
        ):
            for term in candidates:
                if term not in item.totals or not self._distinguishes(term):
                    continue
                said = item.predict(term)
                is_tested = said.posts >= share * self._index.numbers[term]
                fits = said.share >= max(_STATED_SHARE, contrast * item.share_without(term))
                if is_tested and fits and said.holds(len(candidates), own=is_own):
                    predictions[term] = said
        return self._ordered(predictions)

    def _companions(
        self, item: "_Item", chosen: Sequence[Chosen], own: Collection[str]
    ) -> list[Chosen]:
        """Return words that accompany the chosen ones and hold as these do."""
        theme = self._item(self._strongly([name for (_, name), _ in chosen]), self._all)
        predictions: dict[Term, Prediction] = {}
        candidates = len(self._vocabulary)
        for word in self._vocabulary:
            term = _keyword(word)
            if word in own or term not in item.totals or term not in theme.totals:
                continue
            beside, said = theme.predict(term), item.predict(term)
            accompanies = beside.lift >= _COMPANION_LIFT and beside.holds(candidates)
            holds = accompanies and said.holds(candidates)
            if holds and self._share(item, term) >= _KEYWORD_SHARE:
                predictions[term] = said
        return self._ordered(predictions)

    def _ordered(self, predictions: Mapping[Term, Prediction]) -> list[Chosen]:
        """Return terms by what they save; of equal ones the rarest, tags before categories."""
        numbers = self._index.numbers
        order = sorted(
            predictions, key=lambda f: (-predictions[f].saving, numbers[f], f[0] != TAG, f)
        )
        return [Chosen(term, predictions[term].lift) for term in order]

    def _strongly(self, keywords: Sequence[str]) -> set[int]:
        """Return the posts that would show an item with these keywords."""
        sums: dict[int, float] = defaultdict(float)
        for term in map(_keyword, keywords):
            for position in self._having[term]:
                sums[position] += self._index.weights[position][term]
        return {position for position, weight in sums.items() if weight >= 1}

    def _distinguishes(self, term: Term) -> bool:
        return term in self._index.numbers and not self._is_common(term)

    def _is_common(self, term: Term) -> bool:
        return self._index.numbers.get(term, 0) > _COMMON * len(self._index.weights)

    def _is_theme(self, word: str, with_item: Collection[int]) -> bool:
        """Whether some posts are about a word, all that carried an item speak of it, and few do."""
        if not all(_keyword(word) in self._index.weights[position] for position in with_item):
            return False
        most = _UNTESTED_COMMON * len(self._index.weights)
        strong = len(self._strongly([word]))
        return strong >= _FEWEST_STRONG and self._index.numbers[_keyword(word)] <= most

    def _words_of_stated(self, vocabulary: Collection[str]) -> dict[Term, frozenset[str]]:
        """Return the words of the tags and categories, without those that most posts have there."""
        words_of: dict[Term, set[str]] = {}
        for term in self._stated:
            own = words(self._index.written[term])
            words_of[term] = {*own, *parts(own, vocabulary)}
        numbers: Counter[str] = Counter()
        for weights in self._index.weights:
            numbers.update(set().union(*(words_of.get(term, ()) for term in weights)))
        most = _COMMON * len(self._index.weights)
        common = {word for word, number in numbers.items() if number > most}
        return {term: frozenset(own - common) for term, own in words_of.items()}


class _Item:
    """An item's posts among those within which it is compared."""

    def __init__(self, with_item: Collection[int], totals: Totals, carriers: Carriers) -> None:
        self.totals = totals
        self.with_item = frozenset(with_item)
        self.positions = carriers.positions
        self._among = carriers.totals
        self._with_item, self._posts = len(with_item), len(carriers.positions)
        self.base = self._with_item / max(self._posts, 1)

    def share_without(self, term: Term) -> float:
        """Return the item's share of the posts that do not have a tag or a category."""
        left = self._posts - self._among.get(term, TermTotal()).weights
        carried = self._with_item - self.totals.get(term, TermTotal()).weights
        return carried / left if left else 0.0

    def predict(self, term: Term) -> Prediction:
        """Return how well a term predicts the posts that carried the item."""
        return predict(
            self.totals.get(term, TermTotal()), self._among.get(term, TermTotal()), self.base
        )


def _keyword(word: str) -> Term:
    return KEYWORD, word


def _apart(terms: Iterable[Chosen]) -> Iterator[Chosen]:
    """Yield terms without the keywords that an earlier one contains, or that contain it."""
    seen: list[str] = []
    for chosen in terms:
        cause, name = chosen.term
        if cause == KEYWORD:
            if any(name in other or other in name for other in seen):
                continue
            seen.append(name)
        yield chosen
