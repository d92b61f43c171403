"""Adopting a blog: find, decide, propose, plan, and on request write."""

import shlex
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from linkmgr.adopt.deciding.decide import decide
from linkmgr.adopt.deciding.model import CollectedItems
from linkmgr.adopt.finding.read_blog import OldSite, read_old_site
from linkmgr.adopt.planning.additions import (
    additions,
    apart_from_examples,
    has_no_limits,
    with_additions,
    with_examples,
)
from linkmgr.adopt.planning.changes import Change, Policy, change_post, earnings, without_blocks
from linkmgr.adopt.planning.keep_choices import Choice, choices, with_choice
from linkmgr.adopt.planning.map_items import map_items
from linkmgr.adopt.planning.phases import Phases
from linkmgr.adopt.planning.plan import Adoption
from linkmgr.adopt.planning.readers import compare_pages
from linkmgr.adopt.post.parsed_post import NO_TITLES
from linkmgr.adopt.proposing.measure import InBlocks, in_blocks, item_resolver, measure
from linkmgr.adopt.titles_file import add_untitled, read_titles
from linkmgr.adopt.writing.git import prefix_of
from linkmgr.adopt.writing.write import write_adoption
from linkmgr.builder.processes.progress import Track, silently
from linkmgr.builder.setup.install import InstallPlan, own_files, plan_install
from linkmgr.builder.site.paths import CATALOG
from linkmgr.catalog.editing.new_ids import names_of_numbers
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.message import message

PRODUCTS_KEPT = 3
"""The command's exit code where products stay in the posts because the catalog would lack them."""


def adopt(  # noqa: PLR0913 - the command's options
    root: Path,
    *,
    catalog_file: Path | None = None,
    write: bool = False,
    links: bool = False,
    titles: Path | None = None,
    by_rules: bool = False,
    discard: bool = False,
    force: bool = False,
    track: Track = silently,
) -> Adoption:
    """Plan the adoption of the blog at `root`, and with `write` carry it out.

    Posts that had items keep them, in their front matter where the mappings would show others, and
    the mappings fill the rest; with `by_rules` they decide everywhere. With `links` the inline
    links to books of the catalog get its address. With `discard` blocks leave with text and links
    for which the catalog has no place. The file `titles` names products that have no title; those
    that it lacks are added to it. Raise LinkmgrError where git has not what would be rewritten, or
    posts would show nothing in their blocks' place, unless `force`; nothing is written then.
    """
    phases = Phases()
    site = read_old_site(root, track, catalog_file)
    path = catalog_file or root / CATALOG
    install = plan_install(root, "linkmgr adopt", catalog_file)
    before, text, examples = _catalog_text(path, install, given=catalog_file is not None)
    catalog = parse_catalog(text, path.name)
    given = read_titles(titles) if titles else None
    phases.end("reading")
    named = given.titles if given else NO_TITLES
    site, found = decide(site, catalog, named, discard=discard)
    phases.end("deciding")
    today = site.now.date()
    related = next((block.name for block in catalog.blocks if not block.kind.items), None)
    removing = Policy(site.live, found.refused, None, placed=found.placed, related=related)
    while True:
        new = additions(found, catalog, text)
        mapped = map_items(
            found,
            with_additions(text, new),
            path.name,
            posts=site.posts,
            count=lambda words: site.count(words, partial(without_blocks, policy=removing)),
            today=today,
            is_new=has_no_limits(catalog),
            pins=by_rules,
        )
        roomy = found.with_room(mapped.most_pinned)
        if roomy.limits == found.limits or not has_no_limits(catalog):
            break
        found = roomy
    resolver = item_resolver(mapped.catalog, site.posts, mapped.texts, today)
    ruled = {post.path: in_blocks(resolver, mapped.catalog, post) for post in site.posts}
    kept = {} if by_rules else _choices(site, found, ruled, first=not catalog.mappings)
    posts = [kept[p.path].applied(p) if p.path in kept else p for p in site.posts]
    chosen = {p.path: in_blocks(resolver, mapped.catalog, p) for p in posts if p.path in kept}
    reproduced = measure(mapped.catalog, posts, mapped.texts, found.placed, today)
    phases.end("proposing")
    policy = replace(
        removing,
        links=mapped.catalog if links else None,
        keep=kept,
        package=site.config.jekyll.package,
        names=names_of_numbers(mapped.catalog.items.values()),
    )
    changes = _changes(site, policy)
    # Without one no block shows that left a post, even if nothing is added to the starter.
    filled = new or mapped.new or (not before and any(each.changed for each in changes))
    planned = Adoption(
        site=site,
        catalog_path=str(path),
        catalog_before=before,
        catalog_after=with_examples(mapped.text, examples) if filled else before,
        found=found,
        new=(*new, *mapped.new),
        proposals=mapped.proposals,
        reproduced=reproduced,
        readers=compare_pages(site.posts, found.placed, ruled, chosen),
        earnings=earnings(changes, mapped.catalog),
        install=replace(install, files=own_files(root, site.config, mapped.catalog)),
        changes=changes,
        git_prefix=prefix_of(root),
        titles_file=str(titles) if titles else None,
        written=False,
        phases=phases.end("planning"),
    )
    if given:
        add_untitled(given, planned.untitled)
    if not write:
        return planned
    # git has the rest of the site as it was, but not yet the posts that are done.
    again: dict[str, str | bool] = {
        "--site": str(root) if root != Path() else "",
        "--catalog": str(catalog_file or ""),
        "--write": write,
        "--links": links,
        "--titles": str(titles or ""),
        "--by-rules": by_rules,
        "--discard": discard,
        "--force": force or planned.in_git,
    }
    write_adoption(planned, force=force, again=_command(again))
    return replace(planned, written=planned.anything, phases=phases.end("writing"))


def _choices(
    site: OldSite, found: CollectedItems, ruled: Mapping[str, InBlocks], *, first: bool
) -> dict[str, Choice]:
    """Return the old choices that the posts' front matter is to keep, as far as it can."""
    wanted = choices(ruled, found.placed, site.old, site.posts, first=first)
    package = site.config.jekyll.package
    return {
        path: each for path, each in wanted.items() if with_choice(site.read(path), each, package)
    }


def _command(options: Mapping[str, str | bool]) -> str:
    """Return the command with these options: their texts, and those without that are true."""
    words = ["linkmgr", "adopt"]
    for name, value in options.items():
        words += [name, value] if isinstance(value, str) and value else [name] if value else []
    return shlex.join(words)


def _catalog_text(path: Path, install: InstallPlan, *, given: bool) -> tuple[str, str, str]:
    """Return the catalog's current text, and the one to add to: if there is none, a starter.

    The byte order mark and the line endings are as in the file. The starter's examples are apart,
    for they come after what is added.
    """
    starter = install.files.get(CATALOG)
    if starter is not None and not given:
        return "", *apart_from_examples(starter.decode())
    load_catalog(path)
    text = path.read_bytes().decode()
    return text, text, ""


def _changes(site: OldSite, policy: Policy) -> tuple[Change, ...]:
    posts = [p for p in site.old.values() if p.blocks or p.inline or p.findings]
    return tuple(
        site.for_each(
            posts,
            message("adopt.planning-edits"),
            lambda p: change_post(site.read(p.path), p, policy),
        )
    )
