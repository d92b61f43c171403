"""What `linkmgr adopt` prints: an adoption in, text out."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from linkmgr.adopt.blocks.model import Finding
from linkmgr.adopt.deciding.model import Harvested
from linkmgr.adopt.finding.numbers import number_of
from linkmgr.adopt.planning.plan import Adoption
from linkmgr.adopt.report.conclusion import conclusion, conclusion_json, earning, nothing, warning
from linkmgr.adopt.report.headings import headings, old_headings
from linkmgr.catalog.model import Book, Kind
from linkmgr.links.model import AMAZON
from linkmgr.messages.wording import word

# Lines of a kind; --json has all.
_SHOWN = 5
_WORDS = {
    "check-digit": "ASINs that are none",
    "no-tag": "Amazon links without a tag",
    "foreign-tag": "tags of another marketplace",
    "short-link": "short links, which are not followed",
    "search-link": "links to a search",
    "dead-link": "dead links to posts of this site",
    "marker": "a generator's markers in the text",
    "block-twice": "blocks that stand twice",
    "text-after-block": "articles that go on after a block",
    "printed-attribute": "attribute lists that readers see",
    "inline-link": "affiliate links in running text",
    "unsure": "what was left because it is not certain",
}


def adoption_text(adoption: Adoption) -> str:
    """Say what was found, what becomes of it, and what to do next."""
    if not (adoption.changes or adoption.anything or adoption.site.skipped):
        return nothing(adoption)
    parts = [
        warning(adoption),
        _items("Books", adoption.found.books, adoption.found.refused),
        _items("Calls to action", adoption.found.ctas, {}),
        headings(adoption),
        _amazon(adoption),
        earning(adoption),
        _mappings(adoption),
        _reproduced(adoption),
        _removed(adoption),
        _findings(
            "Broken, and gone with the blocks:",
            (finding for change in adoption.changes for finding in change.leaving),
            adoption,
        ),
        _findings(
            "To look at by hand:",
            (finding for change in adoption.changes for finding in change.staying),
            adoption,
        ),
        _kept(adoption),
        _skipped(adoption),
        conclusion(adoption),
    ]
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part)))


def _items(head: str, items: Iterable[Harvested], refused: Any) -> Iterator[str]:
    items = list(items)
    if items or refused:
        yield f"{head}: {len(items)}"
    for item, posts, others, known in items:
        name = item.title if isinstance(item, Book) else item.heading
        more = "  (in the catalog already)" if known else ""
        yield f"  {posts:4} {'post ' if posts == 1 else 'posts'}  {item.id}  {name}{more}"
        yield from (f"              {other}" for other in others)
    yield from (f"  left out: {why}" for why in refused.values())


def _amazon(adoption: Adoption) -> Iterator[str]:
    found = adoption.found
    if not found.marketplaces:
        return
    tags, places = (
        ", ".join(f"{name} ({number_of(number, 'link')})" for name, number in votes) or "none"
        for votes in (found.tags, found.marketplaces)
    )
    yield f"Amazon: {places}; tags: {tags}"
    if any((a.section, a.name) == ("programmes", AMAZON) for a in adoption.new):
        yield "  Set `status: approved` in programmes.amazon if Amazon has approved the site."


def _mappings(adoption: Adoption) -> Iterator[str]:
    if adoption.proposals:
        yield f"Mappings that explain where these stood: {len(adoption.proposals)}"
    for mapping, support in ((p.mapping, p.support) for p in adoption.proposals):
        weight = f", weight {mapping.weight:g}" if mapping.weight != 1 else ""
        yield f"  {mapping.id}{weight}"
        yield from (f"      {each}" for each in support)


def _reproduced(adoption: Adoption) -> Iterator[str]:
    done = adoption.reproduced
    if not (done.books or done.ctas):
        return
    share = f" ({done.book_hits / done.books:.0%})" if done.books else ""
    yield (
        f"The new catalog shows {done.book_hits} of {number_of(done.books, 'book')}{share} and "
        f"{done.cta_hits} of {number_of(done.ctas, 'call to action', 'calls to action')} "
        "where they stood."
    )
    grouped: dict[str, list[str]] = defaultdict(list)
    for miss in done.missed:
        cause, _, detail = miss.reason.partition(": ")
        cause, detail = (cause, detail) if detail else ("points", miss.reason)
        place = f"{miss.item} in {adoption.site.folder}{miss.path}"
        grouped[cause].append(f"{place}: {detail}")
    for cause, places in sorted(grouped.items(), key=lambda pair: -len(pair[1])):
        yield f"  {len(places)} not, for want of {cause}:"
        yield from _few(places)
    if done.unseen:
        yield f"  shown in no post any more: {', '.join(done.unseen)}"


def _removed(adoption: Adoption) -> Iterator[str]:
    grouped: dict[str, list[str]] = defaultdict(list)
    for change in adoption.rewritten:
        file = adoption.site.folder + change.path
        for kind, line, last, in_line in change.removed:
            lines = f"{line}-{last}" if last > line else str(line)
            part = " (a part of the line)" if in_line else ""
            grouped[kind].append(f"{file}:{lines}{part}")
        for line, old, new in change.rewritten:
            grouped["link rewritten"].append(f"{file}:{line}: {old} -> {new}")
    if grouped:
        leave = "Left" if adoption.written else "To leave"
        yield f"{leave} the posts ({number_of(len(adoption.rewritten), 'file')}):"
    for name, places in grouped.items():
        yield f"  {name}: {len(places)}"
        yield from _few(places)


def _findings(head: str, findings: Iterable[Finding], adoption: Adoption) -> Iterator[str]:
    grouped: dict[str, list[str]] = defaultdict(list)
    for each in findings:
        place = f"{adoption.site.folder}{each.path}:{each.line}"
        grouped[_WORDS[each.kind]].append(f"{place}: {each.message}")
    if grouped:
        yield head
    for words, lines in grouped.items():
        yield f"  {words}: {len(lines)}"
        yield from _few(lines)


def _kept(adoption: Adoption) -> Iterator[str]:
    """Name every product, for each of them is the owner's to see to."""
    if adoption.kept:
        yield f"Products that stay in the posts: {len(adoption.kept)}"
    for path, each in adoption.kept:
        product = f"ASIN {each.asin}" if each.asin else each.url
        yield f"  {path}:{each.line}: {product}: {each.reason}"


def _skipped(adoption: Adoption) -> Iterator[str]:
    skipped = adoption.site.skipped
    if skipped:
        yield f"Not looked at: {number_of(len(skipped), 'file')}"
        yield from _few([str(each) for each in skipped])


def _few(lines: list[str]) -> Iterator[str]:
    yield from (f"      {line}" for line in lines[:_SHOWN])
    if len(lines) > _SHOWN:
        yield f"      and {len(lines) - _SHOWN} more"


def adoption_json(adoption: Adoption) -> dict[str, Any]:
    """Return the same for programs."""
    folder, found, done = adoption.site.folder, adoption.found, adoption.reproduced
    return {
        "posts": len(adoption.site.posts),
        "written": adoption.written,
        "books": [
            {"asin": b.item.asin, "title": b.item.title, "blurb": b.item.blurb} | _item(b)
            for b in found.books
            if isinstance(b.item, Book)
        ],
        "ctas": [
            {"heading": c.item.heading, "url": c.item.url} | _item(c)
            for c in found.ctas
            if not isinstance(c.item, Book)
        ],
        "headings": {kind: dict(votes) for kind, votes in old_headings(adoption).items()},
        "tags": dict(found.tags),
        "marketplaces": dict(found.marketplaces),
        "refused": list(found.refused.values()),
        "added": [f"{each.section}.{each.name}" for each in adoption.new],
        "mappings": [
            {"id": p.mapping.id, "items": p.mapping.items, "support": [*map(str, p.support)]}
            for p in adoption.proposals
        ],
        "reproduced": {
            Kind.BOOKS: [done.book_hits, done.books],
            Kind.CTA: [done.cta_hits, done.ctas],
            "missed": [m._asdict() | {"path": folder + m.path} for m in done.missed],
            "unseen": done.unseen,
        },
        "files": [
            {
                "path": folder + change.path,
                "removed": [each._asdict() for each in change.removed],
                "rewritten": [each._asdict() for each in change.rewritten],
            }
            for change in adoption.rewritten
        ],
        "findings": [
            {"path": folder + f.path, "line": f.line, "kind": f.kind, "message": f.message}
            | {"leaves": f in change.leaving}
            for change in adoption.changes
            for f in sorted((*change.leaving, *change.staying))
        ],
        "kept": [{"path": path} | each._asdict() for path, each in adoption.kept],
        "skipped": [
            {"path": each.location.file, "line": each.location.line, "message": word(each.message)}
            for each in adoption.site.skipped
        ],
        **conclusion_json(adoption),
    }


def _item(each: Harvested) -> dict[str, Any]:
    return {
        "id": each.item.id,
        "posts": each.posts,
        "alternatives": each.alternatives,
        "known": each.known,
    }
