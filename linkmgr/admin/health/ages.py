"""How long ago something was, in words."""

from datetime import timedelta

from flask_babel import format_timedelta


def age(seconds: float) -> str:
    """Write how long something has lasted."""
    return str(format_timedelta(timedelta(seconds=seconds), granularity="second"))
