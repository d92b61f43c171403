"""Which addresses links may have, and how UTM parameters and tags are added to them."""

import re
import string
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote_plus, urlsplit

from linkmgr.links.amazon import PICTURE_HOSTS, SHORT_HOSTS, TAG_SUFFIXES
from linkmgr.links.model import AMAZON, UTM_PARAMETERS, Programme, Utm
from linkmgr.messages.message import Message, excerpt, message

TEMPLATE_SLOT = "{url}"
"""What a programme's `url` has in place of the item's address."""

TAG_SLOT = "{tag}"
"""What it may have in place of a tag."""

PLACE_SLOT = "{place}"
"""What it may have in place of a sub ID, which names the post and the place of a link."""

MAX_LENGTH = 2000
"""What every browser and server takes; `validators` gets slow on texts that aren't addresses."""

LONGEST_CAMPAIGN = 200
"""Characters of a campaign by which it is counted: the catalog limits none."""

_CAMPAIGN = "utm_campaign"

_URL_CHARACTERS = "%/:?#[]@!$&()*+,;=~"
"""What stays as it is in a URL beside letters, digits and `-._`; quotes and braces never do."""

_WEB = re.compile(r"https?://", re.IGNORECASE)
_HOST = re.compile(r"https?://[^/?#]*", re.IGNORECASE)

# Browsers keep what joins letters, as in 👨‍💻 and in Persian words. But what changes the direction
# of writing hides where a link leads, and invisible characters at the end were copied from a text.
_NOT_IN_ADDRESS = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
    r"|[\u00ad\u200b-\u200d\u2060-\u2064\ufeff]\Z"
)


def target_problem(url: str) -> Message | None:
    """Return the problem of a link's address, `None` when it is allowed.

    Allowed are http, https, and a page of the site (`/…`).
    """
    if url.startswith("/") and not url.startswith("//"):
        return _form_problem("https://site.example" + url, url)
    if not _WEB.match(url):
        return message("links.target-scheme")
    return _form_problem(url, url)


def web_problem(url: str) -> Message | None:
    """Return the problem of an address that must be complete (http or https)."""
    return _form_problem(url, url) if _WEB.match(url) else message("links.web-scheme")


def origin_problem(text: str) -> Message | None:
    """Return the problem of an origin: scheme, host and port, with at most a slash after."""
    if problem := web_problem(text):
        return message("links.origin", origin=excerpt(text), problem=problem)
    host = _HOST.match(text)
    origin = host[0] if host else ""
    if text.removeprefix(origin) in ("", "/"):
        return None
    return message("links.more-than-origin", found=excerpt(text), origin=excerpt(origin))


def picture_problem(url: str) -> Message | None:
    """Return the problem of a product picture's address: https or of the site itself."""
    if problem := target_problem(url):
        return problem
    if url[:7].lower() == "http://":
        return message("links.picture-scheme")
    return message("links.picture-of-amazon") if is_at(url, *PICTURE_HOSTS) else None


def template_problem(template: str) -> Message | None:
    """Return the problem of a programme's `url`."""
    if template.count(TEMPLATE_SLOT) != 1:
        return message("links.template-slot", slot=TEMPLATE_SLOT)
    host = _HOST.match(template)
    for slot in (TEMPLATE_SLOT, TAG_SLOT, PLACE_SLOT):
        if host and slot in host[0]:
            return message("links.template-host", slot=slot)
    filled = template.replace(TEMPLATE_SLOT, "item").replace(TAG_SLOT, "tag")
    return web_problem(filled.replace(PLACE_SLOT, "place"))


def _form_problem(url: str, written: str) -> Message | None:
    if len(written) > MAX_LENGTH:
        return message("links.url-length", most=MAX_LENGTH)
    if "\\" in written:
        return message("links.url-backslash")
    host = _HOST.match(url)
    if _NOT_IN_ADDRESS.search(written) or (host and not host[0].isprintable()):
        return message("links.url-space")
    if host is None or "@" in host[0]:
        return message("links.url-user")
    # Browsers take a raw 東京 in a path or fragment and percent-encode it; `validators` wants that.
    encoded = host[0] + quote(url[host.end() :], safe=string.punctuation)
    # As late as this: those that only redirect check no address.
    import validators  # noqa: PLC0415

    if validators.url(encoded, simple_host=True, strict_query=False):
        return None
    return message("links.url-invalid")


def is_site_relative(url: str) -> bool:
    """Whether a URL is a path of the site itself."""
    return url.startswith("/") and not url.startswith("//")


def is_of_site(url: str, site: str) -> bool:
    """Whether an address is a page of the site, whose own address is `site`."""
    return is_site_relative(url) or host_in(url) == host_in(site)


def encode_url(url: str) -> str:
    """Percent-encode what a URL may not contain; what is encoded already stays."""
    return quote(url, safe=_URL_CHARACTERS, errors="replace")


def origin_of(url: str) -> str:
    """Return the origin of an address, as browsers name it."""
    parts = urlsplit(url)
    port = {"http": 80, "https": 443}[parts.scheme]
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name.encode("idna").decode()
    suffix = "" if parts.port in (None, port) else f":{parts.port}"
    return f"{parts.scheme}://{host}{suffix}"


def host_of(netloc: str) -> str:
    """Return the host of an address with its port; `www.` makes no difference."""
    return netloc.rpartition("@")[2].lower().removeprefix("www.")


def host_in(url: str) -> str:
    """Return the host of an address as `host_of` does, empty if it is no address."""
    try:
        return host_of(urlsplit(url).netloc)
    except ValueError:
        return ""


def has_utm(url: str) -> bool:
    """Whether an address has UTM parameters of its own."""
    return any(map(_is_utm, _parameters(url)))


def placement_name(block: str, rank: int) -> str:
    """Name a placement as `utm_content` does."""
    return f"{block}-{rank}"


def with_utm(url: str, utm: Utm, content: str | None = None) -> str:
    """Add UTM parameters to an address; `content` is used where `utm` has none of its own."""
    values = utm.source, utm.medium, utm.campaign, utm.content or content, utm.term
    return _with_parameters(url, dict(zip(UTM_PARAMETERS, values, strict=True)))


def without_utm(url: str) -> str:
    """Return an address without its UTM parameters; the rest stays as it is."""
    if not has_utm(url):
        return url
    address, hash_sign, fragment = url.partition("#")
    path, _, query = address.partition("?")
    others = "&".join(part for part in query.split("&") if not _is_utm(part))
    return f"{path}{'?' if others else ''}{others}{hash_sign}{fragment}"


def campaign_in(url: str) -> str:
    """Return the campaign that an address names in printable characters, empty if it names none."""
    return _campaign_in(url) if f"{_CAMPAIGN}=" in url else ""


# At most 2 MB; without it 5 µs for each click.
@lru_cache(maxsize=1024)
def _campaign_in(url: str) -> str:
    names = dict(reversed(parse_qsl(urlsplit(url).query)))  # of two the first counts
    return counted_campaign(names.get(_CAMPAIGN, ""))


def counted_campaign(name: str) -> str:
    """Return the name by which the clicks of a campaign are counted."""
    return "".join(filter(str.isprintable, name))[:LONGEST_CAMPAIGN]


def is_at(url: str, *domains: str) -> bool:
    """Whether an allowed address is at one of these domains, such as `amazon.co.jp`."""
    host = "." + (urlsplit(url).hostname or "")
    return host.endswith(tuple("." + domain for domain in domains))


def is_short_link(url: str) -> bool:
    """Whether an allowed address is one of Amazon's short ones."""
    return is_at(url, *SHORT_HOSTS)


def is_at_amazon(url: str) -> bool:
    """Whether an allowed address leads to any of Amazon's marketplaces."""
    return is_at(url, *TAG_SUFFIXES) or is_short_link(url)


def through_programme(programme: Programme, url: str, tag: str | None, place: str = "") -> str:
    """Return an address as a link of the programme: with this tag, or inside its template.

    `place` is what a template that asks for it has for a sub ID.
    """
    if programme.id == AMAZON:
        return _with_parameters(url, {"tag": tag})
    if programme.url is not None:
        through = programme.url.replace(TAG_SLOT, tag or "").replace(PLACE_SLOT, place)
        return through.replace(TEMPLATE_SLOT, quote(url, safe=""))
    return url


def tag_in(url: str) -> str | None:
    """Return an Amazon address's own tag, which stays."""
    return dict(parse_qsl(urlsplit(url).query)).get("tag")


def _with_parameters(url: str, wanted: dict[str, str | None]) -> str:
    """Add the parameters that `url` lacks, before its fragment; the rest stays as it is."""
    there = _parameters(url)
    added = "&".join(
        f"{name}={quote(value, safe='')}"
        for name, value in wanted.items()
        if value and name not in there
    )
    if not added:
        return url
    address, hash_sign, fragment = url.partition("#")
    joint = "&" if "?" in address else "?"
    if address.endswith(("?", "&")):
        joint = ""
    return f"{address}{joint}{added}{hash_sign}{fragment}"


def _is_utm(parameter: str) -> bool:
    return unquote_plus(parameter).lower().startswith("utm_")


def _parameters(url: str) -> set[str]:
    query = url.partition("#")[0].partition("?")[2]
    return {unquote_plus(part.partition("=")[0]) for part in query.split("&") if part}
