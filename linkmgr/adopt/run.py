"""Adopting a blog: find, decide, propose, plan, and on request write."""

import re
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from linkmgr.adopt.deciding.decide import decide
from linkmgr.adopt.deciding.model import CollectedItems
from linkmgr.adopt.git import prefix_of
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
from linkmgr.adopt.planning.plan import Adoption, compare_pages
from linkmgr.adopt.post.parsed_post import NO_TITLES
from linkmgr.adopt.proposing.measure import InBlocks, in_blocks, item_resolver, measure
from linkmgr.adopt.scanning.read_blog import OldSite, read_old_site
from linkmgr.adopt.write import write_adoption
from linkmgr.blocks.shown import ItemsOfPosts
from linkmgr.builder.processes import Track, silently
from linkmgr.builder.setup.install import InstallPlan, own_files, plan_install
from linkmgr.builder.site import CATALOG
from linkmgr.catalog.editing.new_ids import names_of_numbers
from linkmgr.catalog.keys.declaration import MAX_TEXT
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.catalog.reading.parse import decoded, parse_catalog
from linkmgr.catalog.reading.yaml.emit import scalar
from linkmgr.catalog.reading.yaml.nodes import (
    MappingNode,
    Node,
    ProblemCollector,
    ScalarNode,
    node_is_nothing,
    read_tree,
)
from linkmgr.catalog.reading.yaml.texts import length_problem, node_text, unique_pairs
from linkmgr.fs import refuse_leading_out, replace_file, wrap_read_errors, wrap_write_errors
from linkmgr.links.isbn import asin_problem
from linkmgr.messages.message import excerpt, message, word

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
    that it lacks are added to it. Raise LinkmgrError where git lacks what would be rewritten, or
    posts would show nothing in their blocks' place, unless `force`; nothing is written then.
    """
    phases = _Phases()
    site = read_old_site(root, track, catalog_file)
    path = catalog_file or root / CATALOG
    install = plan_install(root, "linkmgr adopt", catalog_file)
    before, text, examples = _catalog_text(path, install, given=catalog_file is not None)
    catalog = parse_catalog(text, path.name)
    given = _read_titles(titles) if titles else None
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
    chosen = {post.path: post for post in posts if post.path in kept}
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
    # Without one no block that left a post shows, even if nothing is added to the starter.
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
        readers=compare_pages(
            site.posts, removing.placed, chosen, ItemsOfPosts(mapped.catalog, resolver)
        ),
        earnings=earnings(changes, mapped.catalog),
        install=replace(install, files=own_files(root, site.config, mapped.catalog)),
        changes=changes,
        git_prefix=prefix_of(root),
        titles_file=str(titles) if titles else None,
        written=False,
        phases=phases.end("planning"),
    )
    if given:
        _add_untitled(given, planned.untitled)
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


class _Phases:
    """The seconds of the phases that have ended, by name, in their order."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self._seconds: dict[str, float] = {}

    def end(self, phase: str) -> dict[str, float]:
        """End a phase, which began with the end of the one before, and return all so far."""
        now = time.perf_counter()
        self._seconds[phase] = now - self._last
        self._last = now
        return dict(self._seconds)


# The file in which the owner names products for which no title is known: `"ASIN": title`.

_LONGEST_PLACE = 500
_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class _TitlesFile:
    """A file of titles as it was read; its `data` is empty where there is none yet.

    `titles` are those that are filled in, by ASIN; `asins` are all that it names.
    """

    path: Path
    data: bytes
    titles: Mapping[str, str]
    asins: frozenset[str]
    indent: str


def _read_titles(path: Path) -> _TitlesFile:
    """Read a file of titles. Raise Problems, or LinkmgrError if it cannot be read."""
    refuse_leading_out(path)
    with wrap_read_errors(path):
        data = path.read_bytes() if path.exists() else b""
    problems = ProblemCollector(str(path))
    text = decoded(data, problems)
    tree = read_tree(text, problems)
    if tree is None or node_is_nothing(tree):
        return _TitlesFile(path, data, {}, frozenset(), "")
    if not isinstance(tree, MappingNode) or tree.flow:
        problems.finish()
        problems.stop(tree.line, message("adopt.titles-form"))
    pairs = {name.text: (name, value) for name, value in unique_pairs(problems, "", tree)}
    titles = {asin: _title(problems, *pair) for asin, pair in pairs.items()}
    problems.finish()
    first = _BREAK.split(text)[tree.pairs[0][0].line - 1] if tree.pairs else ""
    return _TitlesFile(
        path,
        data,
        {asin: title for asin, title in titles.items() if title},
        frozenset(titles),
        first[: len(first) - len(first.lstrip(" "))],
    )


def _title(problems: ProblemCollector, name: ScalarNode, value: Node) -> str:
    """Return the title in an entry, nothing where there is none yet or the entry has a problem."""
    if problem := asin_problem(name.text):
        problems.add(name.line, name.text, problem)
    if node_is_nothing(value):
        return ""
    title = node_text(problems, name.text, value, may_be_empty=True) or ""
    if problem := length_problem(title, MAX_TEXT):
        problems.add(value.line, name.text, problem)
    return " ".join(title.split())


def _add_untitled(file: _TitlesFile, untitled: Mapping[str, str]) -> None:
    """Add the ASINs that a file does not name yet, each with the place of its product.

    Every byte that is there stays. Raise LinkmgrError if it cannot be written.
    """
    new = {asin: place for asin, place in untitled.items() if asin not in file.asins}
    if not new:
        return
    found = re.search(rb"\r\n|\n|\r", file.data)
    end = found[0].decode() if found else "\n"
    data = file.data or f"# {word(message('adopt.titles-head'))}{end}".encode()
    if not data.endswith((b"\n", b"\r")):
        data += end.encode()
    lines = (
        f"{file.indent}{scalar(asin)}:  # {excerpt(place, _LONGEST_PLACE)}{end}"
        for asin, place in new.items()
    )
    with wrap_write_errors(file.path):
        replace_file(file.path, data + "".join(lines).encode())
