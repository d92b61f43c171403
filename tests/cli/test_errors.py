"""Every mistake is told in lines that say where it is, and never by a traceback."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.builder.test_files import somebody_else
from tests.catalog.reading.test_mistakes import TWENTY
from tests.support.builds import CACHE, edit, made, post, write_blog
from tests.support.cli import run, run_alone

COMMANDS = ("build", "resolve")
GREEN = "_posts/2026-01-01-green.md"


@pytest.fixture
def site(tmp_path):
    return write_blog(tmp_path / "site")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing",),
        ("build", "--nothing"),
        ("build", "--site", "no/such/folder"),
        ("build", "--site"),
        ("build", "--watch", "--check"),
        ("build", "--watch", "--json"),
        ("build", "--watch", "--progress-json"),
        ("build", "--json", "--progress-json"),
        ("check", "--dismiss", "https://shop.example/", "--progress-json"),
        ("placements", "--csv", "--progress-json"),
        ("explain",),
        ("completion",),
        ("completion", "tcsh"),
        ("resolve", "--catalog", "."),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(tmp_path, arguments):
    done = run(*arguments, cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert any(line.startswith("Error: ") for line in done.err_lines)


def test_the_command_alone_shows_its_help():
    done = run()
    assert "Usage: linkmgr" in done.out + done.err
    assert "linkmgr demo" in done.out + done.err


@pytest.mark.parametrize("command", ["build", "posts", "init"])
def test_a_folder_that_is_no_jekyll_site_is_reported(tmp_path, command):
    done = run(command, "--site", tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"{tmp_path}/_config.yml: not found: run linkmgr in the folder of a Jekyll site, the one "
        "with _config.yml or _posts, or name it with --site\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["build", "init", "adopt", "check", "posts"])
def test_a_site_of_another_generator_gets_one_sentence(tmp_path, command):
    (tmp_path / "hugo.toml").touch()
    done = run(command, "--site", tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err_lines == [f"{tmp_path}: this site is made with Hugo; linkmgr works with Jekyll"]
    assert [file.name for file in tmp_path.iterdir()] == ["hugo.toml"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_catalog_is_reported(site, command):
    (site / "catalog.yaml").unlink()
    done = run(command, "--site", site)
    assert (done.code, done.out) == (1, "")
    assert done.err_lines == [
        f"{site}/catalog.yaml: there is no such file; `linkmgr init` writes one to start from"
    ]
    assert not (site / CACHE).exists()


def test_a_named_catalog_that_is_not_there_is_reported(site):
    done = run("build", "--site", site, "--catalog", site / "other.yaml")
    assert done.code == 1
    assert done.err_lines[0].startswith(f"{site}/other.yaml: there is no such file")


def test_twenty_mistakes_are_twenty_lines_in_order(site):
    (site / "catalog.yaml").write_text(TWENTY, encoding="utf-8")
    for command in COMMANDS:
        done = run(command, cwd=site)
        assert (done.code, done.out, len(done.err_lines)) == (1, "", 20)
        numbers = [int(line.split(":")[1]) for line in done.err_lines]
        assert numbers == sorted(numbers)
        assert all(line.startswith("catalog.yaml:") for line in done.err_lines)
    assert made(site) == {}


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        (b"site: [", "catalog.yaml:1: "),
        (b"\xff\xfe", "catalog.yaml:1: is not UTF-8 here"),
        (b"", "catalog.yaml: is empty"),
        (b"a" * 5_000_000, "catalog.yaml: is too large: 5,000,000 bytes"),
        (b"site: &a [*a]\n", "catalog.yaml:1: "),
        (b"[" * 5000, "catalog.yaml"),
        (b"site: !!python/object/apply:os.system [date]\n", "catalog.yaml:1: "),
    ],
    ids=["YAML", "encoding", "empty", "size", "loop", "depth", "tag"],
)
def test_a_catalog_that_cannot_be_read_is_reported(site, text, reported):
    (site / "catalog.yaml").write_bytes(text)
    done = run("build", cwd=site)
    assert (done.code, done.out) == (1, "")
    assert done.err_lines[0].startswith(reported)


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("permalink: [", "_config.yml:2: not valid YAML"),
        ("- a\n", "_config.yml:1: must be settings"),
        ("timezone: Mars/Base\n", "_config.yml:1: timezone: "),
        ("title: x\npermalink: 7\n", "_config.yml:2: permalink: "),
    ],
    ids=["YAML", "list", "time zone", "permalink"],
)
def test_settings_that_cannot_be_used_are_reported(site, text, reported):
    (site / "_config.yml").write_text(text)
    for command in ("build", "posts"):
        done = run(command, cwd=site)
        assert (done.code, done.out) == (1, "")
        assert done.err_lines[0].startswith(reported)


def test_an_unknown_post_is_reported_with_the_likeliest(site):
    for command in ("resolve", "explain"):
        done = run(command, "--site", site, "_posts/2026-01-01-gren.md")
        assert (done.code, done.out) == (1, "")
        assert done.err == (
            "_posts/2026-01-01-gren.md: Jekyll publishes no such post; "
            "did you mean _posts/2026-01-01-green.md?\n"
        )
    assert run("explain", "--site", site, "zzz").err_lines == [
        (
            "zzz: Jekyll publishes no such post (a draft? add --drafts; a future date?); "
            "`linkmgr posts` lists all"
        )
    ]


def test_a_part_of_one_name_is_enough_to_name_a_post(site):
    assert "_posts/2026-01-01-green.md" in run("explain", "--site", site, "green").out


def test_a_post_of_the_future_is_no_post_yet(site):
    (site / "_posts/2099-01-01-far.md").write_text(post())
    assert run("explain", "--site", site, "2099-01-01-far").code == 1


def test_problems_of_posts_are_reported_together(site):
    (site / "_posts/2026-02-01-a.md").write_text("---\ndate: someday\n---\n")
    (site / "_posts/2026-02-02-b.md").write_text("---\nlinkmgr: {book: [x]}\n---\n")
    for command in COMMANDS:
        done = run(command, cwd=site)
        assert (done.code, done.out) == (1, "")
        assert [line.split(": ")[:2] for line in done.err_lines] == [
            ["_posts/2026-02-01-a.md:2", "date"],
            ["_posts/2026-02-02-b.md:2", "linkmgr.book"],
        ]


def test_files_are_named_as_the_user_can_open_them(site):
    (site / "_posts/2026-02-01-a.md").write_text("---\ndate: someday\n---\n")
    reported = run("build", "--site", site.name, cwd=site.parent).err_lines
    assert [line.split(": ")[0] for line in reported] == [f"{site.name}/_posts/2026-02-01-a.md:2"]
    edit(site / "catalog.yaml", "site:", "side:")
    reported = run("build", "--site", f"../{site.name}", cwd=site).err_lines
    assert reported
    assert all(line.startswith(f"../{site.name}/catalog.yaml") for line in reported)
    (site / "_config.yml").write_text("permalink: [")
    reported = run("build", "--site", site.name, cwd=site.parent).err_lines
    assert [line.split(": ")[0] for line in reported] == [f"{site.name}/_config.yml:2"]


def test_warnings_name_files_from_where_each_build_is_run(site):
    (site / "_posts/2026-02-01-a.md").write_text("---\ntitle: [\n---\n")
    for place, name in ((site, "."), (site.parent, site.name), (site, ".")):
        (warning,) = run("build", "--site", name, cwd=place).err_lines
        file = warning.split(": ")[1].rpartition(":")[0]
        assert (place / file).exists()


def test_a_folder_in_the_place_of_a_file_is_reported(site):
    for path in ("_data/linkmgr_index.json", "_includes/linkmgr.html", "_linkmgr/books.html"):
        (site / path).mkdir(parents=True)
        done = run("build", "--site", site)
        assert done.code == 1
        assert len(done.err_lines) == 1
        assert path in done.err_lines[0]
        (site / path).rmdir()
    assert run("build", "--site", site).code == 0


def test_a_file_in_the_place_of_a_folder_is_reported(site):
    for path in ("_includes", "_data", "assets", CACHE):
        if (site / path).exists():
            shutil.rmtree(site / path)
        (site / path).write_text("x")
        done = run("build", "--site", site)
        assert done.code == 1
        assert len(done.err_lines) == 1
        assert path in done.err_lines[0]
        (site / path).unlink()
    assert run("build", "--site", site).code == 0


def test_a_post_that_leads_nowhere_does_not_stop_a_build(site):
    (site / "_posts/2026-02-01-a.md").symlink_to("nowhere.md")
    for command in ("build", "posts", "resolve"):
        assert run(command, "--site", site).code == 0


def test_demo_refuses_a_folder_with_other_files(site):
    done = run("demo", site)
    assert (done.code, done.err_lines) == (
        1,
        [f"{site} contains other files: name a new or an empty folder"],
    )


@pytest.mark.skipif(os.name == "nt", reason="file names there are always Unicode")
def test_a_file_name_that_is_not_utf8_is_reported(site):
    with open(os.fsencode(site) + b"/_posts/2026-02-01-\x82\xa0.md", "wb") as file:  # noqa: PTH123
        file.write(b"---\n---\n")
    for command in ("build", "posts", "resolve"):
        done = run(command, cwd=site)
        assert done.code == 1
        assert done.err == (
            "_posts/2026-02-01-\ufffd\ufffd.md: the file's name is not UTF-8, so Jekyll's "
            "build fails: rename the file\n"
        )


STEERING = "\x1b]0;owned\x07\x1b[2J\x9b1m\x7f\r\u061c\u202e\u2066\u2028"
SHOWN = r"\x1b]0;owned\x07\x1b[2J\x9b1m\x7f\r\u061c\u202e\u2066\u2028"


@pytest.mark.parametrize("arguments", [("posts",), ("resolve",), ("explain", GREEN)], ids=" ".join)
def test_nothing_in_a_title_steers_the_terminal(site, arguments):
    (site / GREEN).write_text(post(f"日本茶{STEERING}"), encoding="utf-8")
    done = run(*arguments, "--site", site)
    assert f"日本茶{SHOWN}" in done.out
    assert not any(character in done.out for character in STEERING if not character.isascii())
    assert "\x1b" not in done.out


def test_nothing_in_a_mistake_steers_the_terminal(site):
    done = run("explain", STEERING, "--site", site)
    assert done.err.startswith(f"{SHOWN}: Jekyll publishes no such post")


def test_nothing_in_a_warning_steers_the_terminal(site):
    (site / "_linkmgr").mkdir()
    (site / "_linkmgr/\x1b[2J\u202e.html").touch()
    done = run("build", "--site", site)
    assert done.err.startswith("warning: ")
    assert r"\x1b[2J\u202e.html" in done.err
    assert not {"\x1b", "\u202e"} & {*done.err}


def test_nothing_in_what_is_logged_steers_the_terminal(site):
    (site / "_posts/2026-01-09-\x1b[2J.md").symlink_to("nowhere")
    done = run_alone("posts", "--site", site)
    assert done.err == rf"{site}/_posts/2026-01-09-\x1b[2J.md: a link that leads nowhere" + "\n"


@pytest.mark.parametrize(
    "command",
    [
        ("init",),
        ("build",),
        ("adopt", "--write", "--force"),
        ("eject", "--write", "--force"),
    ],
    ids=" ".join,
)
def test_a_folder_without_the_right_to_write_is_named(command):
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101, S103 - that is the point
        sites = [write_blog(Path(folder) / name) for name in ("writable", "site")]
        run(*command, "--site", sites[0])  # what it imports may not be readable then
        with somebody_else(Path(folder)):
            done = run(*command, "--site", sites[1])
    assert (done.code, done.out) == (1, "")
    assert done.err_lines[0].startswith(str(sites[1]))
    assert "Permission denied" in done.err_lines[0]
