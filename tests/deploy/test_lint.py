"""The files for Docker, GitHub and Caddy are such as their own tools and schemas take."""

import re
import shutil
import subprocess

import pytest
import yaml

from linkmgr.cli.commands import cli
from tests.support.packages import ROOT, tool, tracked

SCHEMAS = {"compose.yaml": "vendor.compose-spec", "action.yml": "vendor.github-actions"}


def run(*command, **options):
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, **options)


def test_hadolint_has_nothing_to_say_of_the_dockerfile():
    done = run(tool("hadolint"), "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("file", [name for name in SCHEMAS if (ROOT / name).exists()])
def test_a_file_is_as_its_schema_says(file):
    done = run(tool("check-jsonschema"), "--builtin-schema", SCHEMAS[file], file)
    assert done.returncode == 0, done.stdout


def test_caddy_takes_the_caddyfile():
    caddy = shutil.which("caddy") or pytest.skip("caddy is not installed")
    command = [caddy, "validate", "--adapter", "caddyfile", "--config", "deploy/Caddyfile"]
    done = run(*command, env={"SERVER_NAME": "go.localhost", "HOME": "/nonexistent"})
    assert done.returncode == 0, done.stderr
    assert "WARN" not in done.stderr
    assert '"level":"warn"' not in done.stderr


def test_image_gets_from_repository_what_it_copies_and_no_more():
    dockerfile = (ROOT / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
    wanted = {name for each in copied for name in each.split()}
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    assert {line[1:] for line in ignore if line.startswith("!")} == wanted
    assert "*" in ignore


COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]


def test_caddy_alone_is_reached_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["caddy"]
    outside = {
        name for name, each in COMPOSE["networks"].items() if not (each or {}).get("internal")
    }
    assert outside == {"public"}
    assert {name for name, service in SERVICES.items() if outside & {*service["networks"]}} == {
        "admin",
        "caddy",
    }


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_writes_in_volumes_alone_and_starts_again(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "caddy" else [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert "max-size" in service["logging"]["options"]


CALLING = [
    *sorted((ROOT / "deploy" / "systemd").glob("*.service")),
    *(ROOT / "deploy" / "cron.d" / "linkmgr", ROOT / ".pre-commit-hooks.yaml", ROOT / "action.yml"),
]


@pytest.mark.parametrize("file", CALLING, ids=lambda file: file.name)
def test_a_file_calls_commands_and_options_that_exist(file):
    text = file.read_text()
    calls = re.findall(r"(?:bin/|entry: )linkmgr ([a-z]+)(.*)$", text, re.MULTILINE)
    # The Action gathers the options of a step before it calls the command.
    gathered = re.findall(r"options=((?s:.*?))\"\$LINKMGR\" ([a-z]+)", text)
    calls += [(name, options) for options, name in gathered]
    assert calls
    for name, rest in calls:
        known = {option for each in cli.commands[name].params for option in each.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known


def test_no_secret_is_in_the_repository():
    assert ".env" not in tracked()
    assert run("git", "check-ignore", ".env").returncode == 0
    example = (ROOT / ".env.example").read_text()
    empty = set(re.findall("^([A-Z_]+)=$", example, re.MULTILINE))
    assert empty == {"POSTGRES_PASSWORD", "LINKMGR_CATALOG_TOKEN"}
    wanted = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    assert wanted == set(re.findall("^([A-Z_]+)=", example, re.MULTILINE))


def test_the_limits_and_the_logs_of_caddy_are_those_of_the_docs():
    page = (ROOT / "docs" / "how-to" / "run-a-server.md").read_text(encoding="utf-8")
    shown = re.search(r"^Caddy, .*?^```\n(\{.*?^\})$", page, re.DOTALL | re.MULTILINE)[1]
    caddyfile = (ROOT / "deploy" / "Caddyfile").read_text().expandtabs(4)
    assert shown in caddyfile
