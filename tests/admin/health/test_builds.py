"""A build is begun on the Health page or by the API, and followed by all workers."""

import time

import pytest

from linkmgr.builder.run import BuildSummary
from linkmgr.check.findings import CODES, CheckResult, Finding
from linkmgr.check.last_result import save_last_result
from linkmgr.messages.errors import Location, Problem, Problems
from linkmgr.messages.message import message
from linkmgr.store.accounts import tokens
from linkmgr.store.jobs import JobKind, Progress
from tests.admin.conftest import NAME, queries, today
from tests.support.api_examples import Program, described, refused
from tests.support.indexed_site import indexer_of
from tests.support.jobs import end_job, ended_job, running_job

PAGE = "/admin/health/build"
PATIENCE = 60

WARNING = Problem.at("_linkmgr/none.html", 0, "", message("build.template-unused"))
BUILT = BuildSummary(
    posts=3, rewritten=2, with_blocks=2, written=4, deleted=1, warnings=(WARNING,), seconds=0.1
)
READING = Progress(message("build.reading-posts"), 1, 3)


def looked_at(browser):
    """Return the page once it says whether the site is up to date."""
    deadline = time.monotonic() + PATIENCE
    while "Checking whether" in (text := browser.get(PAGE).text):
        assert 'hx-trigger="every 1s"' in text
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return text


@pytest.fixture
def program(admin_app, engine):
    return Program(admin_app, tokens.new_token(engine, "deploy", NAME, today()))


@pytest.mark.parametrize(
    ("language", "step"), [("en", "Reading posts"), ("ja", "記事を読んでいます")]
)
def test_page_refreshes_with_and_without_script_while_it_goes_on(
    admin_client, settings, engine, language, step
):
    with running_job(engine, settings, JobKind.BUILD, READING):
        text = admin_client.get(PAGE, Accept_Language=language).text
        assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in text
        assert 'hx-trigger="every 1s"' in text
        assert '<progress id="progress-build" value="1" max="3">' in text
        assert step in text
        assert 'action="/admin/health/build"' not in text.partition('id="build"')[2]
    text = admin_client.get(PAGE, Accept_Language=language).text
    assert "refresh" not in text
    assert "hx-trigger" not in text.partition('id="build"')[2].partition("</main>")[0]


def test_a_build_that_failed_is_shown_line_by_line(admin_client, settings, engine):
    problems = [
        Problem.at("a", 1, "", message("build.no-post-has", term="tea")),
        Problem.at("b", 2, "", message("build.no-post-has", term="<wrong>")),
    ]
    end_job(engine, settings, JobKind.BUILD, error=Problems(problems))
    text = admin_client.get(PAGE).text
    assert "<li><code>a:1: no post has tea</code></li>" in text
    assert "<li><code>b:2: no post has &lt;wrong&gt;</code></li>" in text


def test_each_reader_sees_warnings_of_a_build_in_their_language(admin_client, settings, engine):
    end_job(engine, settings, JobKind.BUILD, BUILT.to_json())
    for language in ("en", "ja"):
        text = admin_client.get(PAGE, Accept_Language=language).text
        assert f"<li><code>{WARNING.translated(language)}</code></li>" in text


def test_another_build_is_refused_while_one_goes_on(admin_client, settings, engine):
    with running_job(engine, settings, JobKind.BUILD, READING):
        assert admin_client.post(PAGE, page=PAGE).status_code == 303
        assert "A build is already running." in admin_client.get(PAGE).text


@pytest.mark.server
def test_a_press_of_the_button_builds_the_site(admin_client, settings, site, engine):
    indexer_of(settings)
    assert "out of date" in looked_at(admin_client)
    sent = admin_client.post(PAGE, page=PAGE)
    assert (sent.status_code, sent.headers["Location"]) == (303, PAGE)
    assert ended_job(engine, settings, JobKind.BUILD).result["written"] > 0
    assert (site / "_includes" / "linkmgr").is_dir()
    text = looked_at(admin_client)
    assert "Last build:" in text
    assert "up to date with the catalog" in text


@pytest.mark.server
def test_a_program_asks_for_a_build_and_looks_up(admin_client, program, settings, engine):
    indexer_of(settings)
    admin_client.post(PAGE, page=PAGE)
    ended_job(engine, settings, JobKind.BUILD)
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


@pytest.mark.parametrize("path", ["/posts", "/posts/x", "/tags", "/build"])
def test_a_server_without_the_site_says_so(program, site, path):
    (site / "_config.yml").unlink()
    assert "LINKMGR_SITE" in refused(program("GET", path), 503)["detail"]


def test_an_index_that_is_missing_is_reported(program):
    assert "Try again" in refused(program("GET", "/posts"), 503)["detail"]


def test_the_health_is_reported_as_described(program):
    health = described(program("GET", "/health").json, "Health")
    assert health["status"] == "degraded"
    assert health["faults"] == ["no-worker"]
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
