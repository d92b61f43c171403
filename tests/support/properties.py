"""How many examples a property test tries, by the profile of the run."""

from hypothesis import settings

_ORDINARY = 100  # of Hypothesis; the run of every day tries a quarter, `make properties` four times


def examples(full: int) -> int:
    """Return as many examples as the profile of the run tries of a test's `full` number."""
    return max(1, full * settings().max_examples // _ORDINARY)
