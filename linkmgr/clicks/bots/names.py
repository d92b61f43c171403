"""The names in maintained lists of bots, found all at once.

`names.txt` is written by `make bots`. One automaton finds them in a single pass, whose time depends
on the length of the text alone: the lists' own regular expressions, one by one or joined, take
milliseconds of a text made to be slow.
"""

from importlib.resources import files

import ahocorasick_rs

from linkmgr.clicks.bots.text import END, START

_SHORT = 6


def _read_names() -> list[str]:
    text = files("linkmgr.clicks.bots").joinpath("names.txt").read_text(encoding="utf-8")
    lines = [line for line in text.split("\n") if line and not line.startswith("# ")]
    return [line.replace("^", START).replace("$", END) for line in lines]


class Names:
    """Finds names. Each is in lower case and may begin with `START` and end with `END`."""

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self._automaton = ahocorasick_rs.AhoCorasick(names)

    def __len__(self) -> int:
        return len(self._names)

    def find(self, text: str) -> tuple[int, int] | None:
        """Return where in a plain text a name begins and ends, `None` if there is none."""
        for number, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            if _is_whole(self._names[number], text, start, end):
                return start, end
        return None


def _is_whole(name: str, text: str, start: int, end: int) -> bool:
    """Tell whether a name is one here: "fish" is none in "starfish", nor "pear" in "pearl"."""
    before = text[start - 1]
    if name[0].isalnum() and (before.isalpha() or (name[0].isdigit() and before.isdigit())):
        return False
    return not (len(name) < _SHORT and name[-1].isalpha() and text[end].isalpha())


KNOWN_NAMES = Names(_read_names())
