"""The unit of docs/server.md: systemd takes it, it restricts the server, and the server runs."""

import re
import shutil
import stat
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests.admin.auth.test_first_start import token_of
from tests.admin.conftest import PASSWORD
from tests.support.admin_browser import DEMO
from tests.support.servers import CHROME, free_port, wait_for
from tests.support.systemd import UID, systemd_running
from tests.web.server.test_docs import code

# Of systemd's scale from 0 to 10: below 2 it calls a service well protected.
MOST_EXPOSED = 1.5

pytestmark = pytest.mark.slow


def analyze(folder, *arguments):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not installed")
    unit = folder / "linkmgr.service"
    unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/sh", code("ini"), flags=re.MULTILINE))
    return subprocess.run([program, *arguments, unit], check=False, capture_output=True, text=True)


def test_systemd_takes_the_unit(tmp_path):
    verified = analyze(tmp_path, "verify", "--man=no")
    assert (verified.returncode, verified.stderr) == (0, "")


def test_the_unit_exposes_little(tmp_path):
    threshold = f"--threshold={MOST_EXPOSED * 10:.0f}"
    judged = analyze(tmp_path, "security", "--offline=true", "--no-pager", threshold)
    assert judged.returncode == 0, judged.stdout


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
    with systemd_running(disk, code("ini"), DEMO, **ports) as service:
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
