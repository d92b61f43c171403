"""What follows from a change of settings, besides which posts gain or lose which items."""

from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from flask_babel import gettext, ngettext

from linkmgr.admin.common.context import get_admin
from linkmgr.admin.common.preferences import LANGUAGES
from linkmgr.admin.common.template_helpers import number
from linkmgr.admin.editing.forms import error_text, labels_of
from linkmgr.admin.editing.selection import some_of
from linkmgr.builder.setup.layouts import page_advice
from linkmgr.catalog.keys.programmes import OWN_SITE_KEYS
from linkmgr.catalog.keys.site import SITE
from linkmgr.catalog.model import Catalog, Site
from linkmgr.catalog.reading.mappings import empty_rows
from linkmgr.catalog.reading.programme_warnings import programme_warnings
from linkmgr.links.model import Programme, Tracking
from linkmgr.messages.errors import LinkmgrError, os_reason
from linkmgr.messages.message import join_texts, translate
from linkmgr.posts.article.inclusions import compare_tag
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.pages import page_files, parse_page
from linkmgr.posts.site import find_jekyll, read_config

_JEKYLLS = labels_of(SITE["jekyll"])
_TRACKINGS = labels_of(OWN_SITE_KEYS["tracking"])


def follows(before: Catalog, after: Catalog) -> list[str]:
    """Return what follows from the settings in which two catalogs differ, one sentence each."""
    sentences = list(_of_site(before, after))
    sentences += _of_programmes(before, after)
    sentences += _of_blocks(before, after)
    sentences += _of_comparisons(before, after)
    sentences += _warnings(before, after)
    return sentences


def _of_site(before: Catalog, after: Catalog) -> Iterator[str]:
    old, new = before.site, after.site
    if old.server != new.server:
        yield from _of_server(old.server, new, _counted(after))
    if old.url != new.url:
        yield gettext("The blog is at %(url)s: clicks from its pages there count.", url=new.url)
    if old.origins != new.origins:
        yield gettext(
            "Clicks count from pages at %(origins)s.", origins=join_texts((new.url, *new.origins))
        )
    yield from _of_campaigns(old.campaigns, new.campaigns)
    if old.language != new.language:
        yield gettext(
            "Headings and labels without a text of your own will be in this language: "
            "%(language)s.",
            language=LANGUAGES[new.language],
        )
    if old.timezone != new.timezone:
        yield gettext(
            "Days begin at midnight in %(zone)s. Clicks counted so far keep their days.",
            zone=new.timezone,
        )
    if old.respect_gpc != new.respect_gpc:
        if new.respect_gpc:
            yield gettext("Readers who opt out of tracking no longer count.")
        else:
            yield gettext("Readers who opt out of tracking count, too. Tell your readers.")
    yield from _of_views(old, new)
    if (old.ad_label, old.disclosure) != (new.ad_label, new.disclosure):
        yield gettext("Every block with ads changes.")
    yield from _of_reading(old, new)


def _of_views(old: Site, new: Site) -> Iterator[str]:
    """Yield what follows from counting views, and from telling pages' scripts of them."""
    if new.views and not old.views:
        yield gettext("Views count, too, once the blog is built. Tell your readers.")
    elif old.views and not new.views:
        yield gettext("Views no longer count once the blog is built. Those counted so far stay.")
    elif new.views and _view_rule(old) != _view_rule(new):
        yield gettext(
            "What a view is changes once the blog is built: don't compare rates before and after."
        )
    if new.events and not old.events:
        yield gettext("Scripts of the blog's pages are told of clicks and views.")
    elif old.events and not new.events:
        yield gettext("Scripts of the blog's pages are no longer told of clicks and views.")


def _view_rule(site: Site) -> tuple[int, int, int]:
    """Return the settings that decide what counts as a view."""
    return site.view_percent, site.view_percent_large, site.view_seconds


def _of_reading(old: Site, new: Site) -> Iterator[str]:
    """Yield what follows from other pages and another Jekyll, one sentence each."""
    admin = get_admin()
    root = admin.settings.site_folder if admin.site() else None
    if old.jekyll != new.jekyll:
        yield from _of_jekyll(old, new, root)
    if old.pages != new.pages and root is not None:
        yield from _of_pages(old, new, root)
    elif old.pages != new.pages:
        if new.pages:
            pages = some_of(new.pages)
            yield gettext("Posts show blocks, and so do: %(pages)s.", pages=pages)
        else:
            yield gettext("Only posts show blocks.")


def _of_jekyll(old: Site, new: Site, root: Path | None) -> Iterator[str]:
    if root is None:
        if new.jekyll:
            jekyll = _JEKYLLS[new.jekyll]
            yield gettext("Posts are read as %(jekyll)s reads them.", jekyll=jekyll)
        else:
            yield gettext("linkmgr finds out which Jekyll builds the site.")
        return
    before = find_jekyll(root, old.jekyll).package
    after = find_jekyll(root, new.jekyll).package
    if before == after:
        yield gettext("Posts are read as before, as %(jekyll)s reads them.", jekyll=_JEKYLLS[after])
    else:
        yield gettext("Posts are read as %(jekyll)s reads them.", jekyll=_JEKYLLS[after])
        yield gettext(
            "That happens once this is saved: what other dates, numbers and tags in front matter "
            "change is not counted here."
        )


def _of_pages(old: Site, new: Site, root: Path) -> Iterator[str]:
    """Yield which pages gain or lose their blocks, and what is missing for them to be seen."""
    try:
        config = read_config(root, new.jekyll, new.collections)
        before, after = _shown(root, config, old.pages), _shown(root, config, new.pages)
        missing = list(page_advice(root, config, sorted(after - before), frozenset()))
    except LinkmgrError as error:
        yield error_text(error)
        return
    except OSError as error:
        reason = os_reason(error)
        yield f"{error.filename}: {reason if isinstance(reason, str) else translate(reason)}"
        return
    gained, lost = sorted(after - before), sorted(before - after)
    if gained:
        yield ngettext(
            "%(count)s page gets blocks, too: %(names)s.",
            "%(count)s pages get blocks, too: %(names)s.",
            len(gained),
            count=number(len(gained)),
            names=some_of(gained),
        )
    if lost:
        yield ngettext(
            "%(count)s page no longer shows blocks: %(names)s.",
            "%(count)s pages no longer show blocks: %(names)s.",
            len(lost),
            count=number(len(lost)),
            names=some_of(lost),
        )
    for glob in new.pages:
        if not any(fnmatchcase(path, glob) for path in after):
            yield gettext("No page has this path: %(path)s.", path=glob)
    yield from map(translate, missing)


def _shown(root: Path, config: JekyllConfig, globs: Sequence[str]) -> set[str]:
    """Return the paths of the pages that Jekyll publishes and one of the globs matches."""
    paths: set[str] = set()
    for file in page_files(root, config, globs):
        page = parse_page(file.path, file.read(), config)
        if page and page.document:
            paths.add(file.path)
    return paths


def _of_campaigns(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    added = [name for name in new if name not in old]
    if added:
        yield gettext("New clicks always count by name: %(names)s.", names=join_texts(added))
    gone = [name for name in old if name not in new]
    if gone:
        yield gettext(
            "New clicks may be grouped under Other on a day with many names: %(names)s.",
            names=join_texts(gone),
        )


def _of_server(old: str | None, new: Site, counted: int) -> Iterator[str]:
    if new.server is None:
        yield gettext("Clicks no longer count. All links become direct.")
    else:
        yield ngettext(
            "Clicks on %(count)s item will count at %(server)s. Readers must be able to reach it.",
            "Clicks on %(count)s items will count at %(server)s. Readers must be able to reach it.",
            counted,
            count=number(counted),
            server=new.server,
        )
    if old is None:
        yield gettext("Tell your readers that clicks count: docs/how-to/privacy.md has a text.")
    else:
        yield gettext(
            "Keep %(server)s answering: pages and links published so far lead there.", server=old
        )


def _counted(catalog: Catalog) -> int:
    """Return how many items have links whose clicks a server counts."""
    programmes = catalog.programmes.items()
    counted = {name for name, own in programmes if own.tracking is not Tracking.DIRECT}
    return sum(not counted.isdisjoint(item.programmes) for item in catalog.items.values())


def _of_programmes(before: Catalog, after: Catalog) -> Iterator[str]:
    items: Counter[str] = Counter()
    for item in after.items.values():
        items.update(item.programmes)
    for name, new in after.programmes.items():
        old = before.programmes.get(name)
        if old and old != new:
            yield from _of_programme(old, new, items[name])


def _of_programme(old: Programme, new: Programme, items: int) -> Iterator[str]:
    if old.tag != new.tag and new.tag:
        yield ngettext(
            "Links of %(count)s item get the tracking ID %(tag)s.",
            "Links of %(count)s items get the tracking ID %(tag)s.",
            items,
            count=number(items),
            tag=new.tag,
        )
    elif old.tag != new.tag:
        yield ngettext(
            "Links of %(count)s item lose their tracking ID and earn nothing.",
            "Links of %(count)s items lose their tracking ID and earn nothing.",
            items,
            count=number(items),
        )
    if old.marketplace != new.marketplace and new.marketplace:
        yield ngettext(
            "Links of %(count)s item lead to %(shop)s.",
            "Links of %(count)s items lead to %(shop)s.",
            items,
            count=number(items),
            shop=new.marketplace,
        )
    if old.tracking is not new.tracking:
        yield ngettext(
            "Links of %(count)s item change to: %(way)s.",
            "Links of %(count)s items change to: %(way)s.",
            items,
            count=number(items),
            way=_TRACKINGS[new.tracking],
        )
    if old.status != new.status:
        if new.status == "approved":
            yield gettext("Pages say that you earn from Amazon as an associate.")
        elif old.status == "approved":
            yield gettext("Pages no longer say that you earn from Amazon as an associate.")
        else:
            yield gettext("Pages say nothing about earning from Amazon until you are approved.")
    if (old.label, old.url, old.name) != (new.label, new.url, new.name):
        yield ngettext(
            "Links of %(count)s item get another text or address.",
            "Links of %(count)s items get another text or address.",
            items,
            count=number(items),
        )


def _of_blocks(before: Catalog, after: Catalog) -> Iterator[str]:
    old = {block.name: block for block in before.blocks}
    for new in after.blocks:
        before_change = old.get(new.name)
        if before_change is None:
            yield gettext(
                "A layout or post shows it with %(tag)s.",
                tag=f'{{% include linkmgr.html block="{new.name}" %}}',
            )
        elif before_change.at is not new.at:
            yield gettext("The block moves in every article that shows it.")
        elif before_change != new:
            yield gettext("The block changes in every article that shows it.")
    for gone in old.keys() - {block.name for block in after.blocks}:
        yield gettext("The block disappears from every article that shows it.")
        yield gettext(
            "Remove %(tag)s from layouts and posts: it will show nothing.",
            tag=f'{{% include linkmgr.html block="{gone}" %}}',
        )


def _of_comparisons(before: Catalog, after: Catalog) -> Iterator[str]:
    for name in after.comparisons.keys() - before.comparisons.keys():
        yield gettext(
            "An article shows it with %(tag)s, a rule by naming it under comparisons.",
            tag=compare_tag(name),
        )
    for name, comparison in after.comparisons.items():
        if comparison != before.comparisons.get(name):
            yield from map(translate, empty_rows(comparison, after.goods))
    for name in before.comparisons.keys() - after.comparisons.keys():
        yield gettext(
            "Remove %(tag)s from layouts and posts: it will show nothing.", tag=compare_tag(name)
        )


def _warnings(before: Catalog, after: Catalog) -> list[str]:
    """Return what breaks the rules of programmes under the new settings, and did not before."""
    admin = get_admin()
    file, text = admin.settings.catalog.name, admin.catalog().revision.text
    known = {problem.message for problem in programme_warnings(before, file, text)}
    problems = [problem.message for problem in programme_warnings(after, file, text)]
    return [translate(problem) for problem in problems if problem not in known]
