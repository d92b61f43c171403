"""What `linkmgr adopt` prints."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from linkmgr.adopt.deciding.model import CollectedItem
from linkmgr.adopt.finding.frequency import Frequencies, by_frequency
from linkmgr.adopt.planning.plan import Adoption
from linkmgr.adopt.post.model import BlockKind, block_kind
from linkmgr.adopt.report.conclusion import conclusion, nothing, warning
from linkmgr.adopt.report.lines import enumerated, few, line
from linkmgr.adopt.report.posts import posts_parts
from linkmgr.adopt.report.readers import readers_parts
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.links.model import AMAZON
from linkmgr.messages.message import Message, message
from linkmgr.messages.wording import word

# Headings of a kind of blocks; --json has all.
_HEADINGS_SHOWN = 3


def adoption_text(adoption: Adoption) -> str:
    """Return what was found, what becomes of it, and what to do next."""
    if not (adoption.changes or adoption.anything or adoption.site.skipped):
        return "\n".join(nothing(adoption))
    found = adoption.found
    parts = [
        warning(adoption),
        *readers_parts(adoption),
        _items("adopt.books", found.books, found.refused.values()),
        _products(found.products),
        _items("adopt.ctas", found.ctas, ()),
        _headings(adoption),
        _amazon(adoption),
        _earnings(adoption),
        _mappings(adoption),
        _reproduced(adoption),
        *posts_parts(adoption),
        conclusion(adoption),
    ]
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part)))


def old_headings(adoption: Adoption) -> Mapping[BlockKind, Frequencies]:
    """Return the headings of the blocks that leave, with their numbers; a CTA has its own."""
    posts = adoption.site.old.values()
    blocks = [block for post in posts for block in post.blocks if block.removable]
    kinds: tuple[BlockKind, ...] = ("related", "books")
    return {
        kind: by_frequency(block.heading for block in blocks if block.kind == kind)
        for kind in kinds
    }


def _items(head: str, items: Iterable[CollectedItem], refused: Iterable[Message]) -> Iterator[str]:
    items, refused = list(items), list(refused)
    if items or refused:
        yield line(head, number=len(items))
    for each in items:
        notes = (("adopt.in-catalog", each.known), ("adopt.doubtful", each.doubtful))
        note = "".join(f"  {line(code)}" for code, applies in notes if applies)
        item = each.item
        yield "  " + line("adopt.item", count=each.posts, id=item.id, name=item.title) + note
        yield from (f"              {word(other)}" for other in each.alternatives)
    yield from ("  " + line("adopt.left-out", reason=why) for why in refused)


def _products(products: Iterable[CollectedItem]) -> Iterator[str]:
    """Yield the products, and how those of them become books that are books."""
    products = list(products)
    yield from _items("adopt.products", products, ())
    if any(each.doubtful for each in products):
        yield "  " + line("adopt.move-books")


def _headings(adoption: Adoption) -> Iterator[str]:
    """Yield the old blocks' headings, and where the new ones are set."""
    old = old_headings(adoption)
    if any(old.values()):
        yield line("adopt.headings")
    for kind, headings in old.items():
        shown = [f"{heading} ({number})" for heading, number in headings[:_HEADINGS_SHOWN]]
        if len(headings) > _HEADINGS_SHOWN:
            shown.append(line("adopt.more", count=len(headings) - _HEADINGS_SHOWN))
        if shown:
            yield f"  {word(block_kind(kind))}: {', '.join(shown)}"
    yield from _limits(adoption)


def _limits(adoption: Adoption) -> Iterator[str]:
    """Yield where the catalog, which had items already, shows another number of them."""
    if not adoption.catalog_after:
        return
    catalog = parse_catalog(adoption.catalog_after, adoption.catalog_name)
    for kind, usual in adoption.found.limits.items():
        limit = sum(block.limit for block in catalog.blocks if kind in block.kind.items)
        if usual and limit != usual:
            yield line("adopt.other-limit", kind=block_kind(kind.value), usual=usual, limit=limit)


def _amazon(adoption: Adoption) -> Iterator[str]:
    found = adoption.found
    if not found.marketplaces:
        return
    tags, places = (
        tuple(line("adopt.links-with", name=name, count=number) for name, number in frequencies)
        or message("adopt.none")
        for frequencies in (found.tags, found.marketplaces)
    )
    yield line("adopt.amazon", marketplaces=places, tags=tags)
    if any((a.section, a.name) == ("programmes", AMAZON) for a in adoption.new):
        yield "  " + line("adopt.set-status")


def _earnings(adoption: Adoption) -> Iterator[str]:
    """Yield whom the blocks earn for, where the links in the posts earn for somebody else."""
    tag, tags, wrappers = adoption.earnings
    new = tag or message("adopt.none")
    for old, number in tags:
        yield line("adopt.other-tag", count=number, old=old, new=new)
    for wrapper, number in wrappers:
        yield line("adopt.wrapped-links", count=number, wrapper=wrapper)


def _mappings(adoption: Adoption) -> Iterator[str]:
    if adoption.proposals:
        yield line("adopt.mappings", number=len(adoption.proposals))
    for mapping, support in ((p.mapping, p.support) for p in adoption.proposals):
        yield f"  {mapping.id}"
        yield from (f"      {word(each.message)}" for each in support)
    # Without any proposal, too: items are then on the posts that had them alone.
    if any(not each.known for each in adoption.found.items) and all(
        each.mapping.pin for each in adoption.proposals
    ):
        yield "  " + line("adopt.add-tags")


def _reproduced(adoption: Adoption) -> Iterator[str]:
    done = adoption.reproduced
    numbers = {
        "adopt.reproduced-books": (done.book_hits, done.books),
        "adopt.reproduced-products": (done.product_hits, done.products),
        "adopt.reproduced-ctas": (done.cta_hits, done.ctas),
    }
    kept = [
        message(code, hits=hits, count=placements, share=hits / placements)
        for code, (hits, placements) in numbers.items()
        if placements
    ]
    if not kept:
        return
    yield line("adopt.reproduced", kept=enumerated(kept))
    grouped: dict[str, list[str]] = defaultdict(list)
    for miss in done.missed:
        file = adoption.site.folder + miss.path
        grouped[miss.cause].append(
            line("adopt.missed", item=miss.item, file=file, reason=miss.reason)
        )
    for cause, lines in sorted(grouped.items(), key=lambda pair: -len(pair[1])):
        yield "  " + line(f"adopt.missed-{cause}", count=len(lines))
        yield from few(lines)
    if done.unseen:
        yield "  " + line("adopt.unseen", items=done.unseen)
