"""What an instance hands out to other machines, as bytes that change with their content alone."""

from threading import Lock

from linkmgr.clicks.published import Published
from linkmgr.fs.atomic import identity
from linkmgr.settings import Settings
from linkmgr.store.instance.site_names import SiteNames
from linkmgr.store.instance.targets import read_targets


class Publication:
    """The published targets with the site's posts; several threads may read it."""

    def __init__(self) -> None:
        self._names: SiteNames | None = None
        self._seen: tuple[object, ...] = ()
        self._made: bytes | None = None
        self._reading = Lock()

    def read(self, settings: Settings) -> bytes | None:
        """Return a `Published` as JSON, `None` where nothing is published.

        It is made again only if a file of it has changed.
        """
        with self._reading:
            self._names = self._names or SiteNames(settings)
            self._names.follow()
            seen = identity(settings.targets), self._names.own.posts
            if seen != self._seen:
                targets = read_targets(settings.targets)
                posts = self._names.own.posts
                self._made = Published(targets, posts).to_json() if targets else None
                self._seen = seen
            return self._made
