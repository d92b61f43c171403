"""The list of posts: search, filters and order in its address."""

from flask import render_template, request

from linkmgr.admin.common.chips import find_items
from linkmgr.admin.common.context import (
    get_admin,
    index_facts,
    month_clicks,
    page_number,
    site_index,
)
from linkmgr.admin.common.sorting import Sorting, asked_sorting
from linkmgr.admin.posts.pins import excluding_globs
from linkmgr.admin.posts.rows import rows_of
from linkmgr.catalog.model import Catalog
from linkmgr.resolver.statistics import term
from linkmgr.site_index.index.post_list import PostColumn, PostQuery, PostState
from linkmgr.store.figures.figures import Dimension

_NEWEST_FIRST = Sorting(PostColumn.DAY, falling=True)


def index() -> str:
    """List the posts that are wanted, the newest first if the address names no order."""
    seen, opened = get_admin().catalog(), site_index()
    sorting = asked_sorting([*PostColumn], _NEWEST_FIRST)
    wanted = _wanted(seen.catalog, sorting)
    found = opened.posts(page_number(), wanted) if opened else None
    return render_template(
        "posts/list.html",
        found=found,
        rows=rows_of(opened, found.rows) if opened and found else [],
        wanted=wanted,
        tag=request.args.get("tag", ""),
        item=request.args.get("item", ""),
        blocks=[block.name for block in seen.catalog.blocks],
        sorting=sorting,
        revision=seen.revision.id,
        **index_facts(),
    )


def _wanted(catalog: Catalog, sorting: Sorting) -> PostQuery:
    args, column = request.args, PostColumn(sorting.column)
    tag, item = args.get("tag", ""), args.get("item", "").strip()
    return PostQuery(
        search=args.get("q", ""),
        tag=term(tag) if tag else None,
        state=_asked_state(),
        items=[chip.id for chip in find_items(catalog, item)] if item else None,
        block=args.get("block", ""),
        column=column,
        falling=sorting.falling,
        clicks=month_clicks(Dimension.POST) if column is PostColumn.CLICKS else {},
        excluded=excluding_globs(catalog),
    )


def _asked_state() -> PostState | None:
    asked = request.args.get("shows", "")
    return PostState(asked) if asked in set(PostState) else None
