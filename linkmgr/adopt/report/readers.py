"""The report's first part: what readers see from now on, and what they would by the rules alone."""

from collections.abc import Iterator, Sequence

from linkmgr.adopt.planning.plan import Adoption
from linkmgr.adopt.planning.readers import PageChange, Pages
from linkmgr.adopt.report.lines import few, line

# Items of a list, and posts as examples; --json has all.
_ITEMS_SHOWN = 20
_EXAMPLES = 3


def readers_parts(adoption: Adoption) -> tuple[Iterator[str], ...]:
    """Return the parts of the report on what readers see, each as its lines."""
    return _items(adoption), _posts(adoption), _rules(adoption)


def _items(adoption: Adoption) -> Iterator[str]:
    """Yield on how many pages each item is, before and after."""
    titles = adoption.titles
    lines = []
    for item, numbers in adoption.readers.numbers().items():
        pages = line(
            "adopt.pages-item",
            before=numbers.before,
            after=numbers.after,
            id=item,
            name=titles.get(item, ""),
        )
        if numbers.by_rules != numbers.after:
            pages += "  " + line("adopt.pages-by-rules", count=numbers.by_rules)
        lines.append(pages)
    if lines:
        yield line("adopt.pages")
        yield from few(lines, _ITEMS_SHOWN, indent="  ")


def _posts(adoption: Adoption) -> Iterator[str]:
    readers = adoption.readers
    if not readers.numbers():
        return
    new = sum(not readers.before[each.path] for each in readers.gaining)
    for code, changes in (
        ("losing", readers.losing),
        ("changing", readers.changing),
        ("gaining", readers.gaining),
    ):
        yield line(f"adopt.readers-{code}", number=len(changes), new=new)
        yield from _examples(adoption, changes, readers.before, readers.after)


def _rules(adoption: Adoption) -> Iterator[str]:
    """Yield where the rules alone would decide otherwise, and the option that lets them."""
    readers = adoption.readers
    if readers.differing:
        yield line("adopt.rules-differ", count=len(readers.differing), posts=readers.carriers)
        yield from _examples(adoption, readers.differing, readers.after, readers.by_rules)
    elif readers.losing or readers.changing:
        yield line("adopt.rules-decide")


def _examples(
    adoption: Adoption, changes: Sequence[PageChange], before: Pages, after: Pages
) -> Iterator[str]:
    none = line("adopt.none")
    examples = []
    for path in (each.path for each in changes):
        old, new = (", ".join(pages[path]) or none for pages in (before, after))
        examples.append(f"{adoption.site.folder}{path}: {old} -> {new}")
    yield from few(examples, _EXAMPLES)
