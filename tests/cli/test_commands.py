"""What each command prints, for people and for programs."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from linkmgr import __version__
from linkmgr.cli.commands import cli
from tests.support.builds import CATALOG, POSTS, age, edit, made, post, stamps, write_blog, yaml_of
from tests.support.cli import COMMAND, run, run_alone

GREEN = "_posts/2026-01-01-green.md"
TEA = "_posts/2026-01-04-日本茶.md"


@pytest.fixture
def site(tmp_path):
    blocks = {"blocks": {"related": {}, "cta": {"fallback": ["news"]}, "books": {}}}
    return write_blog(tmp_path / "site", catalog=blocks)


def test_the_version_is_the_packages():
    assert run_alone("--version").out == f"linkmgr, version {__version__}\n"


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_says_where_to_start(option):
    done = run(option)
    assert done.code == 0
    assert "linkmgr demo" in done.out
    for name in cli.commands:
        assert re.search(rf"^  {name} ", done.out, re.MULTILINE)


@pytest.mark.parametrize("name", cli.commands)
def test_every_command_says_what_it_does(name):
    done = run(name, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: linkmgr {name}")
    for parameter in cli.commands[name].params:
        if parameter.opts[0].startswith("-"):
            assert parameter.opts[0] in done.out


def test_build_ends_with_one_line_of_what_it_did(site):
    done = run("build", "--site", site)
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(
        r"5 posts, 5 with blocks: 10 files written, 0 deleted \(\d\.\d\d s\)\n", done.out
    )
    done = run("build", "--site", site)
    assert re.fullmatch(r"5 posts, 5 with blocks: up to date \(\d\.\d\d s\)\n", done.out)


def test_build_works_on_the_folder_one_is_in(site):
    assert run("build", cwd=site).code == 0
    assert made(site)


REPORT = {"due", "posts", "with_blocks", "written", "deleted", "warnings", "seconds", "changed"}


def test_build_says_the_same_for_programs(site):
    done = run("build", "--site", site, "--json")
    report = json.loads(done.out)
    assert (done.code, done.err, report.keys()) == (0, "", REPORT)
    assert set(report["written"]) == made(site).keys()
    assert (report["posts"], report["with_blocks"], report["changed"]) == (5, 5, True)
    again = json.loads(run("build", "--site", site, "--json").out)
    assert (again["written"], again["deleted"], again["changed"]) == ([], [], False)


def test_check_exits_with_1_until_the_site_is_built(site):
    before = stamps(site)
    done = run("build", "--site", site, "--check")
    assert done.code == 1
    head, *lines = done.out.splitlines()
    assert head == ("5 posts, 5 with blocks: 10 files to write, 0 to delete: run `linkmgr build`")
    assert stamps(site) == before
    assert run("build", "--site", site).code == 0
    assert set(lines) == {f"write   {path}" for path in made(site)}
    before = stamps(site)
    assert run("build", "--site", site, "--check").code == 0
    assert stamps(site) == before
    (site / GREEN).unlink()
    done = run("build", "--site", site, "--check", "--json")
    assert done.code == 1
    assert len(json.loads(done.out)["deleted"]) == 1


def test_warnings_go_to_standard_error(site):
    (site / "_posts/2026-02-01-broken.md").write_text("---\ntitle: [\n---\n")
    for _ in range(2):
        done = run("build", cwd=site)
        assert done.code == 0
        assert len(done.err_lines) == 1
        assert done.err_lines[0].startswith("warning: _posts/2026-02-01-broken.md:3: ")
    report = json.loads(run("build", "--json", cwd=site).out)
    assert [w["file"] for w in report["warnings"]] == ["_posts/2026-02-01-broken.md"]
    assert report["warnings"][0].keys() == {"file", "line", "key", "message", "code", "params"}


def test_posts_are_listed_in_jekylls_order(site):
    done = run("posts", "--site", site)
    assert (done.code, done.err) == (0, "")
    assert [line.split("  ")[0] for line in done.out.splitlines()] == [
        f"2026-01-0{day}" for day in (5, 4, 3, 2, 1)
    ]
    assert "日本茶の話" in done.out


def test_posts_are_listed_for_programs(site):
    posts = json.loads(run("posts", "--site", site, "--json").out)
    assert [post["path"] for post in posts] == sorted(POSTS, reverse=True)
    for each in posts:
        assert list(each) == ["path", "url", "slug", "date", "title", "tags", "categories"]
    assert posts[1]["url"] == "/2026/01/04/%E6%97%A5%E6%9C%AC%E8%8C%B6/"
    assert posts[1]["date"] == "2026-01-04T00:00:00+09:00"


def test_a_site_without_posts_says_so(tmp_path):
    site = write_blog(tmp_path / "site", {})
    done = run("posts", "--site", site)
    assert done.code == 0
    assert done.out.startswith("Jekyll publishes no post of this site")
    assert json.loads(run("posts", "--site", site, "--json").out) == []
    assert json.loads(run("resolve", "--site", site, "--json").out) == []
    assert run("build", "--site", site).code == 0


def test_resolve_prints_the_placements_for_programs(site):
    posts = json.loads(run("resolve", "--site", site, "--json").out)
    assert [entry["path"] for entry in posts] == sorted(POSTS, reverse=True)
    for entry in posts:
        assert list(entry) == ["path", "url", "blocks", "text", "comparisons"]
        assert list(entry["blocks"]) == ["related", "cta", "books"]
        for related in entry["blocks"]["related"]:
            assert list(related) == ["path", "url", "title", "score"]
        for cta in entry["blocks"]["cta"]:
            assert list(cta) == ["id", "score"]
        for book in entry["blocks"]["books"]:
            assert list(book) == ["id", "asin", "score"]
    green = posts[-1]["blocks"]
    assert {related["path"] for related in green["related"]} == {"_posts/2026-01-02-black.md", TEA}
    assert [cta["id"] for cta in green["cta"]] == ["news"]
    assert {(book["id"], book["asin"]) for book in green["books"]} == {
        ("green", "B0EXAMPLE1"),
        ("black", "B0EXAMPLE2"),
    }
    assert posts[0]["blocks"]["books"] == []


def test_resolve_prints_a_line_for_each_placement(site):
    done = run("resolve", "--site", site, GREEN)
    assert (done.code, done.err) == (0, "")
    title, path, *placed = done.out.splitlines()
    assert (title, path) == ("Green leaves", f"  {GREEN}")
    assert [line.split()[0] for line in placed] == ["related", "related", "cta", "books", "books"]
    assert re.search(r"^  books +\d\.\d\d  green  Green Tea$", done.out, re.MULTILINE)


def test_a_post_that_shows_nothing_says_so(site):
    (site / "_posts/2026-02-01-off.md").write_text(post(linkmgr=False))
    assert run("resolve", "--site", site, "2026-02-01-off").out.endswith("  shows nothing\n")
    assert "linkmgr: false" in run("explain", "--site", site, "2026-02-01-off").out


@pytest.mark.parametrize(
    "name",
    [
        TEA,
        "2026-01-04-日本茶.md",
        "2026-01-04-日本茶",
        "/2026/01/04/日本茶/",
        "/2026/01/04/日本茶",
        "/2026/01/04/%E6%97%A5%E6%9C%AC%E8%8C%B6/",
        "https://tea.example/2026/01/04/日本茶/",
        "https://tea.example/2026/01/04/%E6%97%A5%E6%9C%AC%E8%8C%B6/?utm_source=x#top",
    ],
)
def test_a_post_is_named_by_path_file_name_or_url(site, name):
    found = json.loads(run("resolve", "--site", site, "--json", name).out)
    assert [each["path"] for each in found] == [TEA]


def test_a_post_is_named_by_the_path_from_where_one_is(site):
    done = run("resolve", "--json", "--site", "site", f"site/{GREEN}", cwd=site.parent)
    assert json.loads(done.out)[0]["path"] == GREEN


def test_several_posts_are_resolved_in_the_order_asked_for(site):
    done = run("resolve", "--site", site, "--json", GREEN, TEA)
    assert [each["path"] for each in json.loads(done.out)] == [GREEN, TEA]


def test_explain_says_why_and_what_the_runners_up_missed(site):
    edit(site / "catalog.yaml", "blocks:\n", "blocks:\n  books: {limit: 1}\n  more: {kind: cta}\n")
    edit(site / "catalog.yaml", "  books: {}\n", "")
    done = run("explain", "--site", site, GREEN)
    assert (done.code, done.err) == (0, "")
    assert re.search(
        r"^  1\. (green|black)  (Green|Black) Tea, score \d\.\d\d$", done.out, re.MULTILINE
    )
    assert re.search(r"^ +\d\.\d\d  tag tea \(on 3 of 5 posts\)$", done.out, re.MULTILINE)
    assert re.search(
        r"^  -  (green|black), score \d\.\d\d: no room: the block's limit", done.out, re.MULTILINE
    )


def test_resolving_and_explaining_write_nothing(site):
    before = stamps(site)
    for command in ("resolve", "explain", "posts"):
        run(command, "--site", site, *([GREEN] if command != "posts" else []))
    assert stamps(site) == before


@pytest.mark.parametrize("command", ["posts", "resolve"])
def test_drafts_are_taken_in_on_request(site, command):
    (site / "_drafts").mkdir()
    (site / "_drafts/idea.md").write_text(post("An idea", date="2026-02-01"))
    assert "An idea" not in run(command, "--site", site).out
    assert "An idea" in run(command, "--site", site, "--drafts").out


def test_another_catalog_may_be_named(site, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(yaml_of(CATALOG | {"mappings": {}}))
    done = run("resolve", "--site", site, "--catalog", other, "--json", GREEN)
    assert json.loads(done.out)[0]["blocks"]["books"] == []


STRANGE = {
    "number": "2024",
    "date": "2026-01-01",
    "mapping": "{2026-01-01: a}",
    "list": "[a, 1]",
    "symbol": ":tea",
    "nothing": "~",
    "emoji": "🍵",
    "escape": '"\\e[31mred\\a"',
}


@pytest.mark.parametrize("title", STRANGE.values(), ids=STRANGE)
def test_a_title_of_any_type_is_printed(site, title):
    (site / "_posts/2026-02-01-a.md").write_text(f"---\ntitle: {title}\ntags: [tea]\n---\n")
    for arguments in (("posts",), ("posts", "--json"), ("resolve",), ("resolve", "--json")):
        assert run(*arguments, "--site", site).code == 0
    assert run("explain", "--site", site, GREEN).code == 0
    assert run("build", "--site", site).code == 0
    titles = {
        each["path"]: each["title"] for each in json.loads(run("posts", "--json", cwd=site).out)
    }
    resolved = json.loads(run("resolve", "--json", cwd=site).out)
    for each in resolved:
        for related in each["blocks"]["related"]:
            assert related["title"] == titles[related["path"]]


@pytest.mark.parametrize("encoding", ["ascii", "shift_jis", "euc_jp"])
def test_a_terminal_that_lacks_a_character_gets_another(site, encoding):
    (site / "_posts/2026-02-01-a.md").write_text(post("🍵 tea é ～"))
    for command in ("posts", "resolve"):
        done = run_alone(command, "--site", site, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
        assert done.code == 0
        assert "tea" in done.out


def test_a_reader_that_stops_early_is_no_error(site):
    for number in range(300):
        (site / f"_posts/2025-01-01-{number}.md").write_text(post("x" * 900))
    command = f"{shlex.join(COMMAND)} posts --site {shlex.quote(str(site))} | head -1"
    done = subprocess.run(command, shell=True, check=False, capture_output=True, text=True)  # noqa: S602
    assert (done.stderr, len(done.stdout.splitlines())) == ("", 1)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_that_knows_the_command(shell):
    done = run("completion", shell)
    assert (done.code, done.err) == (0, "")
    assert "_LINKMGR_COMPLETE" in done.out


def completed(line, site, shell="zsh"):
    """Return what a shell is told at the end of a line, as (type, value)."""
    *before, begun = line.split(" ")
    words = {
        "_LINKMGR_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": begun if shell == "fish" else f"{len(before)}",
    }
    done = run_alone(cwd=site, **words)
    assert (done.code, done.err) == (0, "")
    if shell == "zsh":
        lines = done.out.strip().splitlines()
        return list(zip(lines[::3], lines[1::3], strict=True))
    return [tuple(each.split(",", 1)) for each in done.out.split()]


def test_the_completion_knows_commands_and_options(site):
    assert completed("linkmgr bui", site) == [("plain", "build")]
    assert completed("linkmgr build --che", site) == [("plain", "--check")]
    assert completed("linkmgr build --la", site) == [("plain", "--lang")]


@pytest.mark.parametrize(
    ("shell", "command"),
    [("bash", "explain"), ("zsh", "resolve"), ("fish", f"resolve --lang ja {GREEN}")],
)
def test_a_post_is_completed_by_the_beginning_of_its_file_name(site, shell, command):
    found = completed(f"linkmgr {command} 2026-01-0", site, shell)
    newest_first = sorted((path.rpartition("/")[2] for path in POSTS), reverse=True)
    assert found == [("plain", name) for name in newest_first]
    assert completed(f"linkmgr {command} 2026-01-04-日", site, shell) == [
        ("plain", TEA.rpartition("/")[2])
    ]


def test_a_post_is_completed_by_its_path_from_site_or_here(site):
    assert completed("linkmgr explain _posts/2026-01-01", site) == [("plain", GREEN)]
    line = f"linkmgr explain --site {site.name} {site.name}/_posts/2026-01-01"
    assert completed(line, site.parent) == [("plain", f"{site.name}/{GREEN}")]


def test_what_is_completed_is_a_post_that_the_command_finds(site):
    for name in completed("linkmgr explain ", site):
        assert run("explain", "--site", site, name[1]).code == 0


def test_drafts_are_completed_on_request(site):
    (site / "_drafts").mkdir()
    (site / "_drafts/idea.md").write_text(post("An idea"))
    assert completed("linkmgr explain id", site) == []
    assert completed("linkmgr explain --drafts id", site) == [("plain", "idea.md")]


def test_ids_of_the_catalog_are_completed(site):
    found = completed("linkmgr placements --item ", site)
    assert found == [("plain", each) for each in (*CATALOG["books"], *CATALOG["ctas"])]
    assert ("plain", "amazon") in completed("linkmgr placements --programme am", site)


def test_a_catalog_is_completed_as_a_file_and_never_fetched(site):
    assert completed("linkmgr build --catalog cat", site) == [("file", "cat")]
    line = "linkmgr explain --catalog http://127.0.0.1:1 2026-01-01"
    assert completed(line, site) == [("plain", GREEN.rpartition("/")[2])]


@pytest.mark.parametrize(
    ("file", "line"),
    [("_config.yml", "explain 2026"), ("catalog.yaml", "placements --item ")],
)
def test_a_site_with_a_mistake_is_completed_in_silence(site, file, line):
    (site / file).write_text("a: [\n")
    assert completed(f"linkmgr {line}", site) == []


def test_bash_itself_completes_a_post(site):
    script = """
        source <(linkmgr completion bash)
        COMP_WORDS=(linkmgr explain 2026-01-04); COMP_CWORD=2
        "$(complete -p linkmgr | grep -o '_linkmgr[a-z_]*')" linkmgr
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script],
        check=True,
        capture_output=True,
        text=True,
        cwd=site,
        env=os.environ | {"PATH": path},
    )
    assert (done.stdout, done.stderr) == (f"{TEA.rpartition('/')[2]}\n", "")


def test_init_then_build_makes_a_site_ready(tmp_path):
    site = write_blog(tmp_path / "site")
    (site / "catalog.yaml").unlink()
    (site / "_layouts/post.html").write_text("{{ content }}\n")
    done = run("init", "--site", site, "--write")
    assert (done.code, done.err) == (0, "")
    assert "{% include linkmgr.html %}" in (site / "_layouts/post.html").read_text()
    age(site / GREEN)
    assert run("build", "--site", site).code == 0
    assert run("init", "--site", site, "--write").out.startswith("Nothing to do")


def test_what_init_says_to_run_is_of_the_same_site(tmp_path):
    site = write_blog(tmp_path / "a site")
    (site / "catalog.yaml").unlink()
    (site / "_layouts/post.html").write_text("{{ content }}\n")
    lines = run("init", "--site", site).out.splitlines()
    assert f"`linkmgr init --site '{site}' --write` makes these edits." in lines
    assert lines[-1] == f"Next: fill catalog.yaml, then run linkmgr build --site '{site}'"
    assert run("init", cwd=site).out.endswith("then run linkmgr build\n")


def test_init_does_not_ask_to_fill_a_catalog_that_has_items(tmp_path):
    site = write_blog(tmp_path / "site")
    (site / "_layouts/post.html").write_text("{{ content }}\n")
    assert run("init", "--write", cwd=site).out.endswith("\nNext: run linkmgr build\n")


def test_demo_builds_an_example(tmp_path):
    done = run("demo", tmp_path / "demo")
    assert (done.code, done.err) == (0, "")
    assert run("build", "--check", cwd=tmp_path / "demo").code == 0
