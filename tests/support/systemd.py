"""A real systemd that runs a unit in namespaces of its own: the machine never notices."""

import os
import shutil
import subprocess
import sys
import sysconfig
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGKILL, SIGTERM

import pytest

import linkmgr
from tests.support.servers import PATIENCE, parent_of, wait_for

SYSTEMD = Path("/usr/lib/systemd/systemd")
UID = 64_999  # of the unit's user: nobody else's

# The machine's files are there to be read; what the unit may write is bound to the test's folder.
INIT = """\
set -e
mount -t proc proc /proc
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs /srv
mkdir -p /srv/linkmgr /srv/blog /srv/python /srv/packages /srv/code
mount --bind "$FOLDER/linkmgr" /srv/linkmgr
mount --bind "$FOLDER/blog" /srv/blog
mount --bind "$PYTHON" /srv/python
mount --bind "$PACKAGES" /srv/packages
mount --bind "$CODE" /srv/code
mount -t tmpfs tmpfs /run
cp -r "$FOLDER/units" /run/units
(cat /etc/passwd; echo "linkmgr:x:$UID_:$UID_::/srv/linkmgr:/bin/false") > /run/passwd
(cat /etc/group; echo "linkmgr:x:$UID_:") > /run/group
mount --bind /run/passwd /etc/passwd
mount --bind /run/group /etc/group
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=1777 tmpfs /var/tmp
mount -o remount,bind,ro /
cd /
exec "$SYSTEMD" --system --unit=linkmgr.service --log-target=console --show-status=no
"""
LINKMGR = """\
#!/srv/python/bin/python{version}
from linkmgr.cli import main
if __name__ == "__main__":
    main()
"""


class Service:
    """What systemd runs; its files are in `folder` under `linkmgr` and `blog`, as in /srv."""

    def __init__(self, folder, process):
        self.folder = folder
        self.process = process

    @property
    def log(self):
        return (self.folder / "linkmgr" / "log").read_text()

    @property
    def main(self):
        """The process that the unit starts."""
        started = (pid for init in _children(self.process.pid) for pid in _children(init))
        return next((pid for pid in started if _runs_linkmgr(pid)), None)

    def facts(self):
        """Return what the kernel says of the process (proc(5))."""
        lines = Path(f"/proc/{self.main}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def stop(self):
        """End the service as `systemctl stop` does with KillMode=mixed."""
        main = self.main
        os.kill(main, SIGTERM)
        wait_for(lambda: not Path(f"/proc/{main}").exists())


@contextmanager
def systemd_running(folder, unit, blog, **settings):
    """Run a unit as systemd does, with settings of linkmgr beside its own; skip without systemd."""
    if os.geteuid() != 0 or not SYSTEMD.exists():
        pytest.skip("to run the unit takes root and systemd")
    (folder / "units" / "linkmgr.service.d").mkdir(parents=True)
    (folder / "units" / "linkmgr.service").write_text(unit)
    variables = "".join(f"Environment={name}={value}\n" for name, value in settings.items())
    (folder / "units" / "linkmgr.service.d" / "test.conf").write_text(
        f"[Unit]\nDefaultDependencies=no\n[Service]\n{variables}"
        # Where this Python keeps its own library, its place being another one now, and packages:
        # the server's jobs are processes of their own and have to find them, too.
        "Environment=LD_LIBRARY_PATH=/srv/python/lib\n"
        "Environment=PYTHONPATH=/srv/code:/srv/packages\n"
        "StandardOutput=append:/srv/linkmgr/log\nStandardError=append:/srv/linkmgr/log\n"
    )
    program = folder / "linkmgr" / "venv" / "bin" / "linkmgr"
    program.parent.mkdir(parents=True)
    program.write_text(LINKMGR.format(version=sysconfig.get_python_version()))
    program.chmod(0o755)
    shutil.copytree(blog, folder / "blog")
    for path in (*folder.rglob("*"), folder):
        os.chown(path, UID, UID)
    environment = {
        "PATH": os.environ["PATH"],
        "FOLDER": str(folder),
        "PYTHON": sys.base_prefix,
        "PACKAGES": sysconfig.get_path("purelib"),
        "CODE": str(Path(linkmgr.__file__).parents[1]),
        "UID_": str(UID),
        "SYSTEMD": str(SYSTEMD),
        "SYSTEMD_UNIT_PATH": "/run/units",
        "container": "test",
    }
    namespaces = ["--mount", "--pid", "--cgroup", "--uts", "--ipc", "--propagation", "private"]
    command = ["unshare", *namespaces, "--fork", "--kill-child", "bash", "-c", INIT]
    with (
        (folder / "systemd.log").open("wb") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process,
    ):
        try:
            yield Service(folder, process)
        finally:
            for pid in _children(process.pid):  # all others of the namespace end with it
                with suppress(ProcessLookupError):
                    os.kill(pid, SIGKILL)
            process.wait(PATIENCE)


def _children(parent):
    pids = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
    return [pid for pid in pids if parent_of(pid) == parent]


def _runs_linkmgr(pid):
    with suppress(OSError):
        return b"\0serve\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False
