"""Links that are dead because `_config.yml` lacks the folder in which the site is published."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path

from linkmgr.check.findings import DEAD_LINK, DEAD_PICTURE, MISSING_BASEURL, Finding
from linkmgr.check.pages.built_site import BuiltSite, SiteAddresses
from linkmgr.messages.errors import Location
from linkmgr.messages.message import message
from linkmgr.posts.site import CONFIG_FILES

# Fewer files that are linked to with a folder too much are mistakes of their links.
_SEVERAL = 3


def with_missing_baseurl(
    findings: Iterable[Finding],
    addresses: SiteAddresses,
    built: BuiltSite,
    root: Path,
    *,
    languages: Collection[str],
) -> list[Finding]:
    """Return the findings, with one in place of the dead links that lack only a `baseurl`.

    They have one folder in common that the site has not, and lead to its files without it. The
    folder of one of the site's `languages` is none: its pages are in it once their plugin builds.
    """
    rest: list[Finding] = []
    by_folder: dict[str, list[Finding]] = defaultdict(list)
    files: dict[str, set[str]] = defaultdict(set)
    nowhere: dict[str, set[str]] = defaultdict(set)
    for finding in findings:
        path = _path_of_dead(finding, addresses, built)
        folder, _, below = path[1:].partition("/")
        file = built.file(f"/{below}") if folder not in built.top_level else None
        if path and file:
            by_folder[folder].append(finding)
            files[folder].add(file)
        else:
            rest.append(finding)
            nowhere[folder].add(path)
    for folder, dead in by_folder.items():
        # Where most lead nowhere without the folder, either, its pages are what is missing.
        has_too_few = len(files[folder]) < max(_SEVERAL, len(nowhere[folder]))
        if has_too_few or folder in languages:
            rest += dead
            continue
        count = len({finding.what for finding in dead})
        detail = message("check.detail.dead-without-baseurl", count=count)
        source = Location(_settings_file(root), 0, "baseurl")
        pages = dict.fromkeys(finding.page for finding in dead)
        rest += (
            Finding(MISSING_BASEURL, f"/{folder}", page, source, detail=detail) for page in pages
        )
    return rest


def _path_of_dead(finding: Finding, addresses: SiteAddresses, built: BuiltSite) -> str:
    """Return the path of a dead link or picture of a site without a base, "" for other findings."""
    if finding.code not in (DEAD_LINK, DEAD_PICTURE) or addresses.base:
        return ""
    return addresses.path(finding.what, finding.page, "", built) or ""


def _settings_file(root: Path) -> str:
    for name in CONFIG_FILES:
        if (root / name).is_file():
            return str(root / name)
    return str(root / CONFIG_FILES[0])
