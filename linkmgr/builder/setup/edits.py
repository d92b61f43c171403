"""A change to a file that the site's owner wrote."""

from dataclasses import dataclass

from linkmgr.messages.errors import Location
from linkmgr.messages.message import Message
from linkmgr.messages.wording import word

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Edit:
    """What one file should become, and how to say it to someone who makes the change by hand.

    `path` is relative to the site's root; `line` is where it goes, 0 for the end of the file.
    """

    path: str
    line: int
    instruction: Message
    data: bytes

    def worded(self) -> str:
        """Return the place and what to do there as one line, in the current language."""
        return f"{Location(self.path, self.line)}: {word(self.instruction)}"


def line_ending(data: bytes) -> bytes:
    """Return the line ending that a text uses: that of its first line."""
    first, found, _ = data.partition(b"\n")
    return b"\r\n" if found and first.endswith(b"\r") else b"\n"
