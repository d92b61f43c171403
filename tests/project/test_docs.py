"""The docs say what is there: commands, keys, links, and the output that the README shows."""

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import click
import pytest
import yaml
from jsonschema import Draft202012Validator

from linkmgr.catalog.keys.site import CATALOG
from linkmgr.cli.commands import cli
from tests.support.markdown import DOCS, english_pages

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *(DOCS / page for page in english_pages())]
INSTALLING = [
    *PAGES,
    *sorted((DOCS / "ja").rglob("*.md")),
    ROOT / "action.yml",
    ROOT / "Dockerfile",
]
SCHEMA = ROOT / "linkmgr" / "catalog" / "catalog.schema.json"


def read(page):
    return page.read_text(encoding="utf-8")


def shown(command, readme="README.md"):
    """Return the output that a README shows for a command."""
    pattern = rf"^```console\n\$ {re.escape(command)}\n(.*?)^```$"
    found = re.search(pattern, read(ROOT / readme), re.DOTALL | re.MULTILINE)
    assert found, f"{readme} does not show {command}"
    return found[1]


def normal(output):
    """Make figures that differ from run to run, and machine to machine, alike."""
    output = re.sub(r"Python 3\.\d+\.\d+", "Python 3.x", output)
    output = re.sub(
        r"^(Explain:   |理由:      |Count:     cd demo, then |計測:      cd demo の後で )"
        r".*?linkmgr( explain| serve)",
        r"\1linkmgr\2",
        output,
        flags=re.MULTILINE,
    )
    return re.sub(r"\d+(\.\d+)? ?((?:ms|s)\b|秒)", "N s", output)


def plain(value):
    """Return a value of YAML as editors see it: days are texts."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def anchors(page):
    headings = re.findall(r"^#+ (.+)$", read(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}


def commands(group, prefix="linkmgr"):
    for name, command in group.commands.items():
        yield f"{prefix} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix} {name}")


COMMANDS = list(commands(cli))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", read(page)):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_has_help_and_is_in_the_docs(name, command):
    assert command.help
    assert name in "".join(map(read, PAGES))
    for option in command.params:
        assert not isinstance(option, click.Option) or option.help, f"{name} {option.name}"


def test_the_docs_name_no_command_that_is_not_there():
    printed = re.compile(r"^```text$.*?^```$", re.DOTALL | re.MULTILINE)
    text = "".join(printed.sub("", read(page)) for page in PAGES)
    code = "\n".join(re.findall(r"^```.*?^```$|`[^`\n]+`", text, re.DOTALL | re.MULTILINE))
    named = set(re.findall(r"(?:^|\$ |`|run: )linkmgr ([a-z]+)", code, re.MULTILINE))
    assert named
    assert named <= cli.commands.keys()


@pytest.mark.parametrize("page", ["catalog.md", "ja/catalog.md"])
def test_an_editor_takes_the_examples_of_the_catalog(page):
    blocks = re.findall(r"^```yaml\n(.*?)^```$", read(DOCS / page), re.DOTALL | re.MULTILINE)
    examples = [each for each in map(yaml.safe_load, blocks) if each.keys() <= set(CATALOG.names)]
    assert len(examples) > 10
    schema = Draft202012Validator(json.loads(read(SCHEMA)))
    for example in examples:
        whole = {"site": {"name": "Tea", "url": "https://tea.example"}} | example
        assert [error.message for error in schema.iter_errors(plain(whole))] == []


def test_sections_of_catalog_are_documented_in_their_order():
    headings = re.findall(r"^## `([a-z]+)`$", read(DOCS / "catalog.md"), re.MULTILINE)
    assert headings == list(CATALOG.names)


@pytest.mark.parametrize(("readme", "language"), [("README.md", "en"), ("README.ja.md", "ja")])
def test_the_readme_shows_what_the_demo_prints(tmp_path, readme, language):
    environment, _, demo = shown("make demo", readme).partition("Installing linkmgr\n")
    assert normal(environment) == "Making .venv with Python 3.x\n"
    command = [sys.executable, "-m", "linkmgr", "--lang", language, "demo", "demo/"]
    printed = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert normal(printed.stdout) == normal(demo)


@pytest.mark.parametrize(
    ("page", "command"), [("README.md", "make demo"), ("CONTRIBUTING.md", "make test-core")]
)
def test_a_page_shows_what_make_prints_first(page, command):
    makefile = read(ROOT / "Makefile")
    (line,) = re.findall(r"^Installing .+$", shown(command, page), re.MULTILINE)
    assert f'@echo "{line}"' in makefile


@pytest.mark.parametrize("folder", ["docs", "docs/ja"])
def test_the_map_of_the_code_lists_all_that_the_package_has(folder):
    page = read(ROOT / folder / "architecture.md")
    rows = set(re.findall(r"^\| `(linkmgr/[a-z_.]+)` \|", page, re.MULTILINE))
    parts = {
        f"linkmgr/{path.name}"
        for path in (ROOT / "linkmgr").iterdir()
        if path.name[0] not in "_." and path.suffix in {"", ".py"}
    }
    assert rows == parts


@pytest.mark.parametrize("page", INSTALLING, ids=str)
def test_what_is_installed_comes_from_a_folder_or_a_repository(page):
    installed = re.findall(r"(?:pipx?|uv tool) install (?:-\S+ )*['\"]?([^\s'\"`]+)", read(page))
    assert [each for each in installed if re.match(r"linkmgr\b", each)] == []
