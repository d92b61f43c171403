"""Adopting a blog: find, decide, propose, plan, and on request write."""

import time
from dataclasses import replace
from pathlib import Path

from linkmgr.adopt.blocks.parsed_post import NO_TITLES
from linkmgr.adopt.deciding.decide import decide
from linkmgr.adopt.finding.read_blog import OldSite, read_old_site
from linkmgr.adopt.planning.additions import additions, mapping_additions, with_additions
from linkmgr.adopt.planning.changes import Change, Policy, change_post, earnings
from linkmgr.adopt.planning.plan import Adoption
from linkmgr.adopt.proposing.measure import measure
from linkmgr.adopt.proposing.propose import propose
from linkmgr.adopt.titles_file import add_untitled, read_titles
from linkmgr.adopt.writing.git import prefix_of
from linkmgr.adopt.writing.write import write_adoption
from linkmgr.builder.paths import CATALOG
from linkmgr.builder.progress import Track, silently
from linkmgr.builder.setup.install import InstallPlan, own_files, plan_install
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.message import message
from linkmgr.resolver.evidence import keywords_of

PRODUCTS_KEPT = 3
"""The command's exit code where products stay in the posts because the catalog would lack them."""


def adopt(  # noqa: PLR0913 - the command's options
    root: Path,
    *,
    catalog_file: Path | None = None,
    write: bool = False,
    links: bool = False,
    titles: Path | None = None,
    force: bool = False,
    track: Track = silently,
) -> Adoption:
    """Plan the adoption of the blog at `root`, and with `write` carry it out.

    With `links` the inline links to books of the catalog get its address. The file `titles` names
    products that have no title; those that it lacks are added to it. Raise LinkmgrError where
    git has not what would be rewritten, or posts would show nothing in their blocks' place, unless
    `force`; nothing is written then.
    """
    started = time.perf_counter()
    site = read_old_site(root, track, catalog_file=catalog_file)
    path = catalog_file or root / CATALOG
    install = plan_install(root, "linkmgr adopt", catalog_file)
    before, text = _catalog_text(path, install, given=catalog_file is not None)
    catalog = parse_catalog(text, path.name)
    given = read_titles(titles) if titles else None
    site, found = decide(site, catalog, given.titles if given else NO_TITLES)
    new = additions(found, catalog, text)
    after = with_additions(text, new)
    catalog = parse_catalog(after, path.name)
    proposals = propose(found, catalog, site.posts, site.count)
    mappings = mapping_additions(proposals, catalog)
    after = with_additions(after, mappings)
    catalog = parse_catalog(after, path.name)
    texts = site.count(keywords_of(catalog.mappings.values()))
    changes = _changes(site, Policy(site.live, found.refused, catalog if links else None))
    # Without one no block shows that left a post, even if nothing is added to the starter.
    filled = new or mappings or (not before and any(each.changed for each in changes))
    planned = Adoption(
        site=site,
        catalog_path=str(path),
        catalog_before=before,
        catalog_after=after if filled else before,
        found=found,
        new=(*new, *mappings),
        proposals=proposals,
        reproduced=measure(catalog, site.posts, texts, found.placed, site.now.date()),
        earnings=earnings(changes, catalog),
        install=replace(install, files=own_files(root, site.config, catalog)),
        changes=changes,
        git_prefix=prefix_of(root),
        titles_file=str(titles) if titles else None,
        written=False,
        seconds=time.perf_counter() - started,
    )
    if given:
        add_untitled(given, planned.untitled)
    if not write:
        return planned
    write_adoption(planned, force=force)
    return replace(planned, written=planned.anything, seconds=time.perf_counter() - started)


def _catalog_text(path: Path, install: InstallPlan, *, given: bool) -> tuple[str, str]:
    """Return the catalog's current text, and the one to add to: if there is none, a starter.

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
    return tuple(
        site.for_each(
            posts,
            message("adopt.planning-edits"),
            lambda p: change_post(site.read(p.path), p, policy),
        )
    )
