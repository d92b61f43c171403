"""The owner sees how far a change has come, and commits linkmgr's files if that is allowed."""

from dataclasses import replace

import html5lib
import pytest

from linkmgr.admin.common.context import EXTENSION
from linkmgr.admin.health import build_page
from linkmgr.checkout import note_rewritten
from linkmgr.store.jobs import JobKind
from tests.support.checkouts import git, in_git
from tests.support.indexed_site import indexer_of
from tests.support.jobs import ended_job
from tests.support.servers import wait_for

PAGE, COMMIT = "/admin/health/build", "/admin/health/commit"


@pytest.fixture
def client(admin_client, settings, monkeypatch):
    """Give a browser that is signed in to a server that has read the site."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    indexer_of(settings)
    return admin_client


@pytest.fixture
def checkout(site, client):
    """Put the site into a checkout with one commit."""
    in_git(site)
    client.get("/admin/history")  # which begins with this catalog
    return site


@pytest.fixture
def committing(admin_app, monkeypatch):
    """Switch committing on, and wait for it however busy the machine is."""
    monkeypatch.setattr(build_page, "_SECONDS_AT_ONCE", 60.0)
    admin = admin_app.extensions[EXTENSION]
    allowed = replace(admin, settings=replace(admin.settings, commit=True))
    monkeypatch.setitem(admin_app.extensions, EXTENSION, allowed)


def retire(client, item="kitchen-coffee"):
    page = f"/admin/items/{item}"
    revision = client.get(page).text.partition('name="revision" value="')[2][:64]
    fields = {"revision": revision, "retired": "yes", "do": "save"}
    assert client.post(f"{page}/retire", fields, page=page).status_code == 303


@pytest.mark.usefixtures("committing")
def test_a_layout_that_is_not_committed_is_offered(client, checkout):
    assert "_layouts/post.html" not in client.get(PAGE).text
    layout = checkout / "_layouts" / "post.html"
    layout.write_text(layout.read_text() + "{% include linkmgr.html block='books' %}\n")
    text = client.get(PAGE).text.replace("<wbr>", "")
    assert "which has changes of yours, too" in text
    assert "_layouts/post.html" in text
    client.post(COMMIT, {"message": "Show the blocks", "mixed": "yes"}, page=PAGE)
    assert git(checkout, "show", "--name-only", "--format=").split() == ["_layouts/post.html"]


def test_without_a_checkout_only_what_is_known_is_said(client):
    text = client.get(PAGE).text
    assert "isn’t in a git repository" in text
    assert "publish the blog as you usually do" in text
    assert COMMIT not in text.partition("<main")[2]


@pytest.mark.usefixtures("committing")
def test_posts_that_linkmgr_rewrote_are_committed_with_catalog(client, checkout):
    post = next((checkout / "_posts").glob("*.md"))
    data = post.read_bytes() + b"<!-- rewritten -->\n"
    note_rewritten(checkout, {post: data})
    post.write_bytes(data)
    retire(client)
    text = client.get(PAGE).text.replace("<wbr>", "")
    assert "1 of them is a post or layout of yours that linkmgr has rewritten." in text
    assert post.name in text
    assert client.post(COMMIT, page=PAGE).status_code == 303
    committed = git(checkout, "show", "-z", "--name-only", "--format=").split("\0")
    assert set(filter(None, committed)) == {"catalog.yaml", f"_posts/{post.name}"}


def test_what_a_commit_leaves_out_is_named(client, checkout):
    post = next((checkout / "_posts").glob("*.md"))
    post.write_text(post.read_text(encoding="utf-8") + "mine\n", encoding="utf-8")
    text = client.get(PAGE).text.replace("<wbr>", "")
    assert "1 other file has changes of yours" in text
    assert post.name in text


@pytest.mark.usefixtures("checkout", "committing")
@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_is_valid_html_with_a_change_to_commit(client, language):
    retire(client)
    text = client.get(PAGE, Accept_Language=language).text
    html5lib.HTMLParser(strict=True).parse(text)
    assert f'action="{COMMIT}"' in text


def test_who_has_not_switched_committing_on_is_told_how_and_cant(client, checkout):
    retire(client)
    text = client.get(PAGE).text
    assert "1 file differs from the last commit" in text
    assert "LINKMGR_COMMIT=yes" in text
    assert client.post(COMMIT, {"message": "x"}, page=PAGE).status_code == 403
    assert git(checkout, "rev-list", "--count", "HEAD").strip() == "1"


@pytest.mark.usefixtures("committing")
def test_a_change_is_committed_with_what_the_history_says_of_it(client, checkout):
    retire(client)
    (checkout / "notes.txt").write_text("mine", encoding="utf-8")
    text = client.get(PAGE).text
    message = text.partition(' id="message"')[2].partition(">")[2].partition("<")[0]
    assert message.strip() == "Retired 台所からはじめるコーヒー"
    answer = client.post(COMMIT, {"message": message}, page=PAGE)
    assert answer.status_code == 303
    assert git(checkout, "log", "-1", "--format=%s").strip() == message.strip()
    assert git(checkout, "show", "--name-only", "--format=").split() == ["catalog.yaml"]
    assert "?? notes.txt" in git(checkout, "status", "--porcelain")
    assert "differs from the last commit" not in client.get(PAGE).text


@pytest.mark.usefixtures("checkout", "committing")
def test_several_changes_are_lines_of_one_message(client):
    retire(client)
    retire(client, "drip-notes")
    text = client.get(PAGE).text
    assert "- Retired ハンドドリップ実験ノート" in text
    assert "- Retired 台所からはじめるコーヒー" in text


@pytest.mark.usefixtures("committing")
def test_an_obstacle_is_shown_in_place_of_the_form(client, checkout):
    retire(client)
    (checkout / ".git" / "rebase-merge").mkdir()
    text = client.get(PAGE).text
    assert "A rebase is in progress" in text
    assert f'action="{COMMIT}"' not in text


@pytest.mark.usefixtures("committing")
@pytest.mark.parametrize(("typed", "status"), [("my message", 409), ("", 400)])
def test_a_refused_commit_keeps_what_was_typed(client, checkout, typed, status):
    retire(client)
    hook = checkout / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'not today' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    answer = client.post(COMMIT, {"message": typed}, page=PAGE)
    assert answer.status_code == status
    assert 'id="message-error"' in answer.text
    assert f"{typed}</textarea>" in answer.text
    assert ("not today" in answer.text) == bool(typed)


@pytest.mark.usefixtures("committing")
def test_a_commit_that_takes_long_is_followed_and_stopped(
    client, checkout, settings, engine, monkeypatch
):
    monkeypatch.setattr(build_page, "_SECONDS_AT_ONCE", 0.0)
    retire(client)
    hook = checkout / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch hooked\nsleep 600\n", encoding="utf-8")
    hook.chmod(0o755)
    assert client.post(COMMIT, {"message": "mine"}, page=PAGE).status_code == 303
    wait_for((checkout / "hooked").exists)
    text = client.get(PAGE).text
    assert 'data-stage="committing"' in text
    assert 'action="/admin/health/stop/commit"' in text
    again = client.post(COMMIT, {"message": "mine"}, page=PAGE)
    assert (again.status_code, again.headers["Location"]) == (303, PAGE)
    assert "A commit is already running." in client.get(PAGE).text
    client.post("/admin/health/stop/commit", page=PAGE)
    job = ended_job(engine, settings, JobKind.COMMIT)
    assert job.error.message.code == "admin.job-stopped"
    assert git(checkout, "log", "-1", "--format=%s").strip() == "first"
    text = client.get(PAGE).text
    assert "it was stopped, as you asked" in text
    assert "mine</textarea>" in text
