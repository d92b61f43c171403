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
from itertools import count
from stat import S_IMODE

import httpx
import pytest
from sqlalchemy import text

from linkmgr.store.db.engine import open_engine
from tests.support.disks import small_disk
from tests.support.postgres import take_connections
from tests.support.servers import (
    HEAD_WITH_VIEWS,
    PATIENCE,
    SITE,
    Load,
    ReportLoad,
    Server,
    faked_clock,
    processes,
    served,
    wait_for,
    write_catalog,
)
from tests.support.soak import rounds

pytestmark = pytest.mark.server

ROUNDS = rounds(1, 20)
KILL_SECONDS = 300
# Seconds between two reports of a client, so that all rounds' stay below a day's rows of views.
PAUSE = 0.02


@pytest.fixture
def blog(tmp_path):
    write_catalog(tmp_path, ("letter", f"{SITE}/letter/"))
    return tmp_path


def shared_server(folder):
    """Run a server of two workers for several tests."""
    write_catalog(folder, ("letter", f"{SITE}/letter/"))
    return served(folder, WORKERS=2)


def end_loaded(server):
    """Stop a server, which by then has loaded all clicks."""
    assert server.stop() == 0
    assert server.waiting() == 0


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Run a server for the tests that leave it as it was, but for its clicks."""
    with shared_server(tmp_path_factory.mktemp("shared")) as server:
        yield server
        end_loaded(server)
        # A worker of an admin that was killed sees within a second that nobody needs it.
        wait_for(lambda: not processes(server.process.pid))


@pytest.fixture(scope="module")
def robbed_server(tmp_path_factory):
    """Run a server for the tests that take its files away."""
    with shared_server(tmp_path_factory.mktemp("robbed")) as server:
        yield server
        end_loaded(server)


def load_on(server):
    """Click, on posts that no other test of the server has."""
    return Load(server, "letter", first=next(_FIRST))


_FIRST = count(0, 1 << 32)


def wait_until_all_is_loaded(server):
    wait_for(lambda: not server.health()["spool"]["bytes"])


def redirecting(folder, **settings):
    """Run a server of two workers without an admin."""
    return served(folder, **{"ROLE": "redirect", "WORKERS": 2} | settings)


def assert_counted_once(server, answered):
    """Check the rows: a click whose answer did not arrive may be there too, but none twice."""
    assert set(answered.values()) == {f"{SITE}/letter/"}
    rows = server.posts()
    assert answered.keys() <= rows.keys()
    assert set(rows.values()) == {1}


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


def test_no_click_is_lost_or_doubled_when_a_worker_is_killed(server):
    with load_on(server) as load:
        for _ in range(ROUNDS):
            load.wait(100)
            victim, *others = server.all_workers()
            os.kill(victim, signal.SIGKILL)
            # A killed one is there until its parent knows of its end.
            wait_for(lambda: victim not in server.workers and len(server.workers) == 2)  # noqa: B023
            assert others[0] in server.workers
        load.wait(100)
    wait_until_all_is_loaded(server)
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
def test_worker_whose_successors_are_killed_too_is_started_again(blog):
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


def test_no_report_is_lost_or_doubled_whatever_is_killed(blog):
    write_catalog(blog, ("letter", f"{SITE}/letter/"), head=HEAD_WITH_VIEWS)
    server, reported, clicked = Server(blog, WORKERS=2, TRUSTED_PROXIES="127.0.0.1"), {}, {}
    server.start()
    kills = (kill_a_worker, kill_the_loader, kill_the_admin) * ROUNDS
    for number, kill in enumerate((*kills, kill_the_main_process)):
        reports = ReportLoad(server, "letter", clients=2, first=number << 16, pause=PAUSE)
        clicks = Load(server, "letter", clients=2, first=number + 1 << 32)
        with reports, clicks:
            reports.wait(100)
            kill(server)
            if kill == kill_the_main_process:
                break
            wait_for(server.answers)
            reports.wait(100)
            clicks.wait(1)
        reported |= reports.answered
        clicked |= clicks.answered
    server.start()
    wait_for(server.answers)
    wait_until_all_is_loaded(server)
    assert server.stop() == 0
    assert_counted_once(server, clicked | clicks.answered)
    reported |= reports.answered
    assert set(reported.values()) == {204}
    seen = dict(server.rows("SELECT post, views || ' ' || clicked FROM views"))
    assert reported.keys() <= seen.keys()
    assert set(seen.values()) == {"1 1"}
    clicks = server.rows("SELECT sum(clicks) FROM totals WHERE dimension = 'all'")
    views = server.rows("SELECT sum(views), sum(clicked) FROM view_totals WHERE dimension = 'all'")
    assert clicks == [(len(server.posts()),)]
    assert views == [(len(seen), len(seen))]


def kill_a_worker(server):
    os.kill(server.all_workers()[0], signal.SIGKILL)


def kill_the_loader(server):
    os.kill(server.worker, signal.SIGKILL)


def kill_the_admin(server):
    os.kill(wait_for(lambda: server.admin_process), signal.SIGKILL)


def kill_the_main_process(server):
    """Kill it alone: all others end by themselves."""
    server.process.kill()
    server.process.wait()
    wait_for(lambda: not processes(server.process.pid))


def test_no_click_is_lost_when_all_or_the_main_is_killed(blog):
    server, answered = Server(blog, WORKERS=2), {}
    for kill in (Server.kill, kill_the_main_process) * ROUNDS:
        server.start()
        with load_on(server) as load:
            load.wait(200)
            kill(server)
            wait_for(lambda load=load: load.failures)
        answered |= load.answered
    with served(blog, PORT=server.settings["PORT"]) as last:
        wait_until_all_is_loaded(last)
    assert last.waiting() == 0
    assert_counted_once(last, answered)


def test_a_killed_background_worker_goes_on_where_it_was(server):
    with load_on(server) as load:
        for _ in range(max(ROUNDS, 3)):
            load.wait(200)
            os.kill(server.worker, signal.SIGKILL)
    wait_until_all_is_loaded(server)
    assert_counted_once(server, load.answered)
    # All may have been loaded before it was killed.
    wait_for(lambda: "the background worker has ended and is started again" in server.log)
    wait_for(lambda: "server.restarts" in server.health()["codes"])


def test_clicks_wait_while_the_database_is_locked(server):
    before = len(server.log)
    with closing(sqlite3.connect(server.instance / "linkmgr.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with load_on(server) as load:
            load.wait(200)
            wait_for(lambda: "server.not-loading" in server.health()["codes"])
        other.rollback()
    wait_until_all_is_loaded(server)
    wait_for(lambda: "server.not-loading" not in server.health()["codes"])
    assert_counted_once(server, load.answered)
    logged = server.log[before:]
    assert logged.count("clicks are waiting in the spool") == 1
    assert "clicks are loaded again" in logged


def test_a_database_that_is_deleted_is_made_again(robbed_server):
    server = robbed_server
    first, second = "dddddddddddddddd", "eeeeeeeeeeeeeeee"
    server.get(f"/go/letter?p={first}")
    wait_for(lambda: first in server.posts())
    for file in server.instance.glob("linkmgr.db*"):
        file.unlink()
    server.get(f"/go/letter?p={second}")
    # The spool's file still has the first one, and nothing says that it was loaded.
    wait_for(lambda: second in posts_or_none(server))
    rows = server.posts()
    assert (rows[first], rows[second]) == (1, 1)


def posts_or_none(server):
    """Return the posts of a database that may be in the making."""
    with suppress(sqlite3.OperationalError):
        return server.posts()
    return {}


def test_no_click_is_lost_when_the_instances_folder_is_deleted(robbed_server):
    server = robbed_server
    before = len(server.log)
    with load_on(server) as load:
        load.wait(100)
        wait_for(lambda: {*load.answered} & {*posts_or_none(server)})
        # As a folder in use is not deleted at once.
        shutil.rmtree(server.instance.rename(server.folder / "deleted"))
        load.wait(100)
    codes = {"server.instance-restored"}
    wait_for(lambda: codes <= {*server.health()["codes"]})
    wait_for(lambda: {*posts_or_none(server)} >= {*load.answered})
    assert {path: oct(mode) for path, mode in modes(server.instance) if mode & 0o077} == {}
    assert httpx.get(f"{server.admin_url}/admin/login").status_code == 200
    assert {*published(server)} == {"letter"}
    assert wait_for(lambda: server.holders("worker.lock"))
    assert_counted_once(server, load.answered)
    assert "the instance's folder or its spool was deleted or moved" in server.log[before:]


def modes(folder):
    yield folder, S_IMODE(folder.stat().st_mode)
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            yield path, S_IMODE(path.stat().st_mode)


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
def test_an_older_copy_of_the_database_is_brought_up_to_date(robbed_server, tmp_path, put):
    server, before = robbed_server, len(robbed_server.log)
    with load_on(server) as load:
        load.wait(100)
        wait_for(lambda: {*load.answered} & {*posts_or_none(server)})
        copied_database(server, tmp_path / "copy.db")
        load.wait(100)
    wait_until_all_is_loaded(server)
    empty_log(server)
    put(tmp_path / "copy.db", server.instance / "linkmgr.db")
    wait_for(lambda: "server.database-replaced" in server.health()["codes"])
    wait_for(lambda: {*posts_or_none(server)} >= {*load.answered})
    assert_counted_once(server, load.answered)
    wait_for(lambda: "the database is another one, or an older copy" in server.log[before:])


def test_clicks_wait_while_the_database_takes_nobody_in(blog, postgresql_url):
    take_connections(postgresql_url, allowed=False)
    url = postgresql_url.replace("@/", ":hushhush@/")
    with redirecting(blog, DATABASE_URL=url) as server, load_on(server) as load:
        load.wait(100)
        problem = wait_for(lambda: server.health()["problems"])[0]
        assert "cannot be loaded" in problem
        assert server.health()["spool"]["bytes"] > 0
        take_connections(postgresql_url, allowed=True)
        wait_for(lambda: server.metric("loaded_lines_total"))
        take_connections(postgresql_url, allowed=False)
        load.wait(100)
        wait_for(lambda: server.health()["problems"])
        load.wait(100)
        take_connections(postgresql_url, allowed=True)
        assert server.stop() == 0
    assert server.waiting() == 0
    assert "hushhush" not in server.log
    engine = open_engine(postgresql_url)
    with engine.connect() as connection:
        query = text("SELECT post, COUNT(*) FROM clicks WHERE kind < 3 GROUP BY post")
        rows = dict(map(tuple, connection.execute(query)))
    engine.dispose()
    assert set(rows.values()) == {1}
    assert rows.keys() >= load.answered.keys()


def test_a_server_stops_and_keeps_clicks_without_a_database(blog):
    nobody = "postgresql+psycopg://linkmgr:hushhush@127.0.0.1:9/linkmgr"
    with redirecting(blog, DATABASE_URL=nobody, STOP_SECONDS=1, WORKERS=1) as server:
        server.get("/go/letter?p=00000000000000aa")
        assert server.stop() == 0
    assert server.waiting() > 0
    assert "hushhush" not in server.log


def test_a_full_disk_keeps_no_reader_from_being_led_on(blog):
    # Also the database cannot grow past it: its tables alone take 45 kB.
    with redirecting(blog, largest_file=80_000, WORKERS=1, STOP_SECONDS=1) as server:
        with Load(server, "letter") as load:
            wait_for(lambda: server.metric("lost_clicks_total") > 100)
        assert load.failures == []
        assert set(load.answered.values()) == {f"{SITE}/letter/"}
        wait_for(lambda: server.metric("redirects_total") == len(load.answered))
        lost = server.metric("lost_clicks_total")
        assert any(
            "clicks or views were lost" in problem for problem in server.health()["problems"]
        )
        wait_for(lambda: "clicks are lost: the spool cannot be written" in server.log)
        server.stop()
    with redirecting(blog) as server:
        wait_for(lambda: not server.health()["spool"]["bytes"])
        rows = server.posts()
    assert set(rows.values()) == {1}
    assert rows.keys() <= load.answered.keys()
    assert len(rows) == len(load.answered) - lost


def test_a_spool_that_cannot_be_made_holds_up_no_reader(blog):
    (blog / "instance").mkdir()
    (blog / "instance" / "spool").write_text("in the way")
    with redirecting(blog, WORKERS=1) as server:
        assert server.get("/go/letter").headers["location"] == f"{SITE}/letter/"
        wait_for(lambda: server.metric("lost_clicks_total") == 1)
        (server.instance / "spool").unlink()
        wait_for(lambda: server.workers)
        server.get("/go/letter?p=00000000000000aa")
        assert wait_for(server.posts) == {"00000000000000aa": 1}


def log_in(server, answers, **sent):
    answers.append(httpx.post(f"{server.admin_url}/admin/login", timeout=PATIENCE, **sent))


def test_no_reader_waits_while_the_admin_does(server):
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
        with load_on(server) as load:
            load.wait(100)
        assert len(answers) < len(posts)
        other.rollback()
    for post in posts:
        post.join()
    assert load.failures == []
    assert_led_on(load)
    assert {answer.status_code for answer in answers} <= {400, 429, 503}
    wait_until_all_is_loaded(server)


def assert_led_on(load):
    assert set(load.answered.values()) == {f"{SITE}/letter/"}


def test_the_admin_is_started_again_when_it_dies(server):
    before = server.log.count("the admin has ended")
    for number in range(before + 1, before + 1 + ROUNDS):
        victim = wait_for(lambda: server.admin_process)
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda: server.log.count("the admin has ended") == number)  # noqa: B023
        wait_for(lambda: server.admin_process not in (None, victim))  # noqa: B023
        wait_for(server.answers)


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
