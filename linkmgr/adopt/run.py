"""Adopting a blog: gather, decide, and on request apply."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from linkmgr.adopt.additions import Addition, additions, mapping_additions, with_additions
from linkmgr.adopt.changes import Change, Policy, change_post
from linkmgr.adopt.earnings import Earnings, earnings
from linkmgr.adopt.gather import OldSite, gather_old
from linkmgr.adopt.git import listed, uncommitted, unsaved
from linkmgr.adopt.harvest import Harvest, harvest
from linkmgr.adopt.measure import Reproduced, measure
from linkmgr.adopt.numbers import number_of
from linkmgr.adopt.propose import Proposal, propose
from linkmgr.adopt.repetition import settled
from linkmgr.build.edits import Edit
from linkmgr.build.install import InstallPlan, apply_install, plan_install
from linkmgr.build.layouts import Unserved
from linkmgr.build.parallel import in_parallel
from linkmgr.build.places import CATALOG
from linkmgr.build.progress import Track, silently
from linkmgr.catalog.files import load_catalog
from linkmgr.catalog.parse import parse_catalog
from linkmgr.errors import LinkmgrError
from linkmgr.files import delete_temporaries, replace_file, told_if_unwritable
from linkmgr.posts.site import PostFile
from linkmgr.resolver.evidence import keywords_of

# The blocks that a reader misses.
_SHOWN = frozenset(("related", "cta", "books"))


@dataclass(frozen=True, slots=True)
class Adoption:
    """What adopting a blog does, or with `written` has done.

    `catalog_before` and `catalog_after` are the texts of the catalog at `catalog_path`; before
    there was one, the first is empty. `changes` are of all posts that hold something.
    """

    site: OldSite
    catalog_path: str
    catalog_before: str
    catalog_after: str
    found: Harvest
    new: tuple[Addition, ...]
    proposals: tuple[Proposal, ...]
    reproduced: Reproduced
    earnings: Earnings
    install: InstallPlan
    changes: tuple[Change, ...]
    in_git: bool
    written: bool
    seconds: float

    @property
    def catalog_name(self) -> str:
        """The catalog's path as patches have it: from the site's root, if it lies below."""
        path, root = Path(self.catalog_path).resolve(), self.site.root.resolve()
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name

    @property
    def rewritten(self) -> tuple[Change, ...]:
        """The posts whose files change."""
        return tuple(change for change in self.changes if change.removed or change.rewritten)

    @property
    def unshown(self) -> tuple[tuple[Unserved, int], ...]:
        """The layouts with which posts would lose blocks and show none, and how many posts."""
        losing = {
            change.path for change in self.changes if any(r.kind in _SHOWN for r in change.removed)
        }
        numbers = ((each, len(each.posts & losing)) for each in self.install.unserved)
        return tuple((each, number) for each, number in numbers if number)

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What has to change in the owner's files, without which blocks show nowhere."""
        wanted = self.new or self.rewritten or self.catalog_before
        return self.install.edits if wanted else ()

    @property
    def anything(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.new or self.rewritten or self.edits)


def adopt(  # noqa: PLR0913 - the command's options
    root: Path,
    *,
    catalog_file: Path | None = None,
    write: bool = False,
    links: bool = False,
    force: bool = False,
    track: Track = silently,
) -> Adoption:
    """Plan the adoption of the blog at `root`, and with `write` carry it out.

    With `links` the inline links to books of the catalog get its address. Raise LinkmgrError where
    git has not what would be rewritten, or posts would show nothing in their blocks' place, unless
    `force`; nothing is written then.
    """
    started = time.perf_counter()
    site = gather_old(root, track)
    path = catalog_file or root / CATALOG
    install = plan_install(root, "linkmgr adopt")
    before, text = _catalog_text(path, install, given=catalog_file is not None)
    catalog = parse_catalog(text, path.name)
    site = replace(site, old=settled(site.old, catalog))
    found = harvest([*site.old.values()], catalog)
    new = additions(found, catalog, text)
    after = with_additions(text, new)
    catalog = parse_catalog(after, path.name)
    proposals = propose(found, catalog, site.posts, site.count)
    mappings = mapping_additions(proposals, catalog)
    after = with_additions(after, mappings)
    catalog = parse_catalog(after, path.name)
    texts = site.count(keywords_of(catalog.mappings.values()))
    changes = _changes(site, Policy(site.live, found.refused, catalog if links else None))
    planned = Adoption(
        site=site,
        catalog_path=str(path),
        catalog_before=before,
        catalog_after=after if new or mappings else before,
        found=found,
        new=(*new, *mappings),
        proposals=proposals,
        reproduced=measure(catalog, site.posts, texts, found.placed, site.now.date()),
        earnings=earnings(changes, catalog),
        install=install,
        changes=changes,
        in_git=False,
        written=False,
        seconds=time.perf_counter() - started,
    )
    changed = uncommitted(root)
    planned = replace(planned, in_git=changed is not None)
    if not write:
        return planned
    if planned.anything and not force:
        _refuse(planned, changed)
    delete_temporaries({Path(file.absolute).resolve().parent for file in site.files.values()})
    if not planned.anything:
        return planned
    _apply(planned)
    return replace(planned, written=True, seconds=time.perf_counter() - started)


def _refuse(planned: Adoption, changed: list[str] | None) -> None:
    """Raise LinkmgrError if something would be lost; `changed` is in no commit yet."""
    root = planned.site.root
    if planned.unshown:
        number = sum(number for _, number in planned.unshown)
        advice = "; ".join(each.advice for each, _ in planned.unshown)
        raise LinkmgrError(
            f"{root}: {number_of(number, 'post')} would lose blocks and show none in their place: "
            f"{advice}, or use --force"
        )
    if changed is None:
        return
    if lost := changed or unsaved(_to_rewrite(planned)):
        raise LinkmgrError(
            f"{root}: has changes that git could not give back ({listed(lost)}): commit them, "
            "or use --force"
        )


def _to_rewrite(planned: Adoption) -> list[Path]:
    """Return the owner's files that are there and will be others."""
    site = planned.site
    files = [site.root / edit.path for edit in planned.edits]
    if planned.catalog_after != planned.catalog_before and planned.catalog_before:
        files.append(Path(planned.catalog_path))
    return files + [Path(site.files[change.path].absolute) for change in planned.rewritten]


def _catalog_text(path: Path, install: InstallPlan, *, given: bool) -> tuple[str, str]:
    """Return the catalog's text as it stands, and the one to add to: if there is none, a starter.

    The byte order mark and the line endings are as in the file.
    """
    starter = install.files.get(CATALOG)
    if starter is not None and not given:
        return "", starter.decode()
    load_catalog(path)
    text = path.read_bytes().decode()
    return text, text


def _changes(site: OldSite, policy: Policy) -> tuple[Change, ...]:
    posts = [p for p in site.old.values() if p.blocks or p.inline or p.findings]

    def work(start: int, stop: int) -> Sequence[Change]:
        return [change_post(site.files[p.path].read(), p, policy) for p in posts[start:stop]]

    number = len(posts)
    return tuple(site.track(in_parallel(work, number), "Planning", number))


def _apply(planned: Adoption) -> None:
    """Write the catalog, then the layouts, then the posts. Raise LinkmgrError.

    Whatever is interrupted, no post has lost an item that the catalog has not; what is left to do
    is found by the next run.
    """
    site, done = planned.site, 0
    number = len(planned.rewritten)
    try:
        _install(planned)
        for change in site.track(planned.rewritten, "Writing posts", number):
            _replace_post(site.files[change.path], change.data)
            done += 1
    except LinkmgrError as error:
        again = " with --force, for git now sees changes" if planned.in_git else ""
        raise LinkmgrError(
            f"{error}: {done} of {number_of(number, 'post')} rewritten; see to it (space, rights), "
            f"then run the command again{again}"
        ) from error


def _install(planned: Adoption) -> None:
    """Write the catalog, and what the site needs to show its blocks."""
    site, path = planned.site, Path(planned.catalog_path)
    if planned.catalog_after != planned.catalog_before:
        with told_if_unwritable(path):
            replace_file(path, planned.catalog_after.encode())
    install = plan_install(site.root)
    files = {name: data for name, data in install.files.items() if name != CATALOG}
    apply_install(site.root, replace(install, files=files), write=True)


def _replace_post(file: PostFile, data: bytes) -> None:
    path = Path(file.absolute)
    with told_if_unwritable(path):
        now = path.stat()
        if (now.st_mtime_ns, now.st_size) != (file.mtime_ns, file.size):
            raise LinkmgrError(f"{path}: has changed since it was read")
        replace_file(path, data)
