"""Processes beside one that supervises them, as beside the main process of a server."""

import multiprocessing
from contextlib import contextmanager

from linkmgr.web.logs import start_logging
from linkmgr.web.server.supervisor import Signals, supervise


@contextmanager
def supervised(*works, method="fork", before=None):
    """Have a group of processes run for as long as the block lasts, and then end.

    `before` is done first by the process that supervises them.
    """
    process = multiprocessing.get_context("spawn").Process(
        target=_supervise, args=(works, method, before)
    )
    process.start()
    try:
        yield process
    finally:
        process.terminate()
        process.join()


def _supervise(works, method, before):
    multiprocessing.set_start_method(method, force=True)
    signals = Signals()
    start_logging()
    if before:
        before()
    supervise(signals, [works])
