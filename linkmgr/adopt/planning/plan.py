"""What adopting a blog does."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from linkmgr.adopt.deciding.model import CollectedItems
from linkmgr.adopt.finding.read_blog import OldSite
from linkmgr.adopt.planning.additions import Addition
from linkmgr.adopt.planning.changes import SHOWN_KINDS, Change, Earnings
from linkmgr.adopt.planning.readers import Readers
from linkmgr.adopt.post.model import KeptProduct
from linkmgr.adopt.proposing.measure import Reproduced
from linkmgr.adopt.proposing.propose import Proposal
from linkmgr.builder.setup.edits import Edit
from linkmgr.builder.setup.install import InstallPlan
from linkmgr.builder.setup.layouts import Unserved
from linkmgr.catalog.reading.parse import parse_catalog


@dataclass(frozen=True, slots=True)
class Adoption:
    """What adopting a blog does, or with `written` has done.

    `catalog_before` and `catalog_after` are the texts of the catalog at `catalog_path`; before
    there was one, the first is empty. `changes` are of all posts with anything found. `git_prefix`
    is the prefix of the site's paths in its repository, `None` outside of one. `titles_file` is
    where the owner names products. `phases` are the seconds that each took.
    """

    site: OldSite
    catalog_path: str
    catalog_before: str
    catalog_after: str
    found: CollectedItems
    new: tuple[Addition, ...]
    proposals: tuple[Proposal, ...]
    reproduced: Reproduced
    readers: Readers
    earnings: Earnings
    install: InstallPlan
    changes: tuple[Change, ...]
    git_prefix: str | None
    titles_file: str | None
    written: bool
    phases: Mapping[str, float]

    @property
    def seconds(self) -> float:
        """How long it took, the sum of its phases."""
        return sum(self.phases.values())

    @property
    def catalog_name(self) -> str:
        """The catalog's path from the site's root, a link's where it leads."""
        return self.name_of(Path(self.catalog_path))

    def name_of(self, file: Path) -> str:
        """Return a file's path from the site's root, a link's where it leads."""
        return Path(os.path.relpath(file.resolve(), self.site.root.resolve())).as_posix()

    @property
    def titles(self) -> Mapping[str, str]:
        """The titles of the catalog's items, by id."""
        if not self.catalog_after:
            return {}
        items = parse_catalog(self.catalog_after, self.catalog_name).items
        return {item.id: item.title for item in items.values()}

    @property
    def in_git(self) -> bool:
        """Whether the site is in a repository."""
        return self.git_prefix is not None

    @property
    def rewritten(self) -> tuple[Change, ...]:
        """The posts whose files change."""
        return tuple(change for change in self.changes if change.changed)

    @property
    def kept_products(self) -> tuple[tuple[str, KeptProduct], ...]:
        """The products for whose sake blocks stay, each with its post's path from the site."""
        folder = self.site.folder
        return tuple(
            (folder + change.path, each) for change in self.changes for each in change.kept_products
        )

    @property
    def untitled(self) -> Mapping[str, str]:
        """The ASINs of which no title is known, each with the first place of the product."""
        found: dict[str, str] = {}
        for path, each in self.kept_products:
            if each.untitled:
                found.setdefault(each.asin, f"{path}:{each.line}")
        return found

    @property
    def unshown(self) -> tuple[tuple[Unserved, int], ...]:
        """The layouts with which posts would lose blocks and show none, and how many posts."""
        losing = {
            change.path
            for change in self.changes
            if any(each.kind in SHOWN_KINDS and not each.tags for each in change.removed)
        }
        numbers = ((each, len(each.posts & losing)) for each in self.install.unserved)
        return tuple((each, number) for each, number in numbers if number)

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What has to change in the owner's files, without which blocks show nowhere."""
        wanted = self.new or self.rewritten or self.catalog_before
        return self.install.edits if wanted else ()

    @property
    def files(self) -> Mapping[str, bytes]:
        """The files of linkmgr's own that are made or brought up to date, by path."""
        return self.install.files if self.anything else {}

    @property
    def anything(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.new or self.rewritten or self.edits)
