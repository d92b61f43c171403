"""Dead links whose cause is one line of `_config.yml`: one finding in place of all of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from linkmgr.check.findings import (
    DEAD_LINK,
    DEAD_PICTURE,
    MISSING_BASEURL,
    PERMALINK_WITHOUT_SLASH,
    CheckCode,
    Finding,
)
from linkmgr.check.pages.built_site import BuiltSite, SiteAddresses
from linkmgr.messages.errors import Location
from linkmgr.messages.message import Message, message
from linkmgr.posts.model import Post
from linkmgr.posts.site import CONFIG_FILES

# Fewer files that are linked to in the wrong way are mistakes of their links.
_SEVERAL = 3


@dataclass(frozen=True, slots=True)
class CausesInConfig:
    """The causes of a built site's dead links in the `_config.yml` of the folder `root`."""

    addresses: SiteAddresses
    built: BuiltSite
    root: Path

    def with_missing_baseurl(
        self, findings: Iterable[Finding], languages: Collection[str]
    ) -> list[Finding]:
        """Return the findings, with one in place of the dead links that lack only a `baseurl`.

        They have one folder in common that the site has not, and lead to its files without it. The
        folder of one of the site's `languages` is none: its pages are in it once their plugin
        builds.
        """
        rest: list[Finding] = []
        by_folder: dict[str, list[Finding]] = defaultdict(list)
        files: dict[str, set[str]] = defaultdict(set)
        nowhere: dict[str, set[str]] = defaultdict(set)
        for finding in findings:
            path = "" if self.addresses.base else self._path_of_dead(finding)
            folder, _, below = path[1:].partition("/")
            has_folder = folder in self.built.top_level
            file = None if has_folder else self.built.file(f"/{below}")
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
            detail = message("check.detail.missing-baseurl", count=count)
            rest += self._at(MISSING_BASEURL, "baseurl", f"/{folder}", detail, dead=dead)
        return rest

    def with_permalink_without_slash(
        self, findings: Iterable[Finding], posts: Iterable[Post], permalink: str
    ) -> list[Finding]:
        """Return the findings, with one in place of the dead links to posts that lack only a slash.

        `permalink` is the posts' template. Servers answer at `/tea` with `tea.html`, at `/tea/`
        only with `tea/index.html`, which Jekyll writes where the template ends with a slash.
        """
        if permalink.endswith("/"):
            return list(findings)
        files_of_posts = {self.built.file(post.url) for post in posts} - {None}
        rest: list[Finding] = []
        dead: list[Finding] = []
        files: set[str] = set()
        for finding in findings:
            path = self._path_of_dead(finding)
            file = self.built.file(path[:-1]) if path.endswith("/") else None
            if file and file in files_of_posts:
                dead.append(finding)
                files.add(file)
            else:
                rest.append(finding)
        if len(files) < _SEVERAL:
            return rest + dead
        count = len({finding.what for finding in dead})
        detail = message("check.detail.permalink-without-slash", count=count)
        rest += self._at(PERMALINK_WITHOUT_SLASH, "permalink", permalink, detail, dead=dead)
        return rest

    def _path_of_dead(self, finding: Finding) -> str:
        """Return the path of a dead link or picture, "" for other findings."""
        if finding.code not in (DEAD_LINK, DEAD_PICTURE):
            return ""
        return self.addresses.path(finding.what, finding.page, "", self.built) or ""

    def _at(
        self, code: CheckCode, key: str, what: str, detail: Message, *, dead: Iterable[Finding]
    ) -> Iterator[Finding]:
        """Yield a finding at a key of `_config.yml` for each page with one of the dead links."""
        source = Location(_settings_file(self.root), 0, key)
        for page in dict.fromkeys(finding.page for finding in dead):
            yield Finding(code, what, page, source, detail=detail)


def _settings_file(root: Path) -> str:
    for name in CONFIG_FILES:
        if (root / name).is_file():
            return str(root / name)
    return str(root / CONFIG_FILES[0])
