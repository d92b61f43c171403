"""The header says whether readers see what is saved, and is never wrong about it."""

import re
import time
from dataclasses import replace

import html5lib
import pytest

from linkmgr.admin.common.context import EXTENSION
from linkmgr.admin.health import build_page
from linkmgr.admin.health.status import SiteStatus, Stage
from linkmgr.builder.run import build, built_revision
from linkmgr.checkout import Checkout
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.site_index.builds import BuildState
from linkmgr.store.jobs import STOPPED, JobKind
from tests.support.checkouts import git, in_git
from tests.support.indexed_site import indexer_of
from tests.support.items import BOOK, sent, written
from tests.support.jobs import end_job, ended_job
from tests.support.servers import wait_for

PAGE, STATUS = "/admin/items", "/admin/health/status"
BUILD, COMMIT = "/admin/health/build", "/admin/health/commit"
PART = {"HX-Request": "true", "HX-Target": "header-status"}


def stage(text):
    return re.search(r'data-stage="([\w-]+)"', text)[1]


def label(text):
    return re.search(r'<span class="wide">([^<]+)</span>', text)[1]


def settled(client):
    """Return the status once it does not ask for itself again."""

    def last():
        text = client.get(STATUS).text
        return None if "data-pause" in text else text

    return wait_for(last)


@pytest.fixture
def client(admin_client, settings, site, monkeypatch):
    """Give a browser that is signed in to a server of a site that is read and built."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    build(site)
    indexer_of(settings)
    admin_client.get("/admin/history")  # which begins with this catalog
    return admin_client


@pytest.fixture
def checkout(site, client, admin_app, monkeypatch):
    """Put the site into a checkout with one commit, where the admin may commit."""
    monkeypatch.setattr(build_page, "_SECONDS_AT_ONCE", 60.0)  # however busy the machine is
    in_git(site)
    admin = admin_app.extensions[EXTENSION]
    allowed = replace(admin, settings=replace(admin.settings, commit=True))
    monkeypatch.setitem(admin_app.extensions, EXTENSION, allowed)
    return client


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    "status",
    [
        SiteStatus(Stage.INVALID, problems=("catalog.yaml:1: x",)),
        SiteStatus(Stage.CHECKING),
        SiteStatus(Stage.UNKNOWN, problem="why"),
        SiteStatus(Stage.BLOCKED, problems=("catalog.yaml:1: x",)),
        SiteStatus(Stage.UNBUILT, count=None, was_built=False, has_items=False),
        SiteStatus(Stage.UNBUILT, state=BuildState(written=2, posts=2)),
        SiteStatus(Stage.DONE, has_site=False),
        SiteStatus(Stage.DONE),
    ],
    ids=lambda status: status.stage,
)
def test_each_state_is_valid_html_in_either_language(admin_app, client, status, language):
    memory = admin_app.extensions[EXTENSION].memory
    seen = admin_app.extensions[EXTENSION].catalog().revision.id
    memory["status"] = (seen, None, None), replace(status, revision=seen)
    page = client.get(PAGE, Accept_Language=language).text
    html5lib.HTMLParser(strict=True).parse(page)
    assert stage(page) == status.stage


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (SiteStatus(Stage.UNBUILT, count=1_200), "1,200 changes not built"),
        (SiteStatus(Stage.UNBUILT, count=0, state=BuildState(posts=3)), "3 posts not built"),
        (SiteStatus(Stage.UNBUILT, count=None, was_built=False), "Not built yet"),
        (SiteStatus(Stage.UNCOMMITTED), "Built, not committed"),
        (SiteStatus(Stage.UNCOMMITTED, has_site=False), "Saved, not committed"),
        (SiteStatus(Stage.UNPUSHED), "Committed, not pushed"),
        (SiteStatus(Stage.DONE), "Built"),
        (SiteStatus(Stage.DONE, has_site=False), "Saved"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_status_says_no_more_than_is_known(admin_app, status, words):
    with admin_app.test_request_context():
        assert status.label == words


@pytest.mark.parametrize(("ahead", "words"), [(0, "Up to date"), (None, "Committed")])
def test_only_what_is_pushed_is_up_to_date(admin_app, tmp_path, ahead, words):
    checkout = Checkout(tmp_path, "catalog.yaml", "main", (), (), ahead, None)
    with admin_app.test_request_context():
        status = SiteStatus(Stage.DONE, checkout=checkout)
        assert status.label == words
        assert status.tone == ("ok" if ahead == 0 else "")


def test_a_save_is_not_built_from_the_next_page_on(client):
    assert label(settled(client)) == "Built"
    assert label(client.get(PAGE).text) == "Built"
    sent(client, BOOK, title="別の題")
    page = client.get(PAGE).text
    assert label(page) == "1 change not built"
    assert "Changed 別の題" in page
    text = settled(client)
    assert label(text) == "1 change not built"
    assert re.search(r"A build rewrites the blocks of [\d,]+ posts?\.", text)
    assert 'id="status-build"' in text


NEW = """
books:
  new-kettle: {asin: B0EXAMPLE9, title: A kettle}
"""
SHOWS_IT = """
mappings:
  kettles: {pin: true, any: {tags: [コーヒー, coffee]}, items: [new-kettle]}
"""


def shown_on(client, item):
    """Return on how many posts an item's page says that it is shown, and what it says beside."""
    page = client.get(f"/admin/items/{item}").text
    figure = page.partition('<span class="k-label">Shown on</span>')[2].partition("</li>")[0]
    return " ".join(re.sub("<[^>]+>", " ", figure).split())


def test_an_items_page_says_where_it_is_and_will_be(client, settings, site):
    settled(client)
    before = shown_on(client, "kitchen-coffee")
    assert re.fullmatch(r"\d+ posts", before)
    text = written(site).replace("\nbooks:\n", NEW, 1).replace("\nmappings:\n", SHOWS_IT, 1)
    (site / "catalog.yaml").write_text(text, encoding="utf-8")
    assert shown_on(client, "new-kettle") == "0 posts Counting the posts of the next build…"
    indexer_of(settings)
    settled(client)
    said = shown_on(client, "new-kettle")
    after = re.fullmatch(r"0 posts (\d+ posts) after the next build", said)[1]
    build(site)
    assert label(settled(client)) == "Built"
    assert shown_on(client, "new-kettle") == after


def test_a_build_that_is_done_says_what_it_did(client, settings, engine):
    sent(client, BOOK, title="別の題")
    posts = re.search(r"rewrites the blocks of ([\d,]+ posts?)\.", settled(client))[1]
    client.post(BUILD, page=PAGE, **PART)
    ended_job(engine, settings, JobKind.BUILD)
    assert f"it rewrote the blocks of {posts}." in settled(client)


def test_an_edit_by_hand_counts_as_any_change(client, site):
    sent(client, BOOK, title="別の題")
    text = written(site).replace("別の題", "また別の題")
    (site / "catalog.yaml").write_text(text, encoding="utf-8")
    assert label(client.get(STATUS).text) == "2 changes not built"


def test_a_change_that_no_page_shows_is_built_once_that_is_known(client, site):
    (site / "catalog.yaml").write_text(f"{written(site)}# a comment\n", encoding="utf-8")
    assert label(client.get(PAGE).text) == "1 change not built"
    assert label(settled(client)) == "Built"
    assert label(client.get(PAGE).text) == "Built"


def test_a_build_by_the_command_is_seen(client, site):
    sent(client, BOOK, title="別の題")
    assert label(settled(client)) == "1 change not built"
    build(site)
    assert label(settled(client)) == "Built"


def test_posts_that_changed_are_counted_where_catalog_did_not(client, site):
    settled(client)
    for fragment in (site / "_includes" / "linkmgr" / "posts").glob("*.html"):
        fragment.unlink()
    assert re.fullmatch(r"[\d,]+ posts not built", label(settled(client)))


def test_an_undone_change_leaves_nothing_to_build(client):
    settled(client)
    sent(client, BOOK, title="別の題")
    client.post("/admin/history/2/undo", page=PAGE)
    assert label(settled(client)) == "Built"


def test_a_catalog_with_mistakes_is_said_before_anything_else(client, site):
    (site / "catalog.yaml").write_text("site: [", encoding="utf-8")
    for text in (client.get(PAGE).text, client.get(STATUS).text):
        assert label(text) == "Catalog needs fixing"


def test_what_would_stop_a_build_is_named(client, site):
    (site / "_config.yml").write_text("a: [", encoding="utf-8")
    text = settled(client)
    assert stage(text) in {"blocked", "unknown"}
    assert "_config.yml" in text


UNFINISHED = "Some posts may already be rewritten; the next build does the rest."


def test_a_build_that_was_stopped_is_no_fault(client, settings, engine):
    sent(client, BOOK, title="別の題")
    end_job(engine, settings, JobKind.BUILD, error=LinkmgrError(STOPPED))
    assert label(settled(client)) == "1 change not built"
    text = client.get(BUILD).text
    assert UNFINISHED in text
    assert "it was stopped, as you asked" in text


def test_failed_build_is_said_until_something_is_saved_or_built(client, settings, site, engine):
    sent(client, BOOK, title="別の題")
    killed = LinkmgrError(message("admin.job-killed"))
    end_job(engine, settings, JobKind.BUILD, error=killed)
    text = settled(client)
    assert label(text) == "Build failed"
    assert UNFINISHED in text
    assert 'id="status-build"' in text
    time.sleep(0.01)
    sent(client, BOOK, title="また別の題")
    assert label(settled(client)) == "2 changes not built"
    build(site)
    assert label(settled(client)) == "Built"


def test_a_build_that_found_disk_full_may_have_rewritten_posts(client, settings, engine):
    sent(client, BOOK, title="別の題")
    full = LinkmgrError(message("fs.unwritable", path="a.html", reason="No space left on device"))
    end_job(engine, settings, JobKind.BUILD, error=full)
    text = settled(client)
    assert label(text) == "Build failed"
    assert UNFINISHED in text


def test_without_the_blogs_folder_what_is_saved_is_saved(client, site):
    (site / "_config.yml").unlink()
    text = client.get(STATUS).text
    assert label(text) == "Saved"
    assert 'id="status-build"' not in text


def test_build_commit_and_push_follow_each_other(checkout, site, tmp_path):
    git(tmp_path, "init", "-q", "--bare", "upstream")
    git(site, "remote", "add", "origin", str(tmp_path / "upstream"))
    assert label(settled(checkout)) == "Committed"
    git(site, "push", "-q", "-u", "origin", "main")
    assert label(settled(checkout)) == "Up to date"
    sent(checkout, BOOK, title="別の題")
    build(site)
    text = settled(checkout)
    assert label(text) == "Built, not committed"
    assert re.search(r"Commit takes [\d,]+ files of linkmgr’s own, and nothing else", text)
    assert 'id="status-commit"' in text
    text = checkout.post(COMMIT, page=PAGE, **PART).text
    assert label(text) == "Committed, not pushed"
    assert f"git -C {site} push</code>" in text.replace("<wbr>", "")
    git(site, "push", "-q")
    assert label(settled(checkout)) == "Up to date"


def test_a_blog_that_its_ci_builds_is_pushed_but_never_built(checkout, site, tmp_path):
    workflow = site / ".github" / "workflows" / "publish.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text("jobs: {build: {steps: [{uses: owner/linkmgr@v0.1.0}]}}\n")
    build(site)
    assert label(settled(checkout)) == "Committed"  # commits have the blocks
    git(site, "rm", "-r", "-q", "--cached", "--ignore-unmatch", "_includes/linkmgr", "_data")
    git(site, "add", ".github")
    git(site, "commit", "-q", "-m", "Build in CI")
    git(tmp_path, "init", "-q", "--bare", "upstream")
    git(site, "remote", "add", "origin", str(tmp_path / "upstream"))
    git(site, "push", "-q", "-u", "origin", "main")
    text = settled(checkout)
    assert label(text) == "Pushed"
    assert ".github/workflows/publish.yml builds the blog from it" in text
    sent(checkout, BOOK, title="別の題")
    assert label(checkout.get(PAGE).text) == "Checking…"
    text = settled(checkout)
    assert label(text) == "Saved, not committed"
    assert 'id="status-build"' not in text
    assert "Commit takes 1 file of linkmgr’s own" in text
    assert label(checkout.post(COMMIT, page=PAGE, **PART).text) == "Committed, not pushed"


def test_a_commit_that_a_hook_refuses_says_why_in_the_open_menu(checkout, site):
    hook = site / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'not today' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    sent(checkout, BOOK, title="別の題")
    build(site)
    settled(checkout)
    text = checkout.post(COMMIT, page=PAGE, **PART).text
    assert "not today" in text
    assert '<details class="menu" name="menu" open>' in text
    assert label(text) == "Built, not committed"


def test_a_commit_leaves_the_owners_files_alone(checkout, site):
    (site / "notes.txt").write_text("mine", encoding="utf-8")
    git(site, "add", "notes.txt")
    sent(checkout, BOOK, title="別の題")
    build(site)
    text = settled(checkout)
    assert "Other changes are staged: notes.txt" in text
    assert 'id="status-commit"' not in text


def test_every_build_notes_the_catalog_that_the_site_shows(site, client):
    before = built_revision(site)
    assert before
    sent(client, BOOK, title="別の題")
    build(site, check=True)
    assert built_revision(site) == before
    build(site)
    assert built_revision(site) != before
