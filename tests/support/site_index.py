"""A small blog that is indexed in this process, and what its index has."""

from concurrent.futures import Future
from dataclasses import replace

from linkmgr.admin.common.context import EXTENSION
from linkmgr.settings import read_settings
from linkmgr.site_index.catalog_reader import CatalogReader
from linkmgr.site_index.site import SiteReader
from linkmgr.site_index.snapshot import SitePaths
from linkmgr.site_index.worker import HeldSite
from tests.support.builds import CATALOG, write_blog, yaml_of
from tests.support.servers import PATIENCE

TEXT = yaml_of(CATALOG)


class InThisProcess:
    """A worker that does at once what it is asked."""

    def __init__(self, paths):
        self._held = HeldSite(paths)

    def submit(self, call, *args, **kwargs):
        answer = Future()
        try:
            answer.set_result(call(self._held, *args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as a pool passes it on
            answer.set_exception(error)
        return answer

    def is_alive(self):
        return True

    def progress(self):
        return None

    def end(self):
        pass


_sites = {}


def site_of(settings):
    """Return the site of an instance, which nobody holds yet."""
    if settings.instance not in _sites:
        read = CatalogReader(settings.catalog).read
        _sites[settings.instance] = SiteReader(settings, read, InThisProcess)
    return _sites[settings.instance]


def with_site(app, settings):
    """Return an app whose site is held in this process, once it is."""
    admin = replace(app.extensions[EXTENSION], held_site=site_of(settings))
    for part in (app, app.wsgi_app.mounts["/api"]):
        part.extensions[EXTENSION] = admin
    return app


def hold(settings):
    """Have the site of an instance held in this process, and read."""
    site = site_of(settings)
    site.hold()
    site.index_site()
    return site


def hold_anew(app, settings):
    """Have the site of an app held as by a server that has just been started."""
    del _sites[settings.instance]
    with_site(app, settings)
    return hold(settings)


def settings_at(root, instance):
    """Return the settings of a server for the site in a folder."""
    environ = {
        "LINKMGR_CATALOG": str(root / "catalog.yaml"),
        "LINKMGR_INSTANCE": str(instance),
        "LINKMGR_SITE": str(root),
    }
    return read_settings(environ)


def index_at(instance):
    """Return the index of an instance's site."""
    return _sites[instance].index


def catalog_text(**parts) -> str:
    """Write the blog's catalog with other parts."""
    return yaml_of(CATALOG | parts)


def with_mapping(name, **over) -> str:
    """Write the blog's catalog with other values in a mapping."""
    mappings = CATALOG["mappings"]
    return catalog_text(mappings={**mappings, name: mappings.get(name, {}) | over})


def indexed(folder, **over) -> tuple[SiteReader, SitePaths]:
    """Write a blog, and hold it for the instance in `instance`."""
    root = write_blog(folder / "blog", **over)
    (folder / "instance").mkdir()
    settings = settings_at(root, folder / "instance")
    return hold(settings), SitePaths(root, settings.catalog)


def find_impact(site, catalog, first=20):
    """Return what another catalog would change, however long the worker takes."""
    return site.wait_for(site.begin_impact(catalog, first=first), PATIENCE)


def contents(folder) -> dict[str, list]:
    """Return all that an index has, but when it was made."""
    index = index_at(folder / "instance")
    posts = index.posts().rows
    return {
        "posts": list(posts),
        "placements": [index.post(post.key)[1] for post in posts],
        "tags": list(index.tags().rows),
        "revision": index.meta.revision,
        "problems": index.meta.problems,
    }


def post_at(folder, path):
    """Return a post and its placements by path."""
    index = index_at(folder / "instance")
    found = next(post for post in index.posts().rows if post.path == path)
    return index.post(found.key)
