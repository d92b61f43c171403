"""Checking a site: gather, judge, and remember what was found."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

from linkmgr.build.places import CATALOG, Places
from linkmgr.build.progress import Track, silently
from linkmgr.catalog.files import load_catalog
from linkmgr.catalog.model import AMAZON
from linkmgr.check.built import Built, Own
from linkmgr.check.judge import Judge
from linkmgr.check.last import remember
from linkmgr.check.model import Checked, Finding, Wrong
from linkmgr.check.page import Page, read_page
from linkmgr.errors import LinkmgrError
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.site import read_config, read_posts


def check(
    root: Path,
    *,
    catalog_file: Path | None = None,
    built_folder: Path | None = None,
    track: Track = silently,
) -> Checked:
    """Check the pages that Jekyll built of the site at `root`, and remember what was found.

    Raise LinkmgrError, or Problems of the catalog or the posts.
    """
    catalog = load_catalog(catalog_file or root / CATALOG)
    config = read_config(root)
    built = Built.at(built_folder or root / config.destination)
    own = Own.of((catalog.site.url, config.url), config.baseurl, catalog.site.server)
    amazon = catalog.programmes.get(AMAZON)
    judge = Judge(built, own, tagged=amazon is not None and amazon.tag is not None)
    posts = _posts_with_blocks(root, config)
    posts_at = {built.file(url): post for post, url in posts.items()}
    findings = [
        Finding(post, 0, Wrong.NO_PAGE, post)
        for post, url in posts.items()
        if built.file(url) is None
    ]
    pages = built.pages
    for path in track(pages, "Checking pages", len(pages)):
        page = read_page((built.folder / path).read_text(encoding="utf-8", errors="replace"))
        findings += judge.findings(page, path)
        if post := posts_at.get(path):
            findings += _of_blocks(page, path, post)
    checked = Checked(time.time(), len(pages), tuple(dict.fromkeys(findings)))
    remember(root, checked)
    return checked


def _posts_with_blocks(root: Path, config: JekyllConfig) -> dict[str, str]:
    """Return the paths and URLs of the posts that the last build of linkmgr's gave blocks."""
    try:
        index = json.loads((root / Places.of(config).index).read_bytes())
    except (OSError, ValueError) as error:
        raise LinkmgrError(f"{root}: has no blocks yet: run `linkmgr build` first") from error
    return {post.path: post.url for post in read_posts(root) if post.path in index}


def _of_blocks(page: Page, path: str, post: str) -> Iterator[Finding]:
    if not page.blocks:
        yield Finding(path, 0, Wrong.NO_BLOCKS, post)
    for name, times in page.blocks.items():
        if times > 1:
            yield Finding(path, 0, Wrong.BLOCK_TWICE, name)
