"""What a check prints: text for people, JSON and annotations for GitHub."""

from contextvars import copy_context
from pathlib import Path

import pytest

from linkmgr.check.findings import (
    DEAD_LINK,
    EXPIRES_SOON,
    NO_BLOCKS,
    NO_REL,
    CheckResult,
    Finding,
)
from linkmgr.check.output import result_annotations, result_json, result_text
from linkmgr.messages.errors import Location, Problem
from linkmgr.messages.message import message, set_language, translate
from tests.support.builds import NOW, built, post, write_blog
from tests.support.cli import run

BASE = Path("/repo")
IN_POST = Finding(
    DEAD_LINK, "/no/?a,b:c%\n::error::", "a/index.html", Location("/repo/_posts/緑 a.md", 7)
)
IN_LAYOUT = Finding(
    NO_REL, "/x", "a.html", Location("/repo/_layouts/a.html", 2), ("b.html", "c.html")
)
OF_PAGE = Finding(NO_BLOCKS, "", "d.html")
IN_CATALOG = Finding(
    NO_REL, "/y", "a.html", Location("/elsewhere/catalog.yaml", 4, "books.tea"), ("b.html",)
)
WARNING = Problem.at("/repo/catalog.yaml", 3, "site.server", message("catalog.nothing"))
RESULT = CheckResult(
    5.0, "/repo/_site", 4, (IN_POST, IN_LAYOUT, OF_PAGE, IN_CATALOG), warnings=(WARNING,)
)


def test_the_text_names_file_and_line_and_common_faults_first():
    assert result_text(RESULT).splitlines()[:5] == [
        "/elsewhere/catalog.yaml:4: no-rel: /y (on a.html and 1 more page)",
        "/repo/_layouts/a.html:2: no-rel: /x (on a.html and 2 more pages)",
        "/repo/_posts/緑 a.md:7: dead-link: /no/?a,b:c%\\n::error:: (on a/index.html)",
        "d.html: no-blocks",
        "",
    ]


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "catalog.yaml:5: expires-soon: tea (last day 2026-12-01)"),
        ("ja", "catalog.yaml:5: expires-soon: tea（2026-12-01 まで）"),
    ],
)
def test_further_words_stand_in_the_languages_brackets(language, line):
    last = message("check.last-day", day="2026-12-01", replaced="")
    found = Finding(EXPIRES_SOON, "tea", "", Location("catalog.yaml", 5), detail=last)
    result = CheckResult(5.0, "_site", 1, (found,))
    context = copy_context()
    context.run(set_language, language)
    assert context.run(result_text, result).splitlines()[0] == line


@pytest.mark.parametrize(
    ("posts", "named"), [(2, False), (3, True)], ids=["a few posts", "many posts"]
)
def test_many_posts_own_links_name_what_takes_them_over(posts, named):
    sources = [Location(f"/repo/_posts/{number}.md", 7) for number in range(posts)]
    found = [Finding(NO_REL, "/x", "a.html", source) for source in (*sources, *sources)]
    found += [Finding(DEAD_LINK, "/y", "a.html", Location("/repo/_posts/other.md", 7))]
    last = result_text(CheckResult(5.0, "/repo/_site", 4, tuple(found))).splitlines()[-1]
    assert ("3 posts have affiliate links" in last and "`linkmgr adopt`" in last) is named


def test_json_has_source_further_pages_and_what_to_do():
    found = result_json(RESULT)["findings"][3]
    assert found == {
        "wrong": "no-rel",
        "what": "/y",
        "page": "a.html",
        "also": ["b.html"],
        "file": "/elsewhere/catalog.yaml",
        "line": 4,
        "key": "books.tea",
        "severity": "error",
        "message": translate(NO_REL.meaning),
        "remedy": translate(NO_REL.remedy),
        "detail": "",
        "code": "check.finding.no-rel",
        "params": {},
    }


def test_an_annotation_is_one_line_that_no_address_can_break():
    lines = result_annotations(RESULT, BASE).splitlines()
    dead = (
        f"{translate(DEAD_LINK.meaning)}: /no/?a,b:c%25%0A::error::. {translate(DEAD_LINK.remedy)}"
    )
    assert lines[0].startswith("::error file=/elsewhere/catalog.yaml,line=4,title=no-rel::")
    assert lines[2] == f"::error file=_posts/緑 a.md,line=7,title=dead-link::{dead}"
    assert lines[3].startswith("::error file=_site/d.html,line=1,title=no-blocks::Post without")
    assert lines[4].startswith("::warning file=catalog.yaml,line=3,title=site.server::")
    assert lines[5] == "4 pages of /repo/_site checked, 4 findings:"


def test_separators_of_annotations_properties_are_escaped():
    odd = Finding(DEAD_LINK, "/", "a", Location("/repo/a,line=1:%\n.md", 2))
    text = result_annotations(CheckResult(0.0, "_site", 1, (odd,)), BASE)
    assert text.startswith("::error file=a%2Cline=1%3A%25%0A.md,line=2,title=dead-link::")


@pytest.fixture
def site(tmp_path):
    """Build a blog without Jekyll, with a dead link in its post."""
    text = post("Green leaves", ["tea", "bread"], body="[tea](/no/)")
    site = write_blog(tmp_path / "site", {"_posts/2026-01-01-green.md": text})
    built(site, now=NOW)
    page = site / "_site/2026/01/01/green/index.html"
    page.parent.mkdir(parents=True)
    page.write_text('<a href="/no/">tea</a><section class="linkmgr linkmgr-books"></section>')
    return site


def test_command_prints_each_for_folder_that_github_checked_out(site, monkeypatch):
    monkeypatch.setenv("GITHUB_WORKSPACE", str(site.parent))
    file = "site/_posts/2026-01-01-green.md"
    line = (site.parent / file).read_text().splitlines().index("[tea](/no/)") + 1
    done = run("check", "--site", site, "--github")
    assert done.code == 1
    assert done.out.startswith(f"::error file={file},line={line},title=dead-link::")


def test_without_github_files_are_named_from_folder_one_is_in(site, monkeypatch):
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.chdir(site)
    assert run("check", "--github").out.startswith("::error file=_posts/2026-01-01-green.md,")


def test_two_outputs_at_once_are_refused(site):
    done = run("check", "--site", site, "--github", "--json")
    assert done.code == 2
    assert "--json does not go with --github" in done.err
