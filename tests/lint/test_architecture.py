"""The pages for contributors say what is there, and no comment cites what is not."""

import ast
import io
import re
import tokenize
from itertools import product
from pathlib import Path

import pytest
import yaml

from tests.lint.test_imports import IGNORABLE, dependences, package_of, sources

ROOT = Path(__file__).parents[2]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CHANGES = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

PATH = re.compile(r"`((?:linkmgr|tests|docs|benchmarks)/[\w./-]*)`")
# A page by its file, or a document in capitals by one of its sections.
PAGE = re.compile(r"[\w./-]+\.md\b")
DOCUMENT = re.compile(r"\b[A-Z]{5,}(?= [\"“0-9])")


def python_files():
    for folder in ("linkmgr", "tests", "benchmarks"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def remarks(source):
    """Yield the comments and docstrings of a module, none where the whole cites nothing."""
    if not cited(source):
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield str(node.value.value)


def cited(remark):
    """Return the documents that a remark names, as paths from the root or as bare names."""
    return [*PAGE.findall(remark), *(f"{name}.md" for name in DOCUMENT.findall(remark))]


def exists(page, beside):
    return any((folder / page).is_file() for folder in (ROOT, ROOT / "docs", beside))


def changes_table():
    """Return the rows of "To change X, open Y" as lists of cells."""
    table = CONTRIBUTING.partition("\n## To change X, open Y\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+) \|$", table, re.MULTILINE)
    return [row.split(" | ") for row in rows if not row.startswith("to change")]


def arrows():
    """Return the pairs of packages that the diagram connects: imported, importing."""
    diagram = ARCHITECTURE.partition("```mermaid\nflowchart BT\n")[2].partition("```")[0]
    for left, right in re.findall(r"^ *([\w& ]+?) --> ([\w& ]+)$", diagram, re.MULTILINE):
        yield from product(left.split(" & "), right.split(" & "))


@pytest.mark.parametrize("text", [CONTRIBUTING, ARCHITECTURE], ids=["contributing", "architecture"])
def test_the_paths_that_a_page_names_exist(text):
    paths = PATH.findall(text)
    assert len(paths) > 20
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("row", changes_table(), ids=lambda row: row[0])
def test_each_change_says_what_to_open_and_which_test_holds_it(row):
    assert len(row) == 4
    assert PATH.search(row[1])
    assert all(path.startswith("tests/") for path in PATH.findall(row[3]))
    assert PATH.search(row[3])


def test_the_make_targets_that_the_pages_name_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"make ([a-z]+(?:-[a-z]+)?)\b", f"{CONTRIBUTING}{CHANGES}"))
    assert named
    assert named <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


def test_the_arrows_between_packages_are_imports():
    modules = sources()
    imports = {
        (package_of(needed), package_of(module))
        for module, others in dependences(modules).items()
        for needed in others
    }
    drawn = {(f"linkmgr.{one}", f"linkmgr.{other}") for one, other in arrows()}
    assert drawn
    assert drawn - imports == set()


def tables_of_the_map():
    """Return the packages of each table of the map."""
    section = ARCHITECTURE.partition("\n## The map\n")[2].partition("```mermaid")[0]
    tables = [re.findall(r"^\| `linkmgr/(\w+)", part, re.MULTILINE) for part in section.split("**")]
    return [{f"linkmgr.{name}" for name in table} for table in tables if table]


def test_the_map_has_every_package():
    build, server, ignorable = tables_of_the_map()
    assert build | server | ignorable == {package_of(module) for module in sources()} - {
        "linkmgr",
        "linkmgr.__main__",
    }
    assert ignorable >= IGNORABLE.keys()


def test_what_a_build_needs_imports_nothing_else():
    build, _, _ = tables_of_the_map()
    imports = {
        f"{module} imports {needed}"
        for module, others in dependences(sources()).items()
        for needed in others
        if package_of(module) in build - {"linkmgr.cli"}
        and package_of(needed) not in {*build, "linkmgr"}
    }
    assert imports == set()


def test_every_package_is_in_the_diagram():
    packages = {path.parent.name for path in (ROOT / "linkmgr").glob("*/__init__.py")}
    packages |= {path.stem for path in (ROOT / "linkmgr").glob("[a-z]*.py")} - {"settings"}
    assert packages == {package for arrow in arrows() for package in arrow}


def test_no_comment_cites_a_document_that_is_not_here():
    missing = [
        f"{path.relative_to(ROOT)}: {page}"
        for path in python_files()
        for remark in remarks(path.read_text(encoding="utf-8"))
        for page in cited(remark)
        if not page.startswith("_posts/") and not exists(page, path.parent)
    ]
    assert missing == []


@pytest.mark.parametrize(
    "remark", ['# As RULES "UTM" asks.', "# See DESIGN 4.", "# docs/gone.md says why."]
)
def test_a_citation_is_recognised(remark):
    (page,) = cited(remark)
    assert not exists(page, ROOT)


def test_changelog_begins_with_unreleased_and_has_version():
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    headings = re.findall(r"^## \[([^]]+)\]", CHANGES, re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert version[1] in headings


@pytest.mark.parametrize(
    "file",
    [ROOT / ".pre-commit-config.yaml", *sorted((ROOT / ".github").rglob("*.yml"))],
    ids=lambda file: file.name,
)
def test_what_the_code_host_reads_is_yaml(file):
    assert yaml.safe_load(file.read_text(encoding="utf-8"))
