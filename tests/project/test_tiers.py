"""Which marks run in full follows what differs from what passed, as `.ci/all-passed` notes it."""

import re
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from tests.support import tiers
from tests.support.needs import need
from tests.support.packages import ROOT

TABLE = """\
everything = {paths = ["lock"]}
fast = {paths = ["core"]}
[marks.browser]
paths = ["admin"]
[marks.jekyll]
paths = ["blocks", "builder"]
[marks.server]
paths = ["web"]
"""
FILES = (
    "admin/page.html",
    "blocks/card.html",
    "builder/run.py",
    "core/model.py",
    "lock",
    "web/a.py",
)


class Repository:
    """A small repository with a file for each path of its table."""

    def __init__(self, folder):
        self.folder = folder
        for name in (*FILES, tiers.TABLE):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(TABLE if name == tiers.TABLE else "first\n")
        (folder / ".ci").mkdir()
        self.git("init", "-qb", "main")
        self.commit()

    def git(self, *arguments):
        person = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        command = ["git", *person, *arguments]
        done = subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self):
        self.git("add", "--all")
        self.git("commit", "-qm", "Change")

    def change(self, *names):
        for name in names:
            with (self.folder / name).open("a") as file:
                file.write("changed\n")

    def pass_all(self, *command):
        return tiers.run_and_note(command or ("true",), self.folder)

    @property
    def note(self):
        return self.folder / tiers.NOTE

    @property
    def due(self):
        return tiers.due_marks(self.folder)


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "repository")


@pytest.fixture
def passed(repository):
    """Give a repository in which all tests have passed, and their note is committed."""
    assert repository.pass_all() == 0
    repository.commit()
    return repository


def test_without_a_note_all_is_due(repository):
    assert repository.due == ["browser", "jekyll", "server"]
    assert tiers.is_all_due(repository.folder)


def test_after_all_have_passed_nothing_is_due(passed):
    assert passed.due == []
    assert not tiers.is_all_due(passed.folder)


@pytest.mark.parametrize(
    ("names", "marks"),
    [
        (["core/model.py"], []),
        (["builder/run.py"], ["jekyll"]),
        (["admin/page.html", "web/a.py"], ["browser", "server"]),
        (["lock"], ["browser", "jekyll", "server"]),
    ],
)
def test_a_changed_path_calls_for_its_marks(passed, names, marks):
    passed.change(*names)
    assert passed.due == marks
    passed.commit()
    assert passed.due == marks


def test_a_new_file_that_is_not_committed_counts(passed):
    (passed.folder / "web/b.py").write_text("new\n")
    assert passed.due == ["server"]


def test_a_file_that_is_deleted_counts(passed):
    (passed.folder / "blocks/card.html").unlink()
    assert passed.due == ["jekyll"]


def test_more_than_two_marks_in_full_are_all(passed):
    passed.change("admin/page.html", "web/a.py")
    assert not tiers.is_all_due(passed.folder)
    passed.change("builder/run.py")
    assert tiers.is_all_due(passed.folder)


def test_what_passed_a_week_ago_is_due(passed):
    earlier = datetime.now(UTC) - timedelta(days=7, minutes=1)
    text = re.sub(r"\S+$", earlier.isoformat(), passed.note.read_text(), flags=re.MULTILINE)
    passed.note.write_text(text)
    assert tiers.is_all_due(passed.folder)


def test_the_note_names_the_commit_for_each_mark(repository):
    commit = repository.git("rev-parse", "HEAD")
    repository.pass_all()
    noted = [line.split() for line in repository.note.read_text().splitlines()]
    assert [line[0] for line in noted] == ["browser", "jekyll", "server"]
    assert {line[2] for line in noted} == {commit}


def test_tests_that_fail_note_nothing(repository):
    assert repository.pass_all("false") == 1
    assert not repository.note.exists()


def test_what_is_not_committed_is_not_noted(passed, capsys):
    before = passed.note.read_text()
    passed.change("web/a.py")
    assert passed.pass_all("touch", "tested") == 0
    assert "make test-all: nothing will be noted" in capsys.readouterr().out
    assert (passed.folder / "tested").exists()
    assert passed.note.read_text() == before


def test_what_a_test_skips_has_not_passed(repository):
    assert repository.pass_all("sh", "-c", '[ "$CI" = true ]') == 0


def test_a_shallow_clone_is_judged_by_what_it_has(passed, tmp_path):
    passed.git("commit", "--amend", "-qm", "Another commit with the same files")
    clone = tmp_path / "clone"
    passed.git("clone", "-q", "--depth=1", passed.folder.as_uri(), clone)
    assert tiers.due_marks(clone) == []


def test_every_package_is_in_the_table():
    table = tiers.read_table()
    named = [path for entry in (*table["marks"].values(), table["fast"]) for path in entry["paths"]]
    parts = [
        f"linkmgr/{path.name}"
        for path in (ROOT / "linkmgr").iterdir()
        if path.name[0] not in "_." and path.suffix in {"", ".py"}
    ]
    assert [part for part in parts if not any(path.startswith(part) for path in named)] == []


def test_every_path_of_the_table_exists():
    table = tiers.read_table()
    named = [*table["fast"]["paths"], *table["everything"]["paths"]]
    for entry in table["marks"].values():
        named += [*entry["paths"], *entry.get("smoke", [])]
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_a_changed_test_calls_for_its_own_mark(passed):
    file = passed.folder / "tests/test_shop.py"
    file.write_text("pytestmark = pytest.mark.browser\n")
    assert passed.due == ["browser"]


def test_without_git_all_marks_are_due(passed):
    (passed.folder / ".git").rename(passed.folder / "git")
    assert passed.due == ["browser", "jekyll", "server"]


def test_what_a_test_does_not_say_it_needs_it_does_not_get():
    with pytest.raises(AssertionError, match=r"@pytest\.mark\.browser"):
        need("browser")
