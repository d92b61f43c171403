"""The list of items: search, kind, filters and order in its address, and what each row shows."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from flask import render_template, request

from linkmgr.admin.common.chips import name_of
from linkmgr.admin.common.context import (
    get_admin,
    last_page,
    month_clicks,
    month_trends,
    page_number,
    site_index,
    today,
)
from linkmgr.admin.common.pages import Sorting, asked_sorting, choice_of
from linkmgr.catalog.items import Book, Cta, Item, ItemKind
from linkmgr.catalog.model import Catalog
from linkmgr.clicks.counts import Dimension
from linkmgr.resolver.fold import fold
from linkmgr.resolver.statistics import term

PAGE = 50
"""Rows of a page."""


class State(StrEnum):
    """Why an item is not shown, or not chosen by anything."""

    RETIRED = "retired"
    EXPIRED = "expired"
    COMING = "coming"
    UNMAPPED = "unmapped"


class Column(StrEnum):
    """What a list is sorted by; `ADDED` is the order of the file."""

    NAME = "name"
    KIND = "kind"
    STATE = "state"
    POSTS = "posts"
    CLICKS = "clicks"
    ADDED = "added"


_MOST_CLICKS = Sorting(Column.CLICKS, falling=True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed down to; the address of the page says it."""

    search: str = ""
    kind: ItemKind | None = None
    state: State | None = None
    tag: str = ""
    block: str = ""
    sorting: Sorting = _MOST_CLICKS


@dataclass(frozen=True, slots=True)
class Row:
    """An item in the list; `posts` is `None` while the server does not know the site."""

    item: Item
    name: str
    states: frozenset[State]
    clicks: int
    posts: int | None


def index() -> str:
    """Show the items that are wanted."""
    seen = get_admin().catalog()
    catalog, wanted = seen.catalog, _wanted()
    rows = rows_of(catalog, today(), month_clicks(Dimension.ITEM), _posts())
    found = searched(rows, wanted, _chosen(catalog, wanted))
    rows = narrowed(found, wanted)
    last = last_page(len(rows), PAGE)
    number = min(page_number(), last)
    rows = rows[PAGE * (number - 1) : PAGE * number]
    return render_template(
        "items/list.html",
        rows=rows,
        trends=month_trends(Dimension.ITEM, [row.item.id for row in rows]),
        kinds=Counter(row.item.kind for row in found if _is_in(row, wanted.state)),
        states=Counter(state for row in found if _is_of(row, wanted.kind) for state in row.states),
        number=number,
        last=last,
        wanted=wanted,
        present={item.kind for item in catalog.items.values()},
        block_options=[(block.name, block.name, None) for block in catalog.blocks],
        all=len(catalog.items),
        has_tests=any(item.variants for item in catalog.items.values()),
        revision=seen.revision.id,
    )


def _wanted() -> Wanted:
    return Wanted(
        request.args.get("q", "").strip(),
        choice_of(ItemKind, "kind"),
        choice_of(State, "state"),
        request.args.get("tag", "").strip(),
        request.args.get("block", ""),
        asked_sorting([*Column], _MOST_CLICKS),
    )


def _chosen(catalog: Catalog, wanted: Wanted) -> frozenset[str] | None:
    """Return the items that a tag's mappings show and a block has shown, `None` for any."""
    index, chosen = site_index(), None
    if wanted.tag:
        chosen = tagged_items(catalog, wanted.tag)
    if wanted.block:
        placed = frozenset(index.items_in(wanted.block)) if index else frozenset()
        chosen = placed if chosen is None else chosen & placed
    return chosen


def _posts() -> dict[str, int] | None:
    opened = site_index()
    return opened.posts_by_item() if opened else None


def rows_of(
    catalog: Catalog, today: date, clicks: Mapping[str, int], posts: Mapping[str, int] | None
) -> list[Row]:
    """Return a row for each item, in file order."""
    mapped = mapped_items(catalog)
    return [
        Row(
            item,
            name_of(item),
            states_of(item, today, is_mapped=item.id in mapped),
            clicks.get(item.id, 0),
            None if posts is None else posts.get(item.id, 0),
        )
        for item in catalog.items.values()
    ]


def searched(rows: Iterable[Row], wanted: Wanted, chosen: frozenset[str] | None) -> list[Row]:
    """Return the rows that have the wanted words; with `chosen` of these items alone."""
    words = fold(wanted.search).split()
    return [row for row in rows if (chosen is None or row.item.id in chosen) and _has(row, words)]


def narrowed(rows: Iterable[Row], wanted: Wanted) -> list[Row]:
    """Return the rows of the wanted kind and state, in the wanted order."""
    found = [row for row in rows if _is_of(row, wanted.kind) and _is_in(row, wanted.state)]
    column, falling = wanted.sorting.column, wanted.sorting.falling
    if column == Column.ADDED:
        return found[::-1] if falling else found
    found.sort(key=lambda row: fold(row.name))
    found.sort(key=_VALUES[Column(column)], reverse=falling)
    return found


def _is_of(row: Row, kind: ItemKind | None) -> bool:
    return kind is None or row.item.kind is kind


def _is_in(row: Row, state: State | None) -> bool:
    return state is None or state in row.states


# Rows of one value stay in the order of their names.
_VALUES: Mapping[Column, Callable[[Row], Any]] = {
    Column.NAME: lambda row: fold(row.name),
    Column.KIND: lambda row: [*ItemKind].index(row.item.kind),
    Column.STATE: lambda row: sorted(row.states),
    Column.POSTS: lambda row: row.posts or 0,
    Column.CLICKS: lambda row: row.clicks,
}


def tagged_items(catalog: Catalog, tag: str) -> frozenset[str]:
    """Return the items of the mappings that name a tag."""
    wanted = term(tag)
    return frozenset(
        item
        for mapping in catalog.mappings.values()
        if not mapping.exclude
        and wanted in {term(each) for each in (*mapping.any_of.tags, *mapping.all_of.tags)}
        for item in mapping.items
    )


def states_of(item: Item, today: date, *, is_mapped: bool) -> frozenset[State]:
    """Return what keeps an item from being shown."""
    since, until = item.validity.since, item.validity.until
    facts = {
        State.RETIRED: item.retired,
        State.EXPIRED: until is not None and until < today,
        State.COMING: since is not None and today < since,
        State.UNMAPPED: not is_mapped,
    }
    return frozenset(state for state, holds in facts.items() if holds)


def mapped_items(catalog: Catalog) -> frozenset[str]:
    """Return the items that a mapping, a block or another item uses."""
    called = {
        item
        for mapping in catalog.mappings.values()
        if not mapping.exclude
        for item in mapping.items
    }
    called |= {item for block in catalog.blocks for item in block.fallback}
    called |= {item.fallback for item in catalog.items.values() if item.fallback}
    called |= {each.item for item in catalog.items.values() for each in item.variants if each.item}
    return frozenset(called)


def _has(row: Row, words: list[str]) -> bool:
    if not words:
        return True
    item = row.item
    text = fold(" ".join(filter(None, (row.name, item.id, *_searched(item)))))
    return all(word in text for word in words)


def _searched(item: Item) -> tuple[str | None, ...]:
    if isinstance(item, Cta):
        return item.text, item.url
    return item.asin, item.author if isinstance(item, Book) else item.maker
