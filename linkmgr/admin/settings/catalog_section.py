"""What a section of the catalog's text has."""

from functools import lru_cache
from typing import Any

from linkmgr.catalog.reading.yaml.raw import raw_values, typed


def section_of(text: str, section: str) -> dict[str, Any]:
    """Return the entries of a section as JSON has them. Raise LinkmgrError."""
    found = typed(_values(text).get(section))
    return found if isinstance(found, dict) else {}


@lru_cache(maxsize=2)  # a form reads the catalog as it is and as it would be
def _values(text: str) -> dict[str, Any]:
    return raw_values(text)
