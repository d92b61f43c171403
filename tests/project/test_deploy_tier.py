"""What is deployed is tested again where it differs from what `make test-deploy` has noted."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.packages import ROOT

SCRIPT = ".ci/test-deploy"
NOTE = Path(".ci/deploy-passed")


class Repository:
    """A small repository with the script, a file that is deployed and one that is not."""

    def __init__(self, folder):
        self.folder = folder
        for name in (SCRIPT, "Dockerfile"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        (folder / "README.md").write_text("Read me\n")
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

    def change(self, name):
        with (self.folder / name).open("a") as file:
            file.write("# changed\n")

    def tier(self, *command):
        """Run the script with a command that stands for the tests."""
        return subprocess.run(
            [self.folder / SCRIPT, *command], check=False, capture_output=True, text=True
        )

    def passed(self, folder=None):
        """Whether a folder has what the tests passed with last."""
        command = [(folder or self.folder) / SCRIPT, "--passed"]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "repository")


@pytest.fixture
def noted(repository):
    """Give a repository in which the tests have passed, and their note is committed."""
    assert repository.tier("true").returncode == 0
    repository.commit()
    return repository


def test_without_a_note_the_tests_have_not_passed(repository):
    assert not repository.passed()


def test_the_commit_that_passed_is_noted(repository):
    commit = repository.git("rev-parse", "HEAD")
    assert repository.tier("true").returncode == 0
    assert f"commit {commit}\n" in (repository.folder / NOTE).read_text()


def test_tests_that_fail_note_nothing(repository):
    assert repository.tier("false").returncode == 1
    assert not (repository.folder / NOTE).exists()


@pytest.mark.parametrize(("name", "still"), [("README.md", True), ("Dockerfile", False)])
def test_only_a_change_of_what_is_deployed_has_it_tested_again(noted, name, still):
    assert noted.passed()
    noted.change(name)
    noted.commit()
    assert noted.passed() is still


def test_shallow_clone_of_other_commits_is_judged_by_what_it_has(noted, tmp_path):
    noted.git("commit", "--amend", "-qm", "Another commit with the same files")
    clone = tmp_path / "clone"
    noted.git("clone", "-q", "--depth=1", noted.folder.as_uri(), clone)
    assert noted.passed(clone)


def test_what_is_not_committed_is_not_noted_as_passed(noted, tmp_path):
    before = (noted.folder / NOTE).read_text()
    noted.change("Dockerfile")
    done = noted.tier("touch", tmp_path / "tested")
    assert done.returncode == 1
    assert "make test-deploy: commit these first" in done.stderr
    assert "Dockerfile" in done.stderr
    assert not (tmp_path / "tested").exists()
    assert (noted.folder / NOTE).read_text() == before


def test_what_a_test_skips_has_not_passed(repository):
    assert repository.tier("sh", "-c", '[ "$CI" = true ]').returncode == 0
