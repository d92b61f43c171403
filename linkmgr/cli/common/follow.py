"""Commands that a program follows: how far they are, what they did and what failed, as JSON lines.

The admin runs its jobs so. Each line is an object: `{"what": …, "done": 3, "total": 9}` while it
goes on, and at last `{"result": …}` or `{"error": …}`. Messages are codes with their values.
"""

import json
import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import wraps
from typing import Any, TypeVar

import click

from linkmgr.cli.common.terminal import error_text, usage_error
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import Message, message

T = TypeVar("T")

_OPTION = "--progress-json"

# Seconds between two lines that say how far it is.
_PAUSE = 0.2


def followed(
    *, without: Collection[str] = ()
) -> Callable[[Callable[..., Mapping[str, Any] | None]], Callable[..., None]]:
    """Give a command --progress-json, which goes with none of the options `without`.

    The command gets what `follower` says it is followed by as `follower`, `None` without the
    option. What it returns is the result.
    """

    def decorate(command: Callable[..., Mapping[str, Any] | None]) -> Callable[..., None]:
        @click.option(
            _OPTION,
            "is_followed",
            is_flag=True,
            help="Print how far it is, and then what it did, as JSON lines for another program.",
        )
        @wraps(command)
        def run(*args: Any, is_followed: bool, **options: Any) -> None:
            if not is_followed:
                command(*args, follower=None, **options)
                return
            _refuse(without)
            last: Mapping[str, Any]
            try:
                try:
                    last = {"result": command(*args, follower=track, **options) or {}}
                except LinkmgrError as error:
                    last = {"error": error.to_json()}
                except BrokenPipeError:
                    raise
                except OSError as error:
                    failed = message("cli.system-error", reason=error_text(error))
                    last = {"error": [failed.to_json()]}
                _tell(last)
            except BrokenPipeError:  # nobody follows it any more, such as a server that has ended
                sys.exit(1)
            if "error" in last:
                sys.exit(1)

        return run

    return decorate


def _refuse(options: Collection[str]) -> None:
    """Raise UsageError where one of these options is given, too."""
    context = click.get_current_context()
    for param in context.command.params:
        name = param.opts[0]
        if name in options and context.params[param.name or ""]:
            raise usage_error("cli.does-not-go-with", option=name, other=_OPTION)


def track(items: Iterable[T], what: Message, total: int) -> Iterable[T]:
    """Track how far something has come in lines for the program that follows."""
    told = 0.0
    for done, item in enumerate(items):
        now = time.monotonic()
        if now > told + _PAUSE:
            told = now
            _tell({"what": what.to_json(), "done": done, "total": total})
        yield item


def _tell(values: Mapping[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(values)}\n")
    sys.stdout.flush()
