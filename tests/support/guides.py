"""A machine as the guides for a server's owner have it, on which a test types their commands."""

import os
import re
import subprocess
import sys

from tests.support.postgres import USER, programs

LINKMGR = f"{sys.executable} -m linkmgr"


def shown_commands(page):
    """List the commands of each part of a page, each with the output shown."""
    parts = page.read_text(encoding="utf-8").split("\n## ")[1:]
    return [
        re.findall(r"^\$ (.*)\n((?:[^$\n].*\n)*)", "\n".join(_consoles(part)), re.MULTILINE)
        for part in parts
    ]


def _consoles(part):
    return re.findall(r"^```console\n(.*?)^```$", part, re.DOTALL | re.MULTILINE)


def shown_settings(page):
    """Return the lines for /etc/linkmgr.env that a page shows, by name."""
    text = page.read_text(encoding="utf-8")
    return dict(re.findall(r"^LINKMGR_(\w+)=(.*)$", text, re.MULTILINE))


class Machine:
    """A server in /srv/linkmgr, whose PostgreSQL knows people by their system's user."""

    def __init__(self, server):
        self._server = server

    def type(self, command):
        """Do as the page has it typed, and return what is printed."""
        if command.startswith("cd "):
            return ""
        if found := re.fullmatch(r"sudo systemctl (start|stop|restart) linkmgr", command):
            for action in {"restart": ("stop", "start")}.get(found[1], (found[1],)):
                getattr(self._server, action)()
            return ""
        user = re.match(r"sudo -u (\w+) ", command)
        command = command.replace("venv/bin/linkmgr", LINKMGR)
        done = subprocess.run(
            ["/bin/sh", "-c", command.removeprefix(user[0] if user else "")],
            cwd=self._server.folder,
            env=self._environment(user[1] if user else "linkmgr"),
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.stdout

    def follow(self, commands):
        """Type commands, and see that what is printed is what the page shows."""
        for command, output in commands:
            printed = self.type(command)
            assert re.fullmatch(_pattern(output), printed), f"$ {command}\n{printed}"

    def _environment(self, user):
        path = f"{programs() or ''}:{os.environ['PATH']}"
        role = USER if user == "postgres" else user
        return self._server.environment | {"PATH": path, "PGUSER": role, "LC_ALL": "C.UTF-8"}


def _pattern(output):
    """Make an expression of output, in which numbers may differ and `…` is any lines."""
    text = re.escape(output.strip("\n") + "\n" if output.strip() else "")
    text = re.sub(r"\d[\d,]*", r"\\d[\\d,]*", text)
    text = re.sub(r"(\\ ){2,}", r"\\ +", text)
    return text.replace("…\\\n", "(?:.*\n)*")
