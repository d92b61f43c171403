"""How many examples a property test tries, by the profile of the run."""

from hypothesis import settings

DEFAULT_EXAMPLES = 100  # of Hypothesis, and of the full profile


def examples(full: int) -> int:
    """Return as many examples as the profile of the run tries of a test's `full` number."""
    return max(1, full * settings().max_examples // DEFAULT_EXAMPLES)
