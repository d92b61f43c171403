"""Checking a site: gather and judge."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from linkmgr.builder.paths import CATALOG, Places
from linkmgr.builder.progress import Track, silently
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.files import read_catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.reading.programme_warnings import programme_warnings
from linkmgr.check.built_site import Built, Own, host_of
from linkmgr.check.judge import Judge
from linkmgr.check.model import Checked, Finding, Wrong
from linkmgr.check.page import Page, read_page
from linkmgr.links.model import AMAZON
from linkmgr.messages.errors import LinkmgrError
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.model import Post
from linkmgr.posts.site import read_config, read_posts

_ONE_BLOCK = re.compile(rb"\{%-?\s*include\s+linkmgr\.html\s+block\b")


def check(
    root: Path,
    *,
    catalog_file: Path | None = None,
    built_folder: Path | None = None,
    ignored: tuple[str, ...] = (),
    track: Track = silently,
) -> Checked:
    """Check the pages that Jekyll built of the site at `root`.

    Links that begin with one of `ignored` lead to other servers. Raise LinkmgrError, or Problems
    of the catalog or the posts.
    """
    catalog_file = catalog_file or root / CATALOG
    catalog_text = read_catalog(catalog_file)
    catalog = parse_catalog(catalog_text, str(catalog_file))
    config = read_config(root)
    shown = _Shown.of(root, config)
    built = Built.at(built_folder or root / config.destination)
    judge = Judge(built, _own(catalog, config, ignored), tagged=_has_tag(catalog))
    posts_at = {built.file(post.url): post for post in shown.posts}
    findings = [
        Finding(Wrong.NO_PAGE, "", post.path)
        for post in shown.posts
        if built.file(post.url) is None
    ]
    for path in track(built.pages, "Checking pages", len(built.pages)):
        try:
            text = (built.folder / path).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            findings.append(Finding(Wrong.UNREADABLE, error.strerror or "", path))
            continue
        page = read_page(text)
        findings += judge.findings(page, path)
        if (post := posts_at.get(path)) and not page.leads_on:
            findings += shown.findings(page, built.folder / path, post, path)
    return Checked(
        time.time(),
        str(built.folder),
        len(built.pages),
        findings=tuple(dict.fromkeys(findings)),
        warnings=tuple(programme_warnings(catalog, str(catalog_file), catalog_text)),
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """The posts that the last build gave blocks, and the file of each one's fragment by its path.

    `in_parts`: a layout shows single blocks, so that a post may rightly show none.
    """

    posts: tuple[Post, ...]
    fragments: dict[str, Path]
    in_parts: bool

    @classmethod
    def of(cls, root: Path, config: JekyllConfig) -> "_Shown":
        places = Places.of(config)
        try:
            index = json.loads((root / places.index).read_bytes())
        except (OSError, ValueError, RecursionError):
            index = None
        if not isinstance(index, dict):
            raise LinkmgrError(f"{places.index}: the site has no blocks yet: run `linkmgr build`")
        posts = tuple(post for post in read_posts(root) if post.path in index)
        fragments = {post.path: root / places.fragment(index[post.path]) for post in posts}
        return cls(posts, fragments, _shows_in_parts(root, config))

    def findings(self, page: Page, file: Path, post: Post, path: str) -> Iterator[Finding]:
        """Yield what is wrong with the blocks on a post's page."""
        if _changed(self.fragments[post.path]) > _changed(file):
            yield Finding(Wrong.STALE, "", path)
        elif not page.blocks and not self.in_parts:
            yield Finding(Wrong.NO_BLOCKS, "", path)
        for name, times in page.blocks.items():
            if times > 1:
                yield Finding(Wrong.BLOCK_TWICE, name, path)


def _shows_in_parts(root: Path, config: JekyllConfig) -> bool:
    source = root / config.source
    folders = (source / config.layouts_dir, source / config.includes_dir)
    files = (file for folder in folders for file in folder.glob("**/*.html") if file.is_file())
    return any(_ONE_BLOCK.search(file.read_bytes()) for file in files)


def _own(catalog: Catalog, config: JekyllConfig, ignored: tuple[str, ...]) -> Own:
    urls, server = (config.url, catalog.site.url), catalog.site.server
    own = Own.of(urls, config.baseurl, ignored)
    if server is None:
        return own
    # The server may be at the site's own host, where its addresses are no pages.
    at = urlsplit(server)
    endpoint = f"{at.path}/go/" if host_of(at.netloc) in own.hosts else f"{server}/go/"
    return replace(own, others=(*ignored, endpoint))


def _has_tag(catalog: Catalog) -> bool:
    amazon = catalog.programmes.get(AMAZON)
    return amazon is not None and amazon.tag is not None


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
