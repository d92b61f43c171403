"""What `linkmgr check --online` knows of the shops' pages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    ScalarSelect,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from linkmgr.check.online import DAY, FAILING, Answer, Look, PageState, ShopPage
from linkmgr.check.visit import MakeOnlineCheck, OnlineCheck
from linkmgr.fs import locked
from linkmgr.messages.message import message
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import ShopPageRow

_MAX_PLACE = 300
_MAX_URL = 2000

# How long a page is remembered to which no link leads any more.
_FORGOTTEN_AFTER = 90 * DAY

_COLUMNS = tuple(getattr(ShopPageRow, name) for name in ShopPage.__dataclass_fields__)


class ShopPages:
    """The pages in a database, for a check."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note_links(self, pages: Iterable[ShopPage], now: int) -> None:
        """Remember which pages the site links to now, and from where; new ones are due at once."""
        with writing(self._engine) as connection:
            known = set(connection.scalars(select(ShopPageRow.url)))
            new, linked = [], []
            for page in pages:
                place = page.place[:_MAX_PLACE]
                if page.url in known:
                    linked.append({"page": page.url, "place": place, "places": page.places})
                else:
                    new.append({**asdict(replace(page, place=place)), "linked": now})
            if linked:
                row = ShopPageRow.url == bindparam("page")
                connection.execute(update(ShopPageRow).where(row).values(linked=now), linked)
            if new:
                connection.execute(insert(ShopPageRow), new)
            forgotten = ShopPageRow.linked < now - _FORGOTTEN_AFTER
            connection.execute(delete(ShopPageRow).where(forgotten))

    def record_look(self, url: str, look: Look, now: int) -> None:
        """Save what a look at a page showed."""
        with writing(self._engine) as connection:
            if page := find_page(connection, url):
                values = asdict(page.after(look, now))
                values["target"] = values["target"][:_MAX_URL]
                connection.execute(update(ShopPageRow).where(ShopPageRow.url == url).values(values))

    def postpone(self, urls: Iterable[str], due: int) -> None:
        """Have pages looked at no sooner than at a time."""
        rows = [{"page": url} for url in urls]
        if rows:
            later = (ShopPageRow.url == bindparam("page")) & (ShopPageRow.due < due)
            with writing(self._engine) as connection:
                connection.execute(update(ShopPageRow).where(later).values(due=due), rows)

    def dismiss(self, url: str) -> bool:
        """Note that what is reported of a page is wrong. Return whether anything is."""
        with writing(self._engine) as connection:
            page = find_page(connection, url)
            if page is None or not page.is_reported:
                return False
            row = ShopPageRow.url == url
            connection.execute(update(ShopPageRow).where(row).values(dismissed=page.state))
            return True

    def linked(self) -> Sequence[ShopPage]:
        """Return the pages that `note_links` had last."""
        with self._engine.connect() as connection:
            return linked_pages(connection)


@contextmanager
def looking(instance: Path, engine: Engine) -> Iterator[MakeOnlineCheck]:
    """Have a check look at the shops' pages, as one process at a time may. Raise LinkmgrError."""
    with locked(instance / "online.lock", 0, busy=message("online.running")):
        yield partial(OnlineCheck.for_catalog, ShopPages(engine))


def linked_pages(connection: Connection) -> Sequence[ShopPage]:
    """Return the pages that the site linked to when it was last checked, by address."""
    return _pages(connection, ShopPageRow.linked == _last_linked())


def reported_pages(connection: Connection) -> Sequence[ShopPage]:
    """Return those of them where readers probably find nothing, the worst first."""
    failed = ShopPageRow.answer.in_([answer.value for answer in FAILING])
    pages = _pages(connection, failed & (ShopPageRow.linked == _last_linked()))
    return sorted((page for page in pages if page.is_reported), key=lambda page: page.state)


def _last_linked() -> ScalarSelect[int]:
    return select(func.max(ShopPageRow.linked)).scalar_subquery()


def find_page(connection: Connection, url: str) -> ShopPage | None:
    """Return what is known of a page by its address."""
    return next(iter(_pages(connection, ShopPageRow.url == url)), None)


def find_pages(connection: Connection, urls: Iterable[str]) -> Mapping[str, ShopPage]:
    """Return what is known of pages by their addresses."""
    return {page.url: page for page in _pages(connection, ShopPageRow.url.in_([*urls]))}


def _pages(connection: Connection, wanted: ColumnElement[bool]) -> Sequence[ShopPage]:
    query = select(*_COLUMNS).where(wanted).order_by(ShopPageRow.url)
    return [
        ShopPage(
            **{
                **row,
                "answer": row["answer"] and Answer(row["answer"]),
                "failing": row["failing"] and PageState(row["failing"]),
                "dismissed": row["dismissed"] and PageState(row["dismissed"]),
            }
        )
        for row in connection.execute(query).mappings()
    ]
