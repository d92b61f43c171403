"""Which Jekyll builds a site: they do not all read YAML alike."""

from dataclasses import dataclass
from typing import Literal

Package = Literal["gem", "debian"]
"""`gem` is the released Jekyll, which reads YAML by SafeYAML, `debian` one that reads it by Psych:
Debian and Ubuntu patch it so since Jekyll 4.3."""


@dataclass(frozen=True, slots=True)
class Jekyll:
    """The Jekyll of a site: its package, and the first number of its version."""

    package: Package = "gem"
    major: int = 4


RELEASED = Jekyll()
