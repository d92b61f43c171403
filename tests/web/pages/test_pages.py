"""The pages beside the endpoints, without a server."""

import time

import pytest
from werkzeug.test import Client

from linkmgr.clicks.counters import Counters
from linkmgr.messages.errors import Problem
from linkmgr.messages.message import message, translate
from linkmgr.settings import read_settings
from linkmgr.store.db.engine import DatabaseCheck, open_engine
from linkmgr.store.instance.checks import (
    CheckState,
    HealthCheck,
    InstancePart,
    ReportCheck,
    Reports,
    admin_ready,
    readers_ready,
    report_checks,
)
from linkmgr.store.instance.state import (
    SILENCE,
    SpoolState,
    WorkerState,
    read_last_state,
    read_state,
    write_state,
)
from linkmgr.web.metrics import metrics_text
from linkmgr.web.pages import Health, Pages

TOKEN = "0123456789abcdef"  # noqa: S105 - of these tests alone


def make_state(**over):
    values = {"load_lag": 0.1, "loaded": 0, "repeated": 0, "folded": 0, "damaged": 0, "problems": 0}
    return WorkerState(**{"time": time.time(), "catalog": (), "loading": True} | values | over)


ONE, TWO = message("server.not-loading"), message("server.clicks-lost")
SPOOL = SpoolState(120, 1.25)


def failed(public):
    return HealthCheck("x", InstancePart.CLICKS, CheckState.WARNING, public, public=public)


def make_reports(worker=None, spool=SPOOL, counters=None, ends=None):
    return Reports(worker, spool, counters or Counters(), ends or {})


def make_health(*problems, worker=None, spool=SPOOL):
    checks = [failed(problem) for problem in problems]
    return Health(checks, 3, time.time(), make_reports(worker or make_state(), spool))


def problems_of(worker, spool=SPOOL, counters=None, started=0.0):
    """Return what `/healthz` says of what processes report."""
    checks = report_checks(make_reports(worker, spool, counters), started)
    return [translate(check.public) for check in checks if check.fails and check.public]


def client(health=make_health, token=None, ready=lambda: admin_ready(has_database=True)):
    settings = read_settings({"LINKMGR_METRICS_TOKEN": token} if token else {})
    metrics = b"linkmgr_redirects_total 1.0\n"
    return Client(Pages(settings, health, lambda: metrics, ready))


def lost(ago):
    return Counters(lost=7, last_lost=int(time.time()) - ago)


def test_health_is_degraded_by_any_problem_and_answers_200():
    fine, worse = (
        client().get("/healthz"),
        client(lambda: make_health(ONE, TWO)).get("/healthz"),
    )
    assert (fine.status_code, fine.json["status"], fine.json["problems"]) == (200, "ok", [])
    assert (worse.status_code, worse.json["status"]) == (200, "degraded")
    assert worse.json["problems"] == [translate(ONE), translate(TWO)]
    assert worse.json["codes"] == ["server.not-loading", "server.clicks-lost"]
    assert fine.json["spool"] == {"bytes": 120, "age": 1.2}


def test_a_spool_that_cannot_be_read_is_no_figure():
    health = Health((), 3, time.time(), make_reports(spool=None)).as_json()
    assert (health["spool"], health["load_lag"]) == (None, None)


@pytest.mark.parametrize(
    ("worker", "counters", "up", "expected"),
    [
        pytest.param(make_state(), Counters(), 60, (), id="nothing"),
        pytest.param(make_state(problems=2), Counters(), 60, ("the catalog's last",), id="catalog"),
        pytest.param(None, Counters(), 1, (), id="a worker that is still starting"),
        pytest.param(
            None, Counters(), 60, ("clicks are waiting in the spool: the loader",), id="no worker"
        ),
        pytest.param(
            make_state(loading=False),
            Counters(),
            60,
            ("clicks are waiting in the spool because they",),
            id="database",
        ),
        pytest.param(make_state(), lost(60), 60, ("clicks or views were lost",), id="lost"),
        pytest.param(
            make_state(replaced=time.time() - 60),
            Counters(),
            60,
            ("the database was replaced",),
            id="another database",
        ),
        pytest.param(
            make_state(),
            Counters(last_restored=int(time.time()) - 60),
            60,
            ("the instance folder or its spool was",),
            id="another folder",
        ),
        pytest.param(make_state(), lost(90_000), 60, (), id="lost more than a day ago"),
    ],
)
def test_problems_are_worded(worker, counters, up, expected):
    texts = problems_of(worker, SpoolState(0, 0.0), counters, time.time() - up)
    assert all(text.startswith(start) for text, start in zip(texts, expected, strict=True))


@pytest.mark.parametrize(
    ("ago", "reason", "stated"),
    [
        pytest.param(170, None, None, id="for less than three minutes"),
        pytest.param(
            190,
            message("network.token-refused", status=401),
            "no contact with the admin for 3 minutes: the token is refused (401)",
            id="with a reason",
        ),
        pytest.param(
            3700, None, "no contact with the admin for 61 minutes: see the log", id="none"
        ),
    ],
)
def test_an_admin_that_is_away_is_a_problem_after_some_minutes(ago, reason, stated):
    worker = make_state(contact=time.time() - ago, no_contact=reason)
    texts = problems_of(worker)
    assert len(texts) == bool(stated)
    assert all(stated in text for text in texts)


def test_a_node_that_never_had_contact_says_so():
    worker = make_state(contact=0.0, no_contact=message("network.no-admin"))
    (text,) = problems_of(worker)
    assert "no contact with the admin yet: no linkmgr admin answers there" in text


def test_node_says_how_old_its_last_contact_is_and_others_do_not():
    health = make_health(worker=make_state(contact=time.time() - 60)).as_json()
    assert 60 <= health["catalog"]["contact_age"] < 600
    assert "contact_age" not in make_health().as_json()["catalog"]


def test_clicks_that_wait_for_minutes_are_a_problem():
    texts = problems_of(make_state(), SpoolState(99, 300.0))
    assert texts == ["clicks are waiting in the spool, the oldest for 300 s"]


@pytest.mark.parametrize(
    ("process", "named"),
    [
        pytest.param("the background worker", "the background worker", id="worker"),
        pytest.param("worker 2", "a process that serves readers", id="readers"),
    ],
)
def test_a_process_that_ends_in_a_loop_is_a_fault(process, named):
    now = time.time()
    ends = {process: [now - 3, now - 2, now - 1], "the admin": [now - 5, now - 4]}
    (check,) = [
        check for check in report_checks(make_reports(make_state(), ends=ends)) if check.fails
    ]
    assert (check.name, check.state, check.number) == (ReportCheck.RESTARTS, CheckState.FAULT, 3)
    assert translate(check.public).startswith(f"{named} has ended by itself 3 times")
    assert translate(check.text).endswith(": see the server's log for the reason")


def test_ends_of_long_ago_and_single_ones_are_no_fault():
    now = time.time()
    ends = {"worker 1": [now - 3, now - 2], "the admin": [now - 900, now - 800, now - 700]}
    checks = report_checks(make_reports(make_state(), ends=ends))
    assert not [check.name for check in checks if check.fails]


def test_metrics_have_each_check_by_name():
    reports = make_reports(make_state(loading=False))
    text = metrics_text(reports, report_checks(reports), 0, 0.0).decode()
    assert 'linkmgr_check_failed{check="not-loading"} 1.0' in text
    assert 'linkmgr_check_failed{check="restarts"} 0.0' in text
    assert "linkmgr_spool_age_seconds 1.25" in text


def test_whoever_is_ready_answers_with_200_else_with_503_and_why():
    ready = client().get("/readyz")
    assert (ready.status_code, ready.json["status"]) == (200, "ready")
    unready = client(ready=lambda: readers_ready(lost(30))).get("/readyz")
    assert unready.status_code == 503
    assert unready.json == {
        "status": "not ready",
        "problem": "clicks or views were lost within the last minute: the spool cannot be written",
        "code": "server.losing-clicks",
    }


def test_a_minute_after_last_lost_click_readers_may_come_again():
    assert readers_ready(lost(59)).fails
    assert not readers_ready(lost(60)).fails
    assert not readers_ready(Counters()).fails


def test_the_admin_is_ready_while_its_database_answers(tmp_path):
    file = tmp_path / "linkmgr.db"
    check = DatabaseCheck(open_engine(f"sqlite:///{file}"))
    check.ask()
    assert admin_ready(has_database=check.answers).public == message("server.database-silent")
    file.touch()
    check.ask()
    assert not admin_ready(has_database=check.answers).fails


def test_metrics_are_for_the_token_alone():
    asked = client(token=TOKEN)
    right = asked.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (right.status_code, right.data) == (200, b"linkmgr_redirects_total 1.0\n")
    assert right.content_type.startswith("text/plain; version=0.0.4")
    for sent in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {TOKEN}"}):
        wrong = asked.get("/metrics", headers=sent)
        assert (wrong.status_code, wrong.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert client().get("/metrics").status_code == 404


@pytest.mark.parametrize("path", ["/", "/robots.txt", "/healthz", "/readyz", "/metrics", "/none"])
def test_every_page_is_hardened(path):
    headers = client().get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_another_method_is_refused_with_those_allowed():
    answer = client().post("/robots.txt")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_state_is_read_as_it_was_written(tmp_path):
    problem = message("fs.unwritable", path="targets.json", reason="full")
    state = make_state(
        catalog=(Problem.at("catalog.yaml", 1, "site", problem), problem),
        contact=1.0,
        no_contact=message("network.no-answer", reason="refused"),
    )
    write_state(tmp_path, state)
    assert read_state(tmp_path) == state


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("[]", id="a list"),
        pytest.param('{"catalog": []}', id="of another version"),
    ],
)
def test_a_state_that_cannot_be_read_is_none(tmp_path, text):
    (tmp_path / "worker.json").write_text(text)
    assert read_state(tmp_path) is None


def test_a_state_of_a_worker_that_has_gone_silent_is_none(tmp_path):
    state = make_state(time=time.time() - SILENCE - 1)
    write_state(tmp_path, state)
    assert read_state(tmp_path) is None
    assert read_last_state(tmp_path) == state
