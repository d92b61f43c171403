"""The first and the last words of a report on an adoption: what to mind, and what to do next."""

from collections.abc import Iterator
from typing import Any

from linkmgr.adopt.finding.numbers import number_of
from linkmgr.adopt.planning.plan import Adoption


def warning(adoption: Adoption) -> Iterator[str]:
    """Say what posts would show nothing in their blocks' place."""
    for unserved, number in adoption.unshown:
        showing = "show" if adoption.written else "would show"
        yield f"The blocks {showing} nowhere in {number_of(number, 'post')}. Do this first:"
        yield f"  {unserved.advice}"


def nothing(adoption: Adoption) -> str:
    """Say that there is nothing to adopt, or nothing any more."""
    posts = number_of(len(adoption.site.posts), "post")
    if adoption.catalog_before:
        return (
            f"Nothing to do: none of {posts} has a block of books, calls to action or related "
            f"posts; {adoption.catalog_path} and the layouts are in order."
        )
    return (
        f"no hard-coded links found: none of {posts} has a block of "
        "books, calls to action or related posts. `linkmgr init` sets up a new catalog."
    )


def earning(adoption: Adoption) -> Iterator[str]:
    """Say for whom the blocks will earn, where the links in the posts earn for somebody else."""
    tag, tags, wrappers = adoption.earnings
    for old, number in tags:
        verb = "carries" if number == 1 else "carry"
        yield (
            f"{number_of(number, 'link')} {verb} the tag {old}; "
            f"the blocks will carry {tag or 'none'} (programmes.amazon.tag)"
        )
    for wrapper, number in wrappers:
        verb = "earns" if number == 1 else "earn"
        yield (
            f"{number_of(number, 'link')} {verb} through {wrapper}; "
            "the blocks will link to Amazon directly"
        )


def conclusion(adoption: Adoption) -> Iterator[str]:
    """Say what was done, or is to be done, and by whom."""
    if not adoption.anything:
        yield "Nothing to do: what could be taken over is in the catalog already."
    elif adoption.written:
        look = ", then look at `git status` and `git diff`" if adoption.in_git else ""
        done = _listed(_steps(adoption, "added {} to {}", "made {}", "edited {}", "rewrote {}"))
        yield f"{done[0].upper()}{done[1:]} ({adoption.seconds:.1f} s). Next: linkmgr build{look}."
    else:
        steps = _listed(_steps(adoption, "adds {} to {}", "makes {}", "edits {}", "rewrites {}"))
        yield (f"Nothing is written yet. `linkmgr adopt --write` {steps}; --diff shows the patch.")
        if not adoption.in_git:
            yield "The site is not in git: make a copy of its folder first."
    if adoption.kept:
        untitled = sum(each.untitled for _, each in adoption.kept)
        stay = "stays" if len(adoption.kept) == 1 else "stay"
        yield (
            f"{number_of(len(adoption.kept), 'product')} {stay} in the posts, "
            f"{untitled} for want of a title: see above. Exit code 3."
        )
    said = {unserved.advice for unserved, _ in adoption.unshown}
    if adoption.anything:
        yield from (f"By hand: {line}" for line in adoption.install.advice if line not in said)
    yield "--json lists every line."


def conclusion_json(adoption: Adoption) -> dict[str, Any]:
    """Return the same facts for programs."""
    makes = sorted(adoption.files)
    if adoption.anything and not adoption.catalog_before:
        makes.insert(0, adoption.catalog_path)
    return {
        "makes": makes,
        "edits": [edit.path for edit in adoption.edits],
        "unshown": [
            {"layout": unserved.layout, "posts": number, "advice": unserved.advice}
            for unserved, number in adoption.unshown
        ],
        "earnings": {
            "tag": adoption.earnings.tag,
            "other_tags": dict(adoption.earnings.tags),
            "wrappers": dict(adoption.earnings.wrappers),
        },
    }


def _steps(adoption: Adoption, add: str, make: str, edit: str, rewrite: str) -> Iterator[str]:
    if adoption.new:
        entries = number_of(len(adoption.new), "entry", "entries")
        yield add.format(entries, adoption.catalog_path)
    if adoption.files:
        yield make.format(", ".join(sorted(adoption.files)))
    if adoption.edits:
        yield edit.format(", ".join(each.path for each in adoption.edits))
    if adoption.rewritten:
        yield rewrite.format(number_of(len(adoption.rewritten), "post"))


def _listed(steps: Iterator[str]) -> str:
    *most, last = steps
    return f"{', '.join(most)} and {last}" if most else last
