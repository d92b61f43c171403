"""A blog leaves linkmgr: its pages keep their blocks, and adopting it finds the same catalog."""

import re
import subprocess
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from linkmgr.adopt import eject as writing
from linkmgr.adopt.eject import ejection_json, ejection_text, plan_ejection, write_ejection
from linkmgr.adopt.git import prefix_of
from linkmgr.adopt.run import adopt
from linkmgr.builder.run import build
from linkmgr.builder.setup.install import apply_install, plan_install
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.demo.run import make_demo
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import translate
from linkmgr.renaming import plan_renaming, write_renaming
from tests.support.builds import CATALOG, CONFIG, LAYOUTS, POSTS, post, yaml_of
from tests.support.issued_codes import A8_TEXT, RAKUTEN_TEXT, VC_TEXT
from tests.support.jekyll import build_site, write_site
from tests.support.legacy_blogs import contents

INCLUDE = "{% include linkmgr.html %}"
ONE = '{% include linkmgr.html block="cta" %}'
CSS = "assets/linkmgr/linkmgr.css"
LINK = f'<link rel="stylesheet" href="{{{{ \'/{CSS}\' | relative_url }}}}">'


def make_blog(root, posts=POSTS, layouts=LAYOUTS, catalog=CATALOG, **settings):
    files = {
        "_config.yml": yaml_of({**CONFIG, **settings}),
        "catalog.yaml": yaml_of(catalog),
        **layouts,
        **posts,
    }
    write_site(root, files)
    build(root)
    return root


def eject(root):
    planned = plan_ejection(root)
    write_ejection(planned, force=True)
    return planned


def posts_of(root):
    return {path: data for path, data in contents(root).items() if "_posts/" in path}


def links_of(page):
    return re.findall(r'<a [^>]*href="([^"]*)"[^>]*>([^<]*)</a>', page)


def test_each_post_ends_with_its_blocks_beside_the_stylesheet(tmp_path):
    root = make_blog(tmp_path / "blog")
    before = posts_of(root)
    eject(root)
    after = posts_of(root)
    assert after != before
    for path, data in after.items():
        assert data.startswith(before[path])
    assert (
        b'<a href="https://www.amazon.com/dp/B0EXAMPLE1/?tag=ours-20"'
        in after["_posts/2026-01-01-green.md"]
    )
    left = {path for path in contents(root) if "linkmgr" in path}
    assert left == {CSS}
    layout = (root / "_layouts/post.html").read_text()
    assert "{% include" not in layout
    assert layout.count(LINK) == 1
    assert not (root / "_includes").exists()


@pytest.mark.parametrize("way", ["view", "post"])
def test_of_an_item_with_variants_the_original_stays(tmp_path, way):
    counted = CATALOG["site"] | {"server": "https://go.tea.example", "views": True}
    news = CATALOG["ctas"]["news"]
    test = {"variants": {"b": {"heading": "Other news"}}, "vary-by": way}
    blogs = [
        make_blog(tmp_path / name, catalog=CATALOG | {"site": counted, "ctas": {"news": cta}})
        for name, cta in (("tested", news | test), ("plain", news))
    ]
    for blog in blogs:
        eject(blog)
    tested, plain = map(posts_of, blogs)
    assert tested == plain
    assert b"News" in tested["_posts/2026-01-03-loaf.md"]


def test_a_plan_alone_writes_nothing(tmp_path):
    root = make_blog(tmp_path / "blog")
    before = contents(root)
    planned = plan_ejection(root)
    assert planned.anything
    assert contents(root) == before
    assert "linkmgr eject --write" in ejection_text(planned)


def test_another_run_finds_nothing_to_do(tmp_path):
    root = make_blog(tmp_path / "blog")
    eject(root)
    again = plan_ejection(root)
    assert not again.anything
    assert "Nothing to do" in ejection_text(again)


def test_of_what_init_wrote_only_the_stylesheets_link_is_left(tmp_path):
    plain = {"_layouts/post.html": "<p>\r\n  {{ content }}\r\n</p>\r\n"}
    files = {"_config.yml": yaml_of(CONFIG), "catalog.yaml": yaml_of(CATALOG), **plain, **POSTS}
    root = write_site(tmp_path / "blog", files)
    apply_install(root, plan_install(root), write=True)
    assert INCLUDE.encode() in (root / "_layouts/post.html").read_bytes()
    build(root)
    eject(root)
    left = f"<p>\r\n  {{{{ content }}}}\r\n  {LINK}\r\n</p>\r\n"
    assert (root / "_layouts/post.html").read_bytes() == left.encode()


def test_a_blog_without_a_block_loses_the_stylesheet_too(tmp_path):
    layouts = {"_layouts/post.html": f"{{{{ content }}}}\n{INCLUDE}\n"}
    bare = {"_posts/2026-01-06-bare.md": post("Bare", [])}
    root = make_blog(tmp_path / "blog", bare, layouts, CATALOG | {"mappings": {}})
    assert eject(root).stylesheet == ""
    assert not {path for path in contents(root) if "linkmgr" in path}
    assert (root / "_layouts/post.html").read_text() == "{{ content }}\n"


def test_a_block_by_hand_stays_in_its_place(tmp_path):
    body = f"Before.\n\n{ONE}\n\nAfter.\n\n{{% raw %}}{ONE}{{% endraw %}}"
    layouts = {"_layouts/post.html": "{{ content }}\n"}
    posts = {"_posts/2026-01-03-loaf.md": post("A loaf", ["bread"], body)}
    root = make_blog(tmp_path / "blog", posts, layouts)
    eject(root)
    text = (root / "_posts/2026-01-03-loaf.md").read_text()
    before, _, after = text.partition("<!-- linkmgr:cta news -->")
    assert before.endswith(f"Before.\n\n{LINK}\n")
    assert "After." in after
    assert text.count("/news/") == 1
    assert f"{{% raw %}}{ONE}{{% endraw %}}" in text


def test_blocks_come_through_a_file_that_the_layout_includes(tmp_path):
    layouts = {
        "_layouts/post.html": "---\nlayout: page\n---\n{{ content }}{% include foot.html %}\n",
        "_layouts/page.html": "{{ content }}\n",
        "_includes/foot.html": f"<hr>\n{INCLUDE}\n",
    }
    root = make_blog(tmp_path / "blog", layouts=layouts)
    eject(root)
    assert b"<!-- linkmgr:books " in (root / "_posts/2026-01-01-green.md").read_bytes()
    assert (root / "_includes/foot.html").read_text() == f"<hr>\n{LINK}\n"


def test_a_post_whose_layout_shows_no_blocks_gets_none(tmp_path):
    layouts = {**LAYOUTS, "_layouts/bare.html": "{{ content }}\n"}
    bare = {"_posts/2026-01-06-bare.md": post("Bare", layout="bare")}
    root = make_blog(tmp_path / "blog", {**POSTS, **bare}, layouts)
    eject(root)
    assert posts_of(root)["_posts/2026-01-06-bare.md"].decode() == bare["_posts/2026-01-06-bare.md"]


@pytest.mark.parametrize("by_hand", ["", ONE])
def test_line_endings_stay_those_of_the_post(tmp_path, by_hand):
    name = "_posts/2026-01-03-loaf.md"
    posts = {**POSTS, name: (POSTS[name] + by_hand).replace("\n", "\r\n")}
    root = make_blog(tmp_path / "blog", posts)
    eject(root)
    data = posts_of(root)[name]
    assert data.count(b"\n") == data.count(b"\r\n") > 20


@pytest.mark.parametrize("step", range(7))
def test_a_run_that_is_cut_off_anywhere_is_completed_by_the_next(tmp_path, monkeypatch, step):
    whole = make_blog(tmp_path / "whole")
    eject(whole)
    root = make_blog(tmp_path / "blog")
    calls = []

    def fail(*_):
        calls.append(1)
        return len(calls) > step

    def cut_off(name, module=writing):
        work = getattr(module, name)

        def limited(*given):
            if fail():
                raise OSError(28, "No space left on device")
            return work(*given)

        monkeypatch.setattr(module, name, limited)

    cut_off("replace_file")
    cut_off("_delete")
    with pytest.raises((LinkmgrError, OSError)) if step < 6 else nullcontext():
        eject(root)
    monkeypatch.undo()
    eject(root)
    assert contents(root) == contents(whole)


def test_a_post_that_quotes_an_ejected_block_gets_its_own(tmp_path):
    name = "_posts/2026-01-01-green.md"
    body = "It ends with\n\n    <!-- /linkmgr:books -->\n\nand that is all."
    root = make_blog(tmp_path / "blog", {**POSTS, name: post("Green leaves", body=body)})
    eject(root)
    assert b"<!-- linkmgr:books " in posts_of(root)[name]


def test_a_post_outside_of_the_site_is_refused(tmp_path):
    name = "_posts/2026-01-01-green.md"
    root = make_blog(tmp_path / "blog")
    outside = tmp_path / "outside.md"
    (root / name).rename(outside)
    (root / name).symlink_to(outside)
    before = outside.read_bytes()
    with pytest.raises(LinkmgrError, match="link"):
        eject(root)
    assert outside.read_bytes() == before


def test_a_file_that_git_cannot_restore_is_refused_without_force(tmp_path):
    root = make_blog(tmp_path / "blog")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    assert prefix_of(root) == ""
    before = contents(root)
    with pytest.raises(LinkmgrError, match="git cannot restore"):
        write_ejection(plan_ejection(root))
    assert contents(root) == before


def test_a_post_that_changed_meanwhile_is_refused(tmp_path):
    root = make_blog(tmp_path / "blog")
    planned = plan_ejection(root)
    file = root / "_posts/2026-01-05-hills.md"
    changed = planned.posts[-1].file
    changed.write_bytes(changed.read_bytes() + b"More.\n")
    before = contents(root)
    with pytest.raises(LinkmgrError, match="has changed"):
        write_ejection(planned, force=True)
    assert contents(root) == before
    assert file.exists()


def test_programs_get_the_paths(tmp_path):
    root = make_blog(tmp_path / "blog")
    report = ejection_json(eject(root))
    assert report["without_tag"] == ["_layouts/post.html"]
    assert report["kept"] == ["catalog.yaml"]
    assert report["stylesheet"] == CSS
    assert "_posts/2026-01-01-green.md" in report["posts"]
    assert "_data/linkmgr_index.json" in report["deleted"]


def test_adopting_the_ejected_blog_gives_back_posts_and_catalog(tmp_path):
    root = tmp_path / "demo"
    make_demo(root)
    leave_out_comparison(root)
    posts = posts_of(root)
    catalog = load_catalog(root / "catalog.yaml")
    eject(root)
    # Else front matter has what the mappings of so few posts cannot tell.
    adopt_anew(root, by_rules=True)
    assert posts_of(root) == posts
    adopted = load_catalog(root / "catalog.yaml")
    assert adopted.ctas == catalog.ctas
    shops = "https://hb.afl.rakuten.co.jp/hgc/0000000.00000000/?pc="
    assert {name: _without_shop_form(book, "") for name, book in catalog.books.items()} == {
        name: _without_shop_form(book, shops) for name, book in adopted.books.items()
    }


def test_a_renamed_item_is_ejected_and_adopted_by_its_new_id(tmp_path):
    in_front = post("Green leaves", linkmgr={"books": ["green"]})
    root = make_blog(tmp_path / "blog", {**POSTS, "_posts/2026-01-01-green.md": in_front})
    write_renaming(plan_renaming(root, root / "catalog.yaml", "green", "green-tea"))
    build(root)
    before = posts_of(root)

    eject(root)
    assert b"<!-- linkmgr:books green-tea" in posts_of(root)["_posts/2026-01-01-green.md"]
    adopt(root, write=True, force=True, by_rules=True)

    assert posts_of(root) == before
    assert load_catalog(root / "catalog.yaml").books["green-tea"].was == ("green",)


def test_a_card_in_an_article_comes_back_and_a_link_is_reported(tmp_path):
    link = '{% include linkmgr.html item="black" text="this & that" %}'
    card = '{% include linkmgr.html item="bread" as="card" %}'
    path = "_posts/2026-01-01-green.md"
    body = f"Read {link} first.\n\n{card}\n\nMore."
    root = make_blog(tmp_path / "blog", POSTS | {path: post("Green leaves", body=body)})
    eject(root)
    adoption = adopt(root, write=True, force=True, by_rules=True)
    text = posts_of(root)[path].decode()
    assert card in text
    assert link not in text
    assert ">this &amp; that</a> first." in text
    findings = [finding for change in adoption.changes for finding in change.findings_left]
    assert [(finding.path, finding.kind) for finding in findings] == [(path, "inline-link")]


COMPARED = '{% include linkmgr.html compare="bread-books" %}'


def leave_out_comparison(root):
    """Take the comparison out of the demo's posts: only a catalog gives it back."""
    for file in (root / "_posts").iterdir():
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(f"{COMPARED}\n", "My two books.\n"), encoding="utf-8")


def test_adopting_with_the_catalog_gives_back_its_comparisons(tmp_path):
    root = tmp_path / "demo"
    make_demo(root)
    posts, catalog = posts_of(root), (root / "catalog.yaml").read_bytes()
    eject(root)
    assert any(b"<!-- linkmgr:compare bread-books " in raw for raw in posts_of(root).values())
    adopt(root, write=True, force=True, by_rules=True)
    assert posts_of(root) == posts
    assert (root / "catalog.yaml").read_bytes() == catalog
    adopt(root, write=True, force=True, by_rules=True)
    assert posts_of(root) == posts


def test_a_comparison_that_the_catalog_lacks_stays_in_its_post(tmp_path):
    root = tmp_path / "demo"
    make_demo(root)
    eject(root)
    file = root / "catalog.yaml"
    file.write_text(file.read_text().replace("  bread-books:\n", "  other-books:\n"))
    before = {path for path, raw in posts_of(root).items() if b"linkmgr-table" in raw}
    adopt(root, write=True, force=True, by_rules=True)
    after = {path for path, raw in posts_of(root).items() if b"linkmgr-table" in raw}
    assert len(before) == 2
    assert after == before


ODD = "[新版] A *b* __c__ `d` ![e](f) 5*3*2 &amp; <i> {{ site.x }} \\\\*"


@pytest.mark.parametrize("baseurl", ["", "/tea"])
def test_adopting_takes_texts_and_own_addresses_as_they_are(tmp_path, baseurl):
    book = {"title": ODD, "author": ODD, "blurb": ODD, "asin": "B0EXAMPLE1", "cover": "/g.jpg"}
    cta = {"heading": ODD, "text": ODD, "label": ODD, "url": "/news/?a=1&b=2"}
    given = {**CATALOG, "books": {"green": book}, "ctas": {"news": cta}}
    given["mappings"] = {"all": {"any": {"paths": ["*"]}, "items": ["green", "news"]}}
    root = make_blog(tmp_path / "blog", catalog=given, url="https://tea.example", baseurl=baseurl)
    catalog, before = load_catalog(root / "catalog.yaml"), posts_of(root)
    eject(root)
    assert posts_of(root) != before
    adopt_anew(root)
    found = load_catalog(root / "catalog.yaml")
    assert (found.books, found.ctas) == (catalog.books, catalog.ctas)
    assert posts_of(root) == before


BLURB = '<p class="linkmgr-blurb">All of it</p>'
CARD_END = "</div>\n</div>\n</div>\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (BLURB, f"{BLURB}\n<p>My favourite.</p>"),
        (CARD_END, f"{CARD_END}<p>My favourite.</p>\n"),
        (CARD_END, f'{CARD_END}<img src="/mine.jpg" alt="">\n'),
        (CARD_END, f'<a href="https://other.example/review">A review</a>\n{CARD_END}'),
        ("</ul>", '<li><a href="https://other.example/">Another blog</a></li>\n</ul>'),
    ],
    ids=["text in a card", "text after it", "picture", "link", "related link"],
)
def test_a_block_into_which_its_author_wrote_stays(tmp_path, old, new):
    root = make_blog(tmp_path / "blog")
    eject(root)
    file = root / "_posts/2026-01-01-green.md"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    adopt(root, write=True, force=True)
    assert new in file.read_text()


def test_a_block_with_a_shop_that_adopt_does_not_know_stays(tmp_path):
    shop = {"programme": "press", "url": "https://press.example/green"}
    green = {**CATALOG["books"]["green"], "shops": [shop]}
    programmes = {**CATALOG["programmes"], "press": {"name": "Press"}}
    given = {**CATALOG, "programmes": programmes, "books": {**CATALOG["books"], "green": green}}
    root = make_blog(tmp_path / "blog", catalog=given)
    eject(root)
    adopt_anew(root)
    assert b"https://press.example/green" in posts_of(root)["_posts/2026-01-01-green.md"]


def test_call_to_action_with_affiliate_link_stays_and_says_why(tmp_path):
    programmes = {**CATALOG["programmes"], "a8": {"name": "A8.net"}}
    url = "https://px.a8.net/svt/ejp?a8mat=4A+B+C+D"
    news = {"heading": "A hotel", "label": "Book it", "url": url, "programme": "a8"}
    given = {**CATALOG, "programmes": programmes, "ctas": {"news": news}}
    root = make_blog(tmp_path / "blog", catalog=given)
    eject(root)
    (root / "catalog.yaml").unlink()
    adoption = adopt(root, write=True, force=True)
    assert b"px.a8.net" in posts_of(root)["_posts/2026-01-03-loaf.md"]
    with_reason = [f for c in adoption.changes for f in c.findings_left if f.kind == "unsure"]
    assert any("affiliate link" in translate(each.message, "en") for each in with_reason)


@pytest.mark.parametrize("item", ["-green-", "-", "g" * 300])
def test_a_name_that_is_no_id_is_passed_over(tmp_path, item):
    root = make_blog(tmp_path / "blog")
    eject(root)
    for path, data in posts_of(root).items():
        (root / path).write_bytes(data.replace(b"books green", b"books " + item.encode()))
    adopt_anew(root)
    titles = {book.title for book in load_catalog(root / "catalog.yaml").books.values()}
    assert "Green Tea" in titles


def adopt_anew(root, **options):
    (root / "catalog.yaml").unlink()
    adopt(root, write=True, force=True, **options)


def _without_shop_form(book, wrapper):
    """Return a book with a further shop's page alone: `adopt` keeps the link as it is.

    Nor does it know what only a comparison shows.
    """
    pages = [
        shop.url.removeprefix(wrapper).replace("%3A", ":").replace("%2F", "/")
        for shop in book.shops
    ]
    return replace(book, shops=tuple(pages), specs=(), pros=(), cons=())


PLACED = {
    "blocks": {
        "related": {"at": "before-content"},
        "books": {"at": "middle"},
        "second": {"kind": "cta", "at": "middle", "before-heading": 2, "fallback": ["news"]},
        "cta": {},
    }
}
BY_HAND = """\
Read {% include linkmgr.html item="black" text="this & that" %} first.

## One

Text.

{% include linkmgr.html item="bread" as="card" %}

## Two

Text.

## Three

Text.
"""


@pytest.mark.jekyll
@pytest.mark.parametrize("line", ["{{ content }}", "{% include linkmgr.html content=content %}"])
def test_blocks_before_and_in_the_article_stay_there(tmp_path, line):
    layouts = {"_layouts/post.html": f"{line}\n{INCLUDE}\n"}
    posts = POSTS | {
        "_posts/2026-01-01-green.md": post("Green leaves", body=BY_HAND),
        "_posts/2026-01-06-own.md": post("Own", body=f"Text.\n\n{INCLUDE}\n\nMore."),
    }
    root = make_blog(tmp_path / "blog", posts, layouts, CATALOG | PLACED)
    before = _pages(build_site(root, "--disable-disk-cache"))
    eject(root)
    texts = posts_of(root)
    assert sorted((root / "_layouts/post.html").read_text().splitlines()) == [LINK, "{{ content }}"]
    after = _pages(build_site(root, "--disable-disk-cache"))
    assert before == after
    write_ejection(plan_ejection(root), force=True)
    assert posts_of(root) == texts


@pytest.mark.jekyll
@pytest.mark.parametrize("baseurl", ["", "/tea"])
def test_the_pages_have_the_same_links_and_stylesheet_as_before(tmp_path, baseurl):
    by_hand = {
        "_layouts/bare.html": "{{ content }}\n",
        "_posts/2026-01-06-own.md": post("Own", ["tea"], f"A.\n\n{ONE}\n\nB.", layout="bare"),
    }
    root = make_blog(tmp_path / "blog", POSTS | by_hand, baseurl=baseurl)
    built = build_site(root, "--disable-disk-cache")
    before, styled = _pages(built), _stylesheets(built)
    style = (built / CSS).read_bytes()
    eject(root)
    built = build_site(root, "--disable-disk-cache")
    assert before == _pages(built)
    assert any(links for links in before.values())
    assert styled
    assert styled == _stylesheets(built)
    assert set(styled.values()) == {f"{baseurl}/{CSS}"}
    assert (built / CSS).read_bytes() == style


def _stylesheets(built):
    """Return the address of the stylesheet of each page that shows a block."""
    linked = re.compile(r'<link [^>]*rel="stylesheet" href="([^"]*linkmgr[^"]*)"')
    texts = {file.relative_to(built): file.read_text() for file in built.rglob("index.html")}
    return {
        path: linked.search(text)[1]
        for path, text in texts.items()
        if '<div class="linkmgr ' in text
    }


def _pages(built):
    return {
        file.relative_to(built).as_posix(): links_of(file.read_text())
        for file in sorted(built.rglob("index.html"))
    }


KETTLE = {
    "title": "Kettle & <lid>",
    "asin": "B0EXAMPLE7",
    "maker": "Minamo",
    "blurb": "Boils quickly.",
    "image": "https://img.example/kettle.jpg?a=1&b=2",
    "shops": [{"preset": "rakuten", "url": "https://item.rakuten.co.jp/minamo/kettle/"}],
}
GREEN = "_posts/2026-01-01-green.md"


def make_shop_blog(root, *, products):
    mappings = {"tea": {"any": {"tags": ["tea"]}, "items": [*products]}}
    programmes = CATALOG["programmes"] | {"rakuten": {}}
    own = {"programmes": programmes, "products": products, "mappings": mappings}
    return make_blog(root, catalog=CATALOG | own)


def test_ejected_products_leave_when_the_blog_is_adopted_again(tmp_path):
    root = make_shop_blog(tmp_path / "blog", products={"kettle": KETTLE})
    before = posts_of(root)[GREEN]
    eject(root)
    ejected = posts_of(root)[GREEN]
    assert b"<!-- linkmgr:products kettle -->" in ejected
    assert b'href="https://www.amazon.com/dp/B0EXAMPLE7/?tag=ours-20"' in ejected
    catalog = (root / "catalog.yaml").read_bytes()
    adopt(root, write=True, force=True)
    assert posts_of(root)[GREEN] == before
    assert (root / "catalog.yaml").read_bytes() == catalog
    assert not adopt(root, write=True, force=True).anything


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("linkmgr:products kettle", "linkmgr:products pot", id="id"),
        pytest.param("Kettle &amp;", "Pot &amp;", id="title"),
        pytest.param("Minamo<", "Another<", id="maker"),
        pytest.param("Boils quickly.", "Boils slowly.", id="blurb"),
        pytest.param("kettle.jpg", "pot.jpg", id="picture"),
        pytest.param("minamo/kettle/", "minamo/pot/", id="shop"),
    ],
)
def test_block_of_products_stays_with_what_catalog_has_otherwise(tmp_path, old, new):
    root = make_shop_blog(tmp_path / "blog", products={"kettle": KETTLE})
    eject(root)
    changed = posts_of(root)[GREEN].decode().replace(old, new)
    assert new in changed
    (root / GREEN).write_text(changed, encoding="utf-8")
    adoption = adopt(root, write=True, force=True)
    block = changed[changed.index("<!-- linkmgr:products") :]
    assert posts_of(root)[GREEN].decode().endswith(block)
    reasons = [translate(f.message, "en") for c in adoption.changes for f in c.findings_left]
    assert any("the catalog lacks its products" in reason for reason in reasons)


@pytest.mark.parametrize("code", [A8_TEXT, VC_TEXT], ids=["A8", "バリューコマース"])
@pytest.mark.parametrize("kept", [True, False], ids=["with the catalog", "without it"])
def test_an_ejected_cta_of_code_comes_back_byte_for_byte(tmp_path, code, kept):
    tea = {"heading": "Fine teas", "text": "From the hills.", "code": code}
    mappings = {"tea": {"any": {"tags": ["tea"]}, "items": ["tea-shop"]}}
    catalog = CATALOG | {"ctas": {"tea-shop": tea}, "mappings": mappings}
    root = make_blog(tmp_path / "blog", catalog=catalog)
    before = posts_of(root)[GREEN]
    eject(root)
    assert code.encode() in posts_of(root)[GREEN]
    if not kept:
        (root / "catalog.yaml").unlink()
    adopt(root, write=True, by_rules=True, force=True)
    assert posts_of(root)[GREEN] == before
    cta = load_catalog(root / "catalog.yaml").ctas["tea-shop"]
    assert (cta.heading, cta.text, cta.code.text) == (tea["heading"], tea["text"], code)


def test_a_book_with_issued_code_as_further_shop_stays(tmp_path):
    green = {**CATALOG["books"]["green"], "shops": [{"code": RAKUTEN_TEXT}]}
    given = {**CATALOG, "books": {**CATALOG["books"], "green": green}}
    root = make_blog(tmp_path / "blog", catalog=given)
    eject(root)
    adopt_anew(root)
    assert RAKUTEN_TEXT in posts_of(root)[GREEN].decode()


def test_a_cta_of_issued_code_that_was_changed_stays_in_its_post(tmp_path):
    tea = {"heading": "Fine teas", "code": A8_TEXT}
    mappings = {"tea": {"any": {"tags": ["tea"]}, "items": ["tea-shop"]}}
    catalog = CATALOG | {"ctas": {"tea-shop": tea}, "mappings": mappings}
    root = make_blog(tmp_path / "blog", catalog=catalog)
    eject(root)
    changed = posts_of(root)[GREEN].replace(b' width="1"', b' width="1" id="x"', 1)
    (root / GREEN).write_bytes(changed)
    adopt(root, write=True, force=True)
    assert posts_of(root)[GREEN].endswith(changed[changed.index(b"<!-- linkmgr:cta") :])


WORDS = {"badge": "Read it twice!", "rating": 4.5, "review": "/review/green/"}
OWN_SHOP = {
    "programme": "site",
    "url": "/shop/green/",
    "price": "$12.00",
    "price-at": "2026-01-02",
}


def test_an_owners_words_come_back_from_an_ejected_card(tmp_path):
    book = {"title": "Green Tea", "asin": "B0EXAMPLE1", **WORDS}
    show = {"related": {"show": ["date", "excerpt"]}, "books": {}}
    given = {**CATALOG, "books": {**CATALOG["books"], "green": book}, "blocks": show}
    root = make_blog(tmp_path / "blog", catalog=given)
    catalog, before = load_catalog(root / "catalog.yaml"), posts_of(root)
    eject(root)
    adopt_anew(root)
    assert load_catalog(root / "catalog.yaml").books["green"] == catalog.books["green"]
    assert posts_of(root)[GREEN] == before[GREEN]


@pytest.mark.parametrize("kept", [True, False], ids=["with the catalog", "without it"])
def test_a_card_with_a_price_leaves_only_for_a_catalog_with_it(tmp_path, kept):
    price_at = datetime.now(UTC).date().isoformat()
    kettle = {**KETTLE, **WORDS, "shops": [{**OWN_SHOP, "price-at": price_at}]}
    root = make_shop_blog(tmp_path / "blog", products={"kettle": kettle})
    before = posts_of(root)[GREEN]
    eject(root)
    assert b"<b>$12.00</b>" in posts_of(root)[GREEN]
    if not kept:
        del kettle["shops"]
        write_site(root, {"catalog.yaml": yaml_of(CATALOG | {"products": {"kettle": kettle}})})
    adopt(root, write=True, force=True)
    assert (posts_of(root)[GREEN] == before) is kept


@pytest.mark.parametrize("in_line", [False, True], ids=["on cards", "in a line"])
def test_a_sale_of_a_programme_comes_back_with_its_catalog(tmp_path, in_line):
    today = datetime.now(UTC).date()
    sale = {"name": "Super Sale", "from": str(today), "until": str(today + timedelta(days=3))}
    if in_line:
        sale |= {"in-line": True, "url": "https://www.amazon.com/sale"}
    programmes = {"amazon": {"tag": "ours-20", "sales": [sale]}}
    root = make_blog(tmp_path / "blog", catalog=CATALOG | {"programmes": programmes})
    before = posts_of(root)[GREEN]
    eject(root)
    assert b"Super Sale" in posts_of(root)[GREEN]
    adopt(root, write=True, force=True)
    assert posts_of(root)[GREEN] == before
