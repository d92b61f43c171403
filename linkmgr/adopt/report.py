"""The report that `linkmgr adopt` prints."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from linkmgr.adopt.deciding.model import CollectedItem
from linkmgr.adopt.planning.plan import Adoption, PostItems
from linkmgr.adopt.post.model import PostFinding, block_kind
from linkmgr.builder.reading.bare_posts import BARE_POSTS, KEY
from linkmgr.catalog.items import ITEM_TYPES
from linkmgr.links.model import AMAZON
from linkmgr.messages.message import Message, Param, message, readable, translate

# Lines of a list; --json has all.
_SHOWN = 5


def _line(code: str, **params: Param) -> str:
    """Return a message in the current language."""
    return translate(message(code, **params))


def _few(lines: Sequence[str], most: int = _SHOWN, indent: str = "      ") -> Iterator[str]:
    """Yield the first lines of a list, indented, and how many more there are."""
    yield from (indent + line for line in lines[:most])
    if len(lines) > most:
        yield indent + _line("adopt.more", count=len(lines) - most)


def _enumerated(parts: Iterable[Message]) -> Message:
    """Return parts of a sentence as one: a, b and c."""
    *most, last = parts
    if not most:
        return last
    return message("adopt.enumeration", most=tuple(map(translate, most)), last=last)


# What readers see from now on, and what they would by the rules alone.

# Items of a list, and posts as examples; --json has all.
_ITEMS_SHOWN = 20
_EXAMPLES = 3


def _posts_of_items(adoption: Adoption) -> Iterator[str]:
    """Yield on how many posts each item is, before and after."""
    items = adoption.catalog.items
    lines = []
    for name, (before, after, by_rules) in adoption.readers.numbers().items():
        title = items[name].title if name in items else ""
        posts = _line("adopt.posts-item", before=before, after=after, id=name, name=title)
        if by_rules != after:
            posts += "  " + _line("adopt.posts-by-rules", count=by_rules)
        lines.append(posts)
    if lines:
        yield _line("adopt.posts")
        yield from _few(lines, _ITEMS_SHOWN, indent="  ")


def _changed_posts(adoption: Adoption) -> Iterator[str]:
    readers = adoption.readers
    new = sum(not readers.before[change.path] for change in readers.gaining)
    for code in ("losing", "changing", "gaining") if readers.numbers() else ():
        changes = getattr(readers, code)
        yield _line(f"adopt.readers-{code}", number=len(changes), new=new)
        paths = [change.path for change in changes]
        yield from _examples(adoption, paths, readers.before, readers.after)


def _rules(adoption: Adoption) -> Iterator[str]:
    """Yield the number of posts on which the rules alone would decide otherwise, with examples."""
    readers = adoption.readers
    if readers.differing:
        carriers = sum(map(bool, readers.before.values()))
        yield _line("adopt.rules-differ", count=len(readers.differing), posts=carriers)
        paths = [change.path for change in readers.differing]
        yield from _examples(adoption, paths, readers.after, readers.by_rules)
    elif readers.losing or readers.changing:
        yield _line("adopt.rules-decide")


def _bare(adoption: Adoption) -> Iterator[str]:
    """Yield the posts that stay without items, and how to have the rules fill them."""
    bare, readers = adoption.bare, adoption.readers
    if items := bare.get("items"):
        file = adoption.catalog_name
        yield _line("adopt.bare", count=len(items), catalog=file, key=KEY, list=BARE_POSTS)
        if adoption.fillable:
            yield "  " + _line("adopt.bare-fillable", count=len(adoption.fillable))
        yield from _examples(adoption, adoption.fillable, readers.after, readers.by_rules)
    if related := bare.get("related"):
        yield _line("adopt.bare-related", count=len(related))
    if adoption.fills_bare_posts:
        yield _line("adopt.fills-bare", catalog=adoption.catalog_name, key=KEY)


def _leaving(adoption: Adoption) -> Iterator[str]:
    """Yield the owner's content that does not come back with the items, with its numbers."""
    leaving, size = adoption.leaving, adoption.size_of_commit
    lines = []
    for code in ("utm", "classes", "related", "covers"):
        before, after = getattr(leaving, code)
        if before:
            lines.append(_line(f"adopt.leaving-{code}", before=before, after=after))
    if leaving.icons:
        lines.append(_line("adopt.leaving-icons", count=leaving.icons))
    for kind, old, new, number in leaving.headings:
        params: dict[str, Param] = {"kind": block_kind(kind), "old": old, "new": new}
        lines.append(_line("adopt.leaving-heading", count=number, **params))
    for kind, old_level, new_level, posts in leaving.heading_levels:
        params = {"kind": block_kind(kind), "old": old_level, "new": new_level}
        lines.append(_line("adopt.leaving-level", count=posts, **params))
    if leaving.headings_in_cards:
        lines.append(_line("adopt.leaving-headings-in-cards", count=leaving.headings_in_cards))
    if leaving.posts_in_feeds:
        lines.append(_line("adopt.leaving-feeds", count=leaving.posts_in_feeds))
    if size is not None and adoption.anything:
        lines.append(_line("adopt.leaving-files", count=size))
    if lines:
        yield _line("adopt.leaving")
        yield from (f"  {line}" for line in lines)


def _examples(
    adoption: Adoption, paths: Iterable[str], before: PostItems, after: PostItems
) -> Iterator[str]:
    none = _line("adopt.none")
    examples = []
    for path in paths:
        old, new = ", ".join(before[path]) or none, ", ".join(after[path]) or none
        examples.append(f"{adoption.site.folder}{path}: {old} -> {new}")
    yield from _few(examples, _EXAMPLES)


# The posts: what leaves them, what stays in them, and what was skipped.


def _removed(adoption: Adoption) -> Iterator[str]:
    grouped: dict[str, list[str]] = defaultdict(list)
    for change in adoption.rewritten:
        file = adoption.site.folder + change.path
        for removed in change.removed:
            place = f"{file}:{removed.line}"
            if removed.last > removed.line:
                place += f"-{removed.last}"
            if removed.in_line:
                place += f" {_line('adopt.part-of-line')}"
            if removed.tags:
                place += f" -> {' '.join(removed.tags)}"
            grouped[translate(block_kind(removed.kind))].append(place)
        for link in change.rewritten:
            place = f"{file}:{link.line}: {readable(link.old)} -> {readable(link.new)}"
            grouped[_line("adopt.link-rewritten")].append(place)
    if grouped:
        head = "adopt.removed" if adoption.written else "adopt.to-remove"
        yield _line(head, count=len(adoption.rewritten))
    yield from _grouped(grouped)


def _choices(adoption: Adoption) -> Iterator[str]:
    """Yield the posts whose front matter keeps the old choice."""
    kept = []
    for change in adoption.rewritten:
        if change.choice:
            lines = ", ".join(change.choice.lines())
            kept.append(f"{adoption.site.folder}{change.path}: {lines}")
    if kept:
        yield _line("adopt.kept-choices", count=len(kept))
        yield from _few(kept)


def _findings(head: str, findings: Iterable[PostFinding], folder: str) -> Iterator[str]:
    grouped: dict[str, list[str]] = defaultdict(list)
    for finding in findings:
        place = f"{folder}{finding.path}:{finding.line}"
        grouped[_line(f"adopt.kind-{finding.kind}")].append(
            f"{place}: {translate(finding.message)}"
        )
    if grouped:
        yield _line(head)
    yield from _grouped(grouped)


def _grouped(grouped: dict[str, list[str]]) -> Iterator[str]:
    for name, lines in grouped.items():
        yield f"  {name}: {len(lines)}"
        yield from _few(lines)


def _kept(adoption: Adoption) -> Iterator[str]:
    """Name every product: the owner must deal with each."""
    if adoption.kept_products:
        yield _line("adopt.kept-products", number=len(adoption.kept_products))
    for path, kept in adoption.kept_products:
        product = f"ASIN {kept.asin}" if kept.asin else readable(kept.url)
        yield f"  {path}:{kept.line}: {product}: {translate(kept.reason)}"


def _unsaved(adoption: Adoption) -> Iterator[str]:
    """Yield every line and link that the catalog lacks, and the option that removes them."""
    removed: list[str] = []
    left: list[str] = []
    for change in adoption.changes:
        place = f"  {adoption.site.folder}{change.path}"
        removed += [f"{place}:{u.line}: {readable(u.text)}" for u in change.unsaved_removed]
        left += [f"{place}:{u.line}: {readable(u.text)}" for u in change.unsaved_left]
    if removed:
        head = "removed" if adoption.written else "to-remove"
        yield _line(f"adopt.unsaved-{head}", number=len(removed))
        yield from removed
    if left:
        yield _line("adopt.unsaved-left", number=len(left))
        yield from left
        yield "  " + _line("adopt.discard-hint")


def _skipped(adoption: Adoption) -> Iterator[str]:
    skipped = adoption.site.skipped
    if skipped:
        yield _line("adopt.skipped", count=len(skipped))
        yield from _few([problem.translated() for problem in skipped])


# The first and the last lines: what to watch out for, and what to do next.


def _warning(adoption: Adoption) -> Iterator[str]:
    """Yield the number of posts that would show nothing in their blocks' place, and the remedy."""
    head = "adopt.shown-nowhere" if adoption.written else "adopt.would-show-nowhere"
    for unserved, number in adoption.unshown:
        yield _line(head, count=number)
        yield f"  {translate(unserved.advice)}"


def _nothing(adoption: Adoption) -> Iterator[str]:
    """Yield the lines for a blog with nothing to adopt, or nothing left, and the next step."""
    number, state = len(adoption.site.old), "left" if adoption.changes else "none"
    by_hand = [_line("adopt.by-hand", advice=advice) for advice in adoption.install.advice]
    if adoption.is_done:
        yield _line("adopt.done-already", catalog=adoption.catalog_path)
        yield from by_hand
    elif adoption.catalog_before:
        yield _line(f"adopt.nothing-to-do-{state}", count=number, catalog=adoption.catalog_path)
        yield from by_hand
    elif number or adoption.site.skipped:
        yield _line(f"adopt.nothing-to-adopt-{state}", count=number)
    else:
        yield _line("adopt.no-posts", folder=str(adoption.site.root))


def _conclusion(adoption: Adoption) -> Iterator[str]:
    """Yield the steps that were taken, or would be, what is left to do by hand, and the times."""
    if not adoption.anything:
        yield from _nothing(adoption)
    elif adoption.written:
        code = "adopt.written-in-git" if adoption.in_git else "adopt.written"
        seconds = sum(adoption.phases.values())
        yield _line(code, steps=_enumerated(_steps(adoption)), seconds=seconds)
    else:
        yield _line("adopt.not-written", steps=_enumerated(_steps(adoption)))
        if not adoption.in_git:
            yield _line("adopt.copy-first")
    yield from _products_that_stay(adoption)
    if adoption.titles_file and not adoption.untitled:
        yield _line("adopt.none-untitled", file=adoption.titles_file)
    said = {unserved.advice for unserved, _ in adoption.unshown}
    for advice in adoption.install.advice if adoption.anything else ():
        if advice not in said:
            yield _line("adopt.by-hand", advice=advice)
    phases = [
        message(f"adopt.phase-{phase}", seconds=seconds)
        for phase, seconds in adoption.phases.items()
    ]
    yield _line("adopt.phases", phases=_enumerated(phases))
    yield _line("adopt.see-json")


def _products_that_stay(adoption: Adoption) -> Iterator[str]:
    """Yield the number of products that stay, and how to name those without a known title."""
    kept, file = adoption.kept_products, adoption.titles_file
    if kept:
        untitled = sum(product.untitled for _, product in kept)
        yield _line("adopt.products-stay", count=len(kept), untitled=untitled)
    if adoption.untitled and file:
        yield _line("adopt.titles-fill", file=file, count=len(adoption.untitled))
    elif adoption.untitled:
        yield _line("adopt.titles-option")


def _steps(adoption: Adoption) -> Iterator[Message]:
    tense = "done" if adoption.written else "does"
    if adoption.new:
        path = adoption.catalog_path
        yield message(f"adopt.{tense}-add", count=len(adoption.new), catalog=path)
    if adoption.files:
        yield message(f"adopt.{tense}-create", files=tuple(sorted(adoption.files)))
    edited = [edit.path for edit in adoption.edits]
    if adoption.fills_bare_posts and not adoption.new:
        edited.insert(0, adoption.catalog_path)
    if edited:
        yield message(f"adopt.{tense}-edit", files=tuple(edited))
    if adoption.rewritten:
        yield message(f"adopt.{tense}-rewrite", count=len(adoption.rewritten))


# The whole report, with its parts on items, headings, earnings and mappings.

# Headings of a kind of blocks; --json has all.
_HEADINGS_SHOWN = 3


def adoption_text(adoption: Adoption) -> str:
    """Return the whole report: the old blocks, their changes, and the next steps."""
    if not (adoption.changes or adoption.anything or adoption.site.skipped):
        return "\n".join(_nothing(adoption))
    if adoption.is_done:
        return "\n".join((*_kept(adoption), *_nothing(adoption), *_products_that_stay(adoption)))
    collected, folder = adoption.collected, adoption.site.folder
    removed = (finding for change in adoption.changes for finding in change.findings_removed)
    left = (finding for change in adoption.changes for finding in change.findings_left)
    parts = [
        _warning(adoption),
        _posts_of_items(adoption),
        _changed_posts(adoption),
        _rules(adoption),
        _bare(adoption),
        _leaving(adoption),
        _items("adopt.books", collected.books, [*collected.refused.values()]),
        _items("adopt.products", collected.products, ()),
        _items("adopt.ctas", collected.ctas, ()),
        _headings(adoption),
        _amazon(adoption),
        _earnings(adoption),
        _mappings(adoption),
        _reproduced(adoption),
        _removed(adoption),
        _choices(adoption),
        _findings("adopt.findings-removed", removed, folder),
        _findings("adopt.findings-left", left, folder),
        _kept(adoption),
        _unsaved(adoption),
        _skipped(adoption),
        _conclusion(adoption),
    ]
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part)))


def _items(
    head: str, items: Sequence[CollectedItem], refused: Collection[Message]
) -> Iterator[str]:
    """Yield items, and how those that are books become books."""
    if items or refused:
        yield _line(head, number=len(items))
    for collected in items:
        item = collected.item
        line = "  " + _line("adopt.item", count=collected.posts, id=item.id, name=item.title)
        if collected.known:
            line += "  " + _line("adopt.in-catalog")
        if collected.doubtful:
            line += "  " + _line("adopt.doubtful")
        yield line
        yield from (f"              {translate(other)}" for other in collected.alternatives)
    yield from ("  " + _line("adopt.left-out", reason=why) for why in refused)
    if any(collected.doubtful for collected in items):
        yield "  " + _line("adopt.move-books")


def _headings(adoption: Adoption) -> Iterator[str]:
    """Yield the old blocks' headings, and where the catalog shows another number of items."""
    collected = adoption.collected
    if any(collected.headings.values()):
        yield _line("adopt.headings")
    for name, headings in collected.headings.items():
        shown = [f"{heading} ({number})" for heading, number in headings[:_HEADINGS_SHOWN]]
        if len(headings) > _HEADINGS_SHOWN:
            shown.append(_line("adopt.more", count=len(headings) - _HEADINGS_SHOWN))
        if shown:
            yield f"  {translate(block_kind(name))}: {', '.join(shown)}"
    for kind, usual in collected.limits.items():
        blocks = [block for block in adoption.catalog.blocks if kind in block.kind.items]
        limit = sum(block.limit for block in blocks)
        if usual and limit != usual:
            yield _line("adopt.other-limit", kind=block_kind(kind.value), usual=usual, limit=limit)


def _amazon(adoption: Adoption) -> Iterator[str]:
    items = adoption.collected
    if not items.marketplaces:
        return
    places = tuple(_line("adopt.links-with", name=n, count=c) for n, c in items.marketplaces)
    tags = tuple(_line("adopt.links-with", name=name, count=count) for name, count in items.tags)
    yield _line("adopt.amazon", marketplaces=places, tags=tags or message("adopt.none"))
    if any((a.section, a.name) == ("programmes", AMAZON) for a in adoption.new):
        yield "  " + _line("adopt.set-status")


def _earnings(adoption: Adoption) -> Iterator[str]:
    """Yield the numbers of links in posts that earn by another tag, or through a wrapper."""
    tag, tags, wrappers = adoption.earnings
    new = tag or message("adopt.none")
    for old, number in tags:
        yield _line("adopt.other-tag", count=number, old=old, new=new)
    for wrapper, number in wrappers:
        yield _line("adopt.wrapped-links", count=number, wrapper=wrapper)


def _mappings(adoption: Adoption) -> Iterator[str]:
    proposals = adoption.proposals
    if proposals:
        yield _line("adopt.mappings", number=len(proposals))
    for proposal in proposals:
        yield f"  {proposal.mapping.id}"
        yield from (f"      {translate(reason.message)}" for reason in proposal.support)
    # Without any proposal, too: items are then only on the posts that had them.
    only_pins = all(proposal.mapping.pin for proposal in proposals)
    if only_pins and not all(item.known for item in adoption.collected.items):
        yield "  " + _line("adopt.add-tags")


def _reproduced(adoption: Adoption) -> Iterator[str]:
    done = adoption.reproduced
    kept = []
    for kind in ITEM_TYPES:
        hits, count = done.hits[kind], done.placements[kind]
        if count:
            code = f"adopt.reproduced-{kind.section}"
            kept.append(message(code, hits=hits, count=count, share=hits / count))
    if not kept:
        return
    yield _line("adopt.reproduced", kept=_enumerated(kept))
    grouped: dict[str, list[str]] = defaultdict(list)
    for miss in done.missed:
        file = adoption.site.folder + miss.path
        line = _line("adopt.missed", item=miss.item, file=file, reason=miss.reason)
        grouped[miss.cause].append(line)
    for cause, lines in sorted(grouped.items(), key=lambda pair: -len(pair[1])):
        yield "  " + _line(f"adopt.missed-{cause}", count=len(lines))
        yield from _few(lines)
    if done.unseen:
        yield "  " + _line("adopt.unseen", items=done.unseen)
