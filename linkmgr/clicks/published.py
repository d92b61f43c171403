"""What an admin hands out to the machines that only redirect: all that they need of the site."""

import json
from dataclasses import dataclass
from typing import Self

from linkmgr.clicks.targets import Targets

# To be raised by whoever gives the targets another field, which earlier versions cannot read.
_FORMAT = 1


class OtherFormatError(ValueError):
    """It was written by another version of linkmgr."""


@dataclass(frozen=True, slots=True)
class Published:
    """The targets, those of deleted items among them, and the keys of the site's posts.

    By these keys a machine counts the posts by name that it has never seen, as one that has the
    site does; the campaigns of the site's own are in the targets.
    """

    targets: Targets
    posts: frozenset[str]

    def to_json(self) -> bytes:
        """Write it as JSON; the same content is the same bytes."""
        posts = json.dumps(sorted(self.posts))
        text = f'{{"format": {_FORMAT}, "posts": {posts}, "targets": {self.targets.to_json()}}}'
        return text.encode()

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read what `to_json` wrote.

        Raise OtherFormatError, or ValueError, KeyError, TypeError or AttributeError for what never
        was that.
        """
        values = json.loads(data)
        if values["format"] != _FORMAT:
            raise OtherFormatError(values["format"])
        if not all(isinstance(post, str) for post in values["posts"]):
            raise TypeError(values["posts"])
        return cls(Targets.from_values(values["targets"]), frozenset(values["posts"]))
