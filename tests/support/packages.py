"""The wheel and the source distribution, built from what git has of the working tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def tracked():
    """Name the files that git has, as they are in the working tree."""
    command = ["git", "ls-files", "-z", "--deduplicate"]
    named = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in named.split("\0") if name and (ROOT / name).is_file()]


def copy_source(folder):
    """Copy what git has into a new folder, as a clone would, and return it."""
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def build(source, folder, *kinds):
    """Build packages into a folder and return it; both, the wheel from the sdist, by default."""
    command = [sys.executable, "-m", "build", "--no-isolation", *kinds, "--outdir", folder, source]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def tool(name):
    """Return a program of the environment; skip the test where it is older than the lock."""
    if not (BIN / name).exists():
        pytest.skip("the environment is older than the lock: run make .venv/installed-dev")
    return BIN / name


def newcomer(home):
    """Return the environment of somebody with an empty home."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LINKMGR_", "PIPX_", "UV_", "XDG_", "PYTEST_", "VIRTUAL_ENV"))
    }
    local = f"{home}/.local/bin"
    return kept | {
        "HOME": str(home),
        "PATH": f"{local}:{BIN}:{kept['PATH']}",
        "UV_PYTHON_DOWNLOADS": "never",
    }
