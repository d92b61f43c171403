"""A build of another day, in a folder of its own."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from pathlib import Path

from linkmgr.builder.site import OutputPaths
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message


@dataclass(frozen=True, slots=True)
class SitePreview:
    """What a site shows on a `day`, written into a `folder` outside of the site."""

    day: date
    folder: Path

    def moment(self, zone: tzinfo | None) -> datetime:
        """Return the end of the day in a time zone, `None` for the machine's."""
        return datetime.combine(self.day, time.max, zone).astimezone(zone)

    def refuse_other_files(self, root: Path, paths: OutputPaths) -> None:
        """Raise LinkmgrError for a folder of the site at `root`, or one with files of others."""
        if self.folder.resolve().is_relative_to(root.resolve()):
            raise LinkmgrError(message("build.preview-in-site", folder=str(self.folder)))
        own = paths.existing_files(self.folder)
        for path in self._files():
            if path not in own:
                raise LinkmgrError(
                    message("build.preview-has-others", folder=str(self.folder), file=path)
                )

    def _files(self) -> Iterator[str]:
        for folder, _, names in os.walk(self.folder):
            for name in names:
                yield (Path(folder) / name).relative_to(self.folder).as_posix()
