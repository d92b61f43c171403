"""The problems of one run, collected."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NoReturn
from unicodedata import normalize

from linkmgr.messages.errors import Problem, Problems
from linkmgr.messages.message import Message, excerpt

MAX_COMPARISONS = 100_000
"""Words compared for "did you mean" in one run: about a second, whatever the file."""

MAX_WORD = 64
"""The longest key or id there is; longer words are no misspelling of one."""


class ProblemCollector:
    """Collects problems, each once, and finds the words that the user may have meant."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._problems: dict[Problem, None] = {}
        self._comparisons = 0

    def add(self, line: int, key: str, message: Message) -> None:
        """Note a problem; the key's odd characters are made visible, so that it stays one line."""
        self._problems[Problem.at(self._file, line, excerpt(key, 200), message)] = None

    def stop(self, line: int, message: Message) -> NoReturn:
        """Raise a problem after which nothing can be read; it comes alone."""
        raise Problems([Problem.at(self._file, line, "", message)])

    def finish(self) -> None:
        """Raise all problems, if there are any."""
        if self._problems:
            raise Problems(self._problems)

    def meant(self, word: str, among: Iterable[str]) -> str | None:
        """Return the one of `among` that `word` probably means."""
        if len(word) > MAX_WORD or self._comparisons > MAX_COMPARISONS:
            return None
        known = sorted(among)  # the same answer for every order of the file
        self._comparisons += len(known)
        half_width = normalize("NFKC", word).lower().replace("_", "-")
        close = get_close_matches(half_width, known, n=1, cutoff=0.7)
        return close[0] if close else None
