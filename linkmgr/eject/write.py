"""Writing what ejecting changes: the posts, then the tags, then linkmgr's files."""

import shutil
from contextlib import suppress
from pathlib import Path, PurePosixPath

from linkmgr.adopt.writing.git import lost_files, unsaved
from linkmgr.adopt.writing.write import exclusively
from linkmgr.builder.processes.progress import Track, silently
from linkmgr.eject.plan import Ejection
from linkmgr.fs.atomic import delete_temporaries, replace_file, wrap_write_errors
from linkmgr.fs.cache_folder import CACHE_FOLDER
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message


def write_ejection(planned: Ejection, *, force: bool = False, track: Track = silently) -> None:
    """Carry out a plan. Raise LinkmgrError, before anything is written if a file has changed.

    Without `force` also if git could not restore a file of the owner's. If this is cut off
    anywhere, every page still shows its blocks, and another run finds what is left to do.
    """
    if not force:
        _refuse_unsafe(planned)
    root = planned.root
    with exclusively(root):
        for each in planned.rewritten:
            if not each.file.exists() or each.file.read_bytes() != each.before:
                raise LinkmgrError(
                    message("adopt.run-again", reason=message("adopt.changed", file=each.path))
                )
        delete_temporaries({each.file.resolve().parent for each in planned.rewritten})
        changes = track(planned.rewritten, message("eject.writing"), len(planned.rewritten))
        for each in changes:
            with wrap_write_errors(each.file):
                replace_file(each.file, each.after)
        _delete(root, planned.delete)
    shutil.rmtree(root / CACHE_FOLDER, ignore_errors=True)


def _refuse_unsafe(planned: Ejection) -> None:
    files = {each.file: each.path for each in planned.rewritten}
    if lost := {files[each.file]: each.cause for each in unsaved(files)}:
        raise LinkmgrError(
            message("adopt.not-in-git", root=str(planned.root), files=lost_files(lost))
        )


def _delete(root: Path, paths: tuple[str, ...]) -> None:
    """Delete files, then the folders that are empty without them."""
    for path in paths:
        with wrap_write_errors(root / path):
            (root / path).unlink(missing_ok=True)
    folders = {parent for path in paths for parent in PurePosixPath(path).parents}
    for folder in sorted(folders - {PurePosixPath()}, key=lambda each: -len(each.parts)):
        with suppress(OSError):  # what is not empty is the owner's
            (root / Path(folder)).rmdir()
