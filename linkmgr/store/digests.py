"""What the digests of an instance have told its owner, in a file beside the database."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from linkmgr.fs import replace_file, wrap_write_errors

_NAME = "digest.json"


@dataclass(frozen=True, slots=True)
class DigestRecord:
    """When digests were made, and what they told: a later one leaves that out."""

    made: float
    """When the last one was made, in seconds since 1970."""

    since: date
    """The first day of the first digest's week."""

    until: date
    """The last day of the last digest's week."""

    told: Mapping[str, date] = field(default_factory=dict)
    """News by key, each with the last day of the week whose digest told it."""


def read_digest_record(instance: Path) -> DigestRecord | None:
    """Return what digests told so far; `None` if none was made, or the file is damaged.

    The next digest then tells everything that is wrong, as the first one does.
    """
    try:
        values = json.loads((instance / _NAME).read_bytes())
        told = {str(key): date.fromisoformat(day) for key, day in values["told"].items()}
        since, until = date.fromisoformat(values["since"]), date.fromisoformat(values["until"])
        return DigestRecord(float(values["made"]), since, until, told)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_digest_record(instance: Path, record: DigestRecord) -> None:
    """Replace the record as a whole. Raise LinkmgrError."""
    values = {
        "made": record.made,
        "since": record.since.isoformat(),
        "until": record.until.isoformat(),
        "told": {key: day.isoformat() for key, day in record.told.items()},
    }
    file = instance / _NAME
    with wrap_write_errors(file):
        replace_file(file, json.dumps(values).encode())
