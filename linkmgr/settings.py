"""What the environment sets for a server: read strictly, once, before anything starts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TypeVar

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import excerpt, message
from linkmgr.network.admin_address import admin_origin, is_web_address

PREFIX = "LINKMGR_"

_SQLITE, _POSTGRESQL = "sqlite:///", "postgresql+psycopg://"

Network = IPv4Network | IPv6Network

_T = TypeVar("_T")
_Choice = TypeVar("_Choice", bound=StrEnum)


class BookLookup(StrEnum):
    """Whether the admin asks services about books, and for their covers, too."""

    NO = "no"
    YES = "yes"
    COVERS = "covers"


class Role(StrEnum):
    """What a server does: count and redirect, serve the admin, or both."""

    ALL = "all"
    REDIRECT = "redirect"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are, and the limits; the attributes are the variables without prefix.

    For a machine that takes its links from another one's admin, `catalog_url` is that admin's
    address, which LINKMGR_CATALOG has in place of a file, and `catalog_token` lets it in; there is
    no `catalog` then. `instance` contains the database, the spool and the secrets. Readers are
    answered at `host` and `port`, the owner at `admin_host` and `admin_port`. `site` is the Jekyll
    site's folder, where this machine has it. Rows of clicks older than `keep_days` are pruned; at
    most `new_names` posts, referrers and campaigns each that were never seen before are counted by
    name on one day, and `daily_clicks` of a visitor on an item. A client has `client_seconds` to
    send a request. A server that is stopped goes on to load clicks for `stop_seconds`. `/metrics`
    is there only with a `metrics_token`. A `role` of `redirect` has no admin, one of `admin` no
    `/go/` and no `/hit/`. With `commit`, the admin may commit linkmgr's own files in the site's git
    checkout; with `book_lookup`, it may ask public services about books.
    """

    catalog: Path
    catalog_url: str | None
    catalog_token: str | None = field(repr=False)
    instance: Path
    database_url: str
    host: str
    port: int
    admin_host: str
    admin_port: int
    workers: int
    trusted_proxies: tuple[Network, ...]
    site: Path | None
    keep_days: int
    new_names: int
    daily_clicks: int
    client_seconds: int
    stop_seconds: int
    metrics_token: str | None = field(repr=False)
    role: Role
    commit: bool
    book_lookup: BookLookup

    @property
    def site_folder(self) -> Path:
        """The site's folder, by default that of the catalog, which is usually in it."""
        return self.site or self.catalog.parent

    @property
    def admin_url(self) -> str:
        """Where the admin listens, which may be behind a proxy."""
        return http_url(self.admin_host, self.admin_port)

    @property
    def several_nodes(self) -> bool:
        """Whether other machines may share the database."""
        return self.database_url.startswith(_POSTGRESQL)

    @property
    def spool(self) -> Path:
        """The folder in which clicks wait for the loader."""
        return self.instance / "spool"

    @property
    def worker_lock(self) -> Path:
        """The file locked by the one background worker that loads the spool."""
        return self.instance / "worker.lock"

    @property
    def targets(self) -> Path:
        """The file of the targets that the workers serve from."""
        return self.instance / "targets.json"

    @property
    def good_catalog(self) -> Path:
        """The file of the text from which the targets were made, for other machines."""
        return self.instance / "good-catalog.yaml"

    @property
    def admin_links(self) -> Path:
        """The file of what the admin at `catalog_url` last handed out."""
        return self.instance / "admin-links.json"

    @property
    def counters(self) -> Path:
        """The folder in which workers keep what they have counted since the server started."""
        return self.instance / "counters"

    @property
    def visitor_key(self) -> Path:
        """The file of the visitors' keys."""
        return self.instance / "visitor-key"

    @property
    def secret_key(self) -> Path:
        """The file of the key that signs the admin's sessions."""
        return self.instance / "secret-key"


def http_url(host: str, port: int) -> str:
    """Return the address of a server that listens at a host and a port."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings out of the environment. Raise LinkmgrError, which names the variable."""
    if unknown := sorted(n for n in environ if n.startswith(PREFIX) and n not in VARIABLES):
        names = tuple(sorted(VARIABLES))
        raise LinkmgrError(message("server.unknown-setting", name=unknown[0], names=names))

    def value(name: str, parse: Callable[[str], _T], default: _T) -> _T:
        text = environ.get(PREFIX + name, "").strip()
        try:
            return parse(text) if text else default
        except LinkmgrError as error:
            problem = message("server.setting", name=PREFIX + name, problem=error.message)
            raise LinkmgrError(problem) from None

    catalog, catalog_url = value("CATALOG", _catalog, _catalog(_CATALOG))
    instance = value("INSTANCE", Path, Path("instance"))
    host = value("HOST", str, "127.0.0.1")
    settings = Settings(
        catalog=catalog,
        catalog_url=catalog_url,
        catalog_token=read_catalog_token(environ) if catalog_url else None,
        instance=instance,
        database_url=value(
            "DATABASE_URL", check_database_url, f"sqlite:///{(instance / 'linkmgr.db').as_posix()}"
        ),
        host=host,
        port=value("PORT", _whole(0, 65535), 8910),
        admin_host=value("ADMIN_HOST", str, host),
        admin_port=value("ADMIN_PORT", _whole(0, 65535), 8911),
        workers=value("WORKERS", _whole(1, 64), 2),
        trusted_proxies=value("TRUSTED_PROXIES", _networks, ()),
        site=value("SITE", Path, None),
        # A year and a month: so a month can be compared with the same one of the year before.
        keep_days=value("KEEP_DAYS", _whole(2, 36500), 400),
        # More than a blog's readers bring in a day (posts of its index are not counted here). Who
        # makes up as many every day adds 730,000 rows of totals a year, and no more.
        new_names=value("NEW_NAMES", _whole(0, 1_000_000), 1000),
        daily_clicks=value("DAILY_CLICKS", _whole(1, 1_000_000), 20),
        # A form with a catalog of 2 MB takes that at 1.6 Mbit/s.
        client_seconds=value("CLIENT_SECONDS", _whole(1, 600), 10),
        stop_seconds=value("STOP_SECONDS", _whole(0, 3600), 30),
        metrics_token=value("METRICS_TOKEN", _token, None),
        role=value("ROLE", _choice(Role), Role.REDIRECT if catalog_url else Role.ALL),
        commit=value("COMMIT", _flag, default=False),
        book_lookup=value("BOOK_LOOKUP", _choice(BookLookup), BookLookup.NO),
    )
    if settings.role is Role.ALL and 0 != settings.port == settings.admin_port:
        ports = message("server.same-port", name=f"{PREFIX}ADMIN_PORT", other=f"{PREFIX}PORT")
        raise LinkmgrError(ports)
    if catalog_url:
        _check_follower(settings)
    return settings


_CATALOG = "catalog.yaml"


# The address of an admin is a value of LINKMGR_CATALOG.
def read_catalog_token(environ: Mapping[str, str]) -> str:
    """Return the token with which this machine takes an admin's catalog. Raise LinkmgrError."""
    name = f"{PREFIX}CATALOG_TOKEN"
    token = environ.get(name, "").strip()
    if not token:
        raise LinkmgrError(message("server.no-catalog-token", name=name))
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise LinkmgrError(message("server.token-characters", name=name))
    return token


VARIABLES = tuple(
    PREFIX + name.upper() for name in Settings.__dataclass_fields__ if name != "catalog_url"
)
"""The variables in the order of `Settings`."""

# The shortest token that cannot be guessed, 16 characters of hex being 64 bits.
_SHORTEST_TOKEN = 16


def _catalog(text: str) -> tuple[Path, str | None]:
    """Return a catalog's file, or, besides the default one, an admin's address."""
    if is_web_address(text):
        return Path(_CATALOG), admin_origin(text)
    return Path(text), None


def _check_follower(settings: Settings) -> None:
    """Raise LinkmgrError if a machine without a catalog cannot have the role that it is set to."""
    if settings.role is not Role.REDIRECT:
        raise LinkmgrError(message("server.catalog-elsewhere", name=f"{PREFIX}ROLE"))


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            problem = message("server.whole-number", least=least, most=most, found=excerpt(text))
            raise LinkmgrError(problem)
        return int(text)

    return parse


def _networks(text: str) -> tuple[Network, ...]:
    """Parse addresses and networks, separated by commas, such as `127.0.0.1, 10.0.0.0/8`."""
    try:
        return tuple(ip_network(part.strip()) for part in text.split(","))
    except ValueError:
        raise LinkmgrError(message("server.networks", found=excerpt(text))) from None


def check_database_url(text: str) -> str:
    """Return the URL of a database of a supported kind. Raise LinkmgrError."""
    if not text.startswith((_SQLITE, _POSTGRESQL)):
        raise LinkmgrError(message("server.database-scheme"))
    return text


def _token(text: str) -> str:
    if len(text) < _SHORTEST_TOKEN:
        raise LinkmgrError(message("server.short-token", least=_SHORTEST_TOKEN))
    return text


def _flag(text: str) -> bool:
    if text not in {"yes", "no"}:
        raise LinkmgrError(message("server.flag", found=excerpt(text)))
    return text == "yes"


def _choice(choices: type[_Choice]) -> Callable[[str], _Choice]:
    def parse(text: str) -> _Choice:
        if text not in set(choices):
            known = tuple(choices)
            raise LinkmgrError(message("server.choice", choices=known, found=excerpt(text)))
        return choices(text)

    return parse
