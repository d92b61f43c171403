"""A small blog that is surveyed, and what stands in the survey."""

from linkmgr.site_index.index.location import Place
from linkmgr.site_index.index.queries import Survey
from linkmgr.site_index.service.indexer import Surveyor
from tests.support.builds import CATALOG, write_blog, yaml_of

TEXT = yaml_of(CATALOG)


def catalog_text(**parts) -> str:
    """Write the blog's catalog with other parts."""
    return yaml_of(CATALOG | parts)


def with_mapping(name, **over) -> str:
    """Write the blog's catalog with other values in a mapping."""
    mappings = CATALOG["mappings"]
    return catalog_text(mappings={**mappings, name: mappings.get(name, {}) | over})


def surveyed(folder, **over) -> tuple[Surveyor, Place]:
    """Write a blog, and have it surveyed into `instance`."""
    place = Place(write_blog(folder / "blog", **over), folder / "blog" / "catalog.yaml")
    (folder / "instance").mkdir()
    surveyor = Surveyor(place, folder / "instance")
    surveyor.look()
    return surveyor, place


def contents(folder) -> dict[str, list]:
    """Return all that a survey says, but when it was made."""
    with Survey.open(folder / "instance") as survey:
        posts = survey.posts().rows
        return {
            "posts": list(posts),
            "placements": [survey.post(post.key)[1] for post in posts],
            "tags": list(survey.tags().rows),
            "revision": survey.meta.revision,
            "problems": survey.meta.problems,
        }


def post_at(folder, path):
    """Return a post and its placements by path."""
    with Survey.open(folder / "instance") as survey:
        found = next(post for post in survey.posts().rows if post.path == path)
        return survey.post(found.key)
