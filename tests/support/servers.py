"""Real servers: `python -m linkmgr serve` in a folder, asked over real sockets."""

import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager, suppress
from ipaddress import ip_address
from itertools import count
from pathlib import Path

import httpx
import pytest

from benchmarks.servers import listens
from linkmgr.settings import PREFIX
from tests.support.needs import need

TOKEN = "0123456789abcdef0123"  # noqa: S105 - of these tests alone
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"
SITE = "https://blog.example"
HEAD = f"""\
site:
  name: A blog
  url: {SITE}
  language: en
ctas:
"""
HEAD_WITH_VIEWS = HEAD.replace("ctas", "  server: https://links.example\n  views: true\nctas")
CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # none: no test asks a server by TLS
# `httpx.get` makes a client each time, which reads all certificates: 10 ms, many times a second
# where an answer is waited for.
CLIENT = httpx.Client(
    verify=CERTIFICATES,
    limits=httpx.Limits(max_keepalive_connections=0),
)
# How long a busy machine may take for whatever is waited for, in seconds.
PATIENCE = 60

# The system may give a port that it gave a moment before, when nothing listens there yet.
_GIVEN_PORTS = set()


def cta(name, url):
    return f"  {name}:\n    heading: Read on\n    label: here\n    url: {url}\n"


def write_catalog(folder, *ctas, head=HEAD):
    """Replace the catalog as editors do: as a whole."""
    text = head + "".join(cta(*each) for each in ctas)
    (folder / "new.yaml").write_text(text, encoding="utf-8")
    (folder / "new.yaml").replace(folder / "catalog.yaml")


def free_port():
    """Return a port where nothing listens, another one each time."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in _GIVEN_PORTS:
            _GIVEN_PORTS.add(port)
            return port


def wait_for(condition):
    """Wait until something is so, and return what it is."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{condition} never came")


class Server:
    """A server in a folder, which may be started again and again."""

    def __init__(self, folder, **settings):
        self.folder = folder
        self.instance = folder / "instance"
        self.log_file = folder / "server.log"
        self.settings = {
            "PORT": free_port(),
            "ADMIN_PORT": free_port(),
            "METRICS_TOKEN": TOKEN,
            "WORKERS": 1,
            "NEW_NAMES": 1_000_000,
            "DAILY_CLICKS": 1_000_000,
        } | settings
        self.url = f"http://127.0.0.1:{self.settings['PORT']}"
        self.admin_url = f"http://127.0.0.1:{self.settings['ADMIN_PORT']}"
        self.process = None
        # What its processes begin with, such as `prlimit`, and further variables of theirs.
        self.launcher = []
        self.variables = {}
        self._earlier = 0

    @property
    def environment(self):
        others = {n: v for n, v in os.environ.items() if not n.startswith(PREFIX)}
        # What a killed server leaves behind goes with the test's folder.
        others["TMPDIR"] = str(self.folder)
        return (
            others
            | self.variables
            | {PREFIX + name: str(value) for name, value in self.settings.items()}
        )

    @property
    def log(self):
        return self.log_file.read_text()

    def start(self, largest_file=None):
        """Start it in a session of its own, and wait until it answers."""
        self.launch(largest_file)
        try:
            wait_for(self.answers)
        except BaseException:
            self.kill()  # or it would go on when the test has failed
            raise
        return self

    def launch(self, largest_file=None):
        """Start it in a session of its own."""
        need("server")
        limits = ["prlimit", f"--fsize={largest_file}"] if largest_file else []
        environment = self.environment
        if largest_file:  # bytecode would be cut off, too
            environment |= {"PYTHONDONTWRITEBYTECODE": "1"}
        with self.log_file.open("ab") as log:
            self._earlier = log.tell()
            self.process = subprocess.Popen(
                [*self.launcher, *limits, sys.executable, "-m", "linkmgr", "serve"],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def greeting(self):
        """What it prints once it answers, and what is in its log before that, since it started."""

        def greeted():
            own = self.log_file.read_bytes()[self._earlier :].decode()
            return own if "/healthz   clicks: " in own else ""

        return wait_for(greeted)

    def answers(self):
        assert self.process.poll() is None, self.log
        role = self.settings.get("ROLE", "all")
        urls = {"all": [self.url, self.admin_url], "redirect": [self.url]}
        with suppress(httpx.TransportError):
            asked = urls.get(role, [self.admin_url])
            return {CLIENT.get(f"{url}/healthz").status_code for url in asked} == {200}
        return False

    def stop(self):
        """End it as systemd does, and return its exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def interrupt(self, sent=signal.SIGINT):
        """End it as Ctrl-C does, which tells all of its processes, and return its exit code."""
        os.killpg(self.process.pid, sent)
        return self.process.wait(PATIENCE)

    def kill(self):
        """Kill all of its processes at once."""
        for pid in processes(self.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        wait_for(lambda: not processes(self.process.pid))

    def holders(self, name):
        """List the processes of its session that have a file open whose name ends so."""
        return [pid for pid in processes(self.process.pid) if holds(pid, name)]

    @property
    def workers(self):
        """The processes that write clicks down; the background worker opens these files, too."""
        loaders = self.holders("worker.lock")
        return [process for process in self.holders(".spool") if process not in loaders]

    def all_workers(self):
        """Return the workers once all have started: it answers when one has."""
        number = self.settings["WORKERS"]
        return wait_for(lambda: found if len(found := self.workers) >= number else None)

    @property
    def admin_process(self):
        """The process that listens at the admin's port."""
        port = self.settings["ADMIN_PORT"]
        running = processes(self.process.pid)
        return next((process for process in running if listens_at(process, port)), None)

    @property
    def worker(self):
        return wait_for(lambda: self.holders("worker.lock"))[0]

    def get(self, path, **headers):
        return CLIENT.get(self.url + path, headers={"User-Agent": CHROME} | headers)

    def health(self):
        return self.get("/healthz").json()

    def metrics(self):
        return self.get("/metrics", Authorization=f"Bearer {TOKEN}").text

    def metric(self, name):
        """Return a metric, its labels added up."""
        lines = [line for line in self.metrics().splitlines() if line.startswith(f"linkmgr_{name}")]
        return sum(float(line.split()[-1]) for line in lines)

    def posts(self):
        """Count the rows of clicks by their post."""
        return dict(self.rows("SELECT post, COUNT(*) FROM clicks WHERE kind < 3 GROUP BY post"))

    def rows(self, query):
        # Makes no file where there is none yet: it would be the server's, with a mode of ours.
        file = f"file:{self.instance / 'linkmgr.db'}?mode=rw"
        with closing(sqlite3.connect(file, uri=True)) as database:
            return database.execute(query).fetchall()

    def waiting(self):
        return sum(file.stat().st_size for file in (self.instance / "spool").glob("*.spool"))


def faked_clock(fake):
    """Return the variables that set the time of day alone, as `fake` says or the file it names."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if library is None:
        pytest.skip("faketime is not installed")
    of_faketime = {"FAKETIME_TIMESTAMP_FILE": str(fake), "FAKETIME_NO_CACHE": "1"}
    if isinstance(fake, str):
        of_faketime = {"FAKETIME": fake}
    return {"LD_PRELOAD": str(library), "FAKETIME_DONT_FAKE_MONOTONIC": "1"} | of_faketime


@contextmanager
def served(folder, *, largest_file=None, **settings):
    """Run a server for as long as the block lasts."""
    server = Server(folder, **settings).start(largest_file)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


class Clients:
    """What clients do, each on a thread of its own, from the beginning of a block to its end."""

    def __init__(self, *actions):
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=action) for action in actions]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        for thread in self._threads:
            thread.join()


class Load(Clients):
    """Clients that click on links, each `pause` seconds after its last; each on another post."""

    def __init__(self, server, item, clients=4, first=0, pause=0.0):
        super().__init__(*[self._click] * clients)
        self.answered = {}
        self.failures = []
        self._server = server
        self._item = item
        self._pause = pause
        self._numbers = count(first)

    def wait(self, number):
        """Go on until so many further clicks are answered."""
        wanted = len(self.answered) + number
        wait_for(lambda: len(self.answered) >= wanted)

    def _click(self):
        with httpx.Client(headers={"User-Agent": CHROME}, verify=CERTIFICATES) as client:
            while not self._ended.is_set():
                post = f"{next(self._numbers):016x}"
                try:
                    answer = self._send(client, self._server.url, self._item, post)
                except httpx.TransportError as error:
                    self.failures.append(error)
                    self._ended.wait(0.05)  # not at once again, which would keep a core busy
                else:
                    self.answered[post] = answer.headers.get("location", answer.status_code)
                    self._ended.wait(self._pause)

    def _send(self, client, url, item, post):
        return client.get(f"{url}/go/{item}?p={post}")


class ReportLoad(Load):
    """Readers that report that they saw and clicked a link.

    Each is another one, of whom the server knows by the proxy in front of it, and each saw another
    post.
    """

    def _send(self, client, url, item, post):
        client.headers["X-Forwarded-For"] = str(ip_address(0x0A00_0000 + int(post, 16)))
        return client.post(f"{url}/seen/?p={post}&c=cta.1~{item}")


def processes(session):
    """List the processes of a session (proc(5): the sixth field of stat)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            after = stat.read_text().rpartition(")")[2].split()
            if int(after[3]) == session and after[0] != "Z":
                found.append(int(stat.parent.name))
    return found


def runs(pid):
    """Whether a process runs, and does not merely wait for its end to be noticed."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def parent_of(pid):
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return None


def listens_at(pid, port):
    with suppress(OSError):
        return listens(pid, port)
    return False


def holds(pid, name):
    with suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if str(link.readlink()).endswith(name):
                    return True
    return False
