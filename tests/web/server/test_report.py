"""What the first background worker reports to the main process."""

import os

import pytest

from linkmgr.messages.errors import LinkmgrError, Problem, Problems
from linkmgr.messages.message import message
from linkmgr.web.server.report import (
    Prepared,
    read_report,
    send_error,
    send_missing,
    send_prepared,
)

PROBLEM = Problem.at("catalog.yaml", 4, "ctas.a", message("network.no-admin"))


def report_of(send, value):
    """Return what a process reports by its standard output."""
    received, sent = os.pipe()
    kept = os.dup(1)
    os.dup2(sent, 1)
    os.close(sent)
    try:
        send(value)
    finally:
        os.dup2(kept, 1)
        os.close(kept)
    with os.fdopen(received, "rb") as opened:
        return opened.read()


@pytest.mark.parametrize(
    "prepared", [Prepared("token", needs_name=False), Prepared(None, needs_name=True)]
)
def test_that_a_server_can_answer_arrives(prepared):
    assert read_report(report_of(send_prepared, prepared)) == prepared


@pytest.mark.parametrize(
    "error", [LinkmgrError(message("network.no-admin")), Problems([PROBLEM, PROBLEM])], ids=str
)
def test_why_it_cannot_answer_arrives(error):
    report = report_of(send_error, error)
    with pytest.raises(type(error)) as raised:
        read_report(report)
    assert raised.value.parts == error.parts


def test_a_library_that_is_missing_is_named():
    report = report_of(send_missing, "psycopg")
    with pytest.raises(ModuleNotFoundError) as raised:
        read_report(report)
    assert raised.value.name == "psycopg"
