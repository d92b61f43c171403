"""The one exception tree, and problems with their places in files.

The core raises, the command line prints, the web maps to a status.
"""

import errno
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from linkmgr.messages.message import ENGLISH, Language, Message, Params, message, translate

MOST_SHOWN = 50
"""Lines that a page or an answer shows of an error; the command line prints all."""


class LinkmgrError(Exception):
    """Any error the user can fix; its message says what is wrong and what to do."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(message)

    def __str__(self) -> str:
        return self.translated(ENGLISH)

    def translated(self, language: Language | None = None) -> str:
        """Return the message in words, by default in the current language."""
        return "\n".join(translated(part, language) for part in self.parts)

    def excerpt(self) -> str:
        """Return its first `MOST_SHOWN` lines in words, and how many more it has."""
        return "\n".join(first_lines(self.parts))

    @property
    def parts(self) -> tuple["Part", ...]:
        """What it says, a line each: its message, or its problems."""
        return (self.message,)

    def to_json(self) -> list[dict[str, Any]]:
        """Return each of its parts as a value for JSON."""
        return [part.to_json() for part in self.parts]


@dataclass(frozen=True, order=True, slots=True)
class Location:
    """A place in a file that the user wrote.

    `line` counts from 1; 0 is the file as a whole. `key` is the dotted path of the value
    (`books.genai-law.asin`), empty where there is none.
    """

    file: str
    line: int = 0
    key: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}" if self.key else place


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file the user wrote: what, where, and the values involved."""

    code: str
    location: Location
    params: Params = ()

    @classmethod
    def at(cls, file: str, line: int, key: str, message: Message) -> "Problem":
        """Make the message a problem at a place."""
        return cls(message.code, Location(file, line, key), message.params)

    @property
    def message(self) -> Message:
        """What is wrong, without the place."""
        return Message(self.code, self.params)

    def to_json(self) -> dict[str, Any]:
        place = self.location
        return {"file": place.file, "line": place.line, "key": place.key, **self.message.to_json()}

    def reported(self) -> dict[str, Any]:
        """Return it as JSON for programs that people read: in words, too."""
        return {**self.to_json(), "message": translate(self.message)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Problem":
        """Return the problem that `to_json` gave."""
        problem = Message.from_json(values)
        return cls.at(values["file"], values["line"], values["key"], problem)

    def translated(self, language: Language | None = None) -> str:
        """Return the place and the message as one line, by default in the current language."""
        return f"{self.location}: {translate(self.message, language)}"

    def __str__(self) -> str:
        return self.translated(ENGLISH)

    def with_texts(self, change: Callable[[str], str]) -> "Problem":
        """Return it with its place and every text parameter changed."""
        place = Location(change(self.location.file), self.location.line, change(self.location.key))
        return Problem(self.code, place, self.message.with_texts(change).params)

    def within(self, folder: str) -> "Problem":
        """Return it with a path to its file (in `folder`) the user can open."""
        if folder == ".":
            return self
        return replace(self, location=replace(self.location, file=f"{folder}/{self.location.file}"))


Part: TypeAlias = Problem | Message
"""What an error or a warning is made of: a message, or one about a place in a file."""


def translated(part: Part, language: Language | None = None) -> str:
    """Return a part in words, as one line, by default in the current language."""
    return part.translated(language) if isinstance(part, Problem) else translate(part, language)


def first_lines(parts: Sequence[Part]) -> tuple[str, ...]:
    """Return the first `MOST_SHOWN` parts in the current language, and how many more there are."""
    return (*map(translated, parts[:MOST_SHOWN]), *line_of_more(parts))


def line_of_more(parts: Sequence[Part]) -> tuple[str, ...]:
    """Return the line that says how many parts come after the first `MOST_SHOWN`, if any do."""
    more = len(parts) - MOST_SHOWN
    return (translate(message("admin.more-lines", count=more)),) if more > 0 else ()


def part_from_json(values: dict[str, Any]) -> Part:
    """Return the part that its `to_json` gave."""
    return Problem.from_json(values) if "file" in values else Message.from_json(values)


class Problems(LinkmgrError):  # noqa: N818 - the plural is the point: all of them at once
    """Every problem found in one run, in the order of the files' lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.location))
        super().__init__(self.problems[0].message)

    @property
    def parts(self) -> tuple[Problem, ...]:
        """The problems."""
        return self.problems

    def within(self, folder: str) -> "Problems":
        """Return them with paths to their files (in `folder`) that the user can open."""
        return Problems(problem.within(folder) for problem in self.problems)

    def __reduce__(self) -> tuple[type["Problems"], tuple[tuple[Problem, ...]]]:
        """Have pickle rebuild it from its problems."""
        return Problems, (self.problems,)


def error_from_json(values: list[dict[str, Any]]) -> LinkmgrError:
    """Return the error that `to_json` gave."""
    if "file" in values[0]:
        return Problems(map(Problem.from_json, values))
    return LinkmgrError(Message.from_json(values[0]))


class Conflict(LinkmgrError):  # noqa: N818 - what it is called where it is shown
    """A change made against a text other than the file's current one; nothing is overwritten.

    `text` is the file's present content, and `revision` its revision.
    """

    def __init__(self, message: Message, text: str, revision: str) -> None:
        self.text = text
        self.revision = revision
        super().__init__(message)


# Why the system refuses a file, in linkmgr's words: the system's are in its own language.

_REASONS = {
    errno.ENOENT: "fs.reason-missing",
    errno.EACCES: "fs.reason-forbidden",
    errno.EPERM: "fs.reason-not-permitted",
    errno.ENOSPC: "fs.reason-full",
    errno.EDQUOT: "fs.reason-quota",
    errno.EROFS: "fs.reason-read-only",
    errno.EISDIR: "fs.reason-folder",
    errno.ENOTDIR: "fs.reason-not-a-folder",
    errno.ENAMETOOLONG: "fs.reason-long-name",
    errno.EMFILE: "fs.reason-many-files",
    errno.ELOOP: "fs.reason-links",
    errno.EIO: "fs.reason-disk",
    errno.EEXIST: "fs.reason-exists",
}


def os_reason(error: OSError) -> Message | str:
    """Return why a file could not be used, in the system's words if the reason is rare."""
    known = _REASONS.get(error.errno or 0)
    return message(known) if known else error.strerror or str(error)
