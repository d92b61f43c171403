"""Where a value is in a post's front matter."""

import re

_END = re.compile(r"(?:---|\.\.\.)\s*")


def line_in_front_matter(text: str, value: str) -> int:
    """Return the first line below the opening one that has a value as words; 0 for none."""
    words = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)")
    for number, line in enumerate(text.splitlines()[1:], 2):
        if _END.fullmatch(line):
            break
        if words.search(line.partition(":")[2] if ":" in line else line):
            return number
    return 0
