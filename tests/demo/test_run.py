"""Making the demo in a folder of the user's."""

from pathlib import Path

import pytest

from linkmgr.demo.run import next_steps, write_site
from linkmgr.messages.errors import LinkmgrError
from tests.support.cli import run


def test_the_demo_goes_into_a_new_folder(tmp_path):
    write_site(tmp_path / "some" / "demo")
    assert len(list((tmp_path / "some" / "demo" / "_posts").iterdir())) == 12


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(LinkmgrError, match="contains other files"):
        write_site(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "demo").write_text("")
    with pytest.raises(LinkmgrError, match="is a file"):
        write_site(tmp_path / "demo")


def test_a_second_run_keeps_what_was_tried_out(tmp_path):
    write_site(tmp_path)
    (tmp_path / "catalog.yaml").write_text("site: {}")
    (tmp_path / "index.html").unlink()
    write_site(tmp_path)
    assert (tmp_path / "catalog.yaml").read_text() == "site: {}"
    assert (tmp_path / "index.html").exists()


def test_it_says_what_three_posts_got_and_why(tmp_path):
    text = run("demo", tmp_path / "demo").out
    assert text.startswith("12 posts, 11 with blocks: ")
    _, coffee, watering, piano, _ = text.split("\n\n")
    assert "books    台所からはじめるコーヒー  <- tag コーヒー" in coffee
    assert "books    Small Gardens, Small Code  <- pinned, tag gardening, tag python" in watering
    assert "related  氷出しの夜は、冷蔵庫が静かになるまで  <- words ハンドドリップ" in coffee
    assert piano.splitlines()[1:] == ["  cta      月に一度のおたより  <- fallback"]


def test_its_build_warns_of_nothing_and_its_catalog_is_valid(tmp_path):
    run("demo", tmp_path / "demo")
    again = run("build", "--site", tmp_path / "demo")
    assert "warning" not in f"{again.out}{again.err}"
    first_line, *_ = (tmp_path / "demo" / "catalog.yaml").read_text("utf-8").splitlines()
    assert (tmp_path / "demo" / first_line.partition("$schema=")[2]).is_file()


@pytest.mark.parametrize("there", [True, False], ids=["with Jekyll", "without Jekyll"])
def test_it_says_how_to_see_the_pages(tmp_path, monkeypatch, there):
    (tmp_path / "bin").mkdir()
    jekyll = tmp_path / "bin" / "jekyll"
    jekyll.write_text("#!/bin/sh\n")
    jekyll.chmod(0o755 if there else 0o644)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    text = run("demo", tmp_path / "a demo").out
    folder = f"'{tmp_path}/a demo'"
    assert f"jekyll serve -s {folder} -d {folder}/_site" in text
    assert ("gem install jekyll" in text) is not there


def test_it_names_the_command_as_it_is_called_there(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.argv", [".venv/bin/linkmgr", "demo", "demo"])
    monkeypatch.chdir(tmp_path)
    steps = next_steps(Path("demo")).splitlines()
    assert ".venv/bin/linkmgr explain " in steps[1]
    assert "cd demo, then ../.venv/bin/linkmgr serve " in steps[2]


def test_japanese_lists_have_japanese_commas(tmp_path):
    text = run("--lang", "ja", "demo", tmp_path / "demo").out
    assert "<- 固定、タグ gardening、タグ python" in text
