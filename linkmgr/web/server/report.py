"""What the first background worker reports to the main process: that a server can answer, or not.

It is JSON in a pipe, which is the worker's standard output until then.
"""

import json
import os
from typing import Any, NamedTuple

from linkmgr.messages.errors import LinkmgrError, error_from_json

_OUTPUT, _ERRORS = 1, 2


class Prepared(NamedTuple):
    """What the main process says once the server answers depends on."""

    setup: str | None
    """The token of the link that makes the first account, where there is none yet."""

    needs_name: bool
    """Whether the catalog does not say at which address readers find the server."""


def send_prepared(prepared: Prepared) -> None:
    """Report that the server can answer."""
    _send(prepared._asdict())


def send_error(error: LinkmgrError) -> None:
    """Report why it cannot."""
    _send({"error": error.to_json()})


def send_missing(library: str | None) -> None:
    """Report that it needs a library which is not installed."""
    _send({"missing": library})


def _send(values: dict[str, Any]) -> None:
    with os.fdopen(os.dup(_OUTPUT), "wb") as output:
        output.write(json.dumps(values).encode())
    # The report ends with the pipe. What is printed later is for the log.
    os.dup2(_ERRORS, _OUTPUT)


def read_report(report: bytes) -> Prepared:
    """Return the report of a server that can answer. Raise LinkmgrError or ModuleNotFoundError."""
    values = json.loads(report)
    if "missing" in values:
        raise ModuleNotFoundError(name=values["missing"])
    if "error" in values:
        raise error_from_json(values["error"])
    return Prepared(**values)
