"""Checking a site: read its built pages and apply the rules."""

import json
import re
import time
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from linkmgr.builder.paths import CATALOG, OutputPaths
from linkmgr.builder.progress import Track, silently
from linkmgr.builder.site_config import read_site_config
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.files import read_catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.reading.programme_warnings import programme_warnings
from linkmgr.check.built_site import BuiltSite, SiteAddresses
from linkmgr.check.model import CheckResult, Finding
from linkmgr.check.page import read_page
from linkmgr.check.rules import NO_PAGE, UNREADABLE, LinkChecker, PostPage, post_findings
from linkmgr.links.amazon import default_marketplace
from linkmgr.links.model import AMAZON
from linkmgr.links.urls import host_of
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.model import Post
from linkmgr.posts.site import read_posts

_ONE_BLOCK = re.compile(rb"\{%-?\s*include\s+linkmgr\.html\s+block\b")


def check(
    root: Path,
    *,
    catalog_file: Path | None = None,
    built_folder: Path | None = None,
    ignored: tuple[str, ...] = (),
    track: Track = silently,
) -> CheckResult:
    """Check the pages that Jekyll built of the site at `root`.

    Links that begin with one of `ignored` lead to other servers. Raise LinkmgrError, or Problems
    in the catalog or the posts.
    """
    catalog_file = catalog_file or root / CATALOG
    config = read_site_config(root, catalog_file)
    catalog_text = read_catalog(catalog_file)
    catalog = parse_catalog(catalog_text, str(catalog_file))
    blocks = _BuiltBlocks.read(root, config)
    built = BuiltSite.read(built_folder or root / config.destination)
    links = LinkChecker(built, _addresses(catalog, config, ignored), _marketplace(catalog))
    posts_at = {built.file(post.url): post for post in blocks.posts}
    findings = [
        Finding(NO_PAGE, "", post.path) for post in blocks.posts if built.file(post.url) is None
    ]
    for path in track(built.pages, message("check.checking-pages"), len(built.pages)):
        try:
            text = (built.folder / path).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            findings.append(Finding(UNREADABLE, error.strerror or "", path))
            continue
        page = read_page(text)
        findings += links.findings(page, path)
        if (post := posts_at.get(path)) and not page.redirects:
            stale = blocks.changed(post) > _changed(built.folder / path)
            findings += post_findings(PostPage(page, stale, blocks.are_optional), path)
    return CheckResult(
        time.time(),
        str(built.folder),
        len(built.pages),
        findings=tuple(dict.fromkeys(findings)),
        warnings=tuple(programme_warnings(catalog, str(catalog_file), catalog_text)),
    )


@dataclass(frozen=True, slots=True)
class _BuiltBlocks:
    """The posts that the last build gave blocks, and the file of each one's fragment by its path.

    `are_optional`: a layout shows single blocks, so that a post may rightly show none.
    """

    posts: tuple[Post, ...]
    fragments: dict[str, Path]
    are_optional: bool

    @classmethod
    def read(cls, root: Path, config: JekyllConfig) -> "_BuiltBlocks":
        places = OutputPaths.of(config)
        try:
            index = json.loads((root / places.index).read_bytes())
        except (OSError, ValueError, RecursionError):
            index = None
        if not isinstance(index, dict):
            raise LinkmgrError(message("check.not-built", file=places.index))
        posts = tuple(post for post in read_posts(root, config) if post.path in index)
        fragments = {post.path: root / places.fragment(index[post.path]) for post in posts}
        return cls(posts, fragments, _shows_single_blocks(root, config))

    def changed(self, post: Post) -> float:
        """Return when a post's fragment was last written, in seconds since 1970."""
        return _changed(self.fragments[post.path])


def _shows_single_blocks(root: Path, config: JekyllConfig) -> bool:
    source = root / config.source
    folders = (source / config.layouts_dir, source / config.includes_dir)
    files = (file for folder in folders for file in folder.glob("**/*.html") if file.is_file())
    return any(_ONE_BLOCK.search(file.read_bytes()) for file in files)


def _addresses(catalog: Catalog, config: JekyllConfig, ignored: tuple[str, ...]) -> SiteAddresses:
    urls, server = (config.url, catalog.site.url), catalog.site.server
    own = SiteAddresses.of(urls, config.baseurl, ignored)
    if server is None:
        return own
    # The server may be at the site's own host, where its addresses are no pages.
    address = urlsplit(server)
    endpoint = f"{address.path}/go/" if host_of(address.netloc) in own.hosts else f"{server}/go/"
    return replace(own, others=(*ignored, endpoint))


def _marketplace(catalog: Catalog) -> str | None:
    """Return the marketplace for which the catalog has a tag."""
    amazon = catalog.programmes.get(AMAZON)
    if amazon is None or amazon.tag is None:
        return None
    return amazon.marketplace or default_marketplace(catalog.site.language)


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
