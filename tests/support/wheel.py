"""linkmgr as users install it: from the built wheel, in an environment of its own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def wheel_environment(folder: Path) -> Path:
    """Install the built wheel into an environment, as pipx does, and return its commands' folder.

    What it needs is that of the tests' own environment.
    """
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    pip = [sys.executable, "-m", "pip", "--python", environment / "bin" / "python", "--quiet"]
    install = ["install", "--disable-pip-version-check", "--no-deps", "--no-index", wheel]
    subprocess.run([*pip, *install], check=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    needed = next(path for path in sys.path if path.endswith("site-packages"))
    (packages / "needed.pth").write_text(f"{needed}\n")
    return environment / "bin"
