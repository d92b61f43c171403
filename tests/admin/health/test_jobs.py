"""Jobs are processes that the admin begins, follows and stops; a row says how far each is."""

import multiprocessing
import sys
import time
from contextlib import closing

import pytest

from linkmgr.admin.common.context import EXTENSION
from linkmgr.admin.health.jobs import run_job
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.store.db.engine import open_engine
from linkmgr.store.jobs import JobKind, Progress, last_jobs, open_job, stop_job
from tests.support.jobs import end_job, ended_job, last_job, running_job
from tests.support.servers import wait_for

PAGE = "/admin/health/build"
READING = Progress(message("build.reading-posts"), 1, 3)
SAID = '{"what": {"code": "build.reading-posts", "params": {}}, "done": 1, "total": 3}'
INTERRUPTED = "the server stopped before it was done: start it again"


def say(text):
    return f"print({text!r}, flush=True)"


@pytest.fixture
def start(admin_app):
    """Begin a job that is some Python, and give the thread that follows it."""

    def begin(*lines, kind=JobKind.BUILD):
        script = "\n".join(["import os, sys, time", *lines])
        with admin_app.test_request_context():
            return run_job(admin_app.extensions[EXTENSION], kind, [sys.executable, "-c", script])

    return begin


def test_a_job_says_how_far_it_is_and_then_what_it_did(start, engine, settings, tmp_path):
    wait = f"while not os.path.exists({str(tmp_path / 'end')!r}): time.sleep(0.01)"
    start(say(SAID), wait, say('{"result": {"files": 2}}'))
    wait_for(lambda: last_job(engine, settings, JobKind.BUILD).progress == READING)
    assert last_job(engine, settings, JobKind.BUILD).is_running
    (tmp_path / "end").touch()
    job = ended_job(engine, settings, JobKind.BUILD)
    assert (job.result, job.error) == ({"files": 2}, None)


def test_one_job_of_a_kind_runs_at_a_time(start, engine, settings):
    with running_job(engine, settings, JobKind.BUILD, READING):
        assert start("pass") is None
        assert start(say('{"result": {}}'), kind=JobKind.CHECK)
        ended_job(engine, settings, JobKind.CHECK)
    assert start(say('{"result": {}}'))
    ended_job(engine, settings, JobKind.BUILD)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        pytest.param(
            say('{"error": [{"code": "build.no-post-has", "params": {"term": "tea"}}]}'),
            "build.no-post-has",
            id="said",
        ),
        pytest.param("os.kill(os.getpid(), 9)", "admin.job-killed", id="killed"),
        pytest.param("sys.exit(3)", "admin.job-failed", id="nothing said"),
    ],
)
def test_a_job_that_fails_says_why(start, engine, settings, line, code):
    start(say(SAID), line)
    job = ended_job(engine, settings, JobKind.BUILD)
    assert (job.error.message.code, job.result) == (code, None)


def test_a_job_is_stopped_on_its_page(start, admin_client, engine, settings):
    start(say(SAID), "time.sleep(600)")
    assert 'action="/admin/health/stop/build"' in admin_client.get(PAGE).text
    sent = admin_client.post("/admin/health/stop/build", {"back": PAGE}, page=PAGE)
    assert (sent.status_code, sent.headers["Location"]) == (303, PAGE)
    assert ended_job(engine, settings, JobKind.BUILD).error.message.code == "admin.job-stopped"
    assert "it was stopped, as you asked" in admin_client.get(PAGE).text


def test_another_server_may_stop_a_job(start, engine, settings):
    start(say(SAID), "time.sleep(600)")
    stop_job(engine, last_job(engine, settings, JobKind.BUILD).id)
    assert ended_job(engine, settings, JobKind.BUILD).error.message.code == "admin.job-stopped"


def test_an_unknown_job_is_not_stopped(admin_client):
    assert admin_client.post("/admin/health/stop/none", page="/admin/health").status_code == 404


def _begin(url, instance):
    open_job(open_engine(url), instance, JobKind.BUILD).note(READING)


@pytest.mark.server
def test_a_server_that_ends_in_middle_leaves_a_job_that_says_so(engine, settings):
    arguments = settings.database_url, settings.instance
    process = multiprocessing.get_context("spawn").Process(target=_begin, args=arguments)
    process.start()
    process.join()  # and its lock ends with it
    assert last_job(engine, settings, JobKind.BUILD).error.translated() == INTERRUPTED
    with closing(open_job(engine, settings.instance, JobKind.BUILD)):
        assert last_job(engine, settings, JobKind.BUILD).is_running


def test_a_job_of_another_instance_is_none_of_this_one(engine, settings, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    end_job(engine, settings, JobKind.BUILD, {"number": 1})
    with closing(open_job(engine, other, JobKind.BUILD)) as job:
        assert last_job(engine, settings, JobKind.BUILD).result == {"number": 1}
        assert last_jobs(engine, other)[JobKind.BUILD].id == job.id
    assert last_jobs(engine, tmp_path) == {}


def test_a_folder_that_cannot_be_written_is_reported(engine, tmp_path):
    with pytest.raises(LinkmgrError, match=r"build\.lock: cannot be written"):
        open_job(engine, tmp_path / "none", JobKind.BUILD)


def test_the_last_twenty_jobs_of_a_kind_are_kept(engine, settings):
    for number in range(22):
        end_job(engine, settings, JobKind.BUILD, {"number": number})
    end_job(engine, settings, JobKind.CHECK, {})
    with engine.connect() as connection:
        kinds = connection.exec_driver_sql("SELECT kind FROM jobs").scalars().all()
    assert (kinds.count("build"), kinds.count("check")) == (20, 1)
    job = last_jobs(engine, settings.instance)[JobKind.BUILD]
    assert job.result == {"number": 21}
    assert job.started <= time.time()
