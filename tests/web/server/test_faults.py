"""A server in trouble: killed, without its database, without a place on the disk."""

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import threading
import time
from contextlib import closing, suppress

import httpx
import pytest
from sqlalchemy import text

from linkmgr.store.db.engine import open_engine
from tests.support.disks import small_disk
from tests.support.postgres import take_connections
from tests.support.servers import (
    PATIENCE,
    SITE,
    Load,
    Server,
    faked_clock,
    processes,
    served,
    wait_for,
    write_catalog,
)
from tests.support.soak import rounds

pytestmark = pytest.mark.slow

ROUNDS = rounds(1, 20)
KILL_SECONDS = 300


@pytest.fixture
def blog(tmp_path):
    write_catalog(tmp_path, ("letter", f"{SITE}/letter/"))
    return tmp_path


def redirecting(folder, **settings):
    """Run a server of two workers without an admin."""
    return served(folder, **{"ROLE": "redirect", "WORKERS": 2} | settings)


def assert_counted_once(server, answered):
    """Check the rows: a click whose answer did not arrive may be there too, but none twice."""
    assert set(answered.values()) == {f"{SITE}/letter/"}
    rows = server.posts()
    assert answered.keys() <= rows.keys()
    assert set(rows.values()) <= {1}


def test_a_clock_that_is_ahead_for_seconds_deletes_no_click(blog):
    fake = blog / "faketime"
    fake.write_text("+0s")
    server = Server(blog, ROLE="redirect")
    server.variables = faked_clock(fake)
    server.start()

    def click(number):
        """Click, and wait until the click is loaded and the tables were maintained since."""
        server.get(f"/go/letter?p={number:016x}")
        wait_for(lambda: number in {int(post, 16) for post in server.posts() if post})

    try:
        click(1)
        fake.write_text("+402d")
        click(2)
        click(3)
        fake.write_text("+0s")
        click(4)
        assert len(server.posts()) == 4
    finally:
        server.stop()


def test_no_answered_click_is_lost_or_doubled_when_a_worker_is_killed(blog):
    with redirecting(blog) as server:
        with Load(server, "letter") as load:
            for _ in range(ROUNDS):
                load.wait(100)
                victim, *others = server.all_workers()
                os.kill(victim, signal.SIGKILL)
                # A killed one is there until its parent knows of its end.
                wait_for(lambda: victim not in server.workers and len(server.workers) == 2)  # noqa: B023
                assert others[0] in server.workers
            load.wait(100)
        server.stop()
        assert server.waiting() == 0
        assert_counted_once(server, load.answered)
        assert re.search(r"worker [12] has ended and is started again", server.log)


@pytest.mark.soak
def test_no_answered_click_is_lost_or_doubled_by_kills_at_random(blog):
    chance = random.Random(KILL_SECONDS)  # noqa: S311 - repeatable
    with served(blog, WORKERS=2) as server:
        with Load(server, "letter") as load:
            end = time.monotonic() + KILL_SECONDS
            while time.monotonic() < end:
                load.wait(10)
                main = server.process.pid
                others = [pid for pid in processes(main) if pid != main]
                with suppress(ProcessLookupError):
                    os.kill(chance.choice(others), signal.SIGKILL)
                time.sleep(chance.uniform(1, 8))
            load.wait(100)
        wait_for(lambda: len(server.workers) == 2)
        wait_for(server.answers)
        assert server.stop() == 0
        assert server.waiting() == 0
        assert_counted_once(server, load.answered)


@pytest.mark.soak
def test_a_worker_whose_successors_are_killed_too_is_started_again(blog):
    with redirecting(blog) as server:
        stays, victim = server.all_workers()
        with Load(server, "letter") as load:
            for _ in range(4):
                os.kill(victim, signal.SIGKILL)
                victim = wait_for(lambda: newest_worker(server, stays, victim))  # noqa: B023
            load.wait(100)
        assert stays in server.workers
        assert server.stop() == 0
        assert_counted_once(server, load.answered)


def newest_worker(server, stays, victim):
    """Return the worker that has taken the victim's place."""
    return next((pid for pid in server.workers if pid not in (stays, victim)), None)


def test_no_answered_click_is_lost_or_doubled_when_all_is_killed(blog):
    server, answered = Server(blog, WORKERS=2), {}
    for number in range(ROUNDS):
        server.start()
        with Load(server, "letter", first=number << 32) as load:
            load.wait(200)
            server.kill()
        assert load.failures
        answered |= load.answered
    with served(blog, PORT=server.settings["PORT"]) as last:
        wait_for(lambda: not last.health()["spool"]["bytes"])
    assert last.waiting() == 0
    assert_counted_once(last, answered)


def test_a_killed_background_worker_is_started_again_and_goes_on_where_it_was(blog):
    with redirecting(blog) as server:
        with Load(server, "letter") as load:
            for _ in range(ROUNDS):
                load.wait(200)
                os.kill(server.worker, signal.SIGKILL)
        wait_for(lambda: not server.health()["spool"]["bytes"])
        assert_counted_once(server, load.answered)
        assert "the background worker has ended and is started again" in server.log


def test_all_processes_end_when_the_main_process_is_killed(blog):
    server = Server(blog, WORKERS=2).start()
    with Load(server, "letter") as load:
        load.wait(200)
        server.process.kill()
        server.process.wait()
        wait_for(lambda: not server.holders(".spool") and not server.holders("worker.lock"))
    with served(blog, WORKERS=2) as last:
        wait_for(lambda: not last.health()["spool"]["bytes"])
        assert_counted_once(last, load.answered)


def test_clicks_wait_while_the_database_is_locked(blog):
    with redirecting(blog) as server:
        server.get("/go/letter?p=00000000000000aa")
        wait_for(server.posts)
        with closing(sqlite3.connect(server.instance / "linkmgr.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            with Load(server, "letter") as load:
                load.wait(200)
                problem = wait_for(lambda: server.health()["problems"])[0]
            other.rollback()
        assert "cannot be loaded" in problem
        assert set(load.answered.values()) == {f"{SITE}/letter/"}
        wait_for(lambda: not server.health()["spool"]["bytes"])
        wait_for(lambda: server.health()["status"] == "ok")
        assert server.posts() == dict.fromkeys([*load.answered, "00000000000000aa"], 1)
        assert server.log.count("clicks are waiting in the spool") == 1
        assert "clicks are loaded again" in server.log


def test_a_database_that_is_deleted_is_made_again(blog):
    with redirecting(blog) as server:
        server.get("/go/letter?p=00000000000000aa")
        wait_for(server.posts)
        for file in server.instance.glob("linkmgr.db*"):
            file.unlink()
        server.get("/go/letter?p=00000000000000bb")
        # The spool's file still has the first one, and nothing says that it was loaded.
        wait_for(lambda: "00000000000000bb" in posts_or_none(server))
        assert server.posts() == dict.fromkeys(["00000000000000aa", "00000000000000bb"], 1)


def posts_or_none(server):
    """Return the posts of a database that may be in the making."""
    with suppress(sqlite3.OperationalError):
        return server.posts()
    return {}


def test_no_answered_click_is_lost_when_the_instances_folder_is_deleted(blog):
    with served(blog, WORKERS=2) as server:
        with Load(server, "letter") as load:
            load.wait(100)
            wait_for(lambda: server.metric("loaded_lines_total"))
            server.instance.rename(blog / "deleted")  # as a folder in use is not deleted at once
            shutil.rmtree(blog / "deleted")
            load.wait(100)
        codes = {"server.instance-restored"}
        wait_for(lambda: codes <= {*server.health()["codes"]})
        wait_for(lambda: {*posts_or_none(server)} >= {*load.answered})
        assert server.instance.stat().st_mode & 0o777 == 0o700
        assert httpx.get(f"{server.admin_url}/admin/login").status_code == 200
        assert {*published(server)} == {"letter"}
        assert server.holders("worker.lock")
        assert server.stop() == 0
        assert_counted_once(server, load.answered)
        assert server.waiting() == 0
        assert "the instance's folder or its spool was deleted or moved" in server.log


def published(server):
    return json.loads((server.instance / "targets.json").read_bytes())["items"]


def copied_database(server, to):
    file = server.instance / "linkmgr.db"
    with closing(sqlite3.connect(file)) as database, closing(sqlite3.connect(to)) as copy:
        database.backup(copy)


def empty_log(server):
    """Have the file hold all: SQLite would bring a copy up to date by its write-ahead log."""
    with closing(sqlite3.connect(server.instance / "linkmgr.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def replace(copy, database):
    copy.replace(database)


def overwrite(copy, database):
    """Do as `cp` does, which leaves the file that others have open in its place."""
    shutil.copyfile(copy, database)


@pytest.mark.parametrize("put", [replace, pytest.param(overwrite, marks=pytest.mark.soak)])
def test_a_database_that_is_replaced_by_an_older_copy_is_noticed_and_brought_up_to_date(blog, put):
    with redirecting(blog) as server:
        with Load(server, "letter") as load:
            load.wait(100)
            wait_for(server.posts)
            copied_database(server, blog / "copy.db")
            load.wait(100)
        wait_for(lambda: not server.health()["spool"]["bytes"])
        empty_log(server)
        put(blog / "copy.db", server.instance / "linkmgr.db")
        wait_for(lambda: "server.database-replaced" in server.health()["codes"])
        wait_for(lambda: {*posts_or_none(server)} >= {*load.answered})
        assert_counted_once(server, load.answered)
        assert "the database is another one, or an older copy" in server.log


def test_clicks_wait_while_the_database_is_down_from_the_start(blog):
    nobody = "postgresql+psycopg://linkmgr:hushhush@127.0.0.1:9/linkmgr"
    with redirecting(blog, DATABASE_URL=nobody, STOP_SECONDS=1) as server:
        with Load(server, "letter") as load:
            load.wait(100)
        problem = wait_for(lambda: server.health()["problems"])[0]
        assert "cannot be loaded" in problem
        assert server.health()["spool"]["bytes"] > 0
        assert "hushhush" not in server.log
        assert server.stop() == 0
    with redirecting(blog) as server:
        wait_for(lambda: not server.health()["spool"]["bytes"])
        assert server.posts() == dict.fromkeys(load.answered, 1)


def test_clicks_wait_while_postgresql_takes_nobody_in(blog, postgresql_url):
    with redirecting(blog, DATABASE_URL=postgresql_url) as server:
        with Load(server, "letter") as load:
            load.wait(100)
            wait_for(lambda: server.metric("loaded_lines_total"))
            take_connections(postgresql_url, allowed=False)
            load.wait(100)
            wait_for(lambda: server.health()["problems"])
            load.wait(100)
            take_connections(postgresql_url, allowed=True)
        assert server.stop() == 0
        assert server.waiting() == 0
        engine = open_engine(postgresql_url)
        with engine.connect() as connection:
            query = text("SELECT post, COUNT(*) FROM clicks GROUP BY post")
            rows = dict(map(tuple, connection.execute(query)))
        engine.dispose()
        assert set(rows.values()) == {1}
        assert rows.keys() >= load.answered.keys()


def test_a_full_disk_keeps_no_reader_from_being_led_on(blog):
    # Also the database cannot grow past it: its tables alone take 45 kB.
    with redirecting(blog, largest_file=80_000, WORKERS=1) as server:
        with Load(server, "letter") as load:
            wait_for(lambda: server.metric("lost_clicks_total") > 100)
        assert load.failures == []
        assert set(load.answered.values()) == {f"{SITE}/letter/"}
        wait_for(lambda: server.metric("redirects_total") == len(load.answered))
        lost = server.metric("lost_clicks_total")
        assert any("clicks were lost" in problem for problem in server.health()["problems"])
        wait_for(lambda: "clicks are lost: the spool cannot be written" in server.log)
        server.stop()
    with redirecting(blog) as server:
        wait_for(lambda: not server.health()["spool"]["bytes"])
        rows = server.posts()
    assert set(rows.values()) == {1}
    assert rows.keys() <= load.answered.keys()
    assert len(rows) == len(load.answered) - lost


def test_a_spool_that_cannot_be_made_keeps_no_reader_from_being_led_on(blog):
    (blog / "instance").mkdir()
    (blog / "instance" / "spool").write_text("in the way")
    with redirecting(blog) as server:
        assert server.get("/go/letter").headers["location"] == f"{SITE}/letter/"
        wait_for(lambda: server.metric("lost_clicks_total") == 1)
        (server.instance / "spool").unlink()
        wait_for(lambda: len(server.workers) == 2)
        server.get("/go/letter?p=00000000000000aa")
        assert wait_for(server.posts) == {"00000000000000aa": 1}


def log_in(server, answers, **sent):
    answers.append(httpx.post(f"{server.admin_url}/admin/login", timeout=PATIENCE, **sent))


def test_no_reader_waits_while_the_admin_does(blog):
    with served(blog, WORKERS=2) as server:
        page = httpx.get(f"{server.admin_url}/admin/login")
        token = re.search(r'csrf-token" content="([^"]+)', page.text)[1]
        data = {"csrf_token": token, "name": "owner", "password": "no such word"}
        sent = {"cookies": dict(page.cookies), "data": data}
        answers = []
        # Four at once wait five seconds each for the database.
        posts = [
            threading.Thread(target=log_in, args=(server, answers), kwargs=sent) for _ in range(16)
        ]
        with closing(sqlite3.connect(server.instance / "linkmgr.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            for post in posts:
                post.start()
            # Those whose turn never came are refused at once.
            wait_for(lambda: 503 in {answer.status_code for answer in answers})
            with Load(server, "letter", clients=1) as load:
                load.wait(100)
            assert len(answers) < len(posts)
            other.rollback()
        for post in posts:
            post.join()
        assert load.failures == []
        assert_led_on(load)
        assert {answer.status_code for answer in answers} <= {400, 429, 503}


def assert_led_on(load):
    assert set(load.answered.values()) == {f"{SITE}/letter/"}


def test_the_admin_is_started_again_when_it_dies_and_ends_with_the_server(blog):
    with served(blog, WORKERS=2) as server:
        for number in (1, 2):
            victim = wait_for(lambda: server.admin_process)
            os.kill(victim, signal.SIGKILL)
            wait_for(lambda: server.log.count("the admin has ended") == number)  # noqa: B023
            wait_for(lambda: server.admin_process not in (None, victim))  # noqa: B023
            wait_for(server.answers)
        assert server.stop() == 0
        # A worker of an admin that was killed sees within a second that nobody needs it.
        wait_for(lambda: not processes(server.process.pid))


def test_a_worker_that_dies_while_the_disk_is_full_is_replaced(blog):
    with small_disk(blog / "instance"), redirecting(blog) as server:
        server.get("/go/letter?p=00000000000000aa")
        wait_for(server.posts)
        fill(server.instance / "filler")
        with Load(server, "letter", first=1 << 32) as load:
            wait_for(lambda: server.metric("lost_clicks_total") > 100)
            before = server.all_workers()
            os.kill(before[0], signal.SIGKILL)
            wait_for(lambda: len(server.workers) == 2 and server.workers != before)
            load.wait(200)
        assert_led_on(load)
        assert server.process.poll() is None
        assert all(server.health()["problems"] for _ in range(20))  # by whichever worker
        (server.instance / "filler").unlink()
        server.get("/go/letter?p=00000000000000bb")
        wait_for(lambda: "00000000000000bb" in server.posts())


def fill(file):
    """Write until the disk takes nothing more."""
    with suppress(OSError), file.open("wb", buffering=0) as opened:
        while True:
            opened.write(bytes(1024))
