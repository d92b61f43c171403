"""What the admin of another machine hands out through its API to whoever has a token."""

from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from linkmgr import __version__
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import Message, excerpt, message
from linkmgr.network.public import AddressRefusedError, UnresolvedError, is_internal
from linkmgr.network.request import FAILURES, Client, Limits, Response

# The links of a 2 MB catalog, the largest allowed, take some 6 MB.
_LIMITS = Limits(connect=5.0, read=10.0, total=20.0, body=32 * 2**20)

_UNREACHABLE = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT}


class AdminError(LinkmgrError):
    """The admin hands out nothing; `reason` says why without its address.

    It `may_pass` by itself where the admin is down, or busy.
    """

    def __init__(self, url: str, reason: Message, *, may_pass: bool = False) -> None:
        self.reason = reason
        self.may_pass = may_pass
        super().__init__(message("network.admin", url=url, reason=reason))


@dataclass(frozen=True, slots=True)
class RemoteAdmin:
    """An admin by its address, without a path, and a token for it."""

    url: str
    token: str = field(repr=False)

    def fetch(self, path: str, known: bytes | None = None) -> bytes | None:
        """Return the content at a path of the API, `None` if it is the content `known` before.

        Raise AdminError. A redirect elsewhere is not followed with the token.
        """
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "*/*"}
        if known is not None:
            # The API's tags are the SHA-256 of the content.
            headers["If-None-Match"] = f'"{sha256(known).hexdigest()}"'
        response = self._ask(f"{self.url}/api{path}", headers)
        if response.status == HTTPStatus.NOT_MODIFIED and known is not None:
            return None
        if response.status != HTTPStatus.OK:
            raise self._refusal(response)
        if not response.is_whole:
            raise AdminError(self.url, message("network.cut-short"), may_pass=True)
        return response.content

    def _ask(self, url: str, headers: dict[str, str]) -> Response:
        try:
            return self._client().ask("GET", url, headers)
        except AddressRefusedError:
            raise AdminError(self.url, message("network.plain-http")) from None
        except UnresolvedError:
            raise AdminError(self.url, message("network.no-address"), may_pass=True) from None
        except FAILURES as error:
            # Never the request itself, which has the token.
            reason = excerpt(str(error)) or type(error).__name__
            no_answer = message("network.no-answer", reason=reason)
            raise AdminError(self.url, no_answer, may_pass=True) from None

    def _client(self) -> Client:
        agent = f"linkmgr/{__version__}"
        if self.url.startswith("https:"):
            return Client(agent, _LIMITS, is_allowed=lambda _: True)
        return Client(agent, _LIMITS, is_allowed=is_internal)

    def _refusal(self, response: Response) -> AdminError:
        status = response.status
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            reason = message("network.token-refused", status=status)
        elif HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            to = self._origin(response.headers.get("location", ""))
            reason = message("network.redirected", status=status, to=excerpt(to))
        elif status == HTTPStatus.NOT_FOUND:
            reason = message("network.no-admin")
        else:
            passes = status in _UNREACHABLE or status >= HTTPStatus.INTERNAL_SERVER_ERROR
            return AdminError(
                self.url, message("network.other-status", status=status), may_pass=passes
            )
        return AdminError(self.url, reason)

    def _origin(self, location: str) -> str:
        """Return the origin to which a redirect leads, without a password."""
        with suppress(ValueError):  # whatever the server at that address takes for one
            parts = urlsplit(urljoin(self.url, location))
            return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        return location
