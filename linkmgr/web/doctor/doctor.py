"""All examinations, in the order in which one thing rests on another."""

from collections.abc import Iterator

from linkmgr.messages.errors import LinkmgrError, worded
from linkmgr.messages.message import message
from linkmgr.settings import Settings
from linkmgr.web.doctor.diagnosis import Diagnosis, Examination, fault
from linkmgr.web.doctor.local import (
    examine_build,
    examine_catalog,
    examine_database,
    examine_folder,
    examine_worker,
)
from linkmgr.web.doctor.reached import (
    examine_admin,
    examine_clock,
    examine_public_name,
    examine_server,
)

_EXAMINATIONS: tuple[Examination, ...] = (
    examine_folder,
    examine_catalog,
    examine_admin,
    examine_database,
    examine_worker,
    examine_server,
    examine_public_name,
    examine_clock,
    examine_build,
)


def examine(settings: Settings) -> Iterator[Diagnosis]:
    """Yield what each examination says; none changes anything."""
    reported: set[Diagnosis] = set()
    for examination in _EXAMINATIONS:
        for diagnosis in _examined(examination, settings):
            if diagnosis not in reported:  # several read the catalog
                reported.add(diagnosis)
                yield diagnosis


def _examined(examination: Examination, settings: Settings) -> Iterator[Diagnosis]:
    try:
        yield from examination(settings)
    except LinkmgrError as error:
        for part in error.parts:
            yield fault(message("doctor.refused", text=worded(part)))
    except OSError as error:
        yield fault(
            message("doctor.refused", text=f"{error.filename or ''}: {error.strerror or error}")
        )
