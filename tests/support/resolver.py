"""Catalogs as a user writes them, posts with their texts, and what the resolver shows of them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import yaml

from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.message import translate
from linkmgr.posts.article.text import title_text
from linkmgr.posts.article.words import words_of
from linkmgr.posts.document_reader import parse_override
from linkmgr.posts.model import NO_OVERRIDE, Post
from linkmgr.resolver.explain import reason_message
from linkmgr.resolver.keywords import KeywordMatcher
from linkmgr.resolver.model import KeywordCounts, Placement, PostResolution, PostText, RunnerUp
from linkmgr.resolver.resolve import PreparedPosts, Resolver
from linkmgr.resolver.rules import keywords_of
from tests.support.blocks import make_post

TODAY = date(2026, 3, 15)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def make_catalog(*, books=("a", "b", "c", "d"), ctas=("talk",), **parts) -> Catalog:
    """Parse a catalog; `books` and `ctas` are ids, or ids with further keys, `parts` as in YAML."""
    draft = {
        "site": {"name": "Tea Notes", "url": "https://tea.example"},
        "books": {
            id_: {"title": f"Book {id_}", "asin": f"B0{number:08}"} | more
            for number, (id_, more) in enumerate(_with_more(books))
        },
        "ctas": {
            id_: {"heading": "Talk", "label": "Go", "url": "/talk/"} | more
            for id_, more in _with_more(ctas)
        },
        **parts,
    }
    given = {name: part for name, part in draft.items() if part}
    return parse_catalog(yaml.safe_dump(given, allow_unicode=True, sort_keys=False))


def _with_more(items):
    return items.items() if isinstance(items, dict) else [(id_, {}) for id_ in items]


def mapping(*items, exclude=False, pin=False, weight=None, every=(), **any_of):
    """Write a mapping: `mapping("a", tags=["tea"])`; `every` is what all of must be there."""
    values = {"items": list(items), "any": any_of, "all": dict(every), "weight": weight}
    values |= {"exclude": exclude, "pin": pin}
    return {key: value for key, value in values.items() if value}


class Article(NamedTuple):
    """A post and the text under its front matter."""

    post: Post
    body: str = ""


def article(name="a", body="", *, linkmgr=None, number=0, **over) -> Article:
    """Write a post called `name`; `linkmgr` is what its front matter says under this key."""
    override = NO_OVERRIDE
    if linkmgr is not None:
        override, wrong = parse_override(linkmgr)
        assert not wrong
    values = {
        "path": f"_posts/2026-01-01-{name}.md",
        "url": f"/{name}/",
        "slug": name,
        "title": f"Post {name}",
        "date": FIRST + timedelta(days=number),
        "override": override,
    }
    values |= over
    title, excerpt = title_text(values["title"]), values.get("excerpt", "")
    values.setdefault("words", words_of(title, excerpt, body.encode()))
    return Article(make_post(**values), body)


def others(*tags: Iterable[str], count=1) -> list[Article]:
    """Write `count` further posts with each of the lists of tags, so that tags can be rare."""
    return [
        article(f"other-{number}-{copy}", title=f"Other{number}x{copy}", tags=tuple(each))
        for number, each in enumerate(tags)
        for copy in range(count)
    ]


def resolver_of(catalog: Catalog, *articles: Article, today=TODAY) -> Resolver:
    """Make the resolver of a site of these articles, whose keywords are really counted."""
    matcher = KeywordMatcher(keywords_of(catalog.mappings.values()))
    texts = {
        post.path: PostText(
            len(body.encode()), matcher.count(str(post.title), post.excerpt, body.encode())
        )
        for post, body in articles
    }
    posts = sorted((post for post, _ in articles), key=lambda p: (p.date, p.path), reverse=True)
    return Resolver(catalog, PreparedPosts(posts, texts), today)


def resolution_of(catalog: Catalog, *articles: Article, today=TODAY) -> PostResolution:
    """Resolve the first of the articles."""
    return resolver_of(catalog, *articles, today=today).resolve(articles[0].post)


def shown(catalog: Catalog, *articles: Article, today=TODAY) -> dict[str, list[str]]:
    """Return the items that the first of the articles shows, by block, without related posts."""
    blocks = resolution_of(catalog, *articles, today=today).blocks
    return {
        name: [placement.item for placement in placed]
        for name, placed in blocks.items()
        if name != "related"
    }


def worded_reasons(placement: Placement) -> list[str]:
    """Return the reasons of a placement in English."""
    return [translate(reason_message(reason), "en") for reason in placement.reasons]


def missing_of(catalog: Catalog, *articles: Article) -> dict[str, str]:
    """Return why the first of the articles does not show its runners-up, in English, by item."""
    found = runners_up(catalog, *articles)
    return {runner.item: translate(runner.missing, "en") for runner in found}


def runners_up(catalog: Catalog, *articles: Article, today=TODAY) -> list[RunnerUp]:
    """Return the runners-up of the first of the articles."""
    return list(resolver_of(catalog, *articles, today=today).explain(articles[0].post)[1])


def counted(keywords, body="", *, title="", excerpt="") -> dict[str, KeywordCounts]:
    """Count keywords as a build does."""
    return KeywordMatcher(keywords).count(title, excerpt, body.encode())
