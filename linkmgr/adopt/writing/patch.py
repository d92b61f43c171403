"""What adopting a blog changes, as a patch that `git apply` takes."""

import os
import re
from collections.abc import Iterator
from difflib import diff_bytes, unified_diff
from pathlib import Path

from linkmgr.adopt.planning.plan import Adoption

# What git does not write as it is in a path: it quotes such a path as C would.
_QUOTED = re.compile(rb"[\x00-\x1f\x7f\"\\]")
_SHORT = {b"\t": b"\\t", b"\n": b"\\n", b"\r": b"\\r", b'"': b'\\"', b"\\": b"\\\\"}
# The name that git has for an empty content.
_EMPTY = b"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


def adoption_patch(adoption: Adoption) -> bytes:
    """Return every change that `--write` makes, with the new files.

    Paths are as in git's own patches: from the top of the repository, and from the site's folder
    where that is in none. A link's path is that of the file to which it leads.
    """
    prefix = adoption.git_prefix or ""
    return b"".join(
        _patch(os.fsencode(prefix + adoption.name_of(file)), old, new)
        for file, old, new in (_changes(adoption) if adoption.anything else ())
        if old != new
    )


def _changes(adoption: Adoption) -> Iterator[tuple[Path, bytes | None, bytes]]:
    """Yield the files with their bytes before and after; before there was one, those are `None`."""
    site = adoption.site
    before = adoption.catalog_before.encode() if adoption.catalog_before else None
    yield Path(adoption.catalog_path), before, adoption.catalog_after.encode()
    owned = [(edit.path, edit.data) for edit in adoption.edits]
    for path, data in (*adoption.files.items(), *owned):
        file = site.root / path
        yield file, file.read_bytes() if file.exists() else None, data
    for change in adoption.rewritten:
        yield Path(site.files[change.path].absolute), site.read(change.path), change.data


def _patch(name: bytes, old: bytes | None, new: bytes) -> bytes:
    source, target = _quoted(b"a/" + name), _quoted(b"b/" + name)
    head = b"diff --git %s %s\n" % (source, target)
    if old is None:
        head += b"new file mode 100644\n"
        if not new:
            return head + b"index %s..%s\n" % (b"0" * len(_EMPTY), _EMPTY)
        source = b"/dev/null"
    # A tab, or what follows a space would be taken for a date.
    source, target = (each + b"\t" if b" " in each else each for each in (source, target))
    before, after = _lines(old or b""), _lines(new)
    lines = diff_bytes(unified_diff, before, after, source, target, lineterm=b"\n")
    return head + b"".join(
        line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"
        for line in lines
    )


def _quoted(name: bytes) -> bytes:
    if not _QUOTED.search(name):
        return name
    return b'"' + _QUOTED.sub(lambda found: _escaped(found[0]), name) + b'"'


def _escaped(byte: bytes) -> bytes:
    return _SHORT.get(byte, b"\\%03o" % ord(byte))


def _lines(data: bytes) -> list[bytes]:
    """Return the lines as git counts them: `bytes.splitlines` also parts them at a lone CR."""
    *lines, last = data.split(b"\n")
    return [line + b"\n" for line in lines] + ([last] if last else [])
