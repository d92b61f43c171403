"""The site and the programmes out of their entries."""

from difflib import get_close_matches
from typing import get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from linkmgr.catalog.model import Feeds, JekyllPackage, Site
from linkmgr.catalog.reading.tags import read_programme_tags
from linkmgr.catalog.reading.yaml.problems import MAX_WORD
from linkmgr.catalog.reading.yaml.section import Section
from linkmgr.catalog.reading.yaml.texts import length_problem
from linkmgr.catalog.reading.yaml.typos import wide_problem
from linkmgr.links.amazon import TAG_SUFFIXES, default_marketplace
from linkmgr.links.model import AMAZON, OWN_SITE, AssociateStatus, Programme, Tracking
from linkmgr.links.programmes.packaged_profiles import default_tracking, profile
from linkmgr.links.programmes.profile import Profile
from linkmgr.links.programmes.profile_reader import PROFILE_KEYS, read_profile
from linkmgr.links.programmes.shops import usual_name
from linkmgr.links.urls import LONGEST_CAMPAIGN, origin_problem, template_problem, web_problem
from linkmgr.messages.language import LANGUAGES, Language
from linkmgr.messages.message import Message, excerpt, message

SITE_KEYS = (
    *("name", "url", "language", "server", "disclosure", "ad-label"),
    *("timezone", "origins", "campaigns", "respect-gpc", "jekyll"),
    *("heading-level", "feeds", "pages"),
)
AMAZON_KEYS = ("marketplace", "tag", "tags", "status", "tracking", "label")
OWN_SITE_KEYS = ("tracking", "label")
PROGRAMME_KEYS = ("name", "url", "tag", "tags", "tracking", "label", *PROFILE_KEYS)

_FEEDS: tuple[Feeds, ...] = get_args(Feeds)
_PACKAGES: tuple[JekyllPackage, ...] = get_args(JekyllPackage)
_STATUSES: tuple[AssociateStatus, ...] = get_args(AssociateStatus)

_CLOSE_ZONE = 0.8
"""Higher than for keys: city names are short and many, and `Asia` is no typo of Apia."""


def programme_keys(programme: str) -> tuple[str, ...]:
    """Return the keys that the programme of this id may have."""
    return {AMAZON: AMAZON_KEYS, OWN_SITE: OWN_SITE_KEYS}.get(programme, PROGRAMME_KEYS)


def read_site(section: Section) -> Site:
    """Return the site; what was wrong in it is reported and left out."""
    server = section.text("server", _base_problem)
    language = section.choice("language", LANGUAGES) or "ja"
    origins = section.texts("origins", origin_problem)
    return Site(
        name=section.required("name"),
        url=section.required("url", _base_problem).rstrip("/"),
        language=language,
        server=server.rstrip("/") if server else None,
        disclosure=section.text("disclosure", sentences=True),
        ad_label=section.text("ad-label"),
        timezone=section.text("timezone", timezone_problem) or default_timezone(language),
        origins=tuple(origin.rstrip("/") for origin in origins),
        campaigns=section.texts("campaigns", _campaign_problem),
        respect_gpc=section.flag("respect-gpc", default=True),
        jekyll=section.choice("jekyll", _PACKAGES),
        heading_level=section.heading_level(),
        feeds=section.choice("feeds", _FEEDS) or "label",
        pages=section.texts("pages"),
    )


def standard_programmes(site: Site) -> dict[str, Programme]:
    """Return the programmes that every catalog has, as they are unless it says otherwise."""
    return {
        AMAZON: Programme(
            AMAZON,
            "Amazon",
            default_tracking(AMAZON),
            marketplace=default_marketplace(site.language),
        ),
        OWN_SITE: Programme(OWN_SITE, site.name, default_tracking(OWN_SITE)),
    }


def read_programme(programme: str, section: Section, site: Site) -> Programme:
    """Return the programme of an entry; what was wrong in it is reported and left out."""
    if programme == AMAZON:
        return _read_amazon(section, site)
    tracking = _tracking(programme, section)
    label = section.text("label")
    if programme == OWN_SITE:
        return Programme(OWN_SITE, site.name, tracking, label=label)
    usual = None if section.has("name") else usual_name(programme, site.language)
    url = section.text("url", template_problem)
    own = Programme(
        programme,
        usual or section.required("name"),
        tracking,
        url=url,
        label=label,
        tracking_is_default=not section.has("tracking"),
    )
    return read_programme_tags(section, own)


def read_own_profile(programme: str, section: Section) -> Profile | None:
    """Return the profile of an entry that has one; what was wrong in it is reported.

    An entry of a known programme changes what it says and leaves the rest.
    """
    if not section.given(*PROFILE_KEYS):
        return None
    return read_profile(programme, section, profile(programme))


def _read_amazon(section: Section, site: Site) -> Programme:
    marketplace = section.choice("marketplace", tuple(TAG_SUFFIXES))
    if not section.has("marketplace"):
        marketplace = default_marketplace(site.language)
    status = section.choice("status", _STATUSES) or "none"
    if marketplace and status != "none" and not section.has("tag"):
        tag = f"yours-{TAG_SUFFIXES[marketplace]}"
        section.problem("status", message("catalog.status-without-tag", status=status, tag=tag))
    amazon = Programme(
        id=AMAZON,
        name="Amazon",
        tracking=_tracking(AMAZON, section),
        marketplace=marketplace,
        status=status,
        label=section.text("label"),
    )
    return read_programme_tags(section, amazon)


def _tracking(programme: str, section: Section) -> Tracking:
    return section.choice("tracking", tuple(Tracking)) or default_tracking(programme)


def _campaign_problem(name: str) -> Message | None:
    return length_problem(name, LONGEST_CAMPAIGN)


def _base_problem(url: str) -> Message | None:
    if "?" in url or "#" in url:
        return message("catalog.url-with-query")
    return web_problem(url)


def default_timezone(language: Language) -> str:
    """Return the time zone of a catalog that names none."""
    return "Asia/Tokyo" if language == "ja" else "UTC"


def timezone_problem(name: str) -> Message | None:
    """Return what is wrong with the name of a time zone, `None` for one that there is."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of names, as `Asia`
        if wide := wide_problem(name):
            return wide
        if meant := _zone_meant(name) if len(name) <= MAX_WORD else None:
            return message("catalog.unknown-timezone-meant", name=excerpt(name), meant=meant)
        return message("catalog.unknown-timezone", name=excerpt(name))
    return None


def _zone_meant(name: str) -> str | None:
    """Return the zone that `name` probably means, be it by its city alone."""
    zones = sorted(available_timezones())
    known = {zone.rpartition("/")[2].lower(): zone for zone in zones}
    known |= {zone.lower(): zone for zone in zones}
    close = get_close_matches(name.lower().replace(" ", "_"), known, n=1, cutoff=_CLOSE_ZONE)
    return known[close[0]] if close else None
