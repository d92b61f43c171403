"""The one exception tree: the core raises, the command line prints, the web maps to a status."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


class LinkmgrError(Exception):
    """Anything that is for the user to mend; its text says what is wrong and what to do."""


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One mistake in a file the user wrote.

    `line` counts from 1; 0 means that the problem belongs to the file as a whole. `key` is the
    dotted path of the value (`books.genai-law.asin`), empty where there is none.
    """

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"

    def within(self, folder: str) -> "Problem":
        """Return it with its file, which stands in `folder`, as the user can open it."""
        return self if folder == "." else replace(self, file=f"{folder}/{self.file}")


class Problems(LinkmgrError):  # noqa: N818 - the plural is the point: all of them at once
    """Every problem found in one run, in the order of the files' lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))

    def within(self, folder: str) -> "Problems":
        """Return them with their files, which stand in `folder`, as the user can open them."""
        return Problems(problem.within(folder) for problem in self.problems)

    def __reduce__(self) -> tuple[type["Problems"], tuple[tuple[Problem, ...]]]:
        """Have pickle make it again from its problems: it would pass the text."""
        return Problems, (self.problems,)


class Conflict(LinkmgrError):  # noqa: N818 - what it is called where it is shown
    """A change that was made against another text than the file's own; nothing is overwritten.

    `text` is what the file holds now, and `revision` is its.
    """

    def __init__(self, message: str, text: str, revision: str) -> None:
        self.text = text
        self.revision = revision
        super().__init__(message)
