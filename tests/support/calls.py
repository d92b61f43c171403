"""How much work something is, whatever the machine."""

import sys


def calls_of(work, *args):
    """Return how many functions a piece of work calls, those in C included."""
    calls = 0

    def count(_frame, event, _arg):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work(*args)
    finally:
        sys.setprofile(None)
    return calls
