"""On how many posts an item stands now, and on how many it will after the next build."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from flask_babel import gettext

from linkmgr.admin.common.context import Admin, get_admin, site_index
from linkmgr.admin.common.template_helpers import posts_in_words
from linkmgr.admin.health.status import SiteStatus, find_status
from linkmgr.fs import replace_quickly
from linkmgr.messages.errors import LinkmgrError

_BUILT = "built-items.json"


@dataclass(frozen=True, slots=True)
class Standing:
    """How many posts show an item."""

    now: int | None
    """Those since the last build, `None` where that is unknown."""

    after: int | None
    """Those after the next build, `None` while they are counted or if the server has no site."""

    is_counting: bool

    @property
    def text(self) -> str:
        """The number of posts that show it now, or the only one that is known."""
        posts = self.after if self.now is None else self.now
        return "–" if posts is None else posts_in_words(posts)

    @property
    def note(self) -> str:
        """What a build will change."""
        if self.is_counting:
            return str(gettext("Counting the posts of the next build…"))
        if self.after is None or self.now == self.after:
            return ""
        if self.now is None:
            return str(gettext("after the next build"))
        return str(gettext("%(posts)s after the next build", posts=posts_in_words(self.after)))


def standing_of(item: str) -> Standing:
    """Return on how many posts an item stands, and will."""
    admin, index = get_admin(), site_index()
    status = find_status()
    if index is None:
        return Standing(None, None, is_counting=False)
    is_counting = index.meta.revision != admin.catalog().revision.id and not index.meta.problems
    after = None if is_counting else index.posts_by_item().get(item, 0)
    if status.shows_what_is_saved or status.built_by:
        return Standing(after, after, is_counting=is_counting)
    built = _built_items(admin)
    now = None if built is None else built.get(item, 0)
    return Standing(now, after, is_counting=is_counting)


def note_built_items(status: SiteStatus) -> None:
    """Remember what the posts show, if a build has nothing left to do."""
    admin, index = get_admin(), site_index()
    if index is None or not status.shows_what_is_saved or status.built_by:
        return
    items = index.posts_by_item()
    if index.meta.revision == status.revision and items != _built_items(admin):
        with suppress(LinkmgrError):  # a full disk, of which Health tells
            replace_quickly(admin.settings.instance / _BUILT, json.dumps(items).encode())


def _built_items(admin: Admin) -> Mapping[str, int] | None:
    """Return how many posts showed each item after the last build, `None` where nobody knows."""
    try:
        items: Mapping[str, int] = json.loads((admin.settings.instance / _BUILT).read_bytes())
    except (OSError, ValueError):
        return None
    return items
