"""docs/server.md says what is there, and its files are such as nginx and systemd take."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from linkmgr.settings import PREFIX, Settings, read_settings
from linkmgr.store.models import Base

PAGE = (Path(__file__).parents[2] / "docs" / "server.md").read_text(encoding="utf-8")


def rows(header):
    """Return the cells of the table with this first line."""
    table = PAGE.partition(f"{header}\n")[2].partition("\n\n")[0]
    lines = table.splitlines()[1:]
    assert lines, f"docs/server.md has no table {header}"
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def code(language):
    """Return the first piece of code in a language."""
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert found, f"docs/server.md has no {language}"
    return found[1]


def test_every_setting_is_documented_in_its_order():
    documented = [name.strip("`") for name, *_ in rows("| variable | default | |")]
    assert documented == [PREFIX + name.upper() for name in Settings.__dataclass_fields__]


def test_the_documented_defaults_are_the_settings_defaults():
    documented = {
        name.strip("`"): default.strip("`")
        for name, default, _ in rows("| variable | default | |")
        if default
    }
    assert read_settings(documented) == read_settings({})
    assert {
        n for n in documented if read_settings({n: documented[n]}) != read_settings({})
    } == set()


def test_every_column_that_is_stored_is_documented():
    documented, table = set(), ""
    for name, columns, _ in rows("| table | column | |"):
        table = name.strip("`") or table
        documented |= {(table, column) for column in re.findall(r"`(\w+)`", columns)}
    assert documented == {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
    }


@pytest.mark.slow
def test_nginx_takes_its_configuration(tmp_path):
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed")
    server = re.sub(r"^ *ssl_.*\n", "", code("nginx"), flags=re.MULTILINE)
    server = server.replace("443 ssl", "127.0.0.1:8943").replace("/var/log/nginx", str(tmp_path))
    log_format = re.search(r"`(log_format .+?;)`", PAGE)[1]
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\n"
        f"http {{ access_log off; {log_format}\n{server} }}\n"
    )
    tested = subprocess.run(
        [nginx, "-t", "-q", "-c", config, "-e", tmp_path / "error.log"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (tested.returncode, tested.stderr) == (0, "")


@pytest.mark.slow
def test_systemd_takes_its_unit(tmp_path):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not installed")
    unit = tmp_path / "linkmgr.service"
    unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/sh", code("ini"), flags=re.MULTILINE))
    verified = subprocess.run(
        [analyze, "verify", "--man=no", unit], check=False, capture_output=True, text=True
    )
    assert (verified.returncode, verified.stderr) == (0, "")
