"""Issued code that stands by itself becomes a call to action; any other stays in its post."""

import pytest

from linkmgr.adopt.deciding.losses import Saved, contents_of, losses, lost_products
from linkmgr.adopt.post.products import ProductKey, products_in
from linkmgr.adopt.report import adoption_text
from linkmgr.adopt.run import adopt
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.posts.article.inclusions import card_tag
from tests.support.articles import scanned
from tests.support.issued_codes import A8_BANNER, A8_TEXT, MOSHIMO_TEXT, VC_TEXT
from tests.support.jekyll import write_site
from tests.support.legacy_blogs import CONFIG, LAYOUT

BEFORE, AFTER = "はじめの段落。\n\n", "\nおわりの段落。\n"
CODE = f"{A8_TEXT}\n"


def write_posts(root, *texts, catalog=None):
    posts = {
        f"_posts/2024-02-{n:02}-post.md": f"---\ntitle: 題 {n}\n---\n\n{text}"
        for n, text in enumerate(texts, 1)
    }
    files = {"_config.yml": CONFIG, "_layouts/post.html": LAYOUT, **posts}
    return write_site(root, files | ({"catalog.yaml": catalog} if catalog else {}))


def body_of(root, number=1):
    text = (root / f"_posts/2024-02-{number:02}-post.md").read_text(encoding="utf-8")
    return text.partition("---\n\n")[2]


def page_of(text):
    return f"---\ntitle: 題\n---\n\n{text}".encode()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{CODE}が便利です。\n", id="with a text after it"),
        pytest.param(f"道具なら {CODE}", id="with a text before it"),
        pytest.param(f"詳しくはこちら：\n\n{CODE}", id="under a text that leads to it"),
        pytest.param(f"- 一つ目\n\n  {CODE}", id="in a list"),
        pytest.param(f"> {A8_TEXT.replace(chr(10), '')}\n", id="in a quote"),
        pytest.param(f"{CODE}{{: .ad}}\n", id="with an attribute list"),
        pytest.param(f"{{: .ad}}\n{CODE}", id="under an attribute list"),
        pytest.param(f"## 道具\n\n{CODE}\nこの道具は便利です。\n", id="first below a heading"),
        pytest.param(f"## まとめ\n\n{CODE}", id="below the article's last heading"),
        pytest.param(f"{A8_BANNER}\n", id="without any text"),
        pytest.param(CODE.replace("お茶の店", "詳しくはこちら"), id="with a mere label"),
        pytest.param(CODE.replace("お茶の店", "**お茶**の店"), id="with Markdown in it"),
        pytest.param(CODE.replace("4GH", "{{ page.a8 }}"), id="with Liquid in it"),
        pytest.param(CODE.replace("<a ", '<a class="ad" ', 1), id="with another attribute"),
        pytest.param(CODE.replace("0.gif?a8mat=3AB", "0.gif?a8mat=9ZZ"), id="with another pixel"),
        pytest.param(f"{CODE}{MOSHIMO_TEXT}\n", id="with other code"),
    ],
)
def test_code_stays_that_does_not_stand_by_itself_as_issued(tmp_path, text):
    root = write_posts(tmp_path / "blog", text)
    adoption = adopt(root, write=True)
    assert body_of(root) == text
    kinds = {each.kind for change in adoption.changes for each in change.findings_left}
    assert "issued-code" in kinds


def test_a_link_without_its_counting_picture_is_no_block():
    link, _ = A8_TEXT.split("\n")
    assert not any(block.removable for block in scanned(page_of(f"{link}\n")).blocks)


def test_the_same_code_in_several_posts_is_one_item(tmp_path):
    under = [f"{BEFORE}## {heading}\n\n{CODE}" for heading in ("お茶", "お茶", "茶の店")]
    root = write_posts(tmp_path / "blog", *under)
    adoption = adopt(root, write=True)
    (cta,) = load_catalog(root / "catalog.yaml").ctas.values()
    assert (cta.id, cta.heading, cta.programme, cta.code.text) == ("a8", "お茶", "a8", A8_TEXT)
    assert [body_of(root, n) for n in (1, 2, 3)] == [BEFORE.rstrip("\n") + "\n"] * 3
    assert "heading in 1 other: 茶の店" in adoption_text(adoption)
    assert not adopt(root, write=True).anything


def test_code_that_the_catalog_has_is_not_added_again(tmp_path):
    indented = A8_TEXT.replace("\n", "\n      ")
    catalog = (
        "site: {name: x, url: https://blog.example}\n"
        f"ctas:\n  tea:\n    heading: 茶\n    code: |\n      {indented}\n"
    )
    root = write_posts(tmp_path / "blog", f"{BEFORE}{CODE}{AFTER}", catalog=catalog)
    adopt(root, write=True)
    assert [*load_catalog(root / "catalog.yaml").ctas] == ["tea"]
    assert body_of(root) == f"{BEFORE}{card_tag('tea')}\n{AFTER}"


def test_a_rule_before_headed_code_leaves_with_it(tmp_path):
    root = write_posts(tmp_path / "blog", f"{BEFORE}---\n\n## お茶\n\n{CODE}")
    adopt(root, write=True)
    assert body_of(root) == BEFORE.removesuffix("\n")


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(A8_TEXT.replace('rel="nofollow"', 'rel="nofollow sponsored"'), id="a link"),
        pytest.param(A8_TEXT.replace("www13", "www14"), id="a pixel"),
        pytest.param(A8_TEXT.replace("お茶の店", "お茶 の店"), id="a text"),
    ],
)
def test_a_block_would_lose_code_that_differs_by_one_letter(changed):
    raw = page_of(CODE)
    post = scanned(raw)
    (block,) = post.blocks
    held = frozenset(products_in(changed.encode()))
    saved = Saved(())
    saved.products = held
    ((kept,), _) = losses(post, contents_of(raw, post), saved)[block.start]
    assert (kept.line, kept.url) == (block.line, A8_TEXT)
    assert lost_products(raw, b"", held) >= {ProductKey(code=A8_TEXT)}


def test_a_picture_that_counts_is_looked_up_wherever_it_is():
    alone = "![](https://www13.a8.net/0.gif?a8mat=3AB)"
    codes = {each.code for each in products_in(f"{alone}\n\n{VC_TEXT}".encode()) if each.code}
    assert codes == {"a8.net/0.gif?a8mat=3AB)", VC_TEXT}
