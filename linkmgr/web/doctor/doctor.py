"""All looks, in the order in which one thing rests on another."""

from collections.abc import Iterator

from linkmgr.messages.errors import LinkmgrError, worded
from linkmgr.messages.message import message
from linkmgr.settings import Settings
from linkmgr.web.doctor.finding import Finding, Look, fault
from linkmgr.web.doctor.local import (
    look_at_build,
    look_at_catalog,
    look_at_database,
    look_at_folder,
    look_at_worker,
)
from linkmgr.web.doctor.reached import look_at_clock, look_at_public_name, look_at_server

_LOOKS: tuple[Look, ...] = (
    look_at_folder,
    look_at_catalog,
    look_at_database,
    look_at_worker,
    look_at_server,
    look_at_public_name,
    look_at_clock,
    look_at_build,
)


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what each look finds; it changes nothing."""
    reported: set[Finding] = set()
    for look in _LOOKS:
        for finding in _looked(look, settings):
            if finding not in reported:  # several looks read the catalog
                reported.add(finding)
                yield finding


def _looked(look: Look, settings: Settings) -> Iterator[Finding]:
    try:
        yield from look(settings)
    except LinkmgrError as error:
        for part in error.parts:
            yield fault(message("doctor.refused", text=worded(part)))
    except OSError as error:
        yield fault(
            message("doctor.refused", text=f"{error.filename or ''}: {error.strerror or error}")
        )
