"""Carrying out the plan of an adoption, or showing it as a patch.

If a run is cut off, the next one does what is left.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from difflib import diff_bytes, unified_diff
from hashlib import sha256
from pathlib import Path

from linkmgr.adopt.deciding.losses import lost_products
from linkmgr.adopt.git import UNTRACKED, joined, lost_files, uncommitted, unsaved
from linkmgr.adopt.planning.changes import FileChange
from linkmgr.adopt.planning.plan import Adoption
from linkmgr.adopt.post.products import products_of_items
from linkmgr.builder.adopted_plan import note_plan
from linkmgr.builder.reading.bare_posts import BARE_POSTS
from linkmgr.builder.setup.install import SCHEMA, apply_install, plan_install
from linkmgr.builder.site import OutputPaths
from linkmgr.catalog.editing.edit_file import edit_catalog
from linkmgr.catalog.reading.parse import checked, parse_catalog
from linkmgr.checkout import note_rewritten
from linkmgr.fs import (
    delete_temporaries,
    locked,
    make_cache_folder,
    replace_file,
    wrap_write_errors,
)
from linkmgr.messages.errors import Conflict, LinkmgrError
from linkmgr.messages.message import Message, message

# How long one adoption waits for another, in seconds; one of 2,500 posts writes for less.
PATIENCE = 60.0
_LOCK = "adopt.lock"


def write_adoption(planned: Adoption, *, force: bool, again: str) -> None:
    """Write what is planned, if anything.

    Raise LinkmgrError; without `force` also if git lacks what would be rewritten, or posts would
    show nothing in their blocks' place. The command `again` goes on after Ctrl-C.
    """
    if planned.anything:
        _refuse_two_names(planned)
        _refuse_losses(planned)
        if not force:
            _refuse_unsafe(planned)
    _delete_temporaries(planned)
    if planned.anything:
        with exclusively(planned.site.root):
            _refuse_changed(planned)
            _apply(planned, again)


def _refuse_two_names(planned: Adoption) -> None:
    """Raise LinkmgrError if two posts are one file, whose blocks can be removed only once."""
    names: dict[str, list[str]] = defaultdict(list)
    for change in planned.rewritten:
        file = planned.site.files[change.path].absolute
        names[os.path.realpath(file)].append(planned.site.folder + change.path)
    for same in names.values():
        if len(same) > 1:
            root = str(planned.site.root)
            raise LinkmgrError(message("adopt.one-file", root=root, files=tuple(same)))


def _refuse_losses(planned: Adoption) -> None:
    """Raise LinkmgrError if a product, a shop's page or code would be in no post nor the catalog.

    It checks only the bytes to be written, whatever decided them.
    """
    if not planned.rewritten:
        return
    catalog = parse_catalog(planned.catalog_after, planned.catalog_name)
    products = products_of_items(catalog.items.values())
    for change in planned.rewritten:
        lost = lost_products(planned.site.read(change.path), change.data, products)
        if lost:
            names = tuple(sorted(product.name for product in lost))
            file = planned.site.folder + change.path
            raise LinkmgrError(message("adopt.would-lose", file=file, products=names))


def _refuse_unsafe(planned: Adoption) -> None:
    """Raise LinkmgrError if something would be lost."""
    site = planned.site
    root = site.root
    if planned.unshown:
        number = sum(number for _, number in planned.unshown)
        advice = joined(unserved.advice for unserved, _ in planned.unshown)
        raise LinkmgrError(
            message("adopt.would-show-none", root=str(root), count=number, advice=advice)
        )
    changed = uncommitted(root)
    if changed is None:
        return
    lost = dict.fromkeys(changed, UNTRACKED)
    if planned.titles_file:
        # It is the owner's list, to which linkmgr only adds.
        lost.pop(os.path.relpath(planned.titles_file, root), None)
    owned = [root / edit.path for edit in planned.edits]
    owned += [Path(site.files[change.path].absolute) for change in planned.rewritten]
    if planned.catalog_before and planned.catalog_before != planned.catalog_after:
        owned.append(Path(planned.catalog_path))
    for file, why in unsaved(owned):
        lost[os.path.relpath(file, root)] = why
    if lost:
        raise LinkmgrError(message("adopt.not-in-git", root=str(root), files=lost_files(lost)))


def _delete_temporaries(planned: Adoption) -> None:
    """Delete what a killed run left in the folders in which files are replaced."""
    site = planned.site
    places = OutputPaths.of_config(site.config)
    names = [SCHEMA, places.include, places.empty, places.stylesheet, "_config.yml"]
    names += [edit.path for edit in planned.install.edits]
    files = [site.root / name for name in names]
    files.append(site.root / site.config.source / site.config.layouts_dir / "post.html")
    files.append(Path(planned.catalog_path))
    files += [Path(file.absolute) for file in site.files.values()]
    delete_temporaries({file.resolve().parent for file in files})


@contextmanager
def exclusively(root: Path) -> Iterator[None]:
    """Wait until no other process rewrites the site's posts, and make others wait."""
    with ExitStack() as stack:
        with wrap_write_errors(root):
            folder = make_cache_folder(root, [_LOCK])
            busy = message("adopt.busy", root=str(root), seconds=PATIENCE)
            stack.enter_context(locked(folder / _LOCK, PATIENCE, busy=busy))
        yield


def _refuse_changed(planned: Adoption) -> None:
    """Raise LinkmgrError if something has changed since it was read."""
    site, path = planned.site, Path(planned.catalog_path)
    before = planned.catalog_before.encode() if planned.catalog_before else None
    reason = None
    if before != (path.read_bytes() if path.exists() else None):
        reason = message("adopt.changed", file=str(path))
    else:
        now = plan_install(site.root, "linkmgr adopt", path)
        for edit in {*now.edits} ^ {*planned.install.edits}:
            reason = message("adopt.changed", file=str(site.root / edit.path))
    for change in planned.rewritten:
        reason = reason or _changed_post(planned, change.path)
    if reason:
        raise LinkmgrError(message("adopt.run-again", reason=reason))


def _changed_post(planned: Adoption, path: str) -> Message | None:
    file, shown = planned.site.files[path], planned.site.folder + path
    try:
        now = os.stat(file.absolute)  # noqa: PTH116 - takes the text that it is
    except FileNotFoundError:
        return message("adopt.deleted", file=shown)
    same = (now.st_mtime_ns, now.st_size) == (file.mtime_ns, file.size)
    return None if same else message("adopt.changed", file=shown)


def _apply(planned: Adoption, again: str) -> None:
    """Write the catalog, then the layouts, then the posts. Raise LinkmgrError.

    Whatever is interrupted, no post has lost an item that the catalog lacks; the next run finds
    what is left to do. It takes what a post shows of kinds other than it carried for its owner's,
    so the posts that say they show none come first.
    """
    site, done = planned.site, 0
    number = len(planned.rewritten)
    changes = sorted(planned.rewritten, key=lambda change: () not in (change.choice or ()))
    try:
        note_rewritten(site.root, {file: data for file, _, data in _changes(planned)})
        # A catalog that wants the list of bare posts must not be there before it.
        if bare := planned.files.get(BARE_POSTS):
            file = site.root / BARE_POSTS
            with wrap_write_errors(file):
                file.parent.mkdir(exist_ok=True)
                replace_file(file, bare)
        _write_catalog(planned)
        install = replace(planned.install, files=planned.files, edits=planned.edits)
        apply_install(site.root, install, write=True)
        for change in site.track(changes, message("adopt.writing-posts"), number):
            _write_post(planned, change)
            done += 1
        note_plan(site.root, {path: shown.items for path, shown in planned.shown.items()})
        if planned.fills_bare_posts:
            with wrap_write_errors(site.root / BARE_POSTS):
                (site.root / BARE_POSTS).unlink(missing_ok=True)
    except KeyboardInterrupt:
        stopped = message("adopt.stopped", done=done, count=number, command=again)
        raise LinkmgrError(stopped) from None
    except LinkmgrError as error:
        code = "adopt.interrupted-in-git" if planned.in_git else "adopt.interrupted"
        raise LinkmgrError(message(code, reason=error.message, done=done, count=number)) from error


def _write_post(planned: Adoption, change: FileChange) -> None:
    if changed := _changed_post(planned, change.path):
        raise LinkmgrError(changed)
    with wrap_write_errors(Path(planned.site.folder + change.path)):
        replace_file(Path(planned.site.files[change.path].absolute), change.data)


def _write_catalog(planned: Adoption) -> None:
    path, before, after = Path(planned.catalog_path), planned.catalog_before, planned.catalog_after
    if not before and after:
        with wrap_write_errors(path):
            replace_file(path, after.encode())
    elif after != before:
        try:
            # Another writer of the catalog, such as the admin, waits for the lock.
            edit_catalog(path, sha256(before.encode()).hexdigest(), lambda _: checked(after))
        except Conflict as error:
            raise LinkmgrError(message("adopt.changed", file=str(path))) from error


# The plan as a patch that `git apply` takes.

# What git does not write verbatim in a path: it quotes such a path as C would.
_QUOTED = re.compile(rb"[\x00-\x1f\x7f\"\\]")
_SHORT = {b"\t": b"\\t", b"\n": b"\\n", b"\r": b"\\r", b'"': b'\\"', b"\\": b"\\\\"}
_LINE = re.compile(rb"[^\n]*\n|[^\n]+\Z")
# The name that git has for an empty content.
_EMPTY = b"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


def adoption_patch(adoption: Adoption) -> bytes:
    """Return every change that `--write` makes, with the new files.

    Paths are as in git's own patches: from the top of the repository, and from the site's folder
    where that is in none. A link's path is that of the file to which it leads.
    """
    prefix = adoption.git_prefix or ""
    patches = []
    for file, old, new in _changes(adoption) if adoption.anything else ():
        if old != new:
            patches.append(_patch(os.fsencode(prefix + adoption.name_of(file)), old, new))
    return b"".join(patches)


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
    patch = [b"diff --git %s %s\n" % (source, target)]
    # What follows a space would else be taken for a date.
    tab = b"\t" if b" " in name else b""
    source, target = source + tab, target + tab
    if old is None:
        patch.append(b"new file mode 100644\n")
        if not new:
            patch.append(b"index %s..%s\n" % (b"0" * len(_EMPTY), _EMPTY))
        source = b"/dev/null"
    before, after = _lines(old or b""), _lines(new)
    for line in diff_bytes(unified_diff, before, after, source, target, lineterm=b"\n"):
        patch.append(line)
        if not line.endswith(b"\n"):
            patch.append(b"\n\\ No newline at end of file\n")
    return b"".join(patch)


def _quoted(name: bytes) -> bytes:
    if not _QUOTED.search(name):
        return name
    escaped = _QUOTED.sub(lambda match: _SHORT.get(match[0], b"\\%03o" % ord(match[0])), name)
    return b'"' + escaped + b'"'


def _lines(data: bytes) -> list[bytes]:
    """Return the lines as git counts them: `bytes.splitlines` also parts them at a lone CR."""
    return [match[0] for match in _LINE.finditer(data)]
