"""Runs over the built pages, whose results the cache of the site keeps for the admin."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from linkmgr.check.last_result import save_last_result
from linkmgr.check.run import check
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.placements.find import find_placements
from linkmgr.placements.output import save_register
from linkmgr.site_index.snapshot import SitePaths
from linkmgr.site_index.work import Done, OnProgress, Progress, ProgressTrack, steps_in_process
from linkmgr.store.db.engine import reaching
from linkmgr.store.shop_pages import looking


class Records(NamedTuple):
    """Where it is kept what is known of the shops' pages: an instance and its database."""

    instance: Path
    database_url: str


def check_site(
    paths: SitePaths, ignored: tuple[str, ...], records: Records | None = None
) -> Iterator[Progress]:
    """Check the built pages as `linkmgr check` does, and save the result: yield the progress.

    Links that begin with one of `ignored` are left out. With `records` the shops' pages are looked
    at, too, as `linkmgr check --online` does. Raise LinkmgrError.
    """
    killed = message("site_index.check-killed")
    for step in steps_in_process(_check, killed, paths, ignored, records):
        if not isinstance(step, Done):
            yield step


def _check(
    on_progress: OnProgress, paths: SitePaths, ignored: tuple[str, ...], records: Records | None
) -> None:
    track = ProgressTrack(on_progress)
    try:
        with ExitStack() as stack:
            make_online = None
            if records:
                engine = stack.enter_context(reaching(records.database_url))
                make_online = stack.enter_context(looking(records.instance, engine))
            result = check(
                paths.root,
                catalog_file=paths.catalog_file,
                ignored=ignored,
                make_online=make_online,
                track=track,
            )
        save_last_result(paths.root, result)
    except OSError as error:
        raise LinkmgrError(message("site_index.check-failed", error=str(error))) from error


def register_placements(paths: SitePaths) -> Iterator[Progress]:
    """Read the built pages as `linkmgr placements` does, and save the register.

    Yield the progress. Raise LinkmgrError.
    """
    killed = message("site_index.placements-killed")
    for step in steps_in_process(_register, killed, paths):
        if not isinstance(step, Done):
            yield step


def _register(on_progress: OnProgress, paths: SitePaths) -> None:
    track = ProgressTrack(on_progress)
    try:
        found = find_placements(paths.root, catalog_file=paths.catalog_file, track=track)
        save_register(paths.root, found)
    except OSError as error:
        failed = message("site_index.placements-failed", error=str(error))
        raise LinkmgrError(failed) from error
