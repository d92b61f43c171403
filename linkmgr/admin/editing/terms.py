"""Terms in forms: their completion, how many posts each finds, and what kind one is."""

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
from linkmgr.site_index.terms import CATEGORIES, KEYWORDS, TAGS, CountedTerm, SiteTerms

KINDS = (TAGS, CATEGORIES, KEYWORDS)
"""The kinds of terms that are tokens: keys of a mapping's terms."""

_ANY = "any"

# How many terms are offered at once, and counted at once.
_MOST_OFFERED, _MOST_COUNTED = 8, 100


def is_tag(text: str) -> bool:
    """Whether a text, though it has commas, is one tag of the blog."""
    opened = site_index()
    tags = opened.tags(wanted=TagQuery(text)).rows if opened else ()
    return any(tag.tag == term(text) for tag in tags)


def answer_terms() -> Response:
    """Return the terms for `q`, or each given `term` with how many posts it finds, as JSON."""
    kind, sent = request.args.get("kind", ""), request.args.getlist("term")[:_MOST_COUNTED]
    typed = request.args.get("q", "").strip()
    terms = _count(kind, sent) if sent else _find(kind, typed)
    return jsonify(shown_terms(terms))


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
    """Return the terms of a form by kind, those alone whose posts are counted already."""
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
    tags, categories = set(texts), set[str]()
    with suppress(LinkmgrError):
        if site and texts:
            of_site = site.terms()
            tags, categories = _used(of_site, TAGS, texts), _used(of_site, CATEGORIES, texts)
    sorted_by_kind: dict[str, list[str]] = {}
    for text in texts:
        if text in tags:
            kind = TAGS
        elif text in categories:
            kind = CATEGORIES
        else:
            kind = KEYWORDS
        sorted_by_kind.setdefault(kind, []).append(text)
    return sorted_by_kind


def _used(of_site: SiteTerms, kind: str, texts: Sequence[str]) -> set[str]:
    """Return the texts that are terms of a kind on any post."""
    return {counted_term.text for counted_term in of_site.known(kind, texts) if counted_term.posts}


def mapping_of(catalog: Catalog, terms: Mapping[str, Sequence[str]]) -> CatalogMapping | None:
    """Return the mapping that has these terms alone, and no other settings such as a pin."""
    tuples = {kind: tuple(texts) for kind, texts in terms.items()}
    wanted = _folded(Terms(**tuples))
    for mapping in catalog.mappings.values():
        plain = CatalogMapping(mapping.id, mapping.items, mapping.any_of)
        if mapping == plain and _folded(mapping.any_of) == wanted:
            return mapping
    return None


def _folded(terms: Terms) -> list[frozenset[str]]:
    return [frozenset(map(term, getattr(terms, key))) for key in TERMS.names]


def _count(kind: str, texts: Sequence[str]) -> list[CountedTerm]:
    """Return terms with how many posts each finds; empty where that cannot be known."""
    site = get_admin().site()
    if site is None:
        return []
    with suppress(LinkmgrError):
        count = site.terms().count
        if kind in KINDS:
            return count(kind, texts)
        by_text: dict[str, CountedTerm] = {}
        for own_kind, own_texts in by_kind(texts).items():
            for counted_term in count(own_kind, own_texts):
                by_text[counted_term.text] = counted_term
        # What no post has is perhaps a tag that is written in another way.
        missing = [text for text in texts if not by_text[text].posts]
        for tag in count(TAGS, missing) if missing else ():
            if tag.near:
                by_text[tag.text] = replace(by_text[tag.text], near=tag.near)
        return [by_text[text] for text in texts]
    return []


def _find(kind: str, typed: str) -> list[CountedTerm]:
    """Return the terms of a kind, or of any, that what is typed may be completed to."""
    site = get_admin().site()
    if site is None or not typed:
        return []
    offered: dict[str, CountedTerm] = {}
    kinds = KINDS if kind == _ANY else (kind,)
    with suppress(LinkmgrError):
        for wanted in kinds:
            for counted_term in site.terms().find(wanted, typed, _MOST_OFFERED):
                offered.setdefault(term(counted_term.text), counted_term)
    return list(offered.values())[:_MOST_OFFERED]
