"""No test file is left out of a run."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_every_test_file_is_collected():
    command = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-p", "no:cacheprovider"]
    command += ["-m", ""]  # whatever the tier
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    collected = {line.partition(":")[0] for line in listed.stdout.splitlines()}
    files = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/**/test_*.py")}
    assert files <= collected
