"""An instance's folder that is deleted or moved while the server runs, made again by a worker."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from linkmgr.clicks.counters import Counters
from linkmgr.store.instance.folder import folder_identity, make_instance
from linkmgr.store.spool.spool import SpoolWriter

_log = logging.getLogger(__name__)


class Recovery:
    """Notices that the folder, or the spool in it, is not the one that was there.

    `share` is called to write what this process knows and shares with others by the folder.
    """

    def __init__(
        self, instance: Path, spool: SpoolWriter, counters: Counters, share: Callable[[], None]
    ) -> None:
        self._instance = instance
        self._spool = spool
        self._counters = counters
        self._share = share
        self._seen = folder_identity(instance)
        self._restored = 0

    def make_folder(self) -> None:
        """Make the folder if it is gone. Raise LinkmgrError."""
        if folder_identity(self._instance) != self._seen:
            make_instance(self._instance)
            self._seen = folder_identity(self._instance)

    def report(self) -> None:
        """Say it if the spool, which has its own way to notice, was written again."""
        if self._spool.restored != self._restored:
            self._restored = self._spool.restored
            self._counters.last_restored = int(time.time())
            _log.error(
                "the instance's folder or its spool was deleted or moved, and is made again; "
                "clicks of this worker's open spool file are kept, those of ended files are gone"
            )
            self._share()
