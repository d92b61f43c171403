"""Issued code on pages that the real Jekyll built."""

import html5lib
import pytest

from linkmgr.catalog.reading.parse import parse_catalog
from tests.blocks.test_code import SITE
from tests.blocks.test_jekyll import INLINE, write_blog
from tests.support.issued_codes import A8_TEXT, CODES
from tests.support.jekyll import MODES, build_site

pytestmark = pytest.mark.jekyll

WITH_BRACES = A8_TEXT.replace("お茶の店", "{{ site.title }} {% x %} }} {茶}")
TEXTS = [*(text for _, text in CODES.values()), WITH_BRACES]


@pytest.fixture(scope="module", params=MODES)
def pages(request, tmp_path_factory):
    """Build a post for each code, in its layout and within its text; return its two pages."""
    ctas = "".join(
        f"  c{number}:\n    heading: H\n    code: |\n"
        + "".join(f"      {line}\n" for line in text.split("\n"))
        for number, text in enumerate(TEXTS)
    )
    catalog = parse_catalog(f"{SITE}ctas:\n{ctas}")
    posts, fragments = {}, []
    for number in range(len(TEXTS)):
        for name, layout, body in (("layout", "post", "Text\n"), ("inline", "base", INLINE)):
            path = f"_posts/2026-01-01-{name}-{number}.md"
            posts[path] = f"---\nlayout: {layout}\n---\n{body}"
            fragments.append((catalog, path, {"cta": [f"c{number}"]}))
    root = tmp_path_factory.mktemp("codes") / "site"
    write_blog(root, posts, catalog, fragments)
    built = build_site(root, *request.param)

    def read(name, number):
        return (built / f"{name}-{number}" / "index.html").read_text(encoding="utf-8")

    return [(read("layout", number), read("inline", number)) for number in range(len(TEXTS))]


def test_in_a_layout_each_code_is_on_the_page_byte_for_byte(pages):
    for text, (in_layout, _) in zip(TEXTS, pages, strict=True):
        assert in_layout.count(text) == 1
        assert "{% raw %}" not in in_layout


def test_within_text_kramdown_leaves_code_its_attributes(pages):
    for text, (_, inline) in zip(TEXTS, pages, strict=True):
        assert elements(inline) == elements(text)


def elements(html):
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    found = [each for each in tree.iter() if each.tag in ("a", "img")]
    return [(each.tag, each.attrib, (each.text or "").strip()) for each in found]
