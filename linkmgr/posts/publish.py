"""From the documents of a site to the posts that Jekyll publishes (`publisher.rb`, `site.rb`)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from operator import itemgetter
from typing import Any
from urllib.parse import unquote

from linkmgr.posts.article.language import Found, language_tag, primary, site_languages
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.document import Document
from linkmgr.posts.model import Post
from linkmgr.posts.ruby.values import text_of


def publish(documents: Iterable[Document], config: JekyllConfig, now: datetime) -> tuple[Post, ...]:
    """Return the posts of a build at `now` in the order of `site.posts`: the newest first.

    Hidden and future posts are left out unless the configuration asks for them. Which drafts are
    among the documents is the reader's choice.
    """
    now = (config.build_time or now).astimezone(config.zone)
    limit = int(now.timestamp())
    dated = []
    for document in _with_languages([*documents], config):
        if not (document.published or config.unpublished):
            continue
        post = document.post_at(now)
        timestamp = post.date.timestamp()
        if config.future or int(timestamp) <= limit:
            dated.append((timestamp, post.path, post))
    dated.sort(key=itemgetter(0, 1), reverse=True)
    posts = tuple(post for _, _, post in dated)
    return posts[: config.limit_posts] if config.limit_posts else posts


def _with_languages(documents: list[Document], config: JekyllConfig) -> Iterator[Document]:
    """Yield the documents with their languages, found from all of them."""
    languages = site_languages(
        [(d.post.path, Found(d.post.language, d.language_source)) for d in documents],
        map(language_tag, config.subsites),
    )
    subsites = {language_tag(name): f"/{name}" for name in config.subsites}
    subsites[config.language] = ""
    for document, language in zip(documents, languages, strict=True):
        subsite = _subsite(language, document.post.language, subsites)
        if (document.post.language, document.post.subsite) == (language, subsite):
            yield document
        else:
            yield replace(document, post=replace(document.post, language=language, subsite=subsite))


def _subsite(language: str, text: str, subsites: Mapping[str, str]) -> str:
    """Return the subsite of a language, from which `site_languages` may have taken the region.

    `text` is the language before that.
    """
    shortened = [tag for tag in (text, *subsites) if primary(tag) == language]
    return next((subsites[tag] for tag in (language, *shortened) if tag in subsites), "")


def live_posts(posts: Iterable[Post]) -> dict[str, Post]:
    """Return the post that a reader finds at each URL (`live_url`). `posts` are in Jekyll's order.

    Jekyll writes older posts first, so that the newest of those that share a page stays.
    """
    pages: dict[str, Post] = {}
    for post in posts:
        pages.setdefault(_page(post.live_url), post)
    return {post.live_url: post for post in pages.values()}


def posts_as_json(posts: Iterable[Post]) -> list[dict[str, Any]]:
    """Return each post as `post_as_json` does."""
    return [post_as_json(post) for post in posts]


def post_as_json(post: Post) -> dict[str, Any]:
    """Return the values that Jekyll's own `jsonify` has of a post, ready for `json.dumps`."""
    return {
        "path": post.path,
        "url": post.url,
        "slug": _plain(post.slug, post),
        "date": post.date.isoformat(timespec="seconds"),
        "title": _plain(post.title, post),
        "tags": [_plain(tag, post) for tag in post.tags],
        "categories": [_plain(category, post) for category in post.categories],
    }


def _page(url: str) -> str:
    """Return the file that a URL's page is written to, taking it for HTML."""
    page = unquote(url)
    if page.endswith("/"):
        return f"{page}index.html"
    return page if page.endswith(".html") else f"{page}.html"


def _plain(value: Any, post: Post) -> Any:
    if isinstance(value, date):
        return text_of(value, post.date.tzinfo)
    if isinstance(value, list):
        return [_plain(item, post) for item in value]
    if isinstance(value, Mapping):
        return {text_of(key, post.date.tzinfo): _plain(item, post) for key, item in value.items()}
    return value
