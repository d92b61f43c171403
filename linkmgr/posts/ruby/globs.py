"""Ruby's two kinds of globs as regular expressions (`File.fnmatch?`, `Dir.glob`)."""

import re
from typing import NamedTuple

PART = re.compile(r"\\(.)|\*\*/|\*+|\?|\[([!^]?)([^\]]+)\]|[{},]|[^\\*?\[{},]+|.", re.DOTALL)
MAGIC = re.compile(r"[*?\[\\]")
RANGE = re.compile(r"\\?(.)(?:-\\?(.))?", re.DOTALL)
DEEP = r"(?:[^/.][^/]*/)*"


class Patterns(NamedTuple):
    """The patterns of `exclude` or `include`: beginnings of paths, and globs over whole paths."""

    beginnings: tuple[str, ...]
    globs: re.Pattern[str] | None

    def match(self, path: str, *, folder: bool = False) -> bool:
        """Whether a path that starts with a slash is matched (`EntryFilter#glob_include?`)."""
        if (path + "/" if folder else path).startswith(self.beginnings):
            return True
        return self.globs is not None and self.globs.fullmatch(path) is not None


def patterns(texts: tuple[str, ...]) -> Patterns:
    """Compile the patterns of `exclude` or `include`; each counts from the site's root."""
    rooted = tuple(text if text.startswith("/") else f"/{text}" for text in texts)
    globs = [_expression(text, star=".*", any_one=".") for text in rooted if MAGIC.search(text)]
    return Patterns(rooted, re.compile("|".join(globs), re.DOTALL) if globs else None)


def path_glob(text: str) -> re.Pattern[str]:
    """Compile a glob over paths; it matches at the start of every path that lies below it."""
    expression = _expression(text.rstrip("/"), star="[^/]*", any_one="[^/]", braces=True)
    end = "(?=/)" if text.endswith("/") else r"(?=/|\Z)"  # with a slash it is for folders only
    return re.compile(f"(?:{expression}){end}")


def _expression(text: str, *, star: str, any_one: str, braces: bool = False) -> str:
    """Write a glob as a regular expression.

    What a star and the fixed text after it match first is final where another star follows, which
    takes up whatever a later match would have left to the first.
    """
    depth = 0
    expression: list[str] = []
    last_star: int | None = None
    for match in PART.finditer(text):
        part = match[0]
        if braces and ("/" in part or part in "{},"):
            last_star = None
        if part == "**/" and braces:
            if expression[-1:] != [DEEP]:
                expression.append(DEEP)
        elif part.startswith("*"):
            if last_star is not None:
                expression[last_star] = f"(?>{expression[last_star]}?"
                expression.append(")")
            last_star = len(expression)
            hidden = braces and text[: match.start()][-1:] in {"", "/"}
            expression.append((r"(?!\.)" if hidden else "") + star)
            if part == "**/":
                expression.append("/")
        elif braces and (part == "{" or (part in "}," and depth)):
            depth += {"{": 1, "}": -1, ",": 0}[part]
            expression.append({"{": "(?:", "}": ")", ",": "|"}[part])
        else:
            expression.append(_fixed(match, any_one))
    return "".join(expression) + ")" * depth


def _fixed(match: re.Match[str], any_one: str) -> str:
    """Write a part that is no star: one character of several, or text."""
    if match[0] == "?":
        return any_one
    if match[3]:
        return _one_of(match[3], any_one, negated=bool(match[2]))
    return re.escape(match[1] or match[0])


def _one_of(characters: str, any_one: str, *, negated: bool) -> str:
    """Write the inside of brackets; a range that runs backwards is empty."""
    ranges = [
        re.escape(first) + (f"-{re.escape(last)}" if last else "")
        for first, last in RANGE.findall(characters)
        if not last or first <= last
    ]
    if ranges:
        return f"[{'^' if negated else ''}{''.join(ranges)}]"
    return any_one if negated else "(?!)"
