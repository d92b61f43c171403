"""How often a test does what may go wrong at any moment: `make soak` has it done many times."""

import os

SOAK = os.environ.get("SOAK") == "1"


def rounds(quick: int, soak: int) -> int:
    """Return how often in this run: `quick` in `make test-all`, `soak` in `make soak`."""
    return soak if SOAK else quick
