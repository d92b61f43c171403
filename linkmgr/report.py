"""What the commands print: values in, text out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import unquote

from linkmgr.builder.run import Report
from linkmgr.builder.setup.install import InstallPlan
from linkmgr.catalog.model import Book, Catalog, Kind
from linkmgr.messages.wording import word
from linkmgr.posts.model import Post
from linkmgr.posts.publish import posts_as_json
from linkmgr.posts.values import text_of
from linkmgr.resolver.model import Placement, PostResolution, Reason, Related, RunnerUp


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


def resolutions_json(
    catalog: Catalog, resolutions: Iterable[PostResolution]
) -> list[dict[str, Any]]:
    """Return the placements of posts, by block."""
    return [
        {
            "path": resolution.post.path,
            "url": resolution.post.url,
            "blocks": {
                block.name: [
                    _placement_json(catalog, placement)
                    for placement in resolution.blocks.get(block.name, ())
                ]
                for block in catalog.blocks
            },
        }
        for resolution in resolutions
    ]


def _placement_json(catalog: Catalog, placement: Placement | Related) -> dict[str, Any]:
    score = round(placement.score, 4)
    if isinstance(placement, Related):
        (post,) = posts_as_json([placement.post])
        return {**{key: post[key] for key in ("path", "url", "title")}, "score": score}
    item = catalog.items[placement.item]
    if isinstance(item, Book):
        return {"id": item.id, "asin": item.asin, "score": score}
    return {"id": item.id, "score": score}


def resolutions_text(catalog: Catalog, resolutions: Iterable[PostResolution]) -> str:
    """List what posts show, a line a placement."""
    return "\n\n".join(_resolution_text(catalog, resolution) for resolution in resolutions)


def _resolution_text(catalog: Catalog, resolution: PostResolution) -> str:
    lines = [f"{text_of(resolution.post.title)}\n  {resolution.post.path}"]
    for name, placements in resolution.blocks.items():
        lines += (f"  {name:8} {p.score:6.2f}  {_name(catalog, p)}" for p in placements)
    if not resolution.blocks:
        lines.append("  shows nothing")
    return "\n".join(lines)


def causes_text(catalog: Catalog, resolution: PostResolution) -> str:
    """List what a post shows with the causes, a line a placement."""
    lines = [text_of(resolution.post.title)]
    for name, placements in resolution.blocks.items():
        for placement in placements:
            why = ", ".join(f"{r.cause} {r.term}".rstrip() for r in placement.reasons)
            lines.append(f"  {name:8} {_title(catalog, placement)}  <- {why}")
    return "\n".join(lines)


def explanation_text(
    catalog: Catalog, resolution: PostResolution, runners_up: Sequence[RunnerUp]
) -> str:
    """Say why a post shows what it does, and what the runners-up were missing."""
    post = resolution.post
    lines = [text_of(post.title), f"  {post.path}", f"  {unquote(post.url)}"]
    if post.override.disabled:
        return "\n".join([*lines, "", "Shows nothing: its front matter says `linkmgr: false`."])
    for block in catalog.blocks:
        lines += ["", f"{block.name}:"]
        placements = resolution.blocks.get(block.name, ())
        for placement in placements:
            score = f", score {placement.score:.2f}" if placement.score else ""
            lines.append(f"  {placement.rank}. {_name(catalog, placement)}{score}")
            lines += _reason_lines(placement.reasons)
        runners = [runner for runner in runners_up if runner.block == block.name]
        if not placements and not runners:
            related = block.kind is Kind.RELATED
            lines.append(f"  nothing: {_NOTHING_RELATED if related else _NO_ITEM}")
        for runner in runners[:_RUNNERS_SHOWN]:
            lines.append(f"  -  {runner.item}, score {runner.score:.2f}: missing {runner.missing}")
            lines += _reason_lines(runner.reasons)
        if len(runners) > _RUNNERS_SHOWN:
            lines.append(f"  -  and {len(runners) - _RUNNERS_SHOWN} more")
    return "\n".join(lines)


_RUNNERS_SHOWN = 5
_NO_ITEM = "no mapping calls for an item here"
_NOTHING_RELATED = "no other post has a tag or much of a title in common"


def _reason_lines(reasons: Iterable[Reason]) -> Iterator[str]:
    return (f"       {reason}" for reason in reasons)


def _name(catalog: Catalog, placement: Placement | Related) -> str:
    title = _title(catalog, placement)
    if isinstance(placement, Related):
        return f"{title}  {unquote(placement.post.url)}"
    return f"{placement.item}  {title}"


def _title(catalog: Catalog, placement: Placement | Related) -> str:
    if isinstance(placement, Related):
        return text_of(placement.post.title)
    item = catalog.items[placement.item]
    return item.title if isinstance(item, Book) else item.heading
