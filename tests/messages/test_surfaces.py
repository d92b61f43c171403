"""Whatever words a message, words it from its code: with all texts broken, none is left over."""

import json

import pytest

from linkmgr.builder.run import build
from linkmgr.messages.errors import LinkmgrError, Location, Problem, Problems
from linkmgr.messages.message import message
from tests.catalog.reading.test_mistakes import TWENTY
from tests.messages.test_translations import texts
from tests.support.builds import write_blog
from tests.support.cli import run

CODES = sorted({code for code, _ in texts("en")})


pytestmark = pytest.mark.usefixtures("broken_texts")


@pytest.fixture
def site(tmp_path):
    return write_blog(tmp_path / "site")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_command_line_words_every_error(site, monkeypatch, language):
    for code in CODES:

        def fail(*_args, code=code, **_options):
            raise LinkmgrError(message(code))

        monkeypatch.setattr("linkmgr.posts.site.read_posts", fail)
        assert run("--lang", language, "posts", "--site", site).err == f"<{code}>\n"


def test_the_command_line_words_every_problem(site, monkeypatch):
    problems = [Problem(code, Location("a.yaml", line)) for line, code in enumerate(CODES, 1)]

    def fail(*_args, **_options):
        raise Problems(problems)

    monkeypatch.setattr("linkmgr.posts.site.read_posts", fail)
    assert run("posts", "--site", site).err_lines == [
        f"a.yaml:{line}: <{code}>" for line, code in enumerate(CODES, 1)
    ]


def test_no_mistake_in_a_catalog_has_words_of_its_own(site):
    (site / "catalog.yaml").write_text(TWENTY, encoding="utf-8")
    lines = run("build", cwd=site).err_lines
    assert len(lines) == 20
    assert [line for line in lines if "<catalog." not in line and "<links." not in line] == []


def test_a_build_words_its_warnings_and_its_report(site):
    (site / "_linkmgr").mkdir()
    (site / "_linkmgr/unused.html").touch()
    done = run("build", "--site", site)
    assert done.err.startswith("<cli.warning>")
    assert "<build.template-unused-but>" in done.err
    assert done.out.startswith("<build.done>")
    (warning,) = json.loads(run("build", "--site", site, "--json").out)["warnings"]
    assert (warning["code"], warning["message"]) == (
        "build.template-unused-but",
        "<build.template-unused-but> sale.html",
    )


def test_init_words_its_advice(site):
    (site / "_config.yml").write_text("{title: Tea}\n")
    done = run("init", "--site", site)
    assert "<build.exclude> _config.yml" in done.out


def test_the_checks_report_words_its_findings(site):
    build(site)
    page = site / "_site" / "2026/01/01/green/index.html"
    page.parent.mkdir(parents=True)
    page.write_text('<a href="/nowhere/">x</a>', encoding="utf-8")
    done = run("check", "--site", site)
    assert done.code == 1
    assert "<check.finding.dead-link>" in done.out
    findings = json.loads(run("check", "--site", site, "--json").out)
    assert "dead-link" in json.dumps(findings)
