"""What the commands print: values in, text out."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import unquote

from linkmgr.builder.run import Report
from linkmgr.builder.setup.install import InstallPlan
from linkmgr.messages.wording import word
from linkmgr.posts.model import Post
from linkmgr.posts.values import text_of


def build_text(report: Report, *, check: bool) -> str:
    """Say in one line what a build did or, with `check`, would do; then which files."""
    posts = f"{report.posts} posts, {report.with_blocks} with blocks"
    if not report.changed:
        return f"{posts}: up to date ({report.seconds:.2f} s)"
    written, deleted = len(report.written), len(report.deleted)
    if not check:
        return f"{posts}: {written} files written, {deleted} deleted ({report.seconds:.2f} s)"
    head = f"{posts}: {written} files to write, {deleted} to delete: run `linkmgr build`"
    changes = [f"write   {path}" for path in report.written]
    changes += [f"delete  {path}" for path in report.deleted]
    return "\n".join([head, *changes])


def build_json(report: Report) -> dict[str, Any]:
    """Return the same for programs."""
    warnings = [
        {**warning.to_json(), "message": word(warning.message)} for warning in report.warnings
    ]
    return {
        **asdict(replace(report, warnings=())),
        "warnings": warnings,
        "changed": report.changed,
        "seconds": round(report.seconds, 3),
    }


def install_text(plan: InstallPlan, *, write: bool) -> str:
    """Say what `init` wrote and what is left to do."""
    if not plan:
        return "Nothing to do: the site is ready. Next: linkmgr build"
    lines = [f"wrote {path}" for path in plan.files]
    if write:
        lines += [f"edited {edit.path}" for edit in plan.edits]
    else:
        lines += map(str, plan.edits)
    lines += plan.advice
    if plan.edits and not write:
        lines.append("`linkmgr init --write` makes these edits.")
    return "\n".join([*lines, "Next: fill catalog.yaml, then run linkmgr build"])


def posts_text(posts: Sequence[Post]) -> str:
    """List posts by date and URL."""
    if not posts:
        return "Jekyll publishes no post of this site: there is none in _posts, or all are hidden."
    return "\n".join(f"{p.date:%Y-%m-%d}  {unquote(p.url)}  {text_of(p.title)}" for p in posts)
