"""Words of many posts as numbers: which of them two posts share, and how much that says."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from math import sqrt

RARE = 10
"""A word that so few posts have makes each of them a candidate of the others."""


class Numbers:
    """Names as numbers, those of each language apart.

    Sets of strings have another order in each process, and sums of fractions depend on it.
    """

    def __init__(self) -> None:
        following = count().__next__
        self._numbers: defaultdict[str, defaultdict[str, int]]
        self._numbers = defaultdict(lambda: defaultdict(following))

    def of(self, language: str, names: Iterable[str]) -> frozenset[int]:
        """Return the numbers of names."""
        return frozenset(map(self._numbers[language].__getitem__, names))


def postings(values: Iterable[Iterable[int]]) -> dict[int, list[int]]:
    """Return, for each number, the positions of the values that contain it."""
    found: dict[int, list[int]] = {}
    for position, numbers in enumerate(values):
        for number in numbers:
            found.setdefault(number, []).append(position)
    return found


class Vocabulary:
    """The words of each post, by position, and their weights.

    `weight` returns that of a word by the positions of the posts that have it, a whole number. A
    word that is `formulaic` by the same posts is not taken to be in common. `least` is added to
    the weight of each post's words.
    """

    def __init__(
        self,
        words: Sequence[frozenset[int]],
        weight: Callable[[list[int]], int],
        formulaic: Callable[[list[int]], bool] = lambda _: False,
        least: int = 0,
    ) -> None:
        with_word = postings(words)
        self._weights = {word: weight(having) for word, having in with_word.items()}
        self._norms = [sqrt(self._sum(each) + least) or 1.0 for each in words]
        without = frozenset(word for word, having in with_word.items() if formulaic(having))
        self._words = [each - without for each in words] if without else words
        self._rare = {
            word: having
            for word, having in with_word.items()
            if 1 < len(having) <= RARE and word not in without
        }

    def similarity(self, position: int, other: int) -> float:
        """Return the cosine of the words of two posts, 0 to 1."""
        common = self._words[position] & self._words[other]
        if not common:
            return 0.0
        return self._sum(common) / (self._norms[position] * self._norms[other])

    def weight(self, word: int) -> int:
        """Return the weight of a word by its number."""
        return self._weights[word]

    def likely(self, position: int, most: int) -> list[int]:
        """Return the posts that share most of a post's rare words."""
        rare = self._rare
        common = Counter(
            other for word in self._words[position] if word in rare for other in rare[word]
        )
        del common[position]
        return sorted(common, key=lambda other: (-common[other], other))[:most]

    def _sum(self, words: Iterable[int]) -> int:
        return sum(map(self._weights.__getitem__, words))
