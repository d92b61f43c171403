"""Problems, which are codes, are worded in the language of the page that shows them."""

import re

import pytest

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import current_language, message
from linkmgr.store.jobs import JobKind
from tests.support.jobs import end_job

JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龯]")


def listed(client, path, language):
    """Return the lines of problems that a page lists."""
    text = client.get(path, Accept_Language=language).text
    return [line.partition(": ")[2] for line in re.findall(r"<code>(.*?)</code></li>", text)]


@pytest.fixture
def without_a_url(site):
    """Have the catalog lack its site's address."""
    file = site / "catalog.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"(?m)^  url: .*\n", "", text, count=1), encoding="utf-8")


@pytest.mark.usefixtures("without_a_url")
@pytest.mark.parametrize(("language", "is_japanese"), [("ja", True), ("en", False)])
def test_health_words_the_catalogs_problems_as_the_page(admin_client, language, is_japanese):
    lines = listed(admin_client, "/admin/health", language)
    assert lines
    assert all(bool(JAPANESE.search(line)) is is_japanese for line in lines)
    assert current_language() == "en"  # again, after the answer


@pytest.mark.parametrize(("language", "is_japanese"), [("ja", True), ("en", False)])
def test_the_page_on_builds_words_a_failure_as_the_page(
    admin_client, settings, engine, language, is_japanese
):
    killed = LinkmgrError(message("admin.job-killed"))
    end_job(engine, settings, JobKind.BUILD, error=killed)
    text = admin_client.get("/admin/health/build", Accept_Language=language).text
    (line,) = re.findall(r"<li><code>(.*?)</code></li>", text)
    assert bool(JAPANESE.search(line)) is is_japanese


@pytest.mark.parametrize(("language", "is_japanese"), [("ja", True), ("en", False)])
def test_an_error_page_words_an_error_as_the_page(
    admin_app, admin_client, language, is_japanese, monkeypatch
):
    def fail():
        raise LinkmgrError(message("site_index.not-ready"))

    monkeypatch.setitem(admin_app.view_functions, "history.index", fail)
    answer = admin_client.get("/admin/history", Accept_Language=language)
    assert answer.status_code == 409
    paragraphs = re.findall(r"</h1>\s*<p>(.*?)</p>", answer.text)
    assert [bool(JAPANESE.search(text)) for text in paragraphs] == [is_japanese]
