"""The server runs under the unit of deploy/, as systemd restricts it."""

import re
import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests.admin.auth.test_first_start import token_of
from tests.admin.conftest import PASSWORD
from tests.support.admin_browser import DEMO
from tests.support.packages import ROOT
from tests.support.servers import CHROME, free_port, wait_for
from tests.support.systemd import UID, systemd_running

UNIT = ROOT / "deploy" / "systemd" / "linkmgr.service"

pytestmark = pytest.mark.deploy


def is_up(url):
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def disk():
    """Give a folder outside of /dev/shm, from which systemd deletes what is a unit's user's."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


def test_the_server_works_under_the_unit(disk):
    """A click, the first account and a build: what the restrictions could break."""
    ports = {"LINKMGR_PORT": free_port(), "LINKMGR_ADMIN_PORT": free_port()}
    url, admin = (f"http://127.0.0.1:{port}" for port in ports.values())
    with systemd_running(disk, UNIT.read_text(), DEMO, **ports) as service:
        wait_for(lambda: is_up(url) and is_up(admin))
        facts = service.facts()
        assert facts["Uid"].split() == [str(UID)] * 4
        assert (facts["CapBnd"], facts["CapEff"]) == ("0" * 16, "0" * 16)
        assert (facts["NoNewPrivs"], facts["Seccomp"], facts["Umask"]) == ("1", "2", "0077")

        clicked = httpx.get(f"{url}/go/newsletter", headers={"User-Agent": CHROME})
        assert clicked.status_code == 302
        link = wait_for(lambda: re.search(r"http\S+/admin/setup/\S+", service.log))[0]
        with httpx.Client() as browser:
            account = {"name": "owner", "password": PASSWORD, "again": PASSWORD}
            page = browser.get(link)
            assert browser.post(link, data=account | {"csrf_token": token_of(page)}).is_redirect
            build = f"{admin}/admin/health/build"
            page = browser.get(build)
            assert browser.post(build, data={"csrf_token": token_of(page)}).is_redirect
            wait_for(lambda: "Last build:" in browser.get(build).text)
            wait_for(lambda: "<dd>1</dd>" in browser.get(f"{admin}/admin/health").text)
        service.stop()
        assert "Traceback" not in service.log
    assert list((disk / "blog" / "_includes" / "linkmgr").iterdir())
    for path in (disk / "linkmgr" / "instance").rglob("*"):
        assert stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0, path
