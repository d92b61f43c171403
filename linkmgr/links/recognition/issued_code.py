"""Code that programmes issue for pasting: pictures that count views, and scripts.

It belongs together with its link: A8 and もしも forbid changes to it, and バリューコマース a link
without its picture. The shapes are those of the programmes' profiles.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from linkmgr.links.programmes.packaged_profiles import packaged_profiles
from linkmgr.links.programmes.shapes import AddressShape


class _Shapes(NamedTuple):
    """How the code of all programmes is found; most posts have no `hints`: no closer search."""

    pictures: re.Pattern[bytes]
    scripts: re.Pattern[bytes]
    hints: tuple[bytes, ...]


def may_contain_code(raw: bytes) -> bool:
    """Whether a text may contain such code: a quick test."""
    return any(hint in raw for hint in _shapes().hints)


def find_pixels(raw: bytes) -> Iterator[int]:
    """Yield where in a text a programme's picture counts views."""
    for found in _shapes().pictures.finditer(raw):
        yield found.start()


def find_code(raw: bytes, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield where in a text a programme's code counts views or is a script, with the programme."""
    found_by = _shapes()
    for shapes in (found_by.pictures, found_by.scripts):
        for found in shapes.finditer(raw, start, end):
            yield found.start(), found.lastgroup or ""


@cache
def _shapes() -> _Shapes:
    known = packaged_profiles().values()
    pictures = {each.id: list(map(_picture, each.pixels)) for each in known if each.pixels}
    scripts = {each.id: list(map(_script, each.scripts)) for each in known if each.scripts}
    hints = {shape.host for each in known for shape in each.pixels}
    hints |= {max(re.split(r"[ *]", text), key=len) for each in known for text in each.scripts}
    return _Shapes(_joined(pictures), _joined(scripts), tuple(hint.encode() for hint in hints))


def _picture(shape: AddressShape) -> str:
    return rf"(?<![\w-]){re.escape(shape.host + shape.path)}{_end(shape.path)}"


def _script(text: str) -> str:
    """Return the expression of a text in which `*` is any word, and a space any white space."""
    shape = re.escape(text).replace(r"\*", r"\w*").replace(r"\ ", r"\s*")
    return rf"(?<![\w-]){shape}{_end(text)}"


def _end(text: str) -> str:
    return r"\b" if text[-1:].isalnum() else ""


def _joined(shapes: dict[str, list[str]]) -> re.Pattern[bytes]:
    named = (f"(?P<{name}>{'|'.join(several)})" for name, several in shapes.items())
    return re.compile("|".join(named).encode(), re.IGNORECASE)
