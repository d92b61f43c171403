"""The report's part on the posts: what leaves them, what stays in them, and what was skipped."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from linkmgr.adopt.planning.plan import Adoption
from linkmgr.adopt.post.model import Finding, block_kind
from linkmgr.adopt.report.lines import few, line
from linkmgr.messages.wording import word


def posts_parts(adoption: Adoption) -> tuple[Iterator[str], ...]:
    """Return the parts of the report on the posts, each as its lines."""
    changes, folder = adoption.changes, adoption.site.folder
    removed = (finding for change in changes for finding in change.findings_removed)
    left = (finding for change in changes for finding in change.findings_left)
    return (
        _removed(adoption),
        _choices(adoption),
        _findings("adopt.findings-removed", removed, folder),
        _findings("adopt.findings-left", left, folder),
        _kept(adoption),
        _unsaved(adoption),
        _skipped(adoption),
    )


def _removed(adoption: Adoption) -> Iterator[str]:
    grouped: dict[str, list[str]] = defaultdict(list)
    for change in adoption.rewritten:
        file = adoption.site.folder + change.path
        for each in change.removed:
            lines = f"{each.line}-{each.last}" if each.last > each.line else str(each.line)
            part = f" {line('adopt.part-of-line')}" if each.in_line else ""
            tags = f" -> {' '.join(each.tags)}" if each.tags else ""
            grouped[word(block_kind(each.kind))].append(f"{file}:{lines}{part}{tags}")
        for link in change.rewritten:
            place = f"{file}:{link.line}: {link.old} -> {link.new}"
            grouped[line("adopt.link-rewritten")].append(place)
    if grouped:
        head = "adopt.removed" if adoption.written else "adopt.to-remove"
        yield line(head, count=len(adoption.rewritten))
    yield from _grouped(grouped)


def _choices(adoption: Adoption) -> Iterator[str]:
    """Yield the posts whose front matter keeps the old choice."""
    folder = adoption.site.folder
    kept = [
        f"{folder}{change.path}: {', '.join(change.choice.lines())}"
        for change in adoption.rewritten
        if change.choice
    ]
    if kept:
        yield line("adopt.kept-choices", count=len(kept))
        yield from few(kept)


def _findings(head: str, findings: Iterable[Finding], folder: str) -> Iterator[str]:
    grouped: dict[str, list[str]] = defaultdict(list)
    for each in findings:
        place = f"{folder}{each.path}:{each.line}"
        grouped[line(f"adopt.kind-{each.kind}")].append(f"{place}: {word(each.message)}")
    if grouped:
        yield line(head)
    yield from _grouped(grouped)


def _grouped(grouped: dict[str, list[str]]) -> Iterator[str]:
    for name, lines in grouped.items():
        yield f"  {name}: {len(lines)}"
        yield from few(lines)


def _kept(adoption: Adoption) -> Iterator[str]:
    """Name every product, for each of them is the owner's to see to."""
    if adoption.kept_products:
        yield line("adopt.kept-products", number=len(adoption.kept_products))
    for path, each in adoption.kept_products:
        product = f"ASIN {each.asin}" if each.asin else each.url
        yield f"  {path}:{each.line}: {product}: {word(each.reason)}"


def _unsaved(adoption: Adoption) -> Iterator[str]:
    """Yield every line and link that the catalog lacks, and the option that removes them."""
    folder = adoption.site.folder
    for left in (False, True):
        lines = [
            f"  {folder}{change.path}:{each.line}: {each.text}"
            for change in adoption.changes
            for each in (change.unsaved_left if left else change.unsaved_removed)
        ]
        if not lines:
            continue
        head = "left" if left else "removed" if adoption.written else "to-remove"
        yield line(f"adopt.unsaved-{head}", number=len(lines))
        yield from lines
        if left:
            yield "  " + line("adopt.discard-hint")


def _skipped(adoption: Adoption) -> Iterator[str]:
    skipped = adoption.site.skipped
    if skipped:
        yield line("adopt.skipped", count=len(skipped))
        yield from few([each.worded() for each in skipped])
