"""The steps of action.yml, run as a runner runs them, and the pages' examples for CI."""

import os
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from tests.support.admin_browser import DEMO
from tests.support.packages import ROOT, copy_source, newcomer, tool

VERSION = version("linkmgr")
PAGE = (ROOT / "docs" / "how-to" / "github-actions.md").read_text(encoding="utf-8")
WORKFLOW, HOOKS, GITLAB = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
GITLAB_STEPS = yaml.safe_load(GITLAB)["pages"]["before_script"]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = {step["id"]: step for step in ACTION["runs"]["steps"]}
MATCHER = ROOT / "deploy" / "github" / "problem-matcher.json"


def lint(name, *arguments):
    return subprocess.run(
        [tool(name), *arguments], cwd=ROOT, check=False, capture_output=True, text=True
    )


@pytest.fixture
def workflow(tmp_path):
    """Write the page's workflow where one is looked for, with our action by a commit."""
    file = tmp_path / ".github" / "workflows" / "publish.yml"
    file.parent.mkdir(parents=True)
    file.write_text(WORKFLOW.replace(f"@v{VERSION}", "@" + "0" * 40))
    return file


def test_nothing_can_be_injected_into_the_action_or_the_workflow(workflow):
    done = lint("zizmor", "--offline", "--persona=pedantic", ROOT / "action.yml", workflow)
    assert done.returncode == 0, done.stdout
    assert not any("${{" in step["run"] for step in STEPS.values())


def test_workflow_and_gitlabs_example_are_as_their_schemas_say(workflow, tmp_path):
    gitlab = tmp_path / ".gitlab-ci.yml"
    gitlab.write_text(GITLAB)
    for schema, file in (("vendor.github-workflows", workflow), ("vendor.gitlab-ci", gitlab)):
        done = lint("check-jsonschema", "--builtin-schema", schema, file)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", ["how-to/github-actions.md", "ja/how-to/github-actions.md"])
def test_the_page_names_the_version_of_this_release(page):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    named = re.findall(r"(?:linkmgr@v|rev: v)([\d.]+)", text)
    assert named == [VERSION] * 3


def test_the_workflow_publishes_nightly_with_pushs_permissions():
    workflow = yaml.safe_load(WORKFLOW)
    (night,) = workflow[True]["schedule"]  # YAML 1.1 reads `on` so
    assert re.fullmatch(r"[1-9]\d? \d+ \* \* \*", night["cron"])
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["jobs"]["deploy"]["if"] == "github.event_name != 'pull_request'"


@pytest.mark.parametrize("name", STEPS)
def test_shellcheck_has_nothing_to_say_of_a_step(name, tmp_path):
    script = tmp_path / "step.sh"
    script.write_text(f"#!/bin/bash\nset -eo pipefail\n{STEPS[name]['run']}")
    done = lint("shellcheck", script)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_page_lists_the_inputs_and_outputs_of_the_action():
    table = PAGE.partition("| input | default | |\n|---|---|---|\n")[2].partition("\n\n")[0]
    rows = [[cell.strip(" `") for cell in line.split("|")[1:3]] for line in table.splitlines()]
    assert dict(rows) == {name: each["default"] for name, each in ACTION["inputs"].items()}
    outputs = PAGE.partition("The outputs are ")[2].partition("\n")[0]
    assert set(re.findall(r"`(\w+)`", outputs)) == ACTION["outputs"].keys()
    assert all(each["description"] for each in ACTION["inputs"].values())


class Runner:
    """What runs the action's steps, as GitHub documents it for composite actions."""

    def __init__(self, folder, workspace, **inputs):
        self.inputs = {name: each["default"] for name, each in ACTION["inputs"].items()} | inputs
        self.folder = folder
        self.workspace = workspace
        self.action = copy_source(folder / "action")
        self.outputs = {}
        self.log = ""

    def run(self, after=""):
        """Run the steps, or those after one, until one fails; return whether none did."""
        names = list(STEPS)
        rest = names[names.index(after) + 1 :] if after else names
        return all(self._step(name, STEPS[name]) for name in rest if self._wanted(STEPS[name]))

    def _wanted(self, step):
        """Judge a condition, all of which compare an input with a text."""
        if "if" not in step:
            return True
        name, compared, text = re.fullmatch(r"inputs\.(\w+) ([!=]=) '(.*)'", step["if"]).groups()
        return (self.inputs[name] == text) is (compared == "==")

    def _value(self, text):
        expression = re.fullmatch(r"\$\{\{ (.+) \}\}", text)[1]
        if expression == "github.action_path":
            return str(self.action)
        kind, *names = expression.split(".")
        return self.inputs[names[0]] if kind == "inputs" else self.outputs[names[0]][names[2]]

    def _step(self, name, step):
        written = self.folder / f"{name}.output"
        written.touch()
        script = self.folder / f"{name}.sh"
        script.write_text(step["run"])
        variables = {key: self._value(text) for key, text in step.get("env", {}).items()}
        known = {name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "SSL_"))}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.workspace,
            env=known
            | {
                "PATH": os.environ["PATH"],
                "LC_ALL": "C.UTF-8",
                "HOME": str(self.folder),
                "RUNNER_TEMP": str(self.folder),
                "GITHUB_WORKSPACE": str(self.workspace),
                "GITHUB_OUTPUT": str(written),
            }
            | variables,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.log += done.stdout
        lines = written.read_text().splitlines()
        self.outputs[name] = dict(line.split("=", 1) for line in lines)
        return done.returncode == 0


@pytest.fixture
def workspace(tmp_path):
    """Make a repository that has the demo's blog in a folder whose name has a blank."""
    folder = tmp_path / "workspace"
    shutil.copytree(DEMO, folder / "my blog")
    return folder


@pytest.mark.deploy
@pytest.mark.jekyll
def test_the_action_builds_checks_and_shows_findings_at_lines(tmp_path, workspace):
    runner = Runner(
        tmp_path, workspace, site="my blog", jekyll="jekyll build --quiet", ignore="/shop/\n/x y/\n"
    )
    assert runner.run(), runner.log
    assert (workspace / "my blog" / "_site" / "index.html").exists()
    assert runner.outputs["install"]["version"] == VERSION
    assert runner.outputs["check"] == {"errors": "0", "warnings": "0"}

    post = next((workspace / "my blog" / "_posts").glob("2025-05-10-*"))
    post.write_text(post.read_text() + "\n[a](/gone/)\n[b](/shop/tea/)\n[c](/$(touch%20hit)/)\n")
    line = post.read_text().splitlines().index("[a](/gone/)") + 1
    runner.log = ""
    assert not runner.run(after="install")
    found = f"::error file=my blog/_posts/{post.name},line={line},title=dead-link::"
    assert found in runner.log
    assert "/shop/tea/" not in runner.log
    assert runner.outputs["check"]["errors"] == "2"
    assert not list(workspace.rglob("hit"))


@pytest.mark.deploy
def test_a_mistake_in_the_catalog_stops_the_action_at_its_line(tmp_path, workspace):
    catalog = workspace / "my blog" / "catalog.yaml"
    catalog.write_text(catalog.read_text() + "nonsense: 1\n")
    runner = Runner(tmp_path, workspace / "my blog", jekyll="touch never")
    assert not runner.run()
    pattern = re.search(r'"regexp": "(.+?)", "file"', MATCHER.read_text())[1].replace("\\\\", "\\")
    assert f"::add-matcher::{runner.action}/deploy/github/problem-matcher.json" in runner.log
    matched = [re.search(pattern, line) for line in runner.log.splitlines()]
    (found,) = [each for each in matched if each and each[1] == "catalog.yaml"]
    assert int(found[2]) == len(catalog.read_text().splitlines())
    assert "nonsense" in found[3]
    assert not list(workspace.rglob("never"))


def git(folder, *arguments):
    author = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    command = ["git", "-C", folder, *author, *arguments]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def source(tmp_path):
    """Give a repository with what git has, and the tag of this release."""
    folder = copy_source(tmp_path / "linkmgr")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", "linkmgr")
    git(folder, "tag", f"v{VERSION}")
    return folder


@pytest.mark.deploy
def test_gitlabs_example_installs_from_the_repository(tmp_path, source):
    home = tmp_path / "home"
    home.mkdir()
    tool("pipx")
    environment = newcomer(home) | {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{source.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/OWNER/linkmgr",
    }
    (install,) = (each for each in GITLAB_STEPS if each.startswith("pipx "))
    for command in (install, "~/.local/bin/linkmgr demo"):
        shell = ["/bin/sh", "-c", command]
        done = subprocess.run(
            shell, cwd=home, env=environment, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.deploy
def test_pre_commit_runs_the_hooks_of_this_repository(tmp_path, source, workspace):
    blog = workspace / "my blog"
    git(blog, "init", "-q", "-b", "main")
    config = HOOKS.replace("https://github.com/OWNER/linkmgr", source.as_uri())
    (blog / ".pre-commit-config.yaml").write_text(config)
    environment = os.environ | {"PRE_COMMIT_HOME": str(tmp_path / "home"), "LC_ALL": "C.UTF-8"}

    def hooks():
        git(blog, "add", "--all")
        done = subprocess.run(
            [tool("pre-commit"), "run"],
            cwd=blog,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        return re.findall(r"^linkmgr - .*?\.+(\w+)$", done.stdout, re.MULTILINE), done.stdout

    results, output = hooks()
    assert results == ["Passed", "Failed"], output
    assert "_data/linkmgr_index.json" in output
    python = next((tmp_path / "home").glob("repo*/py_env-*/bin/linkmgr"))
    subprocess.run([python, "build"], cwd=blog, check=True, capture_output=True)
    results, output = hooks()
    assert results == ["Passed", "Passed"], output
    catalog = Path(blog / "catalog.yaml")
    catalog.write_text(catalog.read_text() + "nonsense: 1\n")
    results, output = hooks()
    assert results == ["Failed", "Failed"], output
    assert "catalog.yaml:" in output
