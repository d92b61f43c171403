"""A post's facts, as the cache stores them between builds."""

import json
import os
import time
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

from linkmgr import __version__
from linkmgr.builder.site.paths import Stamp
from linkmgr.messages.errors import Problem
from linkmgr.posts.article.inclusions import Inclusion
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.document import Document
from linkmgr.posts.model import NO_OVERRIDE, Override, Post
from linkmgr.resolver.model import Counts, PostText

_PLAIN = frozenset((str, int, float, bool, type(None)))


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read of a file: its post (or none), where its article begins, its keywords."""

    stamp: Stamp
    document: Document | None
    body_start: int
    text: PostText
    warnings: tuple[Problem, ...] = ()

    def dump(self) -> str | None:
        """Return the facts as JSON, or `None` if JSON cannot represent them."""
        document = self.document
        if document and (document.undated or not _is_plain(document.post)):
            return None
        values = (
            self.stamp,
            _dumped(document) if document else None,
            self.body_start,
            self.text.length,
            self.text.counts,
            [warning.to_json() for warning in self.warnings],
        )
        text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
        try:
            text.encode()
        except UnicodeEncodeError:
            return None
        return text


def settings_of(config: JekyllConfig) -> str:
    """Return all that the facts of a site's posts depend on beside their files."""
    zone = (os.environ.get("TZ"), time.tzname, time.timezone) if config.timezone is None else ()
    return repr((__version__, config, zone))


def load_facts(values: list[Any]) -> Facts:
    """Return the facts that `Facts.dump` gave, decoded."""
    stamp, document, body_start, length, counts, warnings = values
    return Facts(
        stamp=(stamp[0], stamp[1], stamp[2]),
        document=_loaded(document) if document else None,
        body_start=body_start,
        text=PostText(length, {keyword: Counts(*found) for keyword, found in counts.items()}),
        warnings=tuple(map(Problem.from_json, warnings)),
    )


def _is_plain(post: Post) -> bool:
    """Whether JSON gives back every value of YAML in `post` as it was."""
    values = (post.slug, post.title, *post.tags, *post.categories)
    return all(type(value) in _PLAIN for value in values)


def _dumped(document: Document) -> tuple[Any, ...]:
    post = document.post
    override = astuple(post.override) if post.override != NO_OVERRIDE else None
    return (
        (post.path, post.url, post.slug, post.date.isoformat(), post.title),
        post.tags,
        post.categories,
        post.excerpt,
        override,
        document.published,
        document.draft,
        (post.language, document.language_source, post.words, post.layout, post.inclusions),
    )


def _loaded(values: list[Any]) -> Document:
    (path, url, slug, date, title), tags, categories, excerpt, override, *flags, text = values
    published, draft = flags
    language, source, words, layout, inclusions = text
    post = Post(
        path=path,
        url=url,
        slug=slug,
        date=datetime.fromisoformat(date),
        title=title,
        tags=tuple(tags),
        categories=tuple(categories),
        excerpt=excerpt,
        override=_override(override) if override else NO_OVERRIDE,
        language=language,
        words=words,
        layout=layout,
        inclusions=tuple(Inclusion(*each) for each in inclusions),
    )
    return Document(post, published, draft, source)


def _override(values: list[Any]) -> Override:
    disabled, books, cta, exclude, limit, products, tags = values
    return Override(
        disabled,
        None if books is None else tuple(books),
        None if cta is None else tuple(cta),
        tuple(exclude),
        limit,
        None if products is None else tuple(products),
        tuple((programme, tag) for programme, tag in tags),
    )
