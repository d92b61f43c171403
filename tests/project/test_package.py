"""A plain `pip install .` gives the command, on every supported Python that is here."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def works(python):
    """Whether an interpreter really runs (a version manager's stand-in may not)."""
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


FOUND = [shutil.which(f"python3.{minor}") for minor in (11, 12, 13)]
PYTHONS = [path for path in FOUND if path and works(path)]


@pytest.mark.slow
@pytest.mark.parametrize("python", PYTHONS, ids=[Path(path).name for path in PYTHONS])
def test_pip_install_gives_a_command_that_makes_the_demo(python, tmp_path):
    source = tmp_path / "source"
    shutil.copytree(ROOT / "linkmgr", source / "linkmgr", ignore=shutil.ignore_patterns("__py*"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "catalog.yaml"):
        shutil.copy(ROOT / name, source / name)
    subprocess.run([python, "-m", "venv", tmp_path / "venv"], check=True)
    binaries = tmp_path / "venv" / "bin"
    install = [binaries / "python", "-m", "pip", "install", "--quiet", "."]
    subprocess.run(
        [*install, "--constraint", ROOT / "requirements-ci.lock"], cwd=source, check=True
    )
    made = subprocess.run(
        [binaries / "linkmgr", "demo", tmp_path / "demo"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert "12 posts" in made.stdout
    assert (tmp_path / "demo" / "_includes" / "linkmgr.html").exists()
