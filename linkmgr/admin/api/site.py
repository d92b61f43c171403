"""The site's posts and tags, and how its last build went."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, request

from linkmgr.admin.api.responses import Refusal, answer, whole_number
from linkmgr.admin.common.context import get_admin, site_index
from linkmgr.admin.health.jobs import last_job
from linkmgr.admin.health.status import find_status
from linkmgr.builder.run import BuildSummary
from linkmgr.messages.errors import first_lines
from linkmgr.messages.message import message, translate
from linkmgr.resolver.model import Reason
from linkmgr.resolver.statistics import term
from linkmgr.site_index.posts import (
    IndexedPost,
    IndexedTag,
    PostQuery,
    PostState,
    ResultPage,
    SiteIndex,
    TagKind,
    TagQuery,
)
from linkmgr.site_index.site import SiteReader
from linkmgr.store.jobs import Job, JobKind

_MOST_PAGES = 100_000

blueprint = Blueprint("site", __name__)


@blueprint.get("/posts")
def posts() -> Response:
    """Return a page of the posts, the newest first."""
    args = request.args
    tag = term(args["tag"]) if "tag" in args else None
    state = PostState.NOTHING if args.get("without") == "items" else None
    wanted = PostQuery(args.get("search", ""), tag, state=state)
    page = _index().posts(_page(), wanted)
    return _paged(page, [_post(post) for post in page.rows])


@blueprint.get("/posts/<key>")
def post(key: str) -> Response:
    """Return a post with what it shows, and why."""
    indexed = _index().post(key)
    if indexed is None:
        raise Refusal(404, message("api.no-post", key=key))
    shown, placements = indexed
    listed = []
    for placement in placements:
        facts = placement._asdict()
        facts["reasons"] = [_reason(reason) for reason in placement.reasons]
        facts["tags"] = [tag._asdict() for tag in placement.tags]
        listed.append(facts)
    return answer(_post(shown) | {"placements": listed})


def _reason(reason: Reason) -> dict[str, Any]:
    """Return a reason under the names of the API, which outlast those in the code."""
    return {
        "cause": reason.cause,
        "term": reason.term,
        "points": reason.points,
        "found": reason.measure,
    }


@blueprint.get("/tags")
def tags() -> Response:
    """Return a page of the tags, those that need items first."""
    page = _index().tags(_page(), TagQuery(request.args.get("search", ""), TagKind.TAG))
    return _paged(page, [_tag(tag) for tag in page.rows])


@blueprint.get("/build")
def build_state() -> Response:
    """Return the last build's progress, what a build would do now, and the site's status."""
    state, status = _site().state(), find_status(asks=True)
    job = last_job(JobKind.BUILD)
    return answer({"run": job and _run(job), "state": asdict(state), "status": status.to_json()})


def _site() -> SiteReader:
    site = get_admin().site()
    if site is None:
        raise Refusal(503, message("api.no-site"))
    return site


def _index() -> SiteIndex:
    _site()
    index = site_index()
    if index is None:
        raise Refusal(503, message("api.site-not-read"))
    return index


def _run(job: Job) -> dict[str, Any]:
    """Return the progress of a build and its outcome, with messages in words."""
    progress, error = job.progress, job.error
    built = None
    if job.result:
        summary = BuildSummary.from_json(job.result)
        built = asdict(summary) | {"warnings": first_lines(summary.warnings)}
    return {
        "started": job.started,
        "what": translate(progress.what),
        "done": progress.done,
        "total": progress.total,
        "ended": job.ended,
        "built": built,
        "error": error.excerpt() if error else "",
    }


def _page() -> int:
    return whole_number("page", 1, _MOST_PAGES)


def _paged(page: ResultPage[Any], rows: list[dict[str, Any]]) -> Response:
    return answer({"total": page.total, "page": page.number, "pages": page.pages, "rows": rows})


def _tag(tag: IndexedTag) -> dict[str, Any]:
    return {"tag": tag.tag, "written": tag.written, "posts": tag.posts, "items": tag.items}


def _post(post: IndexedPost) -> dict[str, Any]:
    return asdict(post) | {"day": post.day.isoformat()}
