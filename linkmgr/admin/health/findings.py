"""What a check found, in the order in which one edits files."""

from collections.abc import Iterable

from linkmgr.check.last_result import SavedFinding


def by_file(findings: Iterable[SavedFinding]) -> list[SavedFinding]:
    """Put the findings of a file together, by line; the file of the first comes first."""
    listed = list(findings)
    files = list(dict.fromkeys(each.file for each in listed))
    return sorted(listed, key=lambda each: (files.index(each.file), each.line))
