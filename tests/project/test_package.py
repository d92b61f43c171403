"""The package with its locked dependencies gives the command, on each Python that is here."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
BUILD_LOCK = "requirements-build.lock"


def works(python):
    """Whether an interpreter really runs (a version manager's stand-in may not)."""
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


FOUND = [shutil.which(f"python3.{minor}") for minor in (11, 12, 13)]
PYTHONS = [path for path in FOUND if path and works(path)]


@pytest.mark.parametrize("python", PYTHONS, ids=[Path(path).name for path in PYTHONS])
def test_the_package_and_its_lock_give_a_command_that_makes_the_demo(python, tmp_path):
    source = tmp_path / "source"
    shutil.copytree(ROOT / "linkmgr", source / "linkmgr", ignore=shutil.ignore_patterns("__py*"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "catalog.yaml"):
        shutil.copy(ROOT / name, source / name)
    subprocess.run([python, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    binaries = tmp_path / "venv" / "bin"
    pip = [sys.executable, "-m", "pip", "--python", binaries / "python"]
    pip += ["--disable-pip-version-check"]
    # The lock is to be complete: pip is not to look for what else is needed, but to check it below.
    install = ["install", "--quiet", "--no-compile", "--no-deps"]
    locks = [f"--requirement={ROOT / name}" for name in ("requirements.lock", BUILD_LOCK)]
    subprocess.run([*pip, *install, "--require-hashes", *locks], check=True)
    package = [*pip, *install, "--no-build-isolation", "."]
    subprocess.run(package, cwd=source, check=True)
    subprocess.run([*pip, "check"], check=True)
    made = subprocess.run(
        [binaries / "linkmgr", "demo", tmp_path / "demo"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert "12 posts" in made.stdout
    assert (tmp_path / "demo" / "_includes" / "linkmgr.html").exists()
