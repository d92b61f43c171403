"""The first and the last lines of the report: what to watch out for, and what to do next."""

from collections.abc import Iterator

from linkmgr.adopt.planning.plan import Adoption
from linkmgr.adopt.report.lines import enumerated, line
from linkmgr.messages.message import Message, message
from linkmgr.messages.wording import word


def warning(adoption: Adoption) -> Iterator[str]:
    """Yield which posts would show nothing in their blocks' place."""
    head = "adopt.shown-nowhere" if adoption.written else "adopt.would-show-nowhere"
    for unserved, number in adoption.unshown:
        yield line(head, count=number)
        yield f"  {word(unserved.advice)}"


def nothing(adoption: Adoption) -> Iterator[str]:
    """Yield that there is nothing to adopt, or nothing any more, and what to do then."""
    number, found = len(adoption.site.old), "left" if adoption.changes else "none"
    if adoption.catalog_before:
        yield line(f"adopt.nothing-to-do-{found}", count=number, catalog=adoption.catalog_path)
        yield from (line("adopt.by-hand", advice=each) for each in adoption.install.advice)
    elif number or adoption.site.skipped:
        yield line(f"adopt.nothing-to-adopt-{found}", count=number)
    else:
        yield line("adopt.no-posts", folder=str(adoption.site.root))


def conclusion(adoption: Adoption) -> Iterator[str]:
    """Yield what was done, or is to be done, and by whom."""
    if not adoption.anything:
        yield from nothing(adoption)
    elif adoption.written:
        code = "adopt.written-in-git" if adoption.in_git else "adopt.written"
        yield line(code, steps=enumerated(_steps(adoption)), seconds=adoption.seconds)
    else:
        yield line("adopt.not-written", steps=enumerated(_steps(adoption)))
        if not adoption.in_git:
            yield line("adopt.copy-first")
    kept = adoption.kept_products
    if kept:
        untitled = sum(each.untitled for _, each in kept)
        yield line("adopt.products-stay", count=len(kept), untitled=untitled)
        if adoption.untitled:
            yield _titles(adoption)
    if adoption.titles_file and not adoption.untitled:
        yield line("adopt.none-untitled", file=adoption.titles_file)
    if adoption.anything:
        shown = {unserved.advice for unserved, _ in adoption.unshown}
        by_hand = (advice for advice in adoption.install.advice if advice not in shown)
        yield from (line("adopt.by-hand", advice=advice) for advice in by_hand)
    phases = (
        message(f"adopt.phase-{phase}", seconds=seconds)
        for phase, seconds in adoption.phases.items()
    )
    yield line("adopt.phases", phases=enumerated(phases))
    yield line("adopt.see-json")


def _titles(adoption: Adoption) -> str:
    """Return how the owner can name the products of which no title is known."""
    file = adoption.titles_file
    if file is None:
        return line("adopt.titles-option")
    return line("adopt.titles-fill", file=file, count=len(adoption.untitled))


def _steps(adoption: Adoption) -> Iterator[Message]:
    tense = "done" if adoption.written else "does"
    if adoption.new:
        path = adoption.catalog_path
        yield message(f"adopt.{tense}-add", count=len(adoption.new), catalog=path)
    if adoption.files:
        yield message(f"adopt.{tense}-create", files=tuple(sorted(adoption.files)))
    if adoption.edits:
        yield message(f"adopt.{tense}-edit", files=tuple(each.path for each in adoption.edits))
    if adoption.rewritten:
        yield message(f"adopt.{tense}-rewrite", count=len(adoption.rewritten))
