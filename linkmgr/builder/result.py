"""What a build did, for people and for programs."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from linkmgr.messages.errors import Problem
from linkmgr.messages.message import Param, message
from linkmgr.messages.wording import word


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build did, or with `check` what it would do; `seconds` of wall time."""

    posts: int
    with_blocks: int
    written: tuple[str, ...]
    deleted: tuple[str, ...]
    warnings: tuple[Problem, ...]
    seconds: float

    @property
    def changed(self) -> bool:
        """Whether anything differed."""
        return bool(self.written or self.deleted)

    def worded(self, *, check: bool) -> str:
        """Say in one line what was done or, with `check`, what would be; then to which files."""
        figures: dict[str, Param] = {
            "posts": message("build.posts", count=self.posts),
            "with_blocks": self.with_blocks,
            "written": message("build.files", count=len(self.written)),
            "deleted": len(self.deleted),
            "seconds": self.seconds,
        }
        if not self.changed:
            return word(message("build.up-to-date", **figures))
        if not check:
            return word(message("build.done", **figures))
        changes = [word(message("build.to-write", path=path)) for path in self.written]
        changes += [word(message("build.to-delete", path=path)) for path in self.deleted]
        return "\n".join([word(message("build.to-do", **figures)), *changes])

    def to_json(self) -> dict[str, Any]:
        """Return the same for programs."""
        return {
            **asdict(replace(self, warnings=())),
            "warnings": [warning.reported() for warning in self.warnings],
            "changed": self.changed,
            "seconds": round(self.seconds, 3),
        }
