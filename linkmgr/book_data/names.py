"""Authors' names as a reader expects them, from the forms in which libraries keep them."""

import re
from collections.abc import Sequence

# openBD: "まつもとゆきひろ／監修 後藤裕蔵／著", a name and what the person did.
_WITH_ROLE = re.compile(r"(?P<name>[^／]+)／(?P<role>\S+)(?:\s+|$)")
# Who only wrote the book is named alone.
_WROTE = frozenset(("著", "著者", "作", "文", "単著", "共著", "原著"))
# The National Diet Library: "夏目, 漱石, 1867-1916".
_YEARS = re.compile(r",\s*\d{3,4}\s*-\s*(?:\d{3,4})?\s*$")
_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff々]")
_KATAKANA = re.compile(r"[\u30a0-\u30ff\s.A-Za-z]+")


def from_roles(text: str) -> str:
    """Return the names of a list with roles; a text of another form stays as it is."""
    found = list(_WITH_ROLE.finditer(text))
    if "".join(each[0] for each in found) != text:
        return text
    return joined([_with_role(each["name"].strip(), each["role"]) for each in found])


def from_heading(heading: str) -> str:
    """Return the name of a library's heading, which has the family name first and the years."""
    name = _YEARS.sub("", heading)
    family, comma, given = (part.strip() for part in name.partition(","))
    if not comma:
        return family
    if _KATAKANA.fullmatch(family) and _JAPANESE.search(family):
        return f"{given}・{family}"
    return f"{family}{given}" if _JAPANESE.search(family) else f"{given} {family}"


def joined(names: Sequence[str]) -> str:
    """Return names as one text, with commas of their script."""
    known = tuple(dict.fromkeys(name for name in names if name))
    return ("、" if any(map(_JAPANESE.search, known)) else ", ").join(known)


def _with_role(name: str, role: str) -> str:
    return name if role in _WROTE else f"{name}（{role}）"
