"""The shops' pages of a site: which ones are due, what was found, and what that says of links."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self
from urllib.parse import urlsplit

from linkmgr import __version__
from linkmgr.builder.processes.progress import Track
from linkmgr.catalog.model import Catalog
from linkmgr.check.findings.codes import DEAD_SHOP_PAGE, UNREACHABLE_SHOP_PAGE
from linkmgr.check.findings.model import Finding
from linkmgr.check.online.links import ShopLink, programmes_of
from linkmgr.check.online.model import Answer, Look, ShopPage, State
from linkmgr.check.online.pace import Pace
from linkmgr.check.online.run import visit
from linkmgr.check.online.visit import Visitor
from linkmgr.links.urls import MAX_LENGTH
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.network.request import Client, Limits

MakeOnlineCheck = Callable[[Catalog], "OnlineCheck"]

# Seconds between two requests to a host.
_PAUSE = 3.0
_REDIRECTS = 8

_CODES = {State.DEAD: DEAD_SHOP_PAGE, State.UNREACHABLE: UNREACHABLE_SHOP_PAGE}


class Records(Protocol):
    """Where what is known of the pages is kept, look by look."""

    def note_links(self, pages: Iterable[ShopPage], now: int) -> None: ...

    def record_look(self, url: str, look: Look, now: int) -> None: ...

    def postpone(self, urls: Iterable[str], due: int) -> None: ...

    def linked(self) -> Sequence[ShopPage]: ...


@dataclass(frozen=True, slots=True)
class OnlineCheck:
    """Looks at the pages that are due, for the blog at `site`. `clock`: seconds since 1970."""

    records: Records
    visitor: Visitor
    site: str
    clock: Callable[[], float] = time.time

    @classmethod
    def of(cls, records: Records, catalog: Catalog) -> Self:
        """Make one that asks as linkmgr, for the catalog's site."""
        client = Client(f"linkmgr/{__version__} (link check of {catalog.site.url})", Limits())
        programmes = programmes_of(catalog)
        visitor = Visitor(client, Pace(_PAUSE), _REDIRECTS, programmes)
        return cls(records, visitor, catalog.site.url)

    def findings(self, links: Iterable[ShopLink], track: Track) -> Iterator[Finding]:
        """Look at the pages behind links, then yield the links whose page is gone.

        Raise LinkmgrError if this machine seems to have no connection.
        """
        links_of: dict[str, list[ShopLink]] = defaultdict(list)
        for link in links:
            if len(address := link.shop_page or link.url) <= MAX_LENGTH:
                links_of[address].append(link)
        self.records.note_links(map(_linked, links_of.values()), self._now())
        self._look(track)
        for page in self.records.linked():
            if page.is_reported and page.answer:
                for link in links_of[page.url]:
                    code, detail = _CODES[page.state], page.answer.meaning
                    yield Finding(code, link.url, link.page, link.source, detail=detail)

    def states(self) -> Mapping[str, int]:
        """Count the pages that the site links to by their state."""
        counts = Counter(page.state.value for page in self.records.linked())
        return {state.value: counts[state.value] for state in State}

    def _look(self, track: Track) -> None:
        now = self._now()
        due = [
            page.url
            for page in self.records.linked()
            if page.due <= now and not (page.answer is Answer.HIDDEN and page.looked is None)
        ]
        heard = False
        looks = visit(due, self.visitor)
        for url, look in track(looks, message("online.looking"), len(due)):
            if look.answer.is_silence and not heard:
                self._refuse_offline()
            heard = not look.answer.is_silence
            self.records.record_look(url, look, self._now())
            if look.retry_after:
                host = urlsplit(url).netloc
                others = [other for other in due if urlsplit(other).netloc == host]
                self.records.postpone(others, look.until(self._now()))

    def _refuse_offline(self) -> None:
        """Raise LinkmgrError if the blog cannot be reached either: then no page is to blame."""
        if self.visitor.look(self.site).answer.is_silence:
            raise LinkmgrError(message("online.offline", site=self.site))

    def _now(self) -> int:
        return int(self.clock() * 1000)


def _linked(links: Sequence[ShopLink]) -> ShopPage:
    first = links[0]
    return ShopPage(
        first.shop_page or first.url,
        place=first.page,
        places=len({link.page for link in links}),
        answer=None if first.shop_page else Answer.HIDDEN,
    )
