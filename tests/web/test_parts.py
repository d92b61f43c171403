"""The small parts of a server: what it does regularly, what it logs, which names are the site's."""

import errno
import json
import logging
import multiprocessing
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from datetime import date
from io import StringIO
from ipaddress import ip_network
from types import SimpleNamespace

import pytest
from flask import Flask

from linkmgr.blocks.include import INDEX
from linkmgr.clicks.counters import Counters
from linkmgr.clicks.model import OwnNames
from linkmgr.clicks.request import Proxies
from linkmgr.clicks.targets import SharedTargets, Target
from linkmgr.clicks.user_agents import _read, read_agent
from linkmgr.messages.errors import LinkmgrError
from linkmgr.settings import read_settings
from linkmgr.store.instance.folder import make_instance
from linkmgr.store.instance.targets import SiteNames, publish
from linkmgr.web.background.periodic import PeriodicTasks
from linkmgr.web.background.worker import _acquire_lock
from linkmgr.web.endpoints import Current
from linkmgr.web.logs import JsonFormatter, LimitedHandler, log_no_request
from linkmgr.web.server.main_process import end_when_orphaned
from linkmgr.web.server.worker import DayChange, LossLog
from linkmgr.web.visitors import Visitors
from tests.support.clicks import make_targets
from tests.support.servers import PATIENCE, parent_of, runs, wait_for

SPAWN = multiprocessing.get_context("spawn")
READER = ("203.0.113.7", "Mozilla/5.0", "https://tea.example")


def test_a_failing_duty_stops_no_other_and_is_reported_once(caplog):
    done = []

    def fail():
        raise ValueError("no")

    tasks = PeriodicTasks(0.001, (fail, lambda: done.append(1)))
    tasks.start()
    wait_for(lambda: len(done) >= 10)
    tasks.stop()
    assert len(caplog.records) == 1


def test_a_duty_that_the_disk_fails_is_reported_in_one_line(caplog):
    def fail():
        raise OSError(errno.ENOSPC, "No space left on device", "counters")

    tasks = PeriodicTasks(3600, (fail,))
    tasks.start()
    tasks.stop()
    assert [(record.getMessage(), record.exc_info) for record in caplog.records] == [
        ("a periodic task fails: [Errno 28] No space left on device: 'counters'", None)
    ]


def test_a_ticker_ends_with_a_last_round():
    done = []
    tasks = PeriodicTasks(3600, (lambda: done.append(1),))
    tasks.start()
    tasks.stop()
    assert done == [1, 1]


def logged(**over):
    values = {"name": "linkmgr.web", "level": logging.ERROR, "pathname": "", "lineno": 0}
    values |= {"msg": "lost %d\nclicks", "args": (3,), "exc_info": None}
    return logging.LogRecord(**values | over)


def test_a_log_line_is_one_json_object():
    record = logged()
    record.code = 7
    line = JsonFormatter().format(record)
    assert "\n" not in line
    values = json.loads(line)
    assert (values["event"], values["level"], values["code"]) == ("lost 3\nclicks", "error", 7)
    assert values["timestamp"].endswith("Z")


def test_a_traceback_stays_on_its_line():
    try:
        int("no")
    except ValueError as error:
        line = JsonFormatter().format(logged(exc_info=(ValueError, error, error.__traceback__)))
    assert "\n" not in line
    assert "ValueError: invalid literal" in json.loads(line)["exception"]


@pytest.fixture
def limited(monkeypatch):
    """Log as a server does; return the logger, its lines, and what is due at the minute's end."""
    due, stream = [], StringIO()

    def timer(_, act, args):
        return SimpleNamespace(start=lambda: due.append(lambda: act(*args)))

    monkeypatch.setattr("linkmgr.web.logs.threading", SimpleNamespace(Timer=timer))
    handler = LimitedHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("linkmgr.web")
    # A server that another test started in this process has handlers, too, which would report.
    monkeypatch.setattr(logger, "handlers", [handler])
    monkeypatch.setattr(logger, "propagate", False)
    return logger, lambda: [json.loads(line) for line in stream.getvalue().splitlines()], due


def test_of_one_cause_the_first_lines_of_a_minute_are_logged(limited):
    logger, lines, due = limited
    for number in range(100):
        logger.error("the database says %s", number)

    def events():  # threads of other tests may log, too
        return [line["event"] for line in lines() if "the database says" in line["event"]]

    assert events() == [f"the database says {n}" for n in range(5)]
    for report in due:
        report()
    assert events()[5:] == ["95 more lines were left out: the database says ..."]


def test_another_cause_has_lines_of_its_own(limited):
    logger, lines, _ = limited

    def read(text):
        return int(text)

    def look_up(key):
        return {}[key]

    for number in range(20):
        for act in (read, look_up):
            try:
                act(f"no {number}")
            except (ValueError, KeyError):
                logger.exception("a page failed")
        logger.warning("something else")
    assert Counter(line["event"] for line in lines()) == {"a page failed": 10, "something else": 5}


def test_after_the_minute_a_cause_is_logged_again(limited, monkeypatch):
    logger, lines, _ = limited
    monkeypatch.setattr("linkmgr.web.logs._MINUTE", 0)
    for _ in range(20):
        logger.error("again")
    assert len(lines()) == 20


def test_what_is_wrong_in_the_sites_files_has_all_its_lines(limited):
    _, lines, due = limited
    logger = logging.getLogger("linkmgr.web.background.publisher")
    for _ in range(20):
        logger.error("a problem of the catalog")
    assert (len(lines()), due) == (20, [])


def test_nothing_that_a_terminal_obeys_is_in_a_line():
    line = JsonFormatter().format(logged(msg="\x1b[31m\r\u202e\x9b\ud800", args=()))
    assert line.isascii()
    assert line.isprintable()


def test_losses_are_reported_when_they_begin_and_when_they_end(caplog):
    counters = Counters()
    losses = LossLog(counters)
    for lost, clicks in [(0, 1), (1, 1), (5, 1), (5, 1), (5, 2), (5, 3)]:
        counters.lost, counters.clicks = lost, clicks
        losses.update()
    assert [record.getMessage() for record in caplog.records] == [
        "clicks are lost: the spool cannot be written",
        "clicks are written down again; 5 were lost",
    ]


def settings_in(folder, **more):
    environ = {"LINKMGR_INSTANCE": str(folder), "LINKMGR_SITE": str(folder)}
    return read_settings(environ | more)


@pytest.mark.parametrize("port", ["8910", "0"])
@pytest.mark.parametrize("role", ["all", "redirect", "admin"])
def test_two_servers_cannot_have_one_port(tmp_path, role, port):
    ports = {"LINKMGR_PORT": port, "LINKMGR_ADMIN_PORT": port}
    words = r"^LINKMGR_ADMIN_PORT: must differ from LINKMGR_PORT$"
    is_refused = role == "all" and port != "0"  # 0 is any free port
    with pytest.raises(LinkmgrError, match=words) if is_refused else nullcontext():
        settings_in(tmp_path, LINKMGR_ROLE=role, **ports)


def test_the_posts_of_the_site_are_followed(tmp_path):
    index = tmp_path / INDEX
    names = SiteNames(settings_in(tmp_path))
    names.follow()
    assert names.own == OwnNames()
    index.parent.mkdir()
    for key in ("00000000000000aa", "00000000000000bb"):
        index.write_text(json.dumps({"_posts/a.md": key}))
        os.utime(index, ns=(1, int(key, 16)))
        names.follow()
        assert names.own == OwnNames(posts=frozenset([key]))
    index.write_text(json.dumps({"_posts/a.md": key, "_posts/b.md": "00000000000000cc"}))
    os.utime(index, ns=(1, int(key, 16)))  # within a tick of the clock
    names.follow()
    assert names.own == OwnNames(posts=frozenset([key, "00000000000000cc"]))


def test_the_campaigns_of_the_published_targets_are_followed(tmp_path):
    file = settings_in(tmp_path).targets
    names = SiteNames(settings_in(tmp_path))
    publish(file, make_targets())
    names.follow()
    assert names.own == OwnNames(campaigns=frozenset(["leaf"]))
    publish(file, make_targets(items={"pot": Target("/", shops={"kobo": "/?utm_campaign=b"})}))
    names.follow()
    assert names.own.campaigns == {"leaf", "b"}  # what was published once still leads on


def test_the_catalogs_extra_campaigns_are_the_sites_own(tmp_path):
    names = SiteNames(settings_in(tmp_path))
    publish(settings_in(tmp_path).targets, make_targets(campaigns=frozenset(["june"])))
    names.follow()
    assert names.own.campaigns == {"leaf", "june"}


def test_a_machine_without_a_site_follows_posts_that_admin_names(tmp_path):
    elsewhere = {"LINKMGR_CATALOG": "https://go.example", "LINKMGR_CATALOG_TOKEN": "linkmgr_a"}
    settings = settings_in(tmp_path, **elsewhere)
    names = SiteNames(settings)
    for key in ("00000000000000aa", "00000000000000bb"):
        taken = SharedTargets(make_targets(), frozenset([key])).to_json()
        settings.admin_links.write_bytes(taken)
        os.utime(settings.admin_links, ns=(1, int(key, 16)))
        names.follow()
        assert names.own == OwnNames(posts=frozenset([key]))
    settings.admin_links.write_bytes(b"{}")
    names.follow()
    assert names.own.posts == {"00000000000000bb"}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": []}', "null"])
def test_an_index_that_cannot_be_read_has_no_posts(tmp_path, text):
    (tmp_path / INDEX).parent.mkdir()
    (tmp_path / INDEX).write_text(text)
    names = SiteNames(settings_in(tmp_path))
    names.follow()
    assert names.own == OwnNames()


# What takes most of the memory of a process that imports it, and most of the time of its start.
HEAVY = {"sqlalchemy", "flask", "werkzeug", "jinja2", "yaml", "httpcore", "validators"}


@pytest.mark.parametrize("module", ["serve", "child", "readers", "worker"])
def test_processes_that_redirect_or_supervise_import_little(module):
    code = f"import sys, linkmgr.web.server.{module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    imported = {".".join(name.split(".")[:2]) for name in done.stdout.split()}
    assert not imported & HEAVY
    assert not imported & {f"linkmgr.{room}" for room in ("admin", "catalog", "posts", "builder")}


def test_a_page_that_fails_is_logged_without_what_was_sent(caplog):
    app = Flask("test")
    log_no_request(app)
    app.add_url_rule("/<path:sent>", view_func=lambda sent: int(len(sent) * "x"))
    assert app.test_client().get("/secret").status_code == 500
    (record,) = caplog.records
    line = JsonFormatter().format(record)
    assert "ValueError" in line
    assert "/secret" not in line


def test_the_key_of_a_day_is_tried_again_until_it_is_shared(tmp_path):
    file = tmp_path / "folder" / "visitor-key"
    current = Current(make_targets(), date(2026, 1, 1))
    visitors, proxies = Visitors(file), Proxies(())
    days = DayChange(current, visitors, proxies)
    seen = set()
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            days.follow()
        seen.add(visitors.admit(*READER, is_bot=False))
    assert current.today > date(2026, 1, 1)
    file.parent.mkdir()
    days.follow()
    seen.add(visitors.admit(*READER, is_bot=False))
    # The key that was its own meanwhile is the shared one.
    assert len(seen) == 1
    assert file.exists()


def test_nothing_of_readers_is_remembered_past_the_day(tmp_path):
    proxies = Proxies([ip_network("127.0.0.1")])
    assert proxies.client("127.0.0.1", "203.0.113.7") == "203.0.113.7"
    read_agent("Mozilla/5.0 Secret/1", "")
    current = Current(make_targets(), date(2026, 1, 1))
    DayChange(current, Visitors(tmp_path / "key"), proxies).follow()
    assert proxies._cached.cache_info().currsize == 0  # noqa: SLF001
    assert _read.cache_info().currsize == 0


@pytest.mark.server
def test_worker_whose_lock_cant_be_had_logs_once_and_tries_again(tmp_path, caplog, monkeypatch):
    tries = []

    def make_noted(folder):
        tries.append(folder)
        return make_instance(folder)

    monkeypatch.setattr("linkmgr.web.background.worker.make_instance", make_noted)
    monkeypatch.setattr("linkmgr.web.background.worker._TURN_PAUSE", 0.01)
    stopping, running = multiprocessing.Pipe(duplex=False)
    file = tmp_path / "folder" / "worker.lock"
    file.parent.write_text("a file where the folder belongs")
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        turn = pool.submit(_acquire_lock, file, stack, stopping)
        wait_for(lambda: len(tries) >= 3)
        assert caplog.records
        file.parent.unlink()
        assert turn.result(60)
        assert len(caplog.records) == 1
        running.close()
        assert not pool.submit(_acquire_lock, file, stack, stopping).result(60)


def outlive(telling):
    """Come to look for who started this process when that one is gone already."""
    telling.send(os.getpid())
    while multiprocessing.parent_process().is_alive():
        time.sleep(0.01)
    pipe, _ = os.pipe()  # the main process is there
    os.dup2(pipe, 0)
    end_when_orphaned()
    time.sleep(PATIENCE)


def start_and_die(telling):
    SPAWN.Process(target=outlive, args=(telling,)).start()
    time.sleep(PATIENCE)


@pytest.mark.server
def test_a_process_ends_though_its_starter_died_meanwhile():
    reported, telling = SPAWN.Pipe(duplex=False)
    starter = SPAWN.Process(target=start_and_die, args=(telling,))
    starter.start()
    pid = reported.recv()
    assert parent_of(pid) == starter.pid
    starter.kill()
    starter.join()
    wait_for(lambda: not runs(pid))
