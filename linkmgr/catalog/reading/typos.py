"""What a Japanese keyboard slips into YAML: full-width characters where half-width ones count."""

import re
from unicodedata import normalize

# Characters that stand for an ASCII one, though Unicode's compatibility forms do not say so.
_LOOKALIKES = dict(zip("“”‘’、ー−‐–", "\"\"'',----", strict=True))
_SPACES = {"\u3000": "full-width", "\u00a0": "no-break"}

_KEY = r"(?P<key>[A-Za-z0-9][\w-]*)"
# A colon that is none to YAML. What looks like the scheme of an address is no key.
_SLIPPED_COLON = r"[ \u3000\u00a0]*(?P<colon>：|:(?!//)(?=[^ \t]))"
_PAIR = re.compile("(?:- +)*" + _KEY + _SLIPPED_COLON, re.ASCII)
_PAIR_IN_BRACES = re.compile(r"\{(?:[^\"']*,)?\s*" + _KEY + _SLIPPED_COLON, re.ASCII)
_DASH = re.compile(r"(?:- +)*-(?P<space>[\u3000\u00a0])")
_OPENING = re.compile(r"(?:^|[:-] +)(?P<wide>[｛［“”＂‘’])")
_ENTRY = re.compile(r"- |-$|[A-Za-z0-9][\w-]*[ \u3000]*[:：]", re.ASCII)

_MOST = 500  # characters of a line: a slip stands near its beginning

TAB = "indented with a tab; use spaces"

SEPARATORS = "、，"
"""Full-width commas: YAML takes them for a part of the text."""


def wide_problem(text: str) -> str | None:
    """Return which character is full-width in a value that must have none."""
    wide = next((character for character in text if _half(character)), None)
    return write_half(wide) if wide else None


def write_half(wide: str) -> str:
    """Return what to do about a full-width character."""
    if wide in _SPACES:
        return f"has a {_SPACES[wide]} space: delete it"
    return f"{wide} is full-width: write {_half(wide)}"


def indentation_problem(line: str) -> str | None:
    """Return what is wrong with the white space at the beginning of a line."""
    if not line[:1].isspace():
        return None
    blank = line[: len(line) - len(line.lstrip())]
    if "\t" in blank:
        return TAB
    for space, name in _SPACES.items():
        if space in blank:
            return f"indented with {name} spaces; use half-width ones"
    return None


def key_slip(text: str) -> tuple[str, str] | None:
    """Return the key that was meant by a key with a slip in it, and what the slip is."""
    bare = text.lstrip("".join(_SPACES))
    if pair := _PAIR.match(bare):
        return pair["key"], _colon_problem(bare, pair)
    if bare != text:
        return bare, f"the space before it is {_SPACES[text[0]]}: use a half-width one"
    return None


def line_problem(line: str) -> str | None:
    """Return the slip because of which a line, or a text, is not the YAML that it looks like."""
    line = line[:_MOST]
    rest = line.lstrip()
    # Without a key or dash it may be a paragraph of a longer text, and Japanese indents those.
    if _ENTRY.match(rest) and (problem := indentation_problem(line)):
        return problem
    if dash := _DASH.match(rest):
        return f'the space after "-" is {_SPACES[dash["space"]]}: use a half-width one'
    if pair := _PAIR.match(rest) or _PAIR_IN_BRACES.search(rest):
        return _colon_problem(rest, pair)
    opening = _OPENING.search(rest)
    return write_half(opening["wide"]) if opening else None


def _colon_problem(text: str, pair: re.Match[str]) -> str:
    key = pair["key"]
    if pair["colon"] == "：":
        return f'： after {key} is a full-width colon: write "{key}: "'
    if space := _SPACES.get(text[pair.end() : pair.end() + 1]):
        return f'the space after "{key}:" is {space}: use a half-width one'
    return f'a space is missing after the colon: write "{key}: "'


def _half(character: str) -> str | None:
    if character.isascii():
        return None
    half = _LOOKALIKES.get(character) or normalize("NFKC", character)
    return half if len(half) == 1 and half.isascii() else None
