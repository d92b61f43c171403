"""Where the redirects of ours lead, by the catalog: nothing is asked of the server."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Self
from urllib.parse import SplitResult, urlsplit

from linkmgr.catalog.model import Catalog
from linkmgr.check.pages.built_site import SiteAddresses
from linkmgr.clicks.destination import TargetsOfDay, destination
from linkmgr.clicks.query import read_query
from linkmgr.clicks.targets import targets_of
from linkmgr.links.urls import host_of

_GO = "/go/"


class Redirect(NamedTuple):
    """A link through the server. `target` is where readers arrive, `None` for an unknown item.

    `address` is without the place at which the link is.
    """

    address: str
    target: str | None


@dataclass(frozen=True, slots=True)
class Redirects:
    """The redirects of a catalog's server, as it answers them on one day."""

    addresses: SiteAddresses
    server: SplitResult
    served: TargetsOfDay

    @classmethod
    def of(cls, catalog: Catalog, addresses: SiteAddresses, today: date) -> Self | None:
        """Return those of a catalog, `None` if it has no server."""
        if catalog.site.server is None:
            return None
        served = TargetsOfDay.of(targets_of(catalog), today)
        return cls(addresses, urlsplit(catalog.site.server), served)

    def follow(self, address: str) -> Redirect | None:
        """Return the redirect at an absolute address, `None` if it is none of ours."""
        if not address or self.addresses.is_elsewhere(address):
            return None
        parts = urlsplit(address)
        path = f"{self.server.path}{_GO}"
        if not (parts.path.startswith(path) and self._is_at_server(parts.netloc)):
            return None
        plain = f"{self.server.scheme}://{self.server.netloc}{parts.path}"
        target = self.served.leads_to.get(parts.path.removeprefix(path))
        query = read_query(parts.query, self.served.places)
        if target is None or query is None:
            return Redirect(plain, None)
        return Redirect(plain, destination(target, query, self.served.targets.tags))

    def _is_at_server(self, netloc: str) -> bool:
        host, server = host_of(netloc), host_of(self.server.netloc)
        return host == server or (self.addresses.is_own(host) and self.addresses.is_own(server))
