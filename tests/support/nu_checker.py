"""The Nu HTML checker, which `make` puts beside the tools of development."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

JAR = Path(sys.prefix) / "vnu.jar"


def html_errors(pages, folder):
    """Return what the checker says against pages (their HTML by name); skip where it is missing.

    It checks all in one process, which takes two seconds to start.
    """
    java = shutil.which("java")
    if java is None or not JAR.is_file():
        pytest.skip("the Nu checker needs Java, and npm when `make` fetches it")
    names = {}
    for number, (name, text) in enumerate(pages.items()):
        file = folder / f"{number}.html"
        file.write_text(text, encoding="utf-8")
        names[file.name] = name
    # One processor for the machine's other work: the checker's threads would take both.
    command = [java, "-XX:+UseSerialGC", "-jar", JAR, "--format", "json", "--exit-zero-always"]
    done = subprocess.run([*command, *folder.glob("*.html")], capture_output=True, check=True)
    return [
        f"{names[re.search(r'[^/]+$', each['url'])[0]]}: {each['message']} {each.get('extract')}"
        for each in json.loads(done.stderr)["messages"]
    ]
