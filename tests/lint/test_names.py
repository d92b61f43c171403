"""Names say what they name, shortly: variables, classes and tests."""

import ast
import re
import subprocess
from collections import Counter

import pytest

from tests.support.packages import ROOT

SAYS_NOTHING = {"each", "found"}
# A call says what it returns: `Rule.of_mapping(mapping)`, `address.of_page(path)`.
PREPOSITIONS = {"as_", "by", "for_", "from_", "in_", "of", "on", "to", "with_"}
LONGEST_TEST = 60

FILE = re.compile(r"^\+\+\+ b/(.+)$")
HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,\d+)? @@")


def git(*command):
    done = subprocess.run(["git", *command], cwd=ROOT, check=False, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def base():
    """Return the commit where the branch left `origin/main`; what is there has passed."""
    return git("merge-base", "HEAD", "origin/main")


def added_lines(diff):
    """Return by file the numbers of the lines that a diff without context adds and moves not."""
    removed = {line[1:].strip() for line in diff.splitlines() if line.startswith("-")}
    added, name, number = {}, "", 0
    for line in diff.splitlines():
        if file := FILE.match(line):
            name = file[1]
        elif hunk := HUNK.match(line):
            number = int(hunk[1])
        elif line.startswith("+") and not line.startswith("+++"):
            if line[1:].strip() not in removed:
                added.setdefault(name, set()).add(number)
            number += 1
    return added


def names_in(source):
    """Yield the names of a module's variables and parameters, with their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg


def test_no_function_is_called_by_a_preposition_alone():
    wrong = []
    for file in sorted((ROOT / "linkmgr").rglob("*.py")):
        name = file.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name in PREPOSITIONS:
                wrong += [f"{name}:{node.lineno}: say what `{node.name}` gives"]
    assert not wrong, "\n".join(wrong)


def test_no_name_of_the_product_says_nothing():
    wrong = []
    for file in sorted((ROOT / "linkmgr").rglob("*.py")):
        name = file.relative_to(ROOT).as_posix()
        for number, said in names_in(file.read_text(encoding="utf-8")):
            if said in SAYS_NOTHING:
                wrong.append(f"{name}:{number}: say what `{said}` is")
    assert wrong == []


def test_a_tests_name_has_at_most_sixty_letters():
    long = []
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            is_test = isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
            if is_test and len(node.name) > LONGEST_TEST:
                long.append(f"{file.relative_to(ROOT)}:{node.lineno}: {node.name}")
    assert long == []


def test_a_class_has_a_name_of_its_own():
    classes = Counter()
    for file in (ROOT / "linkmgr").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                classes[node.name] += 1
    assert {name for name, number in classes.items() if number > 1} == set()


def test_no_name_in_a_changed_line_says_nothing():
    since = base()
    if not since:
        return
    diff = git("diff", "--unified=0", "--find-renames", since, "--", "*.py")
    wrong = []
    for name, lines in added_lines(diff).items():
        for number, said in names_in((ROOT / name).read_text(encoding="utf-8")):
            if number in lines and said in SAYS_NOTHING:
                wrong.append(f"{name}:{number}: say what `{said}` is")
    assert sorted(wrong) == []


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("for each in posts:\n    print(each)\n", {"each"}),
        ("def read(found): ...\n", {"found"}),
        ("found = read()\n", {"found"}),
        ("catalog.found = 'each'\n", set()),
    ],
)
def test_a_name_is_a_variable_or_a_parameter(source, names):
    assert {name for _, name in names_in(source)} & SAYS_NOTHING == names


def test_a_line_that_only_moves_has_not_changed():
    diff = """\
--- a/linkmgr/posts/one.py
+++ b/linkmgr/posts/one.py
@@ -3 +3,2 @@
-    each = 1
+    post = 1
+    number = 2
--- a/linkmgr/posts/other.py
+++ b/linkmgr/posts/other.py
@@ -0,0 +7 @@
+each = 1
"""
    assert added_lines(diff) == {"linkmgr/posts/one.py": {3, 4}}
