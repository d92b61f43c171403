"""The progress that somebody at a terminal sees."""

import os
import pty
import subprocess
import sys

from tests.support.builds import built, write_blog

COMMAND = "from linkmgr.cli.commands import cli; cli()"


def seen_at_a_terminal(*arguments):
    """Run a command whose standard error is a terminal, and return all that the terminal got."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    command = [sys.executable, "-c", COMMAND, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, env=environment):
        os.close(theirs)
        seen = b""
        try:
            while read := os.read(ours, 65536):
                seen += read
        except OSError:  # how Linux says that the other side is closed
            pass
    os.close(ours)
    return seen.decode()


def test_a_check_shows_how_many_pages_and_never_none_of_none(tmp_path):
    site = write_blog(tmp_path / "blog")
    built(site)
    for name in ("index.html", "about.html"):
        (site / "_site").mkdir(exist_ok=True)
        (site / "_site" / name).write_text("x")
    seen = seen_at_a_terminal("check", "--site", site)
    assert "2/2" in seen
    assert "0/0" not in seen
