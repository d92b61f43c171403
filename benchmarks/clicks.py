"""Measures redirects against bare servers, and reports of views; `make bench` runs it.

The servers take turns, and each round is judged by itself. The load is wrk's, from this machine to
itself, bounded in connections and in time.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx
import sites
from servers import Server, cpu_seconds, descendants, free_port, running

ITEMS = 10_000
WORKERS = 2
CONNECTIONS = 16
LUA = Path(__file__).with_name("load.lua")
LOADED = "linkmgr_loaded_lines_total"
TOKEN = "known-to-this-benchmark"  # noqa: S105 - of a server that lives for minutes

SHARE_BAR, CPU_BAR, P99_BAR, MEMORY_BAR, DRAIN_BAR = 0.75, 60.0, 10.0, 200.0, 10.0

BARE = """\
HEADERS = [
    ("Location", "https://www.amazon.co.jp/dp/4785730706/?tag=bench-22"),
    ("Cache-Control", "private, no-store"),
    ("X-Robots-Tag", "noindex"),
    ("Referrer-Policy", "no-referrer-when-downgrade"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Length", "0"),
]

def app(environ, start_response):
    start_response("302 Found", HEADERS)
    return [b""]
"""
GRANIAN = f"""\
{sys.executable} -m granian --interface wsgi --workers {WORKERS} --blocking-threads 1
--runtime-threads 1 --no-ws --log-level warning --port {{port}} bare:app
"""
NGINX = f"""\
daemon off; worker_processes {WORKERS}; pid nginx.pid; error_log stderr error;
events {{{{ worker_connections 256; }}}}
http {{{{ access_log off; server {{{{ listen 127.0.0.1:{{port}};
location / {{{{ return 302 https://www.amazon.co.jp/dp/4785730706/?tag=bench-22; }}}} }}}} }}}}
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw (latencies in milliseconds), and the workers' processor time (seconds)."""

    requests: int
    seconds: float
    failed: int
    p50: float
    p99: float
    cpu: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def cpu_each(self) -> float:
        """Microseconds of processor time a request."""
        return self.cpu / self.requests * 1e6


def load(server: Server, seconds: float, seed: int, what: str = "go") -> Load:
    """Ask for redirects, or send what was `seen`, over `CONNECTIONS` connections at once."""
    before = server.cpu()
    done = subprocess.run(  # noqa: S603 - fixed words and numbers
        [
            *("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "-s", LUA),
            *(f"http://127.0.0.1:{server.port}/", "--", str(seed), what),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    found = re.search(r"^figures (.*)$", done.stdout, re.MULTILINE)
    if found is None:
        raise SystemExit(done.stdout + done.stderr)
    requests, lasted, failed, p50, p99 = map(float, found[1].split())
    cpu = server.cpu() - before
    return Load(int(requests), lasted, int(failed), p50 / 1000, p99 / 1000, cpu)


def metrics(server: Server) -> dict[str, float]:
    """Read the server's metrics; those with labels are added up."""
    answer = httpx.get(
        f"http://127.0.0.1:{server.port}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    found: dict[str, float] = {}
    for name, value in re.findall(r"^(\w+)(?:\{.*\})? (\S+)$", answer.text, re.MULTILINE):
        found[name] = found.get(name, 0.0) + float(value)
    return found


def drained(server: Server, most: float) -> float:
    """Wait until the spool is empty, for so many seconds at most; return the seconds."""
    started = time.monotonic()
    while metrics(server)["linkmgr_spool_bytes"] and time.monotonic() < started + most:
        time.sleep(0.1)
    return time.monotonic() - started


class Table:
    """Prints figures as they come, and knows whether a bar was missed."""

    def __init__(self) -> None:
        self.missed = False

    def line(
        self, what: str, measured: float, unit: str, *, met: bool | None = None, bar: str = ""
    ) -> None:
        """Print a figure, with the verdict if there is a bar."""
        ending = "" if met is None else f"  {bar:18}{'met' if met else 'NOT MET'}"
        self.missed = self.missed or met is False
        print(f"{what:58}{measured:12,.2f} {unit:5}{ending}", flush=True)


def environment(folder: Path, port: int, database: str | None) -> Mapping[str, str]:
    """Set up `linkmgr serve`."""
    return {
        "LINKMGR_PORT": str(port),
        "LINKMGR_ROLE": "redirect",  # the admin is a server of its own
        "LINKMGR_WORKERS": str(WORKERS),
        "LINKMGR_INSTANCE": str(folder / "instance"),
        "LINKMGR_METRICS_TOKEN": TOKEN,
        "LINKMGR_NEW_NAMES": "20000",
        "LINKMGR_DAILY_CLICKS": "1000000",
        "LINKMGR_TRUSTED_PROXIES": "127.0.0.1",
        **({"LINKMGR_DATABASE_URL": database} if database else {}),
    }


def compare(servers: Mapping[str, Server], rounds: int, seconds: float) -> dict[str, list[Load]]:
    """Load the servers in turns."""
    loads: dict[str, list[Load]] = {name: [] for name in servers}
    for number in range(rounds):
        for name, server in servers.items():
            loads[name].append(load(server, seconds, seed=number))
            if name == "linkmgr":
                drained(server, 60)
    return loads


def report(table: Table, loads: Mapping[str, list[Load]]) -> None:
    """Print each server's figures, and what linkmgr's are to the bare callable's."""
    rates = {name: median(each.rate for each in own) for name, own in loads.items()}
    for name, own in loads.items():
        table.line(f"{name}: redirects", rates[name], "/s")
        table.line(f"{name}: processor time of the workers", median(e.cpu_each for e in own), "µs")
        table.line(f"{name}: p50", median(each.p50 for each in own), "ms")
        table.line(f"{name}: p99", median(each.p99 for each in own), "ms")
        failed = sum(each.failed for each in own)
        table.line(f"{name}: answers that were no redirect", failed, "", met=not failed, bar="none")
    paired = zip(loads["linkmgr"], loads["bare callable"], strict=True)
    share = min(own.rate / bare.rate for own, bare in paired)
    p99 = median(each.p99 for each in loads["linkmgr"])
    what = "linkmgr to the bare callable, the least of all rounds"
    table.line(what, share, "×", met=share >= SHARE_BAR, bar=f"at least {SHARE_BAR}")
    what = f"p99 at {CONNECTIONS} connections"
    table.line(what, p99, "ms", met=p99 < P99_BAR, bar=f"under {P99_BAR:.0f}")


def reports(table: Table, server: Server, rounds: int, seconds: float) -> None:
    """Send reports of views, and see whether any is lost or waits for long."""
    before, loads = metrics(server), list[Load]()
    for number in range(rounds):
        loads.append(load(server, seconds, seed=number, what="seen"))
    took = drained(server, 120)
    time.sleep(1)  # until the last counts are told
    after = metrics(server)
    table.line("reports of four views each", median(each.rate for each in loads), "/s")
    table.line("processor time of the workers", median(each.cpu_each for each in loads), "µs")
    table.line("p99", median(each.p99 for each in loads), "ms")
    table.line("spool empty after", took, "s")
    sent = sum(each.requests for each in loads)
    spooled, gone = "linkmgr_spooled_reports_total", "linkmgr_not_counted_total"
    counted = sum(after[name] - before[name] for name in (spooled, gone))
    lost = sent - counted + after["linkmgr_lost_reports_total"]
    table.line("reports answered that are lost", max(lost, 0), "", met=lost <= 0, bar="none")
    loaded = after["linkmgr_loaded_reports_total"] - before["linkmgr_loaded_reports_total"]
    lost = after[spooled] - before[spooled] - loaded
    table.line("reports in the spool that were not loaded", lost, "", met=lost == 0, bar="none")


def sustained(table: Table, server: Server, seconds: float) -> None:
    """Load the server for a minute and see whether the loader keeps up."""
    others = [pid for pid in descendants(server.process.pid) if pid not in server.workers]
    before, loading_cpu = metrics(server), cpu_seconds(others)
    done = load(server, seconds, seed=99)
    waiting = metrics(server)["linkmgr_spool_bytes"]
    took = drained(server, 120)
    time.sleep(1)  # until the last counts are told
    after, loading_cpu = metrics(server), cpu_seconds(others) - loading_cpu
    table.line(f"redirects in {done.seconds:.0f} s", done.requests, "")
    table.line("of them a second", done.rate, "/s")
    table.line("spool at the end of it", waiting / 1e6, "MB")
    table.line(
        "spool empty after", took, "s", met=took <= DRAIN_BAR, bar=f"at most {DRAIN_BAR:.0f}"
    )
    cpu, loading = done.cpu_each, loading_cpu / done.requests * 1e6
    table.line("processor time a request, the workers", cpu, "µs")
    table.line("processor time a request, loading it", loading, "µs")
    what = "processor time a request, both"
    table.line(
        what, cpu + loading, "µs", met=cpu + loading <= CPU_BAR, bar=f"at most {CPU_BAR:.0f}"
    )
    gone = "linkmgr_lost_clicks_total"
    lost = done.requests - (after[LOADED] - before[LOADED]) + after[gone] - before[gone]
    # wrk stops in the middle: a few requests are counted that it no more saw the answers of.
    table.line(
        "redirects answered whose click is lost", max(lost, 0), "", met=lost <= 0, bar="none"
    )


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--minute", type=float, default=60, help="the length of the long load")
    parser.add_argument("--database", help="a PostgreSQL URL, instead of SQLite")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not installed (Debian: apt install wrk)")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        draft = sites.draft_catalog(ITEMS)
        draft["site"] |= {"server": "https://go.example.com", "views": True}
        sites.write_catalog(folder, draft)
        (folder / "bare.py").write_text(BARE)
        ports = [free_port() for _ in range(3)]
        start = stack.enter_context
        servers = {
            "bare callable": start(running(GRANIAN.format(port=ports[0]).split(), ports[0], folder))
        }
        if shutil.which("nginx"):
            (folder / "nginx.conf").write_text(NGINX.format(port=ports[1]))
            command = ["nginx", "-p", str(folder), "-c", "nginx.conf"]
            servers["nginx"] = start(running(command, ports[1], folder))
        linkmgr = [sys.executable, "-m", "linkmgr", "serve"]
        environ = environment(folder, ports[2], options.database)
        servers["linkmgr"] = start(running(linkmgr, ports[2], folder, environ))
        print(f"{os.cpu_count()} cores, {WORKERS} workers, {CONNECTIONS} connections")
        table = Table()
        report(table, compare(servers, options.rounds, options.seconds))
        sustained(table, servers["linkmgr"], options.minute)
        reports(table, servers["linkmgr"], options.rounds, options.seconds)
        memory = servers["linkmgr"].megabytes()
        what = f"memory of {WORKERS} workers with {ITEMS:,} items"
        bar = f"under {MEMORY_BAR:.0f}"
        table.line(what, memory, "MB", met=memory < MEMORY_BAR, bar=bar)
    sys.exit(table.missed)


if __name__ == "__main__":
    main()
