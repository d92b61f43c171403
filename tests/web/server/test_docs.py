"""The server's pages say what is there, and their files are such as nginx and systemd take."""

import re
import shlex
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from shutil import rmtree

import httpx
import pytest

from linkmgr.admin.api.responses import MOST_BODY_BYTES, MOST_VALUES
from linkmgr.admin.common.security import FILE_BYTES, FORM_BYTES, MOST_BYTES, SIGN_IN_BYTES
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.settings import read_settings
from linkmgr.store.db.models import Base, visitor_keys
from linkmgr.web.server import admin, readers, sockets
from tests.support.beacon_browser import Counter, serving
from tests.support.reverse_proxies import nginx
from tests.support.servers import Server, free_port, wait_for

DOCS = Path(__file__).parents[3] / "docs"
REFERENCE = (DOCS / "reference" / "server.md").read_text(encoding="utf-8")
GUIDE = (DOCS / "how-to" / "run-a-server.md").read_text(encoding="utf-8")


def rows(header):
    """Return the cells of the table with this first line."""
    table = REFERENCE.partition(f"{header}\n")[2].partition("\n\n")[0]
    lines = table.splitlines()[1:]
    assert lines, f"docs/reference/server.md has no table {header}"
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def code(page, language):
    """Return the first piece of code in a language on a page."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.search(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert found, f"docs/{page} has no {language}"
    return found[1]


def test_the_limits_of_the_admin_are_those_of_the_code():
    limits = [limit for _, limit, _ in rows("| of the admin's port | limit | beyond it |")]
    assert limits == [
        f"{SIGN_IN_BYTES >> 10} kB",
        f"{FORM_BYTES >> 20} MB",
        f"{FILE_BYTES // 1_000_000} MB",
        f"{MOST_BODY_BYTES >> 10} kB, {MOST_VALUES:,} values",
        f"{admin.CONNECTIONS}",
        f"{admin.IDLE_SECONDS} s",
    ]
    assert f"{admin.CONNECTIONS * MOST_BYTES / 1e6:.2g}" == "2.6e+02"
    assert "take 260 MB of memory at most" in REFERENCE


def test_the_limits_of_connections_are_those_of_the_code():
    limits = [limit for _, limit, _ in rows("| of a connection | limit | beyond it |")]
    assert limits == [
        f"{read_settings({}).client_seconds} s (`LINKMGR_CLIENT_SECONDS`)",
        f"{sockets.HEAD_BYTES >> 10} kB",
        f"{readers.CONNECTIONS}",
    ]
    assert f"open {readers.CONNECTIONS + sockets.OTHER_DESCRIPTORS} files" in REFERENCE


def test_every_column_that_is_stored_is_documented():
    documented, table = set(), ""
    for name, columns, _ in rows("| table | column | |"):
        table = name.strip("`") or table
        documented |= {(table, column) for column in re.findall(r"`(\w+)`", columns)}
    assert documented == {
        (table.name, column.name)
        for table in (*Base.metadata.sorted_tables, visitor_keys)
        for column in table.columns
    }


def click_from(address, port, **headers):
    connection = HTTPConnection("127.0.0.1", port, source_address=(address, 0), timeout=10)
    connection.request("GET", "/go/tea", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


LOG_FORMAT = re.search(r"`(log_format .+?;)`", GUIDE)[1]
ACCESS_LOG = re.search(r"`(access_log .+?);`", GUIDE)[1]
CATALOG = "site: {name: Tea, url: https://tea.example}\nctas:\n"
CATALOG += "  tea: {heading: Tea, label: Tea, url: https://shop.example/}\n"


@pytest.mark.docs
def test_nginx_readers_are_told_apart_without_addresses_in_logs(tmp_path):
    def with_log(server):
        assert "error_log /dev/null emerg;" in server
        log = ACCESS_LOG.replace("/var/log/nginx", str(tmp_path))
        return f"{LOG_FORMAT}\n{server.replace('access_log off', log)}"

    with (
        serving(Counter(tmp_path, trusted=["127.0.0.1"])) as counter,
        nginx(tmp_path, counter.server_port, free_port(), with_log) as port,
    ):
        counter.count_for(parse_catalog(CATALOG))
        assert click_from("127.0.0.2", port) == 302
        assert click_from("127.0.0.3", port) == 302
        forged = {"X-Forwarded-For": "192.0.2.1"}
        assert click_from("127.0.0.2", port, **forged) == 302
        # What nginx calls critical, and tells with the address: it cannot keep a long request.
        rmtree(tmp_path / "client_body")
        assert httpx.post(f"http://127.0.0.1:{port}/hit/tea", content=b"x" * 500_000).is_error
        first, second, third = (click.visitor for click in counter.clicks())
    assert first == third != second
    logs = [log.read_text() for log in tmp_path.glob("*.log")]
    assert any("GET 302" in log for log in logs)
    assert not any("127.0.0." in log for log in logs)


@pytest.mark.docs
def test_the_first_session_goes_as_shown(tmp_path):
    server = Server(tmp_path / "demo")
    linkmgr = f"{shlex.quote(sys.executable)} -m linkmgr"
    port = str(server.settings["PORT"])

    def shell(command, folder):
        command = re.sub(r"^linkmgr", linkmgr, command).replace("8910", port)
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=folder,
            env={**server.environment, "LC_ALL": "C.UTF-8"},
            check=True,
            stdout=subprocess.PIPE,
        )
        return done.stdout.decode()

    started = code("how-to/run-a-server.md", "")
    assert "\nlinkmgr demo\ncd demo\nlinkmgr serve " in started
    shell("linkmgr demo", tmp_path)
    server.start()
    shown = re.findall(
        r"^\$ (?!cd )(.*)\n((?:[^$].*\n|\n)*)",
        code("how-to/run-a-server.md", "console"),
        re.MULTILINE,
    )
    assert [command.split()[0] for command, _ in shown] == ["curl", "linkmgr"]
    try:
        for command, output in shown:
            wait_for(lambda c=command, o=output: plain(shell(c, server.folder)) == plain(o))
    finally:
        server.stop()


def plain(output):
    """Return output without what differs from day to day, and blanks at a line's end."""
    return re.sub(r" +$", "", re.sub(r"\d{4}-\d\d-\d\d", "DAY", output), flags=re.MULTILINE)
