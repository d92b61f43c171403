"""What `linkmgr eject` prints."""

from collections.abc import Iterator
from typing import Any

from linkmgr.eject.plan import Ejection
from linkmgr.messages.message import message
from linkmgr.messages.wording import word

_SHOWN = 5


def ejection_text(done: Ejection) -> str:
    """Return what ejecting changes, or has changed, and what to do next."""
    if not done.anything:
        return word(message("eject.nothing"))
    return "\n".join(_lines(done))


def _lines(done: Ejection) -> Iterator[str]:
    state = "done" if done.written else "planned"
    yield word(message(f"eject.posts-{state}", count=len(done.posts), blocks=done.blocks))
    for code, paths in (
        ("eject.without-tag", [each.path for each in done.others]),
        (f"eject.deleted-{state}", done.delete),
        ("eject.kept", done.kept),
    ):
        if paths:
            yield word(message(code, count=len(paths)))
            yield from (f"  {path}" for path in paths[:_SHOWN])
            if len(paths) > _SHOWN:
                yield f"  {word(message('adopt.more', count=len(paths) - _SHOWN))}"
    yield word(message("eject.next" if done.written else "eject.write-it"))


def ejection_json(done: Ejection) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "written": done.written,
        "posts": [each.path for each in done.posts],
        "blocks": done.blocks,
        "without_tag": [each.path for each in done.others],
        "deleted": list(done.delete),
        "kept": list(done.kept),
    }
