"""Terms in forms: what completes them, how many posts each finds, and what kind one is."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from flask import Response, jsonify, render_template, request

from linkmgr.admin.common.context import get_admin, site_index
from linkmgr.admin.common.template_helpers import posts_in_words
from linkmgr.catalog.keys.placing import TERMS
from linkmgr.catalog.model import Catalog, Terms
from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.messages.errors import LinkmgrError
from linkmgr.resolver.statistics import term
from linkmgr.site_index.posts import TagQuery
from linkmgr.site_index.terms import CATEGORIES, KEYWORDS, TAGS, CountedTerm

KINDS = (TAGS, CATEGORIES, KEYWORDS)
"""The kinds of terms that are tokens: keys of a mapping's terms."""

_ANY = "any"

# Terms that are offered at once, and that are counted at once.
_MOST_OFFERED, _MOST_COUNTED = 8, 100


def is_tag(text: str) -> bool:
    """Whether a text, though it has commas, is one tag of the blog."""
    opened = site_index()
    tags = opened.tags(wanted=TagQuery(text)).rows if opened else ()
    return any(tag.tag == term(text) for tag in tags)


def answer_terms() -> Response:
    """Return the terms for `q`, or each given `term` with how many posts it finds, as JSON."""
    kind, sent = request.args.get("kind", ""), request.args.getlist("term")[:_MOST_COUNTED]
    if sent:
        return jsonify(shown_terms(_count(kind, sent)))
    return jsonify(shown_terms(_find(kind, request.args.get("q", "").strip())))


def answer_tag_options() -> str:
    """Return the blog's tags for what is typed into a field of one tag, as options."""
    typed = request.args.get("given", "").strip()
    return render_template("editing/tag_options.html", tags=_find(TAGS, typed))


def shown_terms(terms: Sequence[CountedTerm]) -> list[dict[str, Any]]:
    """Return terms as token fields show them."""
    return [
        {
            "text": counted_term.text,
            "posts": counted_term.posts,
            "words": posts_in_words(counted_term.posts),
            "near": shown_terms(counted_term.near),
        }
        for counted_term in terms
    ]


def counted(terms: Mapping[str, Sequence[str]]) -> dict[str, list[dict[str, Any]]]:
    """Return the terms of a form by kind, as far as it is known how many posts have them."""
    site = get_admin().site()
    with suppress(LinkmgrError):
        if site:
            known = site.terms().known
            return {kind: shown_terms(known(kind, terms.get(kind, ()))) for kind in KINDS}
    return {kind: [] for kind in KINDS}


def by_kind(texts: Sequence[str]) -> dict[str, list[str]]:
    """Return terms by what they are on the blog: tags, else categories, else keywords.

    Where that is unknown they are tags.
    """
    site = get_admin().site()
    sorted_by_kind: dict[str, list[str]] = {}
    known: Mapping[str, Sequence[CountedTerm]] = {TAGS: [CountedTerm(text, 1) for text in texts]}
    with suppress(LinkmgrError):
        if site and texts:
            own = site.terms()
            known = {kind: own.known(kind, texts) for kind in (TAGS, CATEGORIES)}
    for text in texts:
        kinds = (kind for kind in (TAGS, CATEGORIES) if _finds(known.get(kind, ()), text))
        sorted_by_kind.setdefault(next(kinds, KEYWORDS), []).append(text)
    return sorted_by_kind


def mapping_of(catalog: Catalog, terms: Mapping[str, Sequence[str]]) -> CatalogMapping | None:
    """Return the mapping of these terms and nothing else: a pin, say, would hold for more."""
    wanted = _folded(Terms(**{kind: (*texts,) for kind, texts in terms.items()}))
    for mapping in catalog.mappings.values():
        plain = CatalogMapping(mapping.id, mapping.items, mapping.any_of)
        if mapping == plain and _folded(mapping.any_of) == wanted:
            return mapping
    return None


def _folded(terms: Terms) -> list[frozenset[str]]:
    return [frozenset(map(term, getattr(terms, key))) for key in TERMS.names]


def _finds(known: Sequence[CountedTerm], text: str) -> bool:
    return any(counted_term.text == text and counted_term.posts for counted_term in known)


def _count(kind: str, texts: Sequence[str]) -> list[CountedTerm]:
    site = get_admin().site()
    if site is None:
        return []
    with suppress(LinkmgrError):
        count = site.terms().count
        if kind in KINDS:
            return count(kind, texts)
        as_written = {
            counted_term.text: counted_term
            for own_kind, own_texts in by_kind(texts).items()
            for counted_term in count(own_kind, own_texts)
        }
        missing = [text for text in texts if not as_written[text].posts]
        as_tags = {tag.text: tag.near for tag in count(TAGS, missing)} if missing else {}
        return [
            replace(as_written[text], near=as_tags.get(text) or as_written[text].near)
            for text in texts
        ]
    return []


def _find(kind: str, typed: str) -> list[CountedTerm]:
    site = get_admin().site()
    if site is None or not typed:
        return []
    offered: dict[str, CountedTerm] = {}
    with suppress(LinkmgrError):
        for wanted in KINDS if kind == _ANY else (kind,):
            for counted_term in site.terms().find(wanted, typed, _MOST_OFFERED):
                offered.setdefault(term(counted_term.text), counted_term)
    return [*offered.values()][:_MOST_OFFERED]
