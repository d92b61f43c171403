"""What the rules for the catalog look at."""

from dataclasses import dataclass

from linkmgr.builder.reading.inputs import SiteInputs
from linkmgr.check.pages.built_site import BuiltSite
from linkmgr.check.sources.places import Places
from linkmgr.posts.model import Post


@dataclass(frozen=True, slots=True)
class CheckedCatalog:
    """The site with its catalog, its built pages, and where things are in their files."""

    site: SiteInputs
    built: BuiltSite
    places: Places

    def page_of(self, post: Post) -> str:
        """Return a post's built page, the post's path where there is none or it is a page."""
        return self.built.file(post.url) or post.path
