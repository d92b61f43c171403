"""Builds of the site, one at a time."""

import threading
from dataclasses import asdict, dataclass
from typing import Any

from linkmgr.builder.result import BuildResult
from linkmgr.builder.run import build
from linkmgr.messages.errors import LinkmgrError, Problem
from linkmgr.messages.message import message
from linkmgr.site_index.index.snapshot import SitePaths
from linkmgr.site_index.service.work import (
    BEGINNING,
    SILENCE,
    OnProgress,
    ProgressTrack,
    run_in_process,
)


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """What a build did, `seconds` of wall time."""

    posts: int
    with_blocks: int
    written: int
    deleted: int
    warnings: tuple[Problem, ...]
    seconds: float

    @classmethod
    def of(cls, result: BuildResult) -> "BuildSummary":
        """Summarize the result of a build."""
        return cls(
            result.posts,
            result.with_blocks,
            len(result.written),
            len(result.deleted),
            result.warnings,
            result.seconds,
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        return asdict(self) | {"warnings": [warning.to_json() for warning in self.warnings]}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "BuildSummary":
        """Return the summary that `to_json` gave."""
        return cls(**values | {"warnings": tuple(map(Problem.from_json, values["warnings"]))})


class Builder:
    """Builds one site, or checks what a build would do, one at a time."""

    def __init__(self, paths: SitePaths) -> None:
        self._paths = paths
        self._turn = threading.Lock()
        self._building = threading.Lock()

    @property
    def building(self) -> bool:
        """Whether a build is running."""
        return self._building.locked()

    def build(self, on_progress: OnProgress) -> BuildResult:
        """Build. Raise LinkmgrError."""
        if not self._building.acquire(blocking=False):
            raise LinkmgrError(message("site_index.already-building"))
        try:
            while not self._turn.acquire(timeout=SILENCE):
                on_progress(BEGINNING)
            try:
                return self._run(on_progress, check=False)
            finally:
                self._turn.release()
        finally:
            self._building.release()

    def check(self) -> BuildResult:
        """Return what a build would do. Raise LinkmgrError."""
        with self._turn:
            return self._run(lambda _: None, check=True)

    def _run(self, on_progress: OnProgress, *, check: bool) -> BuildResult:
        killed = message("site_index.build-killed")
        return run_in_process(_build_site, on_progress, killed, self._paths, check=check)


def _build_site(on_progress: OnProgress, paths: SitePaths, *, check: bool) -> BuildResult:
    track = ProgressTrack(on_progress)
    try:
        return build(paths.root, catalog_file=paths.catalog_file, check=check, track=track)
    except OSError as error:
        raise LinkmgrError(message("site_index.build-failed", error=str(error))) from error
