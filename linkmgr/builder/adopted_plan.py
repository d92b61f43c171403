"""What `linkmgr adopt` said that posts will show: the first build after it compares."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from linkmgr.fs import CACHE_FOLDER, make_cache_folder, replace_file, wrap_write_errors
from linkmgr.messages.errors import Problem
from linkmgr.messages.message import Message, message

_PLAN = "adopted-plan.json"


def note_plan(root: Path, items: Mapping[str, Sequence[str]]) -> None:
    """Note which items each post will show, by path. Raise LinkmgrError."""
    with wrap_write_errors(root / CACHE_FOLDER / _PLAN):
        folder = make_cache_folder(root, [_PLAN])
        noted = {path: list(of_post) for path, of_post in items.items()}
        replace_file(folder / _PLAN, json.dumps(noted).encode())


def forget_plan(root: Path) -> None:
    """Forget what was noted, once a build has compared it."""
    with suppress(OSError):
        (root / CACHE_FOLDER / _PLAN).unlink(missing_ok=True)


def differing_from_plan(root: Path, shown: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    """Yield a warning if posts show other items than was noted; `shown` are theirs by path.

    It is at the first such post. Posts that are new since then, or gone, are left out.
    """
    try:
        plan = (root / CACHE_FOLDER / _PLAN).read_bytes()
        planned: Mapping[str, Sequence[str]] = json.loads(plan)
        differing: list[str] = []
        for path, items in planned.items():
            if path in shown and set(items) != set(shown[path]):
                differing.append(path)
    except (OSError, ValueError, AttributeError, TypeError):
        return
    if differing:
        first = differing[0]
        problem = message(
            "build.not-as-planned",
            count=len(differing),
            planned=_listed(planned[first]),
            shown=_listed(shown[first]),
        )
        yield Problem.at(first, 0, "", problem)


def _listed(items: Collection[str]) -> tuple[str, ...] | Message:
    return tuple(sorted(items)) or message("build.no-items")
