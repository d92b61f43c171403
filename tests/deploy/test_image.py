"""The image, built from the Dockerfile and run by Podman as docs/how-to/docker.md says."""

import json
import re
import shutil

import httpx
import pytest

from tests.admin.auth.test_first_start import token_of
from tests.admin.conftest import PASSWORD
from tests.support.admin_browser import DEMO
from tests.support.packages import ROOT
from tests.support.servers import CHROME, wait_for

pytestmark = [pytest.mark.deploy, pytest.mark.xdist_group("engine")]

IMAGE = "docker.io/library/linkmgr"
PAGE = (ROOT / "docs" / "how-to" / "docker.md").read_text(encoding="utf-8")
OWNER = 12_345  # who runs the commands, and is nobody in the image


def shown(heading):
    """Return the blocks of commands that the page has under a heading."""
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [block.replace("\\\n", " ") for block in re.findall(r"```sh\n(.*?)```", part, re.DOTALL)]


@pytest.fixture
def blog(engine):
    """Make a blog that is somebody's who is not root, and return its folder."""
    folder = engine.folder / "home" / "blog"
    shutil.rmtree(folder.parent, ignore_errors=True)
    shutil.copytree(DEMO, folder)
    for path in (folder.parent, folder, *folder.rglob("*")):
        shutil.chown(path, OWNER, OWNER)
    yield folder
    engine.podman("rm", "--all", "--force", "--time=0")


def typed(engine, command, folder):
    """Type a command of the page in a folder as its owner, `docker` being Podman."""
    as_owner = f"setpriv --reuid {OWNER} --regid {OWNER} --clear-groups"
    mine = f'id() {{ {as_owner} id "$@"; }}; mkdir() {{ {as_owner} mkdir "$@"; }}'
    return engine.shell(f"{mine}\n{command}", folder)


def facts(engine):
    (found,) = json.loads(engine.podman("inspect", IMAGE))
    return found["Config"] | {"Healthcheck": found["Healthcheck"]}


def test_image_starts_server_itself_as_user_with_fixed_number(engine):
    config = facts(engine)
    assert config["User"] == "10001:10001"
    assert (config["Entrypoint"], config["Cmd"]) == (["linkmgr"], ["serve"])
    assert config["Volumes"].keys() == {"/data"}
    assert config["Healthcheck"]["Test"][0] == "CMD"
    assert {"8910/tcp", "8911/tcp"} == config["ExposedPorts"].keys()
    assert {"title", "description", "licenses"} <= {
        name.removeprefix("org.opencontainers.image.") for name in config["Labels"]
    }


def test_the_image_has_no_installer_and_writes_in_two_folders(engine):
    listed = engine.podman(
        "run", "--rm", "--entrypoint=find", IMAGE, "/opt/linkmgr/bin", "-name", "pip*"
    )
    assert listed == ""
    writable = "find / -xdev -writable -not -type l -not -path '/proc/*' 2>/dev/null; true"
    found = engine.podman("run", "--rm", "--entrypoint=sh", IMAGE, "-c", writable)
    everybodys = {"/tmp", "/var/tmp", "/run/lock"}  # noqa: S108
    assert set(found.split()) - everybodys == {"/data", "/blog"}


def test_the_blocks_are_built_and_checked_as_the_page_says(engine, blog):
    build, check = shown("Build the blocks and check the pages")[0].splitlines()
    assert "12 posts" in typed(engine, build, blog).stdout
    fragments = list((blog / "_includes" / "linkmgr" / "posts").iterdir())
    assert fragments
    assert {path.stat().st_uid for path in fragments} == {OWNER}
    checked = typed(engine, check, blog)
    assert "run `jekyll build` first" in checked.stderr


def test_the_server_counts_clicks_and_ends_in_its_order(engine, blog):
    start, use = shown("Count clicks on one machine")
    # The root read-only, no capability, and ports of the engine's own network.
    done = typed(engine, start, blog)
    assert done.returncode == 0, done.stderr
    reader, admin = "http://127.0.0.1:8910", "http://127.0.0.1:8911"
    wait_for(lambda: engine.podman("healthcheck", "run", "linkmgr", check=False).returncode == 0)
    clicked = engine.inside(httpx.get, f"{reader}/go/newsletter", headers={"User-Agent": CHROME})
    assert clicked.status_code == 302

    def greeting():
        told = typed(engine, "docker logs linkmgr", blog)
        return re.search(r"http://0\.0\.0\.0(:8911/admin/setup/\S+)", told.stdout + told.stderr)

    link = f"http://127.0.0.1{wait_for(greeting)[1]}"
    assert engine.inside(signs_up, link, admin) == 200

    stats, backup, stop = use.splitlines()
    wait_for(lambda: re.search(r"^clicks +1 ", typed(engine, stats, blog).stdout, re.MULTILINE))
    made = typed(engine, backup, blog)
    assert made.returncode == 0, made.stderr
    data = blog.parent / "linkmgr-data"
    assert {path.stat().st_uid for path in data.rglob("*")} == {OWNER}
    assert (data / "backup.tar.gz").exists()
    state = "{{.State.ExitCode}} {{.Config.StopSignal}}"
    assert typed(engine, stop, blog).returncode == 0
    assert engine.podman("inspect", "--format", state, "linkmgr").split()[0] == "0"
    assert "Traceback" not in engine.podman("logs", "linkmgr", check=False).stderr
    # What was not in the spool any more is in the database; the day's key is gone.
    assert not (data / "visitor-key").exists()
    assert list((data / "spool").glob("*.spool")) == []


def signs_up(link, admin):
    """Make the first account, and return the status of the admin's first page."""
    with httpx.Client() as browser:
        account = {"name": "owner", "password": PASSWORD, "again": PASSWORD}
        token = token_of(browser.get(link))
        assert browser.post(link, data=account | {"csrf_token": token}).is_redirect
        return browser.get(f"{admin}/admin/").status_code


def test_the_health_check_fails_while_nothing_answers(engine):
    options = ["--entrypoint=python", IMAGE, "/opt/linkmgr/healthcheck.py"]
    done = engine.podman("run", "--rm", *options, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("no answer at port 8910: ")
