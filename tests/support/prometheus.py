"""A real Prometheus that scrapes a server, and its tool for rules."""

import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from tests.support.servers import CLIENT, PATIENCE, TOKEN, free_port, wait_for

RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "linkmgr.rules.yml"


def program(name):
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def promtool(*arguments):
    done = subprocess.run(
        [program("promtool"), *arguments], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Prometheus:
    """Asked over its own API."""

    def __init__(self, url):
        self.url = url

    def get(self, path, **query):
        answer = CLIENT.get(f"{self.url}/api/v1/{path}", params=query).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    def samples(self, expression):
        return self.get("query", query=expression)["result"]

    def has_scraped(self):
        try:
            return len(self.samples("linkmgr_redirects_total offset 2s")) > 0
        except httpx.HTTPError:
            return False


@contextmanager
def scraping(folder, server):
    """Run a Prometheus with the rules, which scrapes a server every second."""
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES)],
        "scrape_configs": [
            {
                "job_name": "linkmgr",
                "authorization": {"credentials": TOKEN},
                "static_configs": [{"targets": [server.url.removeprefix("http://")]}],
            }
        ],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    port = free_port()
    process = subprocess.Popen(
        [
            program("prometheus"),
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error",
        ]
    )
    try:
        found = Prometheus(f"http://127.0.0.1:{port}")
        wait_for(lambda: answers(found))
        wait_for(found.has_scraped)
        yield found
    finally:
        process.terminate()
        process.wait(PATIENCE)


def answers(prometheus):
    try:
        return CLIENT.get(f"{prometheus.url}/-/ready").status_code == 200
    except httpx.HTTPError:
        return False
