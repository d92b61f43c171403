"""The child processes of `linkmgr serve`, as `python -m linkmgr.web.server.child PART`."""

import os
import sys
from enum import StrEnum

from linkmgr.settings import Settings, read_settings
from linkmgr.store.instance.folder import use_private_umask
from linkmgr.web.logs import start_logging
from linkmgr.web.server.main_process import MainProcess

# Seconds to answer what was begun.
_LAST_ANSWERS = 10.0


class ChildRole(StrEnum):
    """What a child does."""

    READERS = "readers"
    ADMIN = "admin"
    BACKGROUND = "background"
    PREPARATION = "preparation"
    """The background worker, after it has prepared the server and reported what came of it."""


def deadline_of(part: ChildRole, settings: Settings) -> float:
    """Return the seconds that a child has to end once the server is stopped."""
    if part is ChildRole.READERS:
        # A connection that has sent nothing yet ends by its own deadline only.
        return settings.client_seconds + _LAST_ANSWERS
    return _LAST_ANSWERS if part is ChildRole.ADMIN else settings.stop_seconds


def main() -> None:
    """Run the part of a server that the command line names."""
    part = ChildRole(sys.argv[1])
    start_logging()
    use_private_umask()
    settings = read_settings(os.environ)
    # Imported here: each child needs little of what the others do.
    if part is ChildRole.READERS:
        from linkmgr.web.server.readers import serve_readers  # noqa: PLC0415

        serve_readers(settings)
    elif part is ChildRole.ADMIN:
        from linkmgr.web.server.admin import serve_admin  # noqa: PLC0415

        serve_admin(settings)
    else:
        from linkmgr.web.background.worker import run_worker  # noqa: PLC0415

        main_process = MainProcess()
        if part is ChildRole.PREPARATION:
            from linkmgr.web.server.preparation import report_preparation  # noqa: PLC0415

            if not report_preparation(settings, main_process):
                return
        run_worker(settings, main_process)


if __name__ == "__main__":  # not where a child of this one imports it again
    main()
