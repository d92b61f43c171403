"""Images that are really built and run, by Podman, on Debian in place of the bases from Docker Hub.

The base images cannot be had where the tests run. Debian's own packages play them: the same Python,
Caddy and PostgreSQL under the same names, paths and users. Containers, their networks and volumes
are in namespaces of their own, and gone when the test ends.
"""

import ctypes
import json
import os
import resource
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import pytest

from tests.support.servers import PATIENCE, wait_for

# Debian is installed with a wait for the disk at each file, which takes most of the time.
MEMORY = Path("/dev/shm")  # noqa: S108
NEEDED = ("podman", "docker-compose", "debootstrap", "nft", "ip")
SUITE = "trixie"  # of the image that Dockerfile names
PACKAGES = ("ca-certificates", "caddy", "postgresql-17", "python3", "python3-pip")
BASES = Path(__file__).with_name("images")  # each file's first line names the image that it plays

DOCKER = """\
docker() {
  if [ "$1" = compose ]; then shift; docker-compose "$@"; else podman "$@"; fi
}
"""

# Podman takes no mixture of both versions of cgroups, which the machine may have. Networks of other
# engines, or of those that were killed, would be set up here, too.
INIT = """\
set -e
umount --lazy /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /run/containers
mount -t tmpfs tmpfs /run/containers
ip link set lo up
touch "$READY"
sleep infinity &
wait  # and take the ends of processes whose parents have ended
"""


class Engine:
    """Podman with images and containers of its own in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self._namespaces = None
        (folder / "containers.conf").write_text(
            f"[containers]\ndefault_ulimits = {json.dumps(_limits())}\npids_limit = 0\n"
            '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
        )
        (folder / "registries.conf").write_text('unqualified-search-registries = ["docker.io"]\n')
        (folder / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/images"\n'
            f'runroot = "{folder}/run"\n'
        )
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "DOCKER_HOST": f"unix://{folder}/podman.sock",
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            "CONTAINERS_REGISTRIES_CONF": str(folder / "registries.conf"),
            "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        }

    def build(self, context, tag, *options):
        """Build an image as its Dockerfile says, out of what is in a folder."""
        command = ["podman", "build", "--isolation=chroot", "--pull=never", "--tag", tag]
        command.append("--format=docker")  # the other has no health checks
        done = self._run(*command, *options, context)
        assert done.returncode == 0, done.stdout + done.stderr

    def import_image(self, root, tag):
        """Make an image of a folder."""
        with subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE) as files:
            done = self._run("podman", "import", "-", tag, stdin=files.stdout)
        assert done.returncode == 0, done.stderr

    def podman(self, *arguments, check=True):
        """Run a command of Podman's beside the containers, and return what it printed."""
        done = self._run(*self.entering, "podman", *arguments)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout if check else done

    def shell(self, command, folder):
        """Run a command of a shell in a folder, beside the containers, `docker` being Podman.

        `docker compose` is Docker's own, which asks Podman's socket.
        """
        shell = ["bash", "-euc", f"{DOCKER}\n{command}"]
        return self._run(*self.entering, f"--wdns={folder}", *shell)

    @contextmanager
    def served(self):
        """Answer at the socket as Docker's daemon does, and run the health checks that are due."""
        socket = self.folder / "podman.sock"
        service = ["podman", "system", "service", "--time=0", f"unix://{socket}"]
        ended = threading.Event()
        checks = threading.Thread(target=self._check_health, args=(ended,))
        with (
            (self.folder / "service.log").open("wb") as log,
            subprocess.Popen(
                [*self.entering, *service], env=self.environment, stdout=log, stderr=log
            ) as process,
        ):
            checks.start()
            try:
                wait_for(socket.exists)
                yield
            finally:
                ended.set()
                process.terminate()
        checks.join()

    def _check_health(self, ended):
        """Run each container's check every second: Podman has systemd do so, which is not there."""
        while not ended.wait(1):
            for name in self.podman("ps", "--format={{.Names}}", check=False).stdout.split():
                self.podman("healthcheck", "run", name, check=False)

    @property
    def entering(self):
        """What puts a command into the containers' namespaces."""
        return ["nsenter", "--target", str(self._init), "--mount", "--net", "--pid"]

    def inside(self, function, *arguments, **options):
        """Call a function in a thread that is in the containers' network."""
        with ThreadPoolExecutor(1, initializer=_enter_network, initargs=(self._init,)) as pool:
            return pool.submit(function, *arguments, **options).result()

    @property
    def _init(self):
        """The first process of the namespaces."""
        children = f"/proc/{self._namespaces.pid}/task/{self._namespaces.pid}/children"
        return int(Path(children).read_text().split()[0])

    def _run(self, *command, **options):
        run = partial(subprocess.run, check=False, capture_output=True, text=True)
        return run([*map(str, command)], env=self.environment, cwd=self.folder, **options)

    def __enter__(self):
        ready = self.folder / "ready"
        kinds = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
        self._namespaces = subprocess.Popen(
            ["unshare", *kinds, "--propagation", "private", "bash", "-c", INIT],
            env=self.environment | {"READY": str(ready)},
        )
        wait_for(ready.exists)
        return self

    def __exit__(self, *_):
        self._namespaces.kill()  # and with it all that is in the namespaces
        self._namespaces.wait(PATIENCE)


@contextmanager
def running_engine():
    """Give an engine; skip the test where there is none."""
    missing = [
        name for name in NEEDED if not (shutil.which(name) or shutil.which(name, path="/usr/sbin"))
    ]
    if missing or os.geteuid() != 0:
        pytest.skip(f"to run containers takes root and {', '.join(NEEDED)}")
    # Not in memory, where overlays of overlays are refused.
    folder = Path(mkdtemp(prefix="linkmgr-containers-", dir="/var/tmp"))
    try:
        with Engine(folder) as engine:
            yield engine
    finally:
        shutil.rmtree(folder)


def make_bases(engine):
    """Make the images that Dockerfile and compose.yaml name, out of one Debian."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        root = Path(folder) / "root"
        command = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}"]
        done = subprocess.run([*command, SUITE, root], check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        # As this machine asks package indexes, so do builds.
        for file in ("/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf"):
            if Path(file).exists():
                shutil.copy(file, root / file[1:])
        engine.import_image(root, "localhost/debian")
    for file in BASES.glob("*.Dockerfile"):
        tag = file.read_text().partition("# ")[2].partition("\n")[0]
        engine.build(BASES, f"docker.io/library/{tag}", f"--file={file}")


def _limits():
    """Return the limits of this process: Podman's own are more than a sandbox may set."""
    limits = {"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}
    most = {name: resource.getrlimit(number)[1] for name, number in limits.items()}
    finite = {name: each for name, each in most.items() if each != resource.RLIM_INFINITY}
    return [f"{name}={min(each, 1024)}:{each}" for name, each in finite.items()]


def _enter_network(pid):
    """Have this thread use the network of a process (setns(2))."""
    with Path(f"/proc/{pid}/ns/net").open() as namespace:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(namespace.fileno(), os.O_RDONLY) != 0:
            raise OSError(ctypes.get_errno(), "setns")
