"""A server as readers and its owner meet it: real processes, real sockets."""

import os
import re
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from linkmgr.settings import PREFIX
from linkmgr.store.instance.state import read_state
from linkmgr.web.visitors import NEW_AT_ONCE
from tests.support.cli import run
from tests.support.servers import (
    CHROME,
    HEAD,
    HEAD_WITH_VIEWS,
    SITE,
    TOKEN,
    Load,
    Server,
    processes,
    served,
    wait_for,
    write_catalog,
)

pytestmark = pytest.mark.server

# What Python begins with where the start method is another one than it is on Linux.
START_AFRESH = """\
import multiprocessing

set_method = multiprocessing.set_start_method
multiprocessing.set_start_method = lambda _, force=False: set_method("spawn", force)
"""


@pytest.fixture
def blog(tmp_path):
    write_catalog(tmp_path, ("letter", f"{SITE}/letter/"), ("course", f"{SITE}/course/"))
    return tmp_path


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory):
    """Run a server for the tests that change nothing but its catalog and add clicks."""
    folder = tmp_path_factory.mktemp("shared")
    write_catalog(folder, ("letter", f"{SITE}/letter/"))
    with served(folder, WORKERS=2, TRUSTED_PROXIES="127.0.0.1") as server:
        yield server


@pytest.fixture
def publishing(shared_server):
    """Give a server whose catalog a test may change."""
    yield shared_server
    write_catalog(shared_server.folder, ("letter", f"{SITE}/letter/"))
    wait_for(lambda: shared_server.health()["status"] == "ok")
    wait_for(lambda: leads(shared_server, "letter") == f"{SITE}/letter/")


def leads(server, item):
    return server.get(f"/go/{item}").headers.get("location")


@dataclass
class Life:
    """What was seen of a server of two workers without an admin, from its start to its end."""

    server: Server
    metrics: str
    answered: dict
    code: int


@pytest.fixture(scope="module")
def life(tmp_path_factory):
    """Have a server asked, and then stopped while clients click."""
    folder = tmp_path_factory.mktemp("life")
    write_catalog(folder, ("letter", f"{SITE}/letter/"), ("course", f"{SITE}/course/"))
    with served(folder, ROLE="redirect", WORKERS=2) as server:
        for number in range(3):
            server.get(f"/go/letter?p={number:016x}")
        server.get("/go/letter", Purpose="prefetch")
        server.get("/go/unknown")
        httpx.get(f"{server.url}/go/letter", headers={"User-Agent": "Googlebot/2.1"})
        wait_for(lambda: server.metric("loaded_lines_total") == 4)
        # Each worker tells some tenths later.
        wait_for(lambda: server.metric("redirects_total") == 5)
        wait_for(lambda: server.rows("SELECT item FROM last_targets"))
        metrics = server.metrics()
        with Load(server, "letter", first=1 << 32) as load:
            load.wait(200)
            code = server.stop()
    return Life(server, metrics, load.answered, code)


@pytest.fixture
def stopped(life, tmp_path):
    """Give a copy of the folder that the server has left behind."""
    return shutil.copytree(life.server.folder, tmp_path / "stopped")


@pytest.mark.smoke
def test_a_reader_is_led_on_and_the_click_is_in_the_database(shared_server):
    answer = shared_server.get(
        "/go/letter?p=00000000000000aa&b=cta.1", Referer="https://blog.example/a/"
    )
    assert (answer.status_code, answer.headers["location"]) == (302, f"{SITE}/letter/")
    assert wait_for(lambda: shared_server.posts().get("00000000000000aa")) == 1


def test_a_hit_of_the_site_is_counted_and_answered_with_nothing(shared_server):
    answer = httpx.post(
        f"{shared_server.url}/hit/letter?p=00000000000000bb",
        headers={"Origin": SITE, "User-Agent": CHROME},
        content=b"PING",
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert wait_for(lambda: shared_server.posts().get("00000000000000bb")) == 1


def test_other_pages_are_small_and_hardened(shared_server):
    home, robots, missing = map(shared_server.get, ("/", "/robots.txt", "/nothing"))
    assert "linkmgr" in home.text
    assert robots.text.startswith("User-agent: *\nDisallow: /go/\nDisallow: /hit/\n")
    assert missing.status_code == 404
    for page in (home, robots, missing):
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"


@pytest.mark.smoke
def test_the_catalog_is_followed_and_no_request_is_dropped(publishing):
    with Load(publishing, "letter", first=1 << 32) as load:
        wait_for(lambda: load.answered)
        for number in range(5):
            write_catalog(publishing.folder, ("letter", f"{SITE}/{number}/"))
            wait_for(lambda last=f"{SITE}/{number}/": last in load.answered.values())
    assert load.failures == []
    assert set(load.answered.values()) == {
        f"{SITE}/letter/",
        *(f"{SITE}/{n}/" for n in range(5)),
    }


def test_a_broken_catalog_keeps_last_good_one_and_is_reported(publishing):
    before = len(publishing.log)
    catalog = publishing.folder / "catalog.yaml"
    catalog.write_text(HEAD + "  letter:\n    heading: Only\n")
    problems = wait_for(lambda: publishing.health()["problems"])
    assert publishing.health()["status"] == "degraded"
    assert problems[0].startswith("the catalog's last edit is not in use because of 2 problems: ")
    assert "catalog.yaml:6: ctas.letter" in publishing.log[before:]
    assert leads(publishing, "letter") == f"{SITE}/letter/"
    assert "the last good catalog is served" in publishing.log[before:]
    write_catalog(publishing.folder, ("letter", f"{SITE}/mended/"))
    wait_for(lambda: publishing.health()["status"] == "ok")
    wait_for(lambda: leads(publishing, "letter") == f"{SITE}/mended/")


def test_a_thousand_mistakes_are_reported_in_short(publishing):
    before = len(publishing.log)
    wrong = "".join(f"  wrong-{number}:\n    heading: secret\n" for number in range(1000))
    (publishing.folder / "catalog.yaml").write_text(HEAD + wrong)
    wait_for(lambda: publishing.health()["problems"])
    assert "2000 problems" in publishing.get("/healthz").text
    assert len(publishing.get("/healthz").content) < 1000
    assert publishing.log[before:].count("the last good catalog is served") == 20
    assert "the catalog has 2000 problems in all" in publishing.log[before:]
    assert len(read_state(publishing.instance).catalog) == 100


def test_a_catalog_broken_meanwhile_is_told_and_the_last_served(stopped):
    (stopped / "catalog.yaml").unlink()
    with served(stopped, ROLE="redirect", METRICS_TOKEN="") as server:
        assert leads(server, "letter") == f"{SITE}/letter/"
        assert wait_for(lambda: server.health()["problems"])[0].startswith("the catalog's")
        assert "catalog.yaml: there is no such file" in server.log
        # Where no token is set there are no metrics.
        assert server.get("/metrics", Authorization="Bearer None").status_code == 404


def test_a_deleted_item_leads_where_it_last_led(publishing):
    write_catalog(publishing.folder, ("course", f"{SITE}/course/"), ("new", f"{SITE}/new/"))
    wait_for(lambda: leads(publishing, "new"))
    assert leads(publishing, "letter") == f"{SITE}/letter/"


def test_a_deleted_item_is_known_to_the_database_alone(stopped):
    write_catalog(stopped, ("course", f"{SITE}/course/"))
    (stopped / "instance" / "targets.json").unlink()
    with served(stopped, ROLE="redirect") as server:
        assert leads(server, "letter") == f"{SITE}/letter/"


def test_a_graceful_stop_leaves_nothing_in_the_spool(life):
    assert life.code == 0
    assert life.server.waiting() == 0
    rows = life.server.posts()
    assert {count for post, count in rows.items() if post} == {1}
    assert rows.keys() >= life.answered.keys()


@pytest.mark.parametrize(
    ("has_site", "sent"),
    [
        pytest.param(False, signal.SIGINT, id="a catalog alone", marks=pytest.mark.soak),
        pytest.param(True, signal.SIGINT, id="a site"),
        pytest.param(True, signal.SIGHUP, id="a site, and the terminal is closed"),
    ],
)
def test_ctrl_c_ends_workers_then_the_background_one(blog, has_site, sent):
    if has_site:
        (blog / "_config.yml").write_text("exclude: [instance]\n")
    with served(blog, WORKERS=2) as server:
        with Load(server, "letter") as load:
            load.wait(100)
            assert server.interrupt(sent) == 0
        # What Python has for its own, the resource tracker, ends a moment later.
        wait_for(lambda: not processes(server.process.pid))
        assert server.waiting() == 0
        assert set(server.posts()) >= load.answered.keys()
        assert "kill" not in server.log.lower()
        assert "started again" not in server.log
        assert "Unexpected exit" not in server.log
        assert "Traceback" not in server.log
        assert "panicked" not in server.log


def test_metrics_are_prometheus_text_of_what_was_asked(life):
    families = {f.name: f for f in text_string_to_metric_families(life.metrics)}
    values = {
        sample.name: sample.value
        for family in families.values()
        for sample in family.samples
        if not sample.labels
    }
    assert values["linkmgr_redirects_total"] == 5
    assert values["linkmgr_clicks_total"] == 3
    assert values["linkmgr_bots_total"] == 1
    assert values["linkmgr_lost_clicks_total"] == 0
    assert values["linkmgr_spool_bytes"] == 0
    assert values["linkmgr_catalog_age_seconds"] > 0
    reasons = {s.labels["reason"]: s.value for s in families["linkmgr_not_counted"].samples}
    assert reasons["ahead"] == 1


@pytest.mark.smoke
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"Authorization": f"Bearer {TOKEN}x"}, id="another token"),
        pytest.param({"Authorization": TOKEN}, id="no scheme"),
        pytest.param({"Authorization": "Bearer \u00fc".encode()}, id="bytes"),
    ],
)
def test_metrics_are_for_those_with_the_token(shared_server, sent):
    answer = shared_server.get("/metrics", **sent)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_nothing_of_a_reader_is_logged_or_kept(shared_server):
    secret = {"User-Agent": f"{CHROME} SecretAgent/1", "X-Forwarded-For": "203.0.113.77"}
    post = "00000000000000cc"
    for path in (f"/go/letter?p={post}&x=secret", "/go/none?x=secret", "/none?x=secret", "/go/%00"):
        httpx.get(shared_server.url + path, headers=secret)
    wait_for(lambda: post in shared_server.posts())
    kept = [file for file in shared_server.folder.rglob("*") if file.is_file()]
    assert shared_server.log_file in kept
    for file in kept:
        data = file.read_bytes()
        assert b"203.0.113.77" not in data
        assert b"SecretAgent" not in data
        assert b"x=secret" not in data


def test_reports_are_on_metrics_and_not_their_readers(tmp_path):
    write_catalog(tmp_path, ("letter", f"{SITE}/letter/"), head=HEAD_WITH_VIEWS)
    secret = {"User-Agent": f"{CHROME} Secret/7", "X-Forwarded-For": "203.0.113.77"}
    with served(tmp_path, ROLE="redirect", TRUSTED_PROXIES="127.0.0.1") as server:
        seen = f"{server.url}/seen/?p=00000000000000cc&c=cta.1~letter&x=secret"
        answers = [
            httpx.post(seen, headers=secret),
            httpx.post(seen, headers=secret | {"Sec-GPC": "1"}),
            httpx.post(seen, headers=secret | {"User-Agent": "curl/8.14.1"}),
            httpx.post(f"{server.url}/seen/?x=secret", headers=secret),
        ]
        assert [answer.status_code for answer in answers] == [204, 204, 204, 400]
        wait_for(lambda: server.metric("loaded_reports_total") == 1)
        names = ("reports_total", "spooled_reports_total", "not_counted_total", "refused_total")
        assert [server.metric(name) for name in names] == [3, 1, 2, 1]
        assert server.metric("lost_reports_total") == server.metric("capped_views_total") == 0
    assert server.rows("SELECT item, views, clicked FROM views") == [("letter", 1, 1)]
    for file in filter(Path.is_file, tmp_path.rglob("*")):
        data = file.read_bytes()
        assert not any(each in data for each in (b"203.0.113.77", b"Secret/7", b"x=secret"))


def test_an_address_brings_no_more_visitors_than_it_may(shared_server):
    first = 1 << 48
    with httpx.Client(headers={"X-Forwarded-For": "203.0.113.78"}) as client:
        for number in range(300):
            agent = {"User-Agent": f"{CHROME} Safari/{number}"}
            client.get(f"{shared_server.url}/go/letter?p={first + number:016x}", headers=agent)
    own = f"FROM clicks WHERE post BETWEEN '{first:016x}' AND '{first + 299:016x}'"
    wait_for(lambda: shared_server.rows(f"SELECT COUNT(*) {own}") == [(300,)])
    ((visitors,),) = shared_server.rows(f"SELECT COUNT(DISTINCT visitor) {own}")
    # However long the 300 take, nothing like 300 are new at the pace of one every 30 s.
    assert NEW_AT_ONCE < visitors < 2 * NEW_AT_ONCE


def test_two_servers_on_one_folder_count_each_click_once(blog):
    with served(blog, ROLE="redirect") as first, served(blog, ROLE="redirect") as second:
        key = first.instance / "visitor-key"
        with key.open("rb") as opened:
            before = opened.read()
            with Load(first, "letter") as load, Load(second, "course") as other:
                load.wait(100)
                other.wait(100)
            assert first.stop() == 0
            assert key.read_bytes() == before
            second.get("/go/letter?p=ffffffffffffffff")
            wait_for(lambda: "ffffffffffffffff" in second.posts())
            assert second.stop() == 0
            # It goes with the last of them: overwritten, not only unlinked.
            assert not key.exists()
            opened.seek(0)
            assert opened.read() == bytes(len(before))
        rows = second.posts()
    # The clicks of both have the same posts.
    clicks = [*load.answered, *other.answered, "ffffffffffffffff"]
    assert rows == {post: clicks.count(post) for post in clicks}


@pytest.fixture
def serve_once(monkeypatch):
    """Give what runs a server that cannot start; it returns the exit code and what was said."""

    def serve(folder, **settings):
        for name, value in Server(folder, **settings).settings.items():
            monkeypatch.setenv(f"{PREFIX}{name}", str(value))
        done = run("serve", cwd=folder)
        return done.code, done.out + done.err

    return serve


def test_a_taken_port_is_reported(shared_server, blog, serve_once):
    port = shared_server.settings["PORT"]
    code, stated = serve_once(blog, PORT=port)
    assert code == 1
    assert stated.startswith(f"cannot listen at 127.0.0.1:{port}: Address already in use; LINKMGR_")


@pytest.mark.parametrize("name", ["PORT", "ADMIN_PORT"])
def test_a_taken_port_is_reported_with_its_variables_in_japanese(
    shared_server, blog, serve_once, monkeypatch, name
):
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    _, stated = serve_once(blog, **{name: shared_server.settings["PORT"]})
    host = name.replace("PORT", "HOST")
    assert f"別のアドレスは LINKMGR_{host} と LINKMGR_{name} で指定します" in stated


def test_a_failed_second_start_leaves_the_firsts_setup_link(shared_server, serve_once):
    link = re.search(r"/admin/setup/\S+", shared_server.greeting)[0]
    code, _ = serve_once(shared_server.folder, PORT=shared_server.settings["PORT"])
    assert code == 1
    assert httpx.get(f"{shared_server.admin_url}{link}").status_code == 200


def test_a_missing_catalog_is_reported(tmp_path, serve_once):
    assert serve_once(tmp_path) == (
        1,
        "catalog.yaml: there is no such file; `linkmgr init` writes one to start from\n",
    )
    assert list(tmp_path.iterdir()) == []


def test_a_catalog_with_mistakes_is_reported_at_the_first_start(blog, serve_once):
    (blog / "catalog.yaml").write_text(HEAD + "  letter:\n    heading: Only\n")
    code, stated = serve_once(blog)
    assert code == 1
    assert stated.startswith("catalog.yaml:6: ctas.letter")


def test_a_wrong_setting_is_reported(blog, serve_once):
    assert serve_once(blog, PORT="http") == (
        1,
        "LINKMGR_PORT: must be a whole number from 0 to 65,535, not http\n",
    )


@pytest.mark.parametrize(
    ("settings", "reported"),
    [
        pytest.param({"HOST": "a" * 70}, f"cannot listen at {'a' * 70}:", id="host"),
        pytest.param({"ADMIN_HOST": "192.0.2.1"}, "cannot listen at 192.0.2.1:", id="admin's host"),
        pytest.param(
            {"DATABASE_URL": "postgresql+psycopg://owner:secret@host:port/x"},
            "LINKMGR_DATABASE_URL: cannot be read",
            id="database",
        ),
        pytest.param(
            {"DATABASE_URL": "mysql://x"}, "LINKMGR_DATABASE_URL: must start with", id="kind"
        ),
    ],
)
def test_an_address_that_cannot_be_is_reported_in_a_line(blog, serve_once, settings, reported):
    code, stated = serve_once(blog, **settings)
    assert code == 1
    assert stated.startswith(reported)
    assert stated.count("\n") == 1
    assert "secret" not in stated


def test_a_server_without_a_site_has_no_index_of_it(shared_server):
    assert shared_server.worker
    assert not shared_server.holders("site-index.lock")


def test_the_main_process_keeps_no_database_open(shared_server):
    assert wait_for(lambda: shared_server.holders("linkmgr.db"))
    assert shared_server.process.pid not in shared_server.holders("linkmgr.db")
    assert shared_server.process.pid not in shared_server.holders("linkmgr.db-wal")


def test_the_main_process_has_one_thread_and_its_locks_to_itself(shared_server):
    main = shared_server.process.pid
    os.kill(shared_server.all_workers()[0], signal.SIGKILL)
    wait_for(lambda: "has ended and is started again" in shared_server.log)
    shared_server.all_workers()
    assert [each.name for each in Path(f"/proc/{main}/task").iterdir()] == [str(main)]
    assert shared_server.holders("visitor-key.lock") == [main]
    assert shared_server.holders("counters/lock") == [main]


def test_a_server_that_spawns_workers_afresh_loses_no_click(blog):
    folder = blog / "python"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(START_AFRESH)
    server = Server(blog)
    server.variables = {"PYTHONPATH": str(folder)}
    server.start()
    assert server.greeting
    with Load(server, "letter") as load:
        load.wait(100)
    assert server.stop() == 0
    assert server.waiting() == 0
    assert server.posts() == dict.fromkeys(load.answered, 1)


def test_the_greeting_names_the_addresses(shared_server):
    greeting = shared_server.greeting
    assert f"linkmgr serves at {shared_server.url} " in greeting
    assert f"first start: create your account at {shared_server.admin_url}/admin/setup/" in greeting
    assert "to count clicks, add `server:" in greeting


def test_a_refused_form_is_no_line_of_the_log(shared_server):
    admin, before = shared_server.admin_url, shared_server.greeting
    assert httpx.post(f"{admin}/admin/login", data={"name": "a"}).status_code == 400
    assert httpx.get(f"{admin}/healthz").status_code == 200
    assert shared_server.log == before
