"""Typos of Japanese keyboards in YAML: full-width characters where half-width ones count."""

import re
from unicodedata import normalize

from linkmgr.catalog.reading.yaml.emit import FULL_WIDTH_COMMAS, flow
from linkmgr.messages.message import Message, excerpt, message

# Characters that replace an ASCII one, though Unicode's compatibility forms do not have them.
_LOOKALIKES = dict(zip("“”‘’、ー−‐–", "\"\"'',----", strict=True))
_SPACES = {
    "\u3000": message("catalog.space-full-width"),
    "\u00a0": message("catalog.space-no-break"),
}

_KEY = r"(?P<key>[A-Za-z0-9][\w-]*)"
# A colon that YAML does not read as one. The scheme of an address is not a key.
_WRONG_COLON = r"[ \u3000\u00a0]*(?P<colon>：|:(?!//)(?=[^ \t]))"
_PAIR = re.compile("(?:- +)*" + _KEY + _WRONG_COLON, re.ASCII)
_PAIR_IN_BRACES = re.compile(r"\{(?:[^\"']*,)?\s*" + _KEY + _WRONG_COLON, re.ASCII)
_DASH = re.compile(r"(?:- +)*-(?P<space>[\u3000\u00a0])")
_OPENING = re.compile(r"(?:^|[:-] +)(?P<wide>[｛［“”＂‘’])")
_ENTRY = re.compile(r"- |-$|[A-Za-z0-9][\w-]*[ \u3000]*[:：]", re.ASCII)

_MOST = 500  # characters of a line: a typo is near its beginning

TAB = message("catalog.indented-by-tab")


def wide_problem(text: str) -> Message | None:
    """Return the problem of the first full-width character of a value, `None` without one."""
    wide = next((character for character in text if _half(character)), None)
    return write_half(wide) if wide else None


def write_half(wide: str) -> Message:
    """Return the advice on a full-width character."""
    if wide in _SPACES:
        return message("catalog.wide-space", space=_SPACES[wide])
    return message("catalog.full-width", found=wide, expected=_half(wide) or "")


def indentation_problem(line: str) -> Message | None:
    """Return the problem of the white space at the beginning of a line."""
    if not line[:1].isspace():
        return None
    blank = line[: len(line) - len(line.lstrip())]
    if "\t" in blank:
        return TAB
    for space, name in _SPACES.items():
        if space in blank:
            return message("catalog.indented-by-wide-space", space=name)
    return None


def mistyped_key(text: str) -> tuple[str, Message] | None:
    """Return a mistyped key without its typo, and what the typo is."""
    bare = text.lstrip("".join(_SPACES))
    if pair := _PAIR.match(bare):
        return pair["key"], _colon_problem(bare, pair)
    if bare != text:
        return bare, message("catalog.wide-space-before-key", space=_SPACES[text[0]])
    return None


def line_problem(line: str) -> Message | None:
    """Return the typo that keeps a line, or a text, from being the YAML it looks like."""
    line = line[:_MOST]
    rest = line.lstrip()
    # Without a key or dash it may be a paragraph of a longer text, and Japanese indents those.
    if _ENTRY.match(rest) and (problem := indentation_problem(line)):
        return problem
    if dash := _DASH.match(rest):
        return message("catalog.wide-space-after-dash", space=_SPACES[dash["space"]])
    if pair := _PAIR.match(rest) or _PAIR_IN_BRACES.search(rest):
        return _colon_problem(rest, pair)
    opening = _OPENING.search(rest)
    return write_half(opening["wide"]) if opening else None


def list_advice(name: str, text: str) -> Message | None:
    """Return the advice to write a text as a list, `None` for a text without words."""
    words = _words(text)
    if not words:
        return None
    fixed = excerpt(flow(words))
    if wide := _first(text, "［" + FULL_WIDTH_COMMAS):
        return message("catalog.write-half-width-list", key=name, list=fixed, found=wide)
    return message("catalog.write-list", key=name, list=fixed)


def separator_problem(text: str) -> Message | None:
    """Return the problem of an unquoted text in brackets that has a full-width comma."""
    comma = _first(text, FULL_WIDTH_COMMAS)
    if comma is None:
        return None
    words = excerpt(flow(_words(text))[1:-1])
    return message("catalog.full-width-comma", found=comma, expected=words)


def _colon_problem(text: str, pair: re.Match[str]) -> Message:
    key = pair["key"]
    if pair["colon"] == "：":
        return message("catalog.full-width-colon", key=key)
    if space := _SPACES.get(text[pair.end() : pair.end() + 1]):
        return message("catalog.wide-space-after-colon", key=key, space=space)
    return message("catalog.no-space-after-colon", key=key)


def _half(character: str) -> str | None:
    if character.isascii():
        return None
    half = _LOOKALIKES.get(character) or normalize("NFKC", character)
    return half if len(half) == 1 and half.isascii() else None


def _words(text: str) -> list[str]:
    bare = text.strip("[]［］ \u3000").removeprefix("-")
    words = (word.strip().strip("\"'“”＂‘’") for word in re.split(f"[,{FULL_WIDTH_COMMAS}]", bare))
    return [word for word in words if word]


def _first(text: str, characters: str) -> str | None:
    return next((character for character in text if character in characters), None)
