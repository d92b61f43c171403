"""What is surveyed."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of a site and the file of its catalog."""

    root: Path
    catalog_file: Path
