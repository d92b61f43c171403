"""The doctor says of each thing whether it is well, and of what is not, what to do."""

import shutil
import socket
import time
from datetime import UTC, datetime

import pytest

from linkmgr.check.findings import CheckResult
from linkmgr.check.last_result import save_last_result
from linkmgr.check.online import Answer, Look, ShopPage
from linkmgr.clicks.targets import SharedTargets
from linkmgr.messages.message import translate
from linkmgr.settings import read_settings
from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.schema import create_if_empty
from linkmgr.store.instance.checks import CheckState
from linkmgr.store.instance.folder import make_instance
from linkmgr.store.instance.state import WorkerState, write_state
from linkmgr.store.instance.targets import publish
from linkmgr.store.shop_pages import ShopPages
from linkmgr.web.doctor import examine
from tests.support.admin_server import handing_out, node_settings
from tests.support.builds import write_blog
from tests.support.clicks import make_targets
from tests.support.health_server import HEALTHY, answering
from tests.support.servers import HEAD, SITE, cta, free_port, served, wait_for, write_catalog
from tests.support.store import START, load, make_click, spool_up


def place(folder, **settings):
    """Return the settings of an instance in a folder, on ports where nothing answers."""
    ports = {"PORT": free_port(), "ADMIN_PORT": free_port()}
    values = {"CATALOG": folder / "catalog.yaml", "INSTANCE": folder / "instance"} | ports
    return read_settings({f"LINKMGR_{name}": str(of) for name, of in (values | settings).items()})


def codes(settings, *levels):
    """Return the codes of what is found, by default of all that is not well."""
    wanted = levels or (CheckState.WARNING, CheckState.FAULT)
    return {
        check.sentence.code.removeprefix("doctor.")
        for check in examine(settings)
        if check.state in wanted
    }


@pytest.fixture
def catalog(tmp_path):
    """Write a catalog whose blog and server are this machine's."""

    def write(server, site=None):
        head = HEAD.replace(SITE, site or server)
        lines = head.replace("site:\n", f"site:\n  server: {server}\n", 1)
        write_catalog(tmp_path, ("letter", f"{SITE}/letter/"), head=lines)

    return write


@pytest.fixture
def instance(tmp_path):
    """Make an instance as a running server has it, and give its settings."""
    settings = place(tmp_path)
    make_instance(settings.instance)
    engine = open_engine(settings.database_url)
    create_if_empty(engine)
    spool_up(settings.spool, make_click(START))
    load(engine, settings.spool)
    engine.dispose()
    write_state(settings.instance, WorkerState(time.time(), 0, 1, 0, 0, 0, (), 0, loading=True))
    return settings


def test_of_an_empty_folder_it_says_how_to_begin(tmp_path, catalog):
    catalog("http://127.0.0.1:9")
    assert {"no-instance", "no-database", "no-worker", "not-answering"} <= codes(place(tmp_path))


def test_of_all_that_is_well_it_says_so(instance, catalog):
    with answering() as name:
        catalog(name)
        reported = codes(instance, CheckState.GOOD)
    assert {"folder", "database", "worker", "catalog", "name", "clock"} <= reported


@pytest.mark.parametrize(
    ("health", "code"),
    [
        pytest.param({"request": {"forwarded": "ignored"}}, "proxy-not-trusted", id="proxy"),
        pytest.param({"load_lag": None}, None, id="an earlier version"),
    ],
)
def test_what_the_public_name_meets_is_reported(instance, catalog, health, code):
    with answering(HEALTHY | health) as name:
        catalog(name)
        reported = codes(instance, CheckState.FAULT)
    assert (code in reported) if code else "another-server" not in reported


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE alembic_version SET version_num = 'later_2'", "newer-schema"),
        ("DELETE FROM alembic_version", "older-schema"),
        ("DROP TABLE account_links", "refused"),
    ],
)
def test_tables_of_another_version_are_reported(instance, catalog, change, code):
    catalog("http://127.0.0.1:9")
    engine = open_engine(instance.database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(change)
    engine.dispose()
    assert code in codes(instance, CheckState.FAULT)


def test_another_server_at_the_public_name_is_reported(instance, catalog):
    with answering({"hello": "world"}) as name:
        catalog(name)
        assert "another-server" in codes(instance, CheckState.FAULT)


@pytest.mark.parametrize(
    ("clock", "code"),
    [(60, "clock-apart"), (-60, "clock-apart"), (None, "clock-unknown"), (2, None)],
)
def test_the_clock_is_compared_with_the_blogs(instance, catalog, clock, code):
    with answering(clock=clock) as name:
        catalog(name)
        reported = codes(instance)
    assert (code in reported) if code else not {"clock-apart", "clock-unknown"} & reported


@pytest.mark.parametrize(
    ("date", "code"),
    [("Sat, 99 Foo", "clock-unknown"), ("Thu, 01 Jan 2026 02:00:00 -0000", "clock-apart")],
)
def test_a_time_that_a_server_writes_strangely_is_no_end(instance, catalog, date, code):
    with answering(date=date) as name:
        catalog(name)
        assert code in codes(instance)


def test_a_name_without_https_is_reported(instance, catalog, monkeypatch):
    with answering() as here:
        port = int(here.rpartition(":")[2])
        connect = socket.create_connection

        def lead_here(_, *others, **more):
            return connect(("127.0.0.1", port), *others, **more)

        monkeypatch.setattr(socket, "create_connection", lead_here)
        catalog("http://go.example.com")
        assert "no-https" in codes(instance, CheckState.WARNING)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_trial_on_this_machine_needs_no_https(instance, catalog, host):
    with answering() as here:
        catalog(here.replace("127.0.0.1", host))
        assert codes(instance) & {"no-https", "name-not-answering"} == set()


def test_the_time_of_the_last_click_is_in_utc_and_says_so_once(instance, catalog):
    catalog("http://127.0.0.1:9")
    (database,) = [check for check in examine(instance) if check.name == "database"]
    last = datetime.fromtimestamp(START / 1000, UTC)
    assert f"{last:%Y-%m-%d %H:%M} (UTC)" in translate(database.text)


@pytest.mark.parametrize("body", [b"[" * 60_000, b'{"load_lag": 1, "request": []}'])
def test_an_answer_that_makes_no_sense_is_another_servers(instance, catalog, body):
    with answering(body=body) as name:
        catalog(name)
        assert "another-server" in codes(instance, CheckState.FAULT)


def test_a_damaged_database_is_reported(instance, catalog):
    catalog("http://127.0.0.1:9")
    with (instance.instance / "linkmgr.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    assert {"damaged-database", "unreachable-database"} & codes(instance, CheckState.FAULT)


def test_a_folder_that_others_may_read_is_reported(instance, catalog):
    catalog("http://127.0.0.1:9")
    instance.instance.chmod(0o755)
    assert "open-folder" in codes(instance, CheckState.WARNING)


def test_a_catalog_with_mistakes_is_reported_once(instance, tmp_path):
    (tmp_path / "catalog.yaml").write_text(HEAD + cta("letter", "javascript:alert(1)"))
    refused = [check for check in examine(instance) if check.name == "refused"]
    assert len(refused) == 1


def test_a_node_asks_the_admin_and_reads_its_last_contact(tmp_path, instance):
    links = SharedTargets(make_targets(), frozenset(["00000000000000aa"])).to_json()
    with handing_out(links) as admin:
        node = node_settings(tmp_path, admin.url)
        publish(node.targets, make_targets(site=admin.url))
        assert {"admin", "clock", "worker"} <= codes(node, CheckState.GOOD)
        lonely = WorkerState(
            time.time(), 0, 1, 0, 0, 0, (), 0, loading=True, contact=time.time() - 300
        )
        write_state(instance.instance, lonely)
        assert "no-contact" in codes(node)
        admin.failure = 401, {}, b""
        texts = [
            translate(check.text) for check in examine(node) if check.state is CheckState.FAULT
        ]
    assert any("the token is refused (401)" in text for text in texts)


def test_a_site_that_is_not_built_is_reported(tmp_path):
    site = write_blog(tmp_path / "site", catalog={"blocks": {"related": {}}})
    settings = place(tmp_path, CATALOG=site / "catalog.yaml", SITE=site)
    assert "not-built" in codes(settings)


@pytest.mark.usefixtures("instance")
def test_checks_that_never_ran_say_so_and_are_no_fault(tmp_path):
    site = write_blog(tmp_path / "site", catalog={"blocks": {"related": {}}})
    settings = place(tmp_path, CATALOG=site / "catalog.yaml", SITE=site)
    assert codes(settings, CheckState.NEVER) == {"never-checked", "never-looked", "no-digest"}
    save_last_result(site, CheckResult(time.time(), "_site", 12, ()))
    pages = ShopPages(open_engine(settings.database_url))
    pages.note_links([ShopPage("https://shop.example/kettle", "a.html", 1)], 1)
    pages.record_look("https://shop.example/kettle", Look(Answer.HOME, 200), int(START))
    assert codes(settings, CheckState.NEVER) == {"no-digest"}
    assert "pages" in codes(settings, CheckState.GOOD)
    assert "gone-pages" in codes(settings, CheckState.WARNING)


def test_json_has_name_level_and_sentence_with_remedy(instance, catalog):
    catalog("http://127.0.0.1:9")
    instance.instance.chmod(0o755)
    (said,) = [check.to_json() for check in examine(instance) if check.name == "folder-mode"]
    assert (said["level"], said["code"]) == ("warning", "doctor.open-folder")
    assert said["params"] == {"folder": str(instance.instance), "mode": "755"}
    assert said["message"].endswith("(mode 755): run chmod 700 on it")


@pytest.mark.parametrize(
    ("tracking", "fragment", "code"),
    [
        pytest.param("direct", "", "direct-links", id="direct"),
        pytest.param("beacon", '<a href="/letter/">', "built-without-server", id="unbuilt"),
        pytest.param("beacon", '<a href="http://127.0.0.1:9/go/letter">', None, id="counted"),
    ],
)
def test_why_no_click_is_counted_is_reported(tmp_path, tracking, fragment, code):
    here = "http://127.0.0.1:9"
    catalog = {
        "site": {"name": "Tea", "url": here, "server": here},
        "programmes": {"amazon": {"tag": "ours-22", "tracking": tracking}},
        "ctas": {},
        "mappings": {},
    }
    site = write_blog(tmp_path / "site", catalog=catalog)
    (site / "_includes" / "linkmgr" / "posts").mkdir(parents=True)
    (site / "_includes" / "linkmgr" / "posts" / "00000000000000aa.html").write_text(fragment)
    reported = codes(place(tmp_path, CATALOG=site / "catalog.yaml", SITE=site), CheckState.WARNING)
    assert reported & {"no-server", "direct-links", "built-without-server"} == (
        {code} if code else set()
    )


def test_a_spool_that_cannot_be_read_is_reported(instance, catalog):
    catalog("http://127.0.0.1:9")
    shutil.rmtree(instance.spool)
    instance.spool.write_text("")
    assert "spool-unreadable" in codes(instance, CheckState.FAULT)


@pytest.mark.server
def test_it_finds_a_running_server_well_but_for_a_proxy(tmp_path):
    write_catalog(tmp_path, ("letter", f"{SITE}/letter/"))
    with served(tmp_path) as server:
        settings = read_settings(
            {
                "LINKMGR_CATALOG": str(tmp_path / "catalog.yaml"),
                "LINKMGR_INSTANCE": str(server.instance),
                "LINKMGR_PORT": str(server.settings["PORT"]),
                "LINKMGR_ADMIN_PORT": str(server.settings["ADMIN_PORT"]),
            }
        )
        wait_for(lambda: not codes(settings, CheckState.FAULT))  # the background worker starts, too
        answer = server.get("/healthz", **{"X-Forwarded-For": "192.0.2.1"}).json()
        assert answer["request"] == {"forwarded": "ignored", "https": False}
