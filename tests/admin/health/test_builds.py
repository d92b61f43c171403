"""A build is begun on the Health page or by the API, and followed by all workers."""

import multiprocessing
import threading
import time

import pytest

from linkmgr.admin.health.runs import BUILDS
from linkmgr.check.findings import CODES, CheckResult, Finding
from linkmgr.check.last_result import save_last_result
from linkmgr.messages.errors import LinkmgrError, Location, Problem, Problems
from linkmgr.messages.message import message
from linkmgr.site_index.service.builds import BuildSummary
from linkmgr.site_index.service.work import Progress
from linkmgr.store.accounts import tokens
from tests.admin.conftest import NAME, queries, today
from tests.support.api_examples import Program, described, refused
from tests.support.indexed_site import indexer_of

PAGE = "/admin/health/build"
PATIENCE = 60

WARNING = Problem.at("_linkmgr/none.html", 0, "", message("build.template-unused"))
BUILT = BuildSummary(
    posts=3, rewritten=2, with_blocks=2, written=4, deleted=1, warnings=(WARNING,), seconds=0.1
)
READING = Progress(message("build.reading-posts"), 1, 3)
FAILED = LinkmgrError(message("site_index.build-killed"))

INTERRUPTED = "the server stopped during the build: build again"


class Site:
    """A site whose build goes on until it is let end, and says or raises what it is told to."""

    def __init__(self, *reported):
        self.err_lines = reported
        self.may_end = threading.Event()

    def build(self):
        for each in self.err_lines:
            if isinstance(each, Exception):
                raise each
            yield each
            self.may_end.wait(PATIENCE)


def ended(instance):
    """Wait until the last build has ended, and return it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        run = BUILDS.last(instance)
        if run.ended is not None:
            return run
        time.sleep(0.02)
    raise AssertionError("the build does not end")


def looked_at(browser):
    """Return the page once it says whether the site is up to date."""
    deadline = time.monotonic() + PATIENCE
    while "Checking whether" in (text := browser.get(PAGE).text):
        assert 'hx-trigger="every 1s"' in text
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return text


def reached(instance, progress=READING):
    deadline = time.monotonic() + PATIENCE
    while BUILDS.last(instance).progress != progress:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def program(admin_app, engine):
    return Program(admin_app, tokens.new_token(engine, "deploy", NAME, today()))


def test_there_is_no_run_before_the_first(tmp_path):
    assert BUILDS.last(tmp_path) is None


def test_a_run_says_how_far_it_is_and_then_what_it_did(tmp_path):
    site = Site(READING, BUILT)
    assert BUILDS.start(tmp_path, site.build)
    reached(tmp_path)
    run = BUILDS.last(tmp_path)
    assert run.ended is None
    site.may_end.set()
    assert ended(tmp_path).built == BUILT


def test_one_run_goes_on_at_a_time(tmp_path):
    site = Site(READING)
    assert BUILDS.start(tmp_path, site.build)
    assert not BUILDS.start(tmp_path, Site(BUILT).build)
    site.may_end.set()
    ended(tmp_path)


def test_a_run_that_fails_says_why(tmp_path):
    BUILDS.start(tmp_path, Site(FAILED).build)
    run = ended(tmp_path)
    assert (run.error.message, run.built) == (FAILED.message, None)


def _begin(instance):
    BUILDS.start(instance, Site(READING).build)
    reached(instance)


@pytest.mark.server
def test_a_run_whose_server_was_stopped_is_no_longer_going_on(tmp_path):
    process = multiprocessing.get_context("spawn").Process(target=_begin, args=(tmp_path,))
    process.start()
    process.join(PATIENCE)  # its thread ends with it
    assert BUILDS.last(tmp_path).error.worded() == INTERRUPTED
    assert BUILDS.start(tmp_path, Site(BUILT).build)


def test_a_run_whose_lock_was_deleted_is_no_longer_going_on(tmp_path):
    site = Site(READING)
    BUILDS.start(tmp_path, site.build)
    reached(tmp_path)
    (tmp_path / "build.lock").unlink()
    assert BUILDS.last(tmp_path).error.worded() == INTERRUPTED
    site.may_end.set()


def test_a_folder_that_cannot_be_written_is_reported(tmp_path):
    with pytest.raises(LinkmgrError, match=r"build\.lock: cannot be written"):
        BUILDS.start(tmp_path / "none", Site(BUILT).build)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"started": 1}', b"\xff"])
def test_a_file_that_holds_no_run_is_none(tmp_path, text):
    (tmp_path / "build.json").write_bytes(text)
    assert BUILDS.last(tmp_path) is None


@pytest.mark.parametrize(
    ("language", "step"), [("en", "Reading posts"), ("ja", "記事を読んでいます")]
)
def test_the_page_refreshes_with_and_without_script_while_it_goes_on(
    admin_client, settings, language, step
):
    site = Site(READING)
    BUILDS.start(settings.instance, site.build)
    reached(settings.instance)
    text = admin_client.get(PAGE, Accept_Language=language).text
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in text
    assert 'hx-trigger="every 1s"' in text
    assert '<progress id="build-progress" value="1" max="3">' in text
    assert step in text
    assert "<button>" not in text.partition('id="build"')[2].partition("</main>")[0]
    site.may_end.set()
    ended(settings.instance)
    text = admin_client.get(PAGE, Accept_Language=language).text
    assert "refresh" not in text
    assert "hx-trigger" not in text.partition('id="build"')[2].partition("</main>")[0]


def test_a_run_that_failed_is_shown_line_by_line(admin_client, settings):
    problems = [
        Problem.at("a", 1, "", message("build.no-post-has", term="tea")),
        Problem.at("b", 2, "", message("build.no-post-has", term="<wrong>")),
    ]
    BUILDS.start(settings.instance, Site(Problems(problems)).build)
    ended(settings.instance)
    text = admin_client.get(PAGE).text
    assert "<li><code>a:1: no post has tea</code></li>" in text
    assert "<li><code>b:2: no post has &lt;wrong&gt;</code></li>" in text


def test_each_reader_sees_the_warnings_of_a_build_in_their_language(admin_client, settings):
    site = Site(BUILT)
    site.may_end.set()
    BUILDS.start(settings.instance, site.build)
    ended(settings.instance)
    for language in ("en", "ja"):
        text = admin_client.get(PAGE, Accept_Language=language).text
        assert f"<li><code>{WARNING.worded(language)}</code></li>" in text


def test_another_build_is_refused_while_one_goes_on(admin_client, program, settings):
    site = Site(READING)
    BUILDS.start(settings.instance, site.build)
    assert admin_client.post(PAGE, page=PAGE).status_code == 303
    assert "A build is already running." in admin_client.get(PAGE).text
    refused(program("POST", "/build"), 409)
    site.may_end.set()
    ended(settings.instance)


@pytest.mark.server
def test_a_press_of_the_button_builds_the_site(admin_client, settings, site):
    indexer_of(settings)
    assert "out of date" in looked_at(admin_client)
    sent = admin_client.post(PAGE, page=PAGE)
    assert (sent.status_code, sent.headers["Location"]) == (303, PAGE)
    assert ended(settings.instance).built.written > 0
    assert (site / "_includes" / "linkmgr").is_dir()
    text = looked_at(admin_client)
    assert "Last build:" in text
    assert "up to date with the catalog" in text


@pytest.mark.server
def test_a_program_builds_asks_and_looks_up(program, settings, engine):
    indexer_of(settings)
    begun = program("POST", "/build")
    assert (begun.status_code, begun.headers["Location"]) == (202, "/api/build")
    ended(settings.instance)
    build = described(program("GET", "/build").json, "Build")
    assert build["run"]["built"]["posts"] > 0
    assert build["state"]["problems"] == []

    posts = described(program("GET", "/posts").json, "PostPage")
    assert posts["total"] == len(posts["rows"]) > 0
    key = next(row["key"] for row in posts["rows"] if row["items"])
    post = described(program("GET", f"/posts/{key}").json, "PostWithPlacements")
    assert len(post["placements"]) == post["items"]
    refused(program("GET", "/posts/none"), 404)
    tags = described(program("GET", "/tags").json, "TagPage")
    written = next(tag["written"] for tag in tags["rows"] if tag["items"])
    tagged = program.client.get(
        "/api/posts", query_string={"tag": written}, headers=program.headers
    ).json
    assert 0 < tagged["total"] < posts["total"]
    assert all(row["items"] == 0 for row in program("GET", "/posts?without=items").json["rows"])
    refused(program("GET", "/posts?page=0"), 400)

    with queries(engine) as asked:
        for path in ("/posts", f"/posts/{key}", "/tags", "/build"):
            assert program("GET", path).status_code == 200
    assert len(asked) == 5  # the token's, and one for the history: the index is a file of its own

    gone = {"section": "mappings", "id": "coffee", "entry": None}
    impact = described(program("POST", "/impact", gone).json, "Impact")
    assert impact["changed"] > 0
    assert impact["revision"] == program("GET", "/books").json["revision"]
    wrong = gone | {"entry": {"items": ["nothing"]}}
    assert refused(program("POST", "/impact", wrong), 422)["problems"]
    refused(program("POST", "/impact", gone | {"section": "site"}), 400)
    refused(program("POST", "/impact", gone | {"entry": 1}), 400)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/posts", None),
        ("GET", "/posts/x", None),
        ("GET", "/tags", None),
        ("GET", "/build", None),
        ("POST", "/build", None),
        ("POST", "/impact", {"section": "mappings", "id": "coffee", "entry": None}),
    ],
)
def test_a_server_without_the_site_says_so(program, site, method, path, body):
    (site / "_config.yml").unlink()
    assert "LINKMGR_SITE" in refused(program(method, path, body), 503)["detail"]


def test_an_index_that_is_missing_is_reported(program):
    assert "Try again" in refused(program("GET", "/posts"), 503)["detail"]


def test_the_health_is_reported_as_described(program):
    health = described(program("GET", "/health").json, "Health")
    assert health["status"] == "degraded"
    assert health["faults"] == ["no-keeper"]
    assert health["schema"]["present"] == health["schema"]["needed"]
    assert health["check"] is None


def test_what_a_check_found_last_is_reported_to_programs(program, site):
    source = Location("_posts/a.md", 7)
    found = Finding(CODES["no-rel"], "https://amzn.to/3x", "index.html", source)
    save_last_result(site, CheckResult(1_700_000_000.0, "_site", 4, (found,)))
    health = described(program("GET", "/health").json, "Health")
    assert health["check"] == {
        "time": "2023-11-14T22:13:20+00:00",
        "folder": "_site",
        "pages": 4,
        "counts": {"no-rel": 1},
        "findings": [
            {
                "wrong": "no-rel",
                "what": "https://amzn.to/3x",
                "page": "index.html",
                "pages": 1,
                "file": "_posts/a.md",
                "line": 7,
            }
        ],
    }
