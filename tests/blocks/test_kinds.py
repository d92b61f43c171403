"""A new kind of block is an entry in the registry and a template, nothing else."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from linkmgr.adopt.post.model import block_kind
from linkmgr.blocks import templating
from linkmgr.blocks.render import Renderer
from linkmgr.blocks.templating import template_names
from linkmgr.catalog.blocks import KINDS, BlockKind
from linkmgr.catalog.items import ItemKind
from linkmgr.check.pages.page import read_page
from linkmgr.messages.errors import Problems
from linkmgr.messages.message import LANGUAGES, translate
from linkmgr.resolver.explain import explanation_text, resolutions_json
from tests.support.articles import scanned
from tests.support.resolver import article, make_catalog, mapping, others, resolver_of

TEMPLATE = """\
<h2>{{ block.heading }}</h2>
{% for item in block.items %}
<p class="pick">{{ item.id }}</p>
{% endfor %}
"""
MAPPINGS = {"tea": mapping("a", "talk", tags=["tea"])}
BLOCKS = {"picks": {}, "more": {"kind": "picks", "items": ["b"], "fallback": ["b"]}}


@pytest.fixture
def picks(monkeypatch, tmp_path):
    """Register a kind that books and calls to action may fill, with its template."""
    kind = BlockKind(
        "picks",
        "Picks",
        items=(ItemKind.BOOKS, ItemKind.CTA),
        limit=2,
        headings={"ja": "選", "en": "Our picks"},
    )
    monkeypatch.setitem(KINDS, kind.name, kind)
    folder = shutil.copytree(Path(str(templating.FOLDER)), tmp_path / "templates")
    (folder / "picks.html").write_text(TEMPLATE, encoding="utf-8")
    monkeypatch.setattr(templating, "FOLDER", folder)
    return kind


@pytest.fixture
def site(picks):
    """Make a catalog with two blocks of the kind, and a post that one of its mappings matches."""
    assert KINDS["picks"] is picks
    catalog = make_catalog(mappings=MAPPINGS, blocks=BLOCKS)
    post = article(tags=("tea",), linkmgr={"books": ["c"], "limit": 1})
    return catalog, resolver_of(catalog, post, *others((), count=3)), post.post


def test_the_catalog_accepts_the_kind_with_its_defaults(picks):
    catalog = make_catalog(mappings=MAPPINGS, blocks=BLOCKS)
    assert [(b.name, b.kind, b.limit) for b in catalog.blocks] == [
        ("picks", picks, 2),
        ("more", picks, 2),
    ]


@pytest.mark.usefixtures("picks")
def test_a_wrong_kind_is_reported_the_new_one_too():
    with pytest.raises(
        Problems, match=r"blocks\.x\.kind: .*related, cta, books, products, compare, picks"
    ):
        make_catalog(blocks={"x": {"kind": "nothing"}})


def test_its_items_fill_it_and_those_of_other_kinds_do_not(site):
    catalog, resolver, post = site
    (found,) = resolutions_json(catalog, [resolver.resolve(post)])
    assert {item["id"] for item in found["blocks"]["picks"]} == {"a", "talk"}
    assert [item["id"] for item in found["blocks"]["more"]] == ["b"]


def test_its_template_renders_it_and_the_check_counts_it(site):
    catalog, resolver, post = site
    html = Renderer(catalog).fragment(resolver.resolve(post))
    assert '<div class="linkmgr linkmgr-picks"' in html
    assert "<h2>Our picks</h2>" in html or "<h2>選</h2>" in html
    assert sorted(re.findall(r'<p class="pick">(\w+)</p>', html)) == ["a", "b", "talk"]
    assert read_page(f"<body>{html}</body>").blocks == {"picks": 1, "more": 1}
    assert "picks.html" in template_names([])


def test_it_is_explained(site):
    catalog, resolver, post = site
    text = explanation_text(catalog, *resolver.explain(post))
    assert re.search(r"^picks:\n  1\. (a|talk)  .*, score ", text, re.MULTILINE)
    assert "tag tea (on 1 of 4 posts)" in text
    assert re.search(r"^more:\n  1\. b  .*\n +fallback$", text, re.MULTILINE)


@pytest.mark.usefixtures("picks")
def test_adopt_leaves_its_ejected_form_where_it_is():
    html = '<!-- linkmgr:picks a -->\n<div class="linkmgr linkmgr-picks">\na\n</div>\n'
    (block,) = scanned(f"---\n---\nText.\n\n{html}<!-- /linkmgr:picks -->\n".encode()).blocks
    assert (block.kind, block.removable) == ("picks", False)


def test_adopt_leaves_another_kind_of_ctas_where_it_is(monkeypatch):
    kind = replace(KINDS["cta"], name="quote")
    monkeypatch.setitem(KINDS, kind.name, kind)
    card = '<div class="linkmgr-card"><a href="/talk/">Talk</a></div>'
    html = f'<!-- linkmgr:quote talk -->\n<div class="linkmgr linkmgr-quote">\n{card}\n</div>\n'
    (block,) = scanned(f"---\n---\nText.\n\n{html}<!-- /linkmgr:quote -->\n".encode()).blocks
    assert (block.kind, block.removable) == ("quote", False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_its_name_in_what_adopt_says(language):
    names = {kind: translate(block_kind(kind), language) for kind in KINDS}
    assert [kind for kind, name in names.items() if name.startswith("adopt.")] == []


def test_the_docs_name_every_kind():
    docs = Path(__file__).parents[2] / "docs" / "reference" / "catalog.md"
    (row,) = re.findall(r"^\| `kind` \| .*$", docs.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(KINDS) <= set(re.findall(r"`([a-z]+)`", row))
