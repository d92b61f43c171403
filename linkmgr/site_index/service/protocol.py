"""What the survey's process and those that ask it agree upon."""

import os
from pathlib import Path

LARGEST = 64 * 1024 * 1024
"""Bytes of a message: a catalog of 4 MB with every character escaped has 12."""


def address(instance: Path) -> str:
    """Return the path of the socket, in the shorter form: Linux takes 107 bytes of one."""
    path = str(instance / "survey.sock")
    return min(os.path.abspath(path), os.path.relpath(path), key=len)  # noqa: PTH100 - no links followed
