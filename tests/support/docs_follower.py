"""Somebody who follows a page of the docs: types its commands, and looks at what they print.

A block ```sh is typed unchanged, the block ```text below it is what comes. A command that goes
on keeps its terminal: what is below it is typed in a new one, which opens in the home folder.
What a block ```yaml has of the catalog's sections is written into the catalog, as by an editor.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from linkmgr.settings import PREFIX
from tests.admin.conftest import NAME, PASSWORD
from tests.support.markdown import DOCS
from tests.support.packages import BIN
from tests.support.servers import free_port, wait_for

FOLDERS = {"en": DOCS, "ja": DOCS / "ja"}
# `tests/lint/test_languages.py` finds the same commands in the Japanese pages. What these print of
# Japanese posts is looked at by `make soak`.
LANGUAGES = ("en", pytest.param("ja", marks=pytest.mark.soak))
# What changes the machine, or asks others. The tests have what it installs: Jekyll and linkmgr.
NOT_HERE = re.compile(r"^(sudo|brew|pipx|ssh|rsync|git push|linkmgr check --online)\b")
GOES_ON = re.compile(r"^(linkmgr|jekyll) serve$", re.MULTILINE)
# What may not be so at once: clicks are loaded after a moment, a busy machine answers late.
LATER = re.compile(r"\Alinkmgr (stats|doctor)\b.*\n\Z")
SCHEMA = files("linkmgr.catalog") / "catalog.schema.json"
SECTIONS = json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"].keys()
PORTS = ("8910", "8911", "4000")
LOCALES = {"en": "C.UTF-8", "ja": "ja_JP.UTF-8"}
# What differs from run to run: days, times, durations, room on the disk, the link of the setup.
DIFFERS = (
    (r"\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d", "PERIOD"),
    (r"\d{4}-\d\d-\d\d〜\d{4}-\d\d-\d\d", "PERIOD"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME"),
    (r"\d+\.\d+( ?)(s|秒|GB)", r"N\1\2"),
    (r"/setup/[\w-]+", "/setup/TOKEN"),
    (r"[ \t]+$", ""),
)


class Step(NamedTuple):
    """A block to type (`sh`) or to write into the catalog (`yaml`), and the output shown below."""

    kind: str
    text: str
    output: str | None


def steps(page: str) -> Iterator[Step]:
    """Yield what a page says to do."""
    found = re.findall(r"^```(sh|yaml|text)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    for (kind, text), (next_kind, output) in zip(found, [*found[1:], ("", "")], strict=True):
        if kind != "text":
            yield Step(kind, text, output if next_kind == "text" else None)


def joined(values, more):
    """Return mappings joined key by key; any other value of the second takes the first's place."""
    if not (isinstance(values, dict) and isinstance(more, dict)):
        return more
    return values | {key: joined(values.get(key), value) for key, value in more.items()}


class Follower:
    """Types the blocks of a page one after the other, in a home folder of their own.

    The servers get free ports, and the page's ports are read as these. A page that goes on with a
    `blog` starts in its folder.
    """

    def __init__(self, page: Path, home: Path, *, blog: Path | None = None):
        self.language = "ja" if page.is_relative_to(DOCS / "ja") else "en"
        self.left = list(steps(page.read_text(encoding="utf-8")))
        self.home = home
        self.servers = []
        self.done = 0  # steps that were taken
        self.ports = {port: str(free_port()) for port in PORTS}
        home.mkdir()
        self._folder = shutil.copytree(blog, home / "blog", symlinks=True) if blog else home
        self._place_jekyll()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server, _ in self.servers:
            server.terminate()
        for server, _ in self.servers:
            server.wait()

    @property
    def environment(self):
        kept = {n: v for n, v in os.environ.items() if not n.startswith((PREFIX, "LC_", "LANG"))}
        return kept | {
            "HOME": str(self.home),
            "PATH": f"{self.home / '.bin'}:{BIN}:{os.environ['PATH']}",
            "LANG": "C.UTF-8",  # for Jekyll: few machines have all locales
            "LC_MESSAGES": LOCALES[self.language],
            **{f"GIT_{who}_NAME": "You" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "you@example.com" for who in ("AUTHOR", "COMMITTER")},
            f"{PREFIX}PORT": self.ports["8910"],
            f"{PREFIX}ADMIN_PORT": self.ports["8911"],
        }

    def follow(self, last=None):
        """Type the blocks up to the one with a command, or all that are left."""
        while self.left:
            step = self.left.pop(0)
            self._take(step)
            self.done += 1
            if last and re.search(rf"^{re.escape(last)}$", step.text, re.MULTILINE):
                return
        assert last is None, f"the page does not say to type {last}"

    @property
    def post(self):
        """The address of the tutorial's first post."""
        return self.here("http://localhost:4000/2026/03/01/names.html")

    def first_account(self, reader):
        """Open the link that the server printed, and make an account."""
        _, log = self.servers[-1]
        reader.open(re.search(r"\S+/admin/setup/\S+", log.read_text())[0])
        reader.send(name=NAME, password=PASSWORD, again=PASSWORD)

    def first_clicks(self, reader):
        """Click on the newsletter and on the book in the post that the page says to open."""
        # Jekyll makes the pages anew after a moment.
        reader.wait(lambda: reader.open(self.post) or reader.texts("a[href*='/go/newsletter']"))
        reader.follow("a[href*='/go/newsletter']")
        assert reader.chrome.current_url == self.here("http://localhost:4000/newsletter/")
        reader.chrome.back()
        reader.run("addEventListener('click', event => event.preventDefault())")  # no shop is asked
        reader.click("a[data-linkmgr-hit*='/hit/readable-code']")

    def here(self, text):
        """Return a text of the page as it is here: with the ports of these servers."""
        return re.sub(rf"\b({'|'.join(PORTS)})\b", lambda port: self.ports[port[0]], text)

    def normal(self, output):
        """Make what differs from run to run alike."""
        output = self.here(output).replace(str(self.home), "/home/you")
        for pattern, instead in DIFFERS:
            output = re.sub(pattern, instead, output, flags=re.MULTILINE)
        return output

    def run(self, commands):
        """Type commands, and return what they print. Where they end, the next ones begin."""
        place = self.home / ".place"
        done = subprocess.run(
            ["bash", "-euc", f"trap 'pwd > {shlex.quote(str(place))}' EXIT\n{commands}"],
            cwd=self._folder,
            env=self.environment,
            check=False,
            input=f"{PASSWORD}\n" * 2,
            start_new_session=True,  # without a terminal, so that passwords are read from the input
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}"
        self._folder = Path(place.read_text().strip())
        return done.stdout

    def _take(self, step):
        if step.kind == "yaml":
            self._write_catalog(yaml.safe_load(step.text))
            return
        lines = [line for line in step.text.splitlines() if not NOT_HERE.match(line)]
        commands = self.here("\n".join(lines))
        if GOES_ON.search(commands):
            self._start(commands, step.output)
        else:
            self._expect(step, lambda: self.run(commands))

    def _write_catalog(self, values):
        file = self._folder / "catalog.yaml"
        if values.keys() <= SECTIONS:
            merged = joined(yaml.safe_load(file.read_text(encoding="utf-8")), values)
            text = yaml.safe_dump(merged, allow_unicode=True, sort_keys=False)
            file.write_text(text.replace(": null\n", ":\n"), encoding="utf-8")

    def _expect(self, step, output):
        if step.output is None:
            output()
            return
        shown = self.normal(step.output)
        if LATER.search(step.text):
            with suppress(AssertionError):
                wait_for(lambda: self.normal(output()) == shown)
        came = self.normal(output())
        assert came == shown, f"{step.text}\nshown:\n{shown}\ncame:\n{came}"

    def _start(self, commands, output):
        log = self.home / f".server-{len(self.servers)}.log"
        with log.open("wb") as printed:
            server = subprocess.Popen(
                ["bash", "-euc", re.sub(GOES_ON, r"exec \g<0>", commands)],
                cwd=self.home,
                env=self.environment,
                stdout=printed,
                stderr=printed,
            )
        self.servers.append((server, log))
        if output:
            wait_for(lambda: self.normal(log.read_text()) == self.normal(output))
        else:
            wait_for(lambda: "Server running" in log.read_text())  # as Jekyll says at last

    def _place_jekyll(self):
        """Have `jekyll serve` listen at a free port; all else goes to Jekyll as it is."""
        folder = self.home / ".bin"
        folder.mkdir()
        command = folder / "jekyll"
        port = self.ports["4000"]
        command.write_text(
            '#!/bin/sh\n[ "$1" = serve ] && set -- "$@" --port '
            f'{port}\nPATH="${{PATH#*:}}" exec jekyll "$@"\n'
        )
        command.chmod(0o755)
