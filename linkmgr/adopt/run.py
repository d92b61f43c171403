"""Adopting a blog: find, decide, propose, plan, and on request write."""

import re
import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from linkmgr.adopt.deciding.decide import decide
from linkmgr.adopt.deciding.losses import keep_unknown_comparisons
from linkmgr.adopt.git import prefix_of
from linkmgr.adopt.planning.additions import (
    additions,
    apart_from_examples,
    has_no_limits,
    with_additions,
    with_examples,
)
from linkmgr.adopt.planning.changes import FileChange, Policy, change_post, earnings, without_blocks
from linkmgr.adopt.planning.keep_choices import choices, with_choice
from linkmgr.adopt.planning.leaving import what_leaves
from linkmgr.adopt.planning.map_items import MappedItems, map_items
from linkmgr.adopt.planning.outcome import resolve_all
from linkmgr.adopt.planning.plan import Adoption, compare_posts
from linkmgr.adopt.planning.stay import find_bare, with_bare, with_bare_posts, with_related
from linkmgr.adopt.post.parsed_post import NO_TITLES
from linkmgr.adopt.proposing.measure import in_blocks, item_resolver, measure
from linkmgr.adopt.scanning.read_blog import OldSite, read_old_site
from linkmgr.adopt.write import write_adoption
from linkmgr.blocks.shown import ItemsOfPosts
from linkmgr.builder.processes import Track, silently
from linkmgr.builder.setup.install import InstallPlan, own_files, plan_install
from linkmgr.builder.site import CATALOG, OutputPaths
from linkmgr.catalog.declaration import MAX_TEXT
from linkmgr.catalog.editing.new_ids import names_of_numbers
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
from linkmgr.messages.message import excerpt, message, translate
from linkmgr.posts.model import Bare, Post
from linkmgr.resolver.model import PostText
from linkmgr.resolver.rules import keywords_of

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
    fill: bool = False,
    keep_related: bool = False,
    discard: bool = False,
    force: bool = False,
    track: Track = silently,
) -> Adoption:
    """Plan the adoption of the blog at `root`, and with `write` carry it out.

    Posts that had items keep them, in their front matter where the mappings would show others; with
    `by_rules` these decide there, too. Posts that had none stay so, unless `fill` has the mappings
    fill them. With `keep_related` front matter keeps the lists of related posts. With `links` the
    inline links to books of the catalog get its address. With `discard` blocks leave with text and
    links for which the catalog has no place. The file `titles` names products that have no title;
    those that it lacks are added to it. Raise LinkmgrError where git lacks what would be rewritten,
    or posts would show nothing in their blocks' place, unless `force`; nothing is written then.
    """
    phases = _Phases()
    site = read_old_site(root, track, catalog_file)
    path = catalog_file or root / CATALOG
    install = plan_install(root, "linkmgr adopt", catalog_file)
    before, text, examples = _catalog_text(path, install, given=catalog_file is not None)
    catalog = parse_catalog(text, path.name)
    given = _read_titles(titles) if titles else None
    phases.end("reading")
    site = keep_unknown_comparisons(site, catalog)
    named = given.titles if given else NO_TITLES
    site, collected = decide(site, catalog, named, discard=discard)
    phases.end("deciding")
    today = site.now.date()
    related = [block.name for block in catalog.blocks if not block.kind.items]
    removing = Policy(
        site.live,
        collected.refused,
        None,
        placed=collected.placed,
        related=related[0] if related else None,
    )
    overrides = {post.path: post.override for post in site.posts}
    # What a mapping shows depends on posts that are alike, and so on the words of all of them:
    # without their blocks they are alike otherwise.
    site = site.with_texts(
        [post.path for post in site.old.values() if post.leaving],
        lambda path: without_blocks(site.read(path), site.old[path], removing),
    )
    while True:
        new = additions(collected, catalog, text)
        mapped = map_items(
            collected,
            with_additions(text, new),
            path.name,
            posts=site.posts,
            count=lambda words: site.count(words, partial(without_blocks, policy=removing)),
            today=today,
            is_new=has_no_limits(catalog),
            pins=by_rules,
        )
        roomy = collected.with_room(mapped.most_pinned)
        if roomy.limits == collected.limits or not has_no_limits(catalog):
            break
        collected = roomy
    resolver = item_resolver(mapped.catalog, site.posts, mapped.texts, today)
    ruled = {post.path: in_blocks(resolver, mapped.catalog, post) for post in site.posts}
    first = not catalog.mappings
    wanted = {} if by_rules else choices(ruled, collected.placed, site.old, site.posts, first=first)
    if keep_related:
        wanted = with_related(wanted, site)
    by_rules_alone = ItemsOfPosts(mapped.catalog, resolver).shown_in_all(site.posts)
    phases.end("proposing")
    policy = replace(
        removing,
        links=mapped.catalog if links else None,
        keep={
            path: choice
            for path, choice in wanted.items()
            if with_choice(site.read(path), choice, site.config.jekyll.package)
        },
        package=site.config.jekyll.package,
        names=names_of_numbers(mapped.catalog.items.values()),
    )
    changes = tuple(
        site.for_each(
            [post for post in site.old.values() if post.blocks or post.inline or post.findings],
            message("adopt.planning-edits"),
            lambda post: change_post(site.read(post.path), post, policy),
        )
    )
    # What readers will see: resolved from the texts that will be on the disk.
    is_new_here = first and not (root / OutputPaths.of_config(site.config).index).exists()
    leaves = bool(new or mapped.new or any(change.changed for change in changes))
    bare = find_bare(site, collected.placed) if leaves and is_new_here and not fill else {}
    catalog_text = with_bare_posts(mapped.text, bare, catalog, fill=fill)
    result = parse_catalog(catalog_text, path.name)
    posts, texts = _once_written(site, mapped, changes, bare)
    shown = resolve_all(result, posts, texts, today, track=track)
    # Without one no block that left a post shows, even if nothing is added to the starter.
    changes_filling = result.site.fill_bare_posts != catalog.site.fill_bare_posts
    filled = new or mapped.new or (not before and leaves) or changes_filling
    planned = Adoption(
        site=site,
        catalog=result,
        catalog_path=str(path),
        catalog_before=before,
        catalog_after=with_examples(catalog_text, examples) if filled else before,
        collected=collected,
        new=(*new, *mapped.new),
        proposals=mapped.proposals,
        reproduced=measure(result, posts, mapped.texts, collected.placed, today=today),
        readers=compare_posts(site.posts, collected.placed, shown, overrides, ruled=by_rules_alone),
        shown=shown,
        bare=bare,
        fillable=tuple(
            post.path
            for post in site.posts
            if post.path in bare.get("items", ()) and by_rules_alone[post.path]
        ),
        leaving=what_leaves(site, collected, changes, shown=shown, catalog=result),
        earnings=earnings(changes, mapped.catalog),
        install=replace(install, files=own_files(root, site.config, mapped.catalog)),
        changes=changes,
        git_prefix=prefix_of(root),
        titles_file=str(titles) if titles else None,
        fills_bare_posts=changes_filling and result.site.fill_bare_posts and bool(before),
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
        "--fill": fill,
        "--keep-related": keep_related,
        "--discard": discard,
        "--force": force or planned.in_git,
    }
    write_adoption(planned, force=force, again=_command(again))
    return replace(planned, written=planned.anything, phases=phases.end("writing"))


def _once_written(
    site: OldSite,
    mapped: MappedItems,
    changes: Sequence[FileChange],
    bare: Mapping[Bare, frozenset[str]],
) -> tuple[tuple[Post, ...], Mapping[str, PostText]]:
    """Return the posts as they are once all changes are written, and the keywords in them.

    Those of `site` are without their blocks already, and a choice in front matter was read back
    when it was written. Articles are read if links changed, which may have keywords.
    """
    new = {change.path: change.data for change in changes}
    rewritten = [change.path for change in changes if change.rewritten]
    texts = mapped.texts
    if rewritten:
        keywords = keywords_of(mapped.catalog.mappings.values())
        texts = site.count(keywords, lambda raw, post: new.get(post.path, raw))
        site = site.with_texts(rewritten, new.__getitem__)
    chosen = {
        change.path: change.choice.applied
        for change in changes
        if change.choice and not change.rewritten
    }
    return with_bare(site.root, site.with_posts(chosen).posts, bare), texts


def _command(options: Mapping[str, str | bool]) -> str:
    """Return the command with these options: their texts, and those without that are true."""
    words = ["linkmgr", "adopt"]
    for name, value in options.items():
        if value:
            words.append(name)
        if value and isinstance(value, str):
            words.append(value)
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
    """A file of titles as it was read; its `data` is empty where there is none yet."""

    path: Path
    data: bytes

    titles: Mapping[str, str]
    """By ASIN, empty where they are not filled in yet."""

    indent: str = ""


def _read_titles(path: Path) -> _TitlesFile:
    """Read a file of titles. Raise Problems, or LinkmgrError if it cannot be read."""
    refuse_leading_out(path)
    with wrap_read_errors(path):
        data = path.read_bytes() if path.exists() else b""
    problems = ProblemCollector(str(path))
    text = decoded(data, problems)
    tree = read_tree(text, problems)
    if tree is None or node_is_nothing(tree):
        return _TitlesFile(path, data, {})
    if not isinstance(tree, MappingNode) or tree.flow:
        problems.finish()
        problems.stop(tree.line, message("adopt.titles-form"))
    titles = {}
    for name, value in unique_pairs(problems, "", tree):
        titles[name.text] = _title(problems, name, value)
    problems.finish()
    first = _BREAK.split(text)[tree.pairs[0][0].line - 1] if tree.pairs else ""
    return _TitlesFile(path, data, titles, first[: len(first) - len(first.lstrip(" "))])


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
    new = {asin: place for asin, place in untitled.items() if asin not in file.titles}
    if not new:
        return
    match = re.search(rb"\r\n|\n|\r", file.data)
    end = match[0].decode() if match else "\n"
    data = file.data or f"# {translate(message('adopt.titles-head'))}{end}".encode()
    if not data.endswith((b"\n", b"\r")):
        data += end.encode()
    lines = (
        f"{file.indent}{scalar(asin)}:  # {excerpt(place, _LONGEST_PLACE)}{end}"
        for asin, place in new.items()
    )
    with wrap_write_errors(file.path):
        replace_file(file.path, data + "".join(lines).encode())
