"""A machine without a catalog takes its links from an admin, and keeps them when that is away."""

import json
import os
import re
from types import SimpleNamespace

import pytest

from linkmgr.clicks.targets import SharedTargets
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.db.engine import open_engine
from linkmgr.store.instance.targets import read_targets
from linkmgr.web.background.follower import Follower, FollowerThread, pause_after
from linkmgr.web.background.publisher import Publisher
from tests.support.admin_server import TOKEN, handing_out, node_settings
from tests.support.clicks import make_targets
from tests.support.servers import wait_for

AT_WORK = SimpleNamespace(poll=lambda _: False)  # nothing stops this process
POSTS = frozenset(["00000000000000aa"])


def links(**over):
    return SharedTargets(make_targets(**over), POSTS).to_json()


@pytest.fixture
def admin():
    with handing_out(links()) as server:
        yield server


@pytest.fixture
def settings(tmp_path, admin):
    (tmp_path / "instance").mkdir()
    return node_settings(tmp_path, admin.url)


@pytest.fixture
def follower(settings):
    return Follower(settings)


@pytest.fixture
def _impatient(monkeypatch):
    monkeypatch.setattr("linkmgr.web.background.follower._PAUSE", 0.01)


def test_links_are_kept_and_asked_for_only_when_they_change(follower, admin):
    follower.fetch()
    assert follower.targets() == make_targets()
    follower.fetch()
    admin.content = links(items={})
    follower.fetch()
    assert follower.targets() == make_targets(items={})
    assert admin.asked == [200, 304, 200]


def test_what_was_kept_is_known_after_a_restart(follower, settings, admin):
    follower.fetch()
    Follower(settings).fetch()
    assert admin.asked == [200, 304]


@pytest.mark.parametrize("damaged", [b"", b"{}", links()[:-1], b'{"format": 0}'])
def test_a_file_that_is_damaged_is_taken_anew(follower, settings, damaged):
    follower.fetch()
    settings.admin_links.write_bytes(damaged)
    assert follower.targets() is None
    follower.fetch()
    assert follower.targets() == make_targets()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b'{"format": 2}', "server.other-format", id="a newer format"),
        pytest.param(b"<!doctype html>", "server.no-links", id="a page"),
        pytest.param(b"", "server.no-links", id="nothing"),
        pytest.param(b"[" * 100_000, "server.no-links", id="a deep one"),
    ],
)
def test_an_answer_that_cannot_be_read_leaves_the_last_good_one(follower, admin, content, code):
    follower.fetch()
    admin.content = content
    with pytest.raises(LinkmgrError) as raised:
        follower.fetch()
    assert raised.value.reason.code == code
    assert follower.targets() == make_targets()


def other_links(**over):
    """Return links that an admin would not send, with one value changed."""
    values = json.loads(links())
    item = next(iter(values["targets"]["items"].values()))
    for key, value in over.items():
        (item if key in item else values["targets"])[key] = value
    return json.dumps(values).encode()


@pytest.mark.parametrize(
    "over",
    [
        {"url": "javascript:alert(1)"},
        {"url": "//elsewhere.example/"},
        {"url": "/letter/"},
        {"url": 7},
        {"shops": {"other": "data:text/html,x"}},
        {"placed": ["ftp://host/", "x"]},
        {"placed": ["https://host/", 1]},
        {"tagged": {"": ["amazon", "file:///etc/passwd"]}},
        {"variants": {"a": {"b": "c"}}},
        {"utm": "yes"},
        {"site": "blog"},
        {"views": 1},
        {"timezone": "../x"},
        {"timezone": "Asia"},
        {"language": "fr"},
        {"origins": [1]},
    ],
    ids=str,
)
def test_an_admin_is_trusted_for_types_and_web_addresses_alone(follower, admin, over):
    follower.fetch()
    admin.content = other_links(**over)
    with pytest.raises(LinkmgrError) as raised:
        follower.fetch()
    assert raised.value.reason.code == "server.no-links"
    assert follower.targets() == make_targets()


def test_a_disk_that_takes_nothing_leaves_the_last_good_one(follower, settings, admin):
    follower.fetch()
    before = settings.admin_links.read_bytes()
    admin.content = links(items={})
    settings.instance.rename(settings.instance.with_name("away"))
    with pytest.raises(LinkmgrError, match=r"^admin-links\.json: cannot be written"):
        follower.fetch()
    settings.instance.with_name("away").rename(settings.instance)
    assert settings.admin_links.read_bytes() == before


@pytest.mark.usefixtures("_impatient")
def test_the_first_start_waits_for_an_admin_that_is_down(follower, admin, caplog):
    admin.failure = 503, {}, b""

    def come_back():
        if len(admin.asked) > 1:
            admin.failure = None
        return ask()

    ask, follower.fetch = follower.fetch, come_back
    assert follower.wait_for_targets(AT_WORK) == make_targets()
    assert admin.asked == [503, 503, 200]
    assert caplog.text.count("no links to serve yet, waiting for the admin: http://127.") == 1
    assert TOKEN not in caplog.text


def test_the_first_start_ends_where_waiting_mends_nothing(follower, admin):
    admin.failure = 401, {}, b""
    with pytest.raises(LinkmgrError, match=r"the token is refused \(401\).*LINKMGR_CATALOG_TOKEN"):
        follower.wait_for_targets(AT_WORK)


def test_the_first_start_asks_nobody_where_links_are_kept(follower, admin):
    follower.fetch()
    follower.wait_for_targets(AT_WORK)
    assert admin.asked == [200]


@pytest.mark.usefixtures("_impatient")
def test_the_admin_is_followed_while_it_comes_and_goes(settings, admin, caplog):
    with FollowerThread(settings, 0.0) as thread:
        wait_for(lambda: 304 in admin.asked)
        assert thread.problem is None
        admin.failure = 403, {}, b""
        assert wait_for(lambda: thread.problem).code == "network.token-refused"
        before = thread.contact
        wait_for(lambda: admin.asked.count(403) > 2)
        assert thread.contact == before
        admin.failure = None
        wait_for(lambda: thread.problem is None)
        wait_for(lambda: thread.contact > before)
    assert caplog.text.count("the links that were taken last are served: ") == 1
    assert TOKEN not in caplog.text


def test_each_failure_in_a_row_counts_for_the_pause_after_it(settings, admin, monkeypatch):
    counts = []

    def pause_after(failures):
        counts.append(failures)
        return 0.01

    monkeypatch.setattr("linkmgr.web.background.follower.pause_after", pause_after)
    admin.failure = 503, {}, b""
    with FollowerThread(settings, 0.0):
        wait_for(lambda: len(counts) > 2)
        admin.failure = None
        wait_for(lambda: counts[-1] == 0)
    assert counts[:3] == [1, 2, 3]


def test_the_last_contact_is_known_after_a_restart(follower, settings):
    assert FollowerThread(settings, 7.0).contact == 7.0
    follower.fetch()
    os.utime(settings.admin_links, (9, 9))
    assert FollowerThread(settings, 7.0).contact == 9.0


def test_pauses_grow_to_a_minute_and_no_two_machines_keep_step():
    around = {
        failures: [pause_after(failures) for _ in range(200)] for failures in (0, 1, 4, 10**6)
    }
    for failures, seconds in ((0, 5), (1, 10), (4, 60), (10**6, 60)):
        assert 0.8 * seconds <= min(around[failures]) < max(around[failures]) <= 1.2 * seconds
        assert len(set(around[failures])) > 100


def test_taken_links_are_published_and_deleted_items_keep_theirs(
    follower, settings, tmp_path, admin
):
    nowhere = open_engine(f"sqlite:///{tmp_path}/none/linkmgr.db")  # it needs no database
    publisher = Publisher(settings, nowhere)
    publisher.follow()
    assert (read_targets(settings.targets), publisher.problems) == (None, ())
    follower.fetch()
    publisher.follow()
    assert read_targets(settings.targets) == make_targets()
    admin.content = links(items={})
    follower.fetch()
    publisher.follow()
    assert read_targets(settings.targets) == make_targets()
    assert publisher.problems == ()
    assert not settings.good_catalog.exists()


def test_the_token_is_in_no_picture_of_the_settings(settings):
    assert not re.search(TOKEN, repr(settings))


@pytest.mark.parametrize(
    ("values", "stated"),
    [
        ({"ROLE": "all"}, r"^LINKMGR_ROLE: .* only the role redirect is possible"),
        ({"ROLE": "admin"}, r"^LINKMGR_ROLE: .* only the role redirect is possible"),
        ({"CATALOG_TOKEN": ""}, "^LINKMGR_CATALOG_TOKEN: missing"),
        ({"CATALOG_TOKEN": "a b"}, "^LINKMGR_CATALOG_TOKEN: must be the token exactly"),
        ({"CATALOG_TOKEN": "a\nb"}, "^LINKMGR_CATALOG_TOKEN: must be the token exactly"),
        ({"CATALOG": "https://go.example.com/admin/"}, "^LINKMGR_CATALOG: .* without a path"),
    ],
)
def test_settings_that_cannot_be_are_named(tmp_path, values, stated):
    with pytest.raises(LinkmgrError, match=stated):
        node_settings(
            tmp_path, **{"url": values.pop("CATALOG", "https://go.example.com"), **values}
        )


def test_a_machine_that_follows_an_admin_redirects_alone(tmp_path):
    settings = node_settings(tmp_path, "https://go.example.com/")
    assert (settings.role, settings.catalog_url) == ("redirect", "https://go.example.com")
