"""Which marks have all of their tests run, by what passed last: for the Makefile and `.ci/run`.

tests/tiers.toml has the marks and the paths that call for them.
"""

import os
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = Path("tests/tiers.toml")
NOTE = Path(".ci/all-passed")

# More marks than these in full take as long as all tests.
MOST_IN_FULL = 2
OLDEST_NOTE = timedelta(days=7)


def read_table(root=ROOT):
    """Return the table of tests/tiers.toml."""
    return tomllib.loads((root / TABLE).read_text(encoding="utf-8"))


def paths_of(table, mark, root=ROOT):
    """Return the paths that call for a mark: those of the table and the test files that have it."""
    marked = _git(root, "grep", "--untracked", "-lwF", f"pytest.mark.{mark}", "--", "tests/*.py")
    return [*table["marks"][mark]["paths"], *table["everything"]["paths"], *marked.splitlines()]


def content_of(paths, root=ROOT):
    """Return a hash of the files below some paths, as they are in the working tree."""
    listed = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", *paths)
    names = sorted({name for name in listed.split("\0") if name and (root / name).is_file()})
    hashes = _git(root, "hash-object", "--stdin-paths", given="\n".join(names)).split()
    lines = [f"{hash_} {name}" for hash_, name in zip(hashes, names, strict=True)]
    return _git(root, "hash-object", "--stdin", given="\n".join(lines)).strip()


def contents(root=ROOT):
    """Return the hash of each mark's paths."""
    table = read_table(root)
    return {mark: content_of(paths_of(table, mark, root), root) for mark in table["marks"]}


def read_note(root=ROOT):
    """Return by mark what was noted last: the hash of its paths, the commit and the time."""
    if not (root / NOTE).exists():
        return {}
    lines = (root / NOTE).read_text(encoding="utf-8").splitlines()
    return {mark: noted for mark, *noted in map(str.split, lines)}


def due_marks(root=ROOT):
    """Return the marks whose paths are not as they were when all tests passed.

    All of them where git cannot say what there is, as in a source distribution.
    """
    if not (root / ".git").exists():
        return [*read_table(root)["marks"]]
    note = read_note(root)
    return [mark for mark, content in contents(root).items() if note.get(mark, [""])[0] != content]


def is_all_due(root=ROOT):
    """Whether all tests are to run: many marks differ, or all have passed too long ago."""
    times = [datetime.fromisoformat(time) for _, _, time in read_note(root).values()]
    if not times or len(due_marks(root)) > MOST_IN_FULL:
        return True
    return min(times) < datetime.now(UTC) - OLDEST_NOTE


def run_and_note(command, root=ROOT):
    """Run the command that tests all, note on success what was there, and return its exit code.

    What is not committed cannot be noted, as the note names the commit that passed. What is skipped
    has not passed, so it fails.
    """
    changed = _git(root, "status", "--porcelain", "--untracked-files=all")
    if changed:
        print(f"make test-all: nothing will be noted, as this is not committed:\n{changed}", end="")
    commit = _git(root, "rev-parse", "HEAD").strip()
    passed = contents(root)
    code = subprocess.run(
        command, cwd=root, check=False, env=os.environ | {"CI": "true"}
    ).returncode
    if code == 0 and not changed:
        time = datetime.now(UTC).isoformat(timespec="seconds")
        lines = [f"{mark} {content} {commit} {time}\n" for mark, content in passed.items()]
        (root / NOTE).write_text("".join(lines), encoding="utf-8")
        print(f"Passed: commit {NOTE}")
    return code


def _git(root, *command, given=None):
    done = subprocess.run(
        ["git", *command], cwd=root, check=False, capture_output=True, text=True, input=given
    )
    if done.returncode > 1:  # 1 is said of a search without a result
        raise OSError(done.stderr)
    return done.stdout


def main():
    """Answer `due`, `all`, or `run` a command."""
    question, *command = sys.argv[1:]
    if question == "due":
        print(",".join(due_marks()))
    elif question == "all":
        sys.exit(0 if is_all_due() else 1)
    elif question == "run":
        sys.exit(run_and_note(command))
    else:
        sys.exit("usage: python -m tests.support.tiers due | all | run COMMAND…")


if __name__ == "__main__":
    main()
