"""The units and the crontab of deploy/: systemd takes them, and their commands do their work."""

import os
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser

import pytest
import yaml

from linkmgr.demo.run import make_demo
from linkmgr.settings import read_settings
from linkmgr.web.server.child import ChildRole, deadline_of
from linkmgr.web.server.supervisor import LATE
from tests.support.packages import ROOT
from tests.support.servers import served

UNITS = ROOT / "deploy" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
# Of systemd's scale from 0 to 10: below 2 it calls a service well protected.
MOST_EXPOSED = 1.5
CRONTAB = (ROOT / "deploy" / "cron.d" / "linkmgr").read_text()
# Of the units, what each has of its own; the rest is how systemd protects all of them.
OWN = {
    "Type",
    "WorkingDirectory",
    "Environment",
    "ExecStart",
    "KillMode",
    "TimeoutStopSec",
    "Restart",
    "ReadWritePaths",
}


NODES = ("admin", "node-1", "node-2")


def settings(unit):
    """Return the lines of a unit's part [Service]."""
    part = unit.read_text().partition("[Service]\n")[2].partition("\n[")[0]
    return [line for line in part.splitlines() if line and not line.startswith("#")]


def test_the_units_protect_in_the_same_way():
    shared = [[s for s in settings(unit) if s.partition("=")[0] not in OWN] for unit in SERVICES]
    assert shared[0] == shared[1] == shared[2]
    assert "ProtectSystem=strict" in shared[0]


@pytest.mark.parametrize("page", ["docs/how-to/run-a-server.md", "docs/ja/how-to/run-a-server.md"])
def test_the_docs_show_the_unit_of_the_server_as_it_is(page):
    shown = re.search(r"^```ini\n(.*?)^```$", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)
    assert without_comments(shown[1]) == without_comments((UNITS / "linkmgr.service").read_text())


def without_comments(unit):
    return [line for line in unit.splitlines() if not line.startswith("#")]


def test_server_ends_by_itself_before_systemd_or_docker_kills_it():
    of_default = read_settings({})
    servers = deadline_of(ChildRole.READERS, of_default) + LATE
    helpers = of_default.stop_seconds + LATE
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    given = [
        re.search(r"^TimeoutStopSec=(\d+)$", (UNITS / "linkmgr.service").read_text(), re.MULTILINE)[
            1
        ]
    ]
    given += [compose[node]["stop_grace_period"].removesuffix("s") for node in NODES]
    for language in ("", "ja/"):
        page = (ROOT / f"docs/{language}how-to/docker.md").read_text(encoding="utf-8")
        given.append(re.search(r"^docker stop -t (\d+) linkmgr$", page, re.MULTILINE)[1])
    assert min(map(int, given)) > servers + helpers


def analyze(*arguments):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not installed")
    return subprocess.run([program, *arguments], check=False, capture_output=True, text=True)


@pytest.mark.deploy
def test_systemd_takes_every_unit_and_rates_it_as_well_protected(tmp_path):
    for unit in UNITS.iterdir():  # verify looks for the programs, too
        text = unit.read_text().replace("=/srv/linkmgr/venv/bin/linkmgr", "=/bin/sh")
        (tmp_path / unit.name).write_text(text)
    verified = analyze("verify", "--man=no", *tmp_path.iterdir())
    assert (verified.returncode, verified.stderr) == (0, "")
    threshold = f"--threshold={MOST_EXPOSED * 10:.0f}"
    for unit in tmp_path.glob("*.service"):
        judged = analyze("security", "--offline=true", "--no-pager", threshold, unit)
        assert judged.returncode == 0, judged.stdout


@pytest.mark.deploy
def test_the_timers_come_every_night():
    for timer in UNITS.glob("*.timer"):
        assert timer.with_suffix(".service").exists()
        calendar = re.search("^OnCalendar=(.*)$", timer.read_text(), re.MULTILINE)[1]
        shown = analyze("calendar", "--iterations=2", calendar)
        assert shown.returncode == 0, shown.stderr
        assert re.search(r"Normalized form: \*-\*-\* 0\d:15:00", shown.stdout)


@pytest.fixture
def machine(tmp_path):
    """Play a server's folders /srv and /var/backups in a folder, with a blog and an instance."""
    binaries = tmp_path / "srv" / "linkmgr" / "venv" / "bin"
    binaries.mkdir(parents=True)
    command = binaries / "linkmgr"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m linkmgr "$@"\n')
    command.chmod(0o755)
    (tmp_path / "var" / "backups" / "linkmgr").mkdir(parents=True)
    blog = tmp_path / "srv" / "blog"
    make_demo(blog)
    with served(blog, INSTANCE=tmp_path / "srv" / "linkmgr" / "instance"):
        pass  # which makes the instance
    (blog / "_site").mkdir()
    (blog / "_site" / "index.html").write_text('<html><body><a href="/gone/">x</a></body></html>')
    return tmp_path


def played(text, machine):
    """Have a command read and write below the folder that plays the machine."""
    return re.sub(r"(?<![\w/])/(srv|var|etc)/", rf"{machine}/\1/", text)


def run(command, machine, folder="/", **variables):
    return subprocess.run(
        ["/bin/sh", "-c", played(command, machine)],
        cwd=played(folder, machine),
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}
        | {name: played(value, machine) for name, value in variables.items()},
        check=False,
        capture_output=True,
        text=True,
    )


def expired(machine):
    """Leave a backup of long ago, and return its file."""
    file = machine / "var" / "backups" / "linkmgr" / "2020-01-01.tar.gz"
    file.write_bytes(b"")
    os.utime(file, (0, 0))
    return file


def service(name):
    """Return the commands of a unit as a shell takes them, its folder and its variables."""
    parser = ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str
    text = (UNITS / name).read_text()
    parser.read_string(text)
    commands = re.findall("^ExecStart=(.*)$", text, re.MULTILINE)
    unescaped = [each.replace("$$", "$").replace("%%", "%") for each in commands]
    name, _, value = parser["Service"]["Environment"].partition("=")
    return unescaped, parser["Service"]["WorkingDirectory"], {name: value}


def made_backups(machine):
    return list((machine / "var" / "backups" / "linkmgr").iterdir())


@pytest.mark.deploy
def test_the_backup_of_the_units_is_made_and_old_ones_go(machine):
    old = expired(machine)
    commands, folder, variables = service("linkmgr-backup.service")
    for command in commands:
        done = run(command, machine, folder, **variables)
        assert done.returncode == 0, done.stderr
    assert not old.exists()
    assert [file.name.startswith("20") for file in made_backups(machine)] == [True]


@pytest.mark.deploy
def test_check_of_units_tells_by_its_exit_code_what_it_finds(machine):
    (command,), folder, variables = service("linkmgr-check.service")
    # No test asks shops' servers.
    done = run(command.replace(" --online", ""), machine, folder, **variables)
    assert done.returncode == 1
    assert "dead-link: /gone/" in done.stdout


def jobs():
    """Return the commands of the crontab, as cron gives them to the shell, and its variables."""
    lines = [line for line in CRONTAB.splitlines() if not line.startswith("#")]
    variables = dict(line.split("=", 1) for line in lines if re.match("[A-Z_]+=", line))
    found = [line.split(maxsplit=6) for line in lines if line[0].isdigit()]
    assert {job[5] for job in found} == {"linkmgr"}
    for job in found:
        # A bare % would end the command, and give the rest to its standard input.
        assert not re.search(r"(?<!\\)%", job[6])
    return [job[6].replace(r"\%", "%") for job in found], variables


@pytest.mark.deploy
def test_the_jobs_of_cron_back_up_and_print_only_what_is_found(machine):
    old = expired(machine)
    (machine / "etc").mkdir()
    (machine / "etc" / "linkmgr.env").write_text("LINKMGR_KEEP_DAYS=30\n")
    (backup, check), variables = jobs()
    done = run(backup, machine, **variables)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not old.exists()
    (made,) = made_backups(machine)
    assert made.stat().st_mode & 0o077 == 0
    found = run(check.replace(" --online", ""), machine, **variables)
    assert "dead-link: /gone/" in found.stdout


def test_the_settings_file_is_read_by_every_unit_and_job():
    assert all("EnvironmentFile=-/etc/linkmgr.env" in settings(unit) for unit in SERVICES)
    assert all(". /etc/linkmgr.env" in job for job in jobs()[0])
    assert "/etc/linkmgr.env" in (ROOT / "docs/how-to/install.md").read_text()
