"""The commands of docs/how-to/install.md for a server, run on Debian as they stand."""

import re

import pytest

from tests.support.packages import ROOT

pytestmark = [pytest.mark.deploy, pytest.mark.xdist_group("engine")]

PAGE = (ROOT / "docs" / "how-to" / "install.md").read_text(encoding="utf-8")
INSTALL = re.search(r"^## On a server.*?^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[1]
IMAGE = "localhost/server"
COMMAND = "/srv/linkmgr/venv/bin/linkmgr"


@pytest.fixture(scope="module")
def server(engine):
    """Make a Debian on which root typed the commands, as an image."""
    file = engine.folder / "server.Dockerfile"
    file.write_text(
        "FROM localhost/debian\nCOPY . /usr/local/src/linkmgr\nWORKDIR /usr/local/src/linkmgr\n"
        f"RUN apt-get update -qq\nRUN <<END\nset -e\n{INSTALL}END\n"
    )
    nothing = engine.folder / "server.ignore"  # in place of the image's own, and not empty
    nothing.write_text(".none\n")
    engine.build(engine.folder / "source", IMAGE, f"--file={file}", f"--ignorefile={nothing}")
    return engine


def run(engine, *command):
    return engine.podman("run", "--rm", "--user=linkmgr", "--entrypoint=", IMAGE, *command)


def test_what_the_units_start_is_installed_for_their_user(server):
    units = (ROOT / "deploy" / "systemd").glob("*.service")
    text = "".join(unit.read_text() for unit in units)
    assert set(re.findall(r"^ExecStart=(/srv/\S+)", text, re.MULTILINE)) == {COMMAND}
    assert "linkmgr, version" in run(server, COMMAND, "--version")
    works = f"cd /srv/linkmgr && {COMMAND} db upgrade && touch /srv/blog/a /var/backups/linkmgr/a"
    assert "created a new database" in run(server, "sh", "-c", works)


def test_the_units_are_where_systemd_looks(server):
    installed = run(server, "ls", "/etc/systemd/system")
    assert {unit.name for unit in (ROOT / "deploy" / "systemd").iterdir()} <= set(installed.split())
