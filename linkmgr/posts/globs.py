"""Ruby's two kinds of globs as regular expressions (`File.fnmatch?`, `Dir.glob`)."""

import re
from typing import NamedTuple

PART = re.compile(r"\\(.)|\*\*/|\*+|\?|\[([!^]?)([^\]]+)\]|[{},]|[^\\*?\[{},]+|.", re.DOTALL)
MAGIC = re.compile(r"[*?\[\\]")


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
    depth, expression = 0, []
    for found in PART.finditer(text):
        part = found[0]
        if found[1]:
            expression.append(re.escape(found[1]))
        elif part == "**/":
            expression.append(r"(?:[^/.][^/]*/)*" if braces else f"{star}/")
        elif part[0] == "*":
            hidden = braces and text[: found.start()][-1:] in {"", "/"}
            expression.append((r"(?!\.)" if hidden else "") + star)
        elif part == "?":
            expression.append(any_one)
        elif found[3]:
            negated = "^" if found[2] else ""
            inside = found[3].replace("\\", "\\\\").replace("[", "\\[")
            expression.append(f"[{negated}{inside}]")
        elif braces and (part == "{" or (part in "}," and depth)):
            depth += {"{": 1, "}": -1, ",": 0}[part]
            expression.append({"{": "(?:", "}": ")", ",": "|"}[part])
        else:
            expression.append(re.escape(part))
    return "".join(expression) + ")" * depth
