"""Lines of the report: messages in words, and lists that break off."""

from collections.abc import Iterable, Iterator, Sequence

from linkmgr.messages.message import Message, Param, message
from linkmgr.messages.wording import word

# Lines of a kind; --json has all.
_SHOWN = 5


def line(code: str, **params: Param) -> str:
    """Return a message in the current language."""
    return word(message(code, **params))


def few(lines: Sequence[str], most: int = _SHOWN, indent: str = "      ") -> Iterator[str]:
    """Yield the first lines of a list, indented, and how many more there are."""
    yield from (indent + each for each in lines[:most])
    if len(lines) > most:
        yield indent + line("adopt.more", count=len(lines) - most)


def enumerated(parts: Iterable[Message]) -> Message:
    """Return parts of a sentence as one: a, b and c."""
    *most, last = parts
    if not most:
        return last
    return message("adopt.enumeration", most=tuple(map(word, most)), last=last)
