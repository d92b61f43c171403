"""Processes beside one that supervises them, as beside the main process of a server."""

import multiprocessing
import os
from contextlib import contextmanager
from functools import partial

from linkmgr.web.logs import start_logging
from linkmgr.web.server.supervisor import Child, Signals, Supervisor


def child(code, *arguments, name="test", deadline=60):
    """Return a child that runs Python code."""
    return Child(name, ("-c", code, *map(str, arguments)), deadline)


@contextmanager
def supervised(*children, before=None):
    """Have a group of processes run for as long as the block lasts, and then end.

    `before` is done first by the process that supervises them.
    """
    process = multiprocessing.get_context("spawn").Process(
        target=_supervise, args=(children, before)
    )
    process.start()
    try:
        yield process
    finally:
        process.terminate()
        process.join()


@contextmanager
def reports_of(reporting):
    """Run a process for as long as the block lasts, and give what it reports."""
    context = multiprocessing.get_context("spawn")
    received, sent = context.Pipe(duplex=False)
    process = context.Process(target=_receive, args=(reporting, sent))
    process.start()
    try:
        yield received.recv()
    finally:
        process.terminate()
        process.join()


def _receive(reporting, sent):
    supervisor = Supervisor(Signals(), os.environ)
    start_logging()
    supervisor.start([reporting])
    sent.send(supervisor.report_of(reporting))
    supervisor.run()
    supervisor.end([reporting])


def _supervise(children, before):
    signals = Signals()
    start_logging()
    if before:
        before()
    supervisor = Supervisor(signals, os.environ)
    supervisor.start(children)
    supervisor.run()
    supervisor.end(children)


@contextmanager
def main_process():
    """Give what makes the main process one that is there for as long as the block lasts."""
    pipe, others = os.pipe()
    try:
        os.set_inheritable(pipe, True)  # noqa: FBT003 - as os has it
        yield partial(os.dup2, pipe, 0)
    finally:
        os.close(pipe)
        os.close(others)
