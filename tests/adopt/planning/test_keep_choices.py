"""The old choice is kept in the front matter, of which no byte changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.adopt.planning.keep_choices import FrontMatterChoice, with_choice
from linkmgr.adopt.report import adoption_text
from linkmgr.adopt.report_json import adoption_json
from linkmgr.adopt.run import adopt
from linkmgr.adopt.write import adoption_patch
from linkmgr.builder.run import build
from linkmgr.posts.document import split_front_matter
from linkmgr.posts.ruby.safe_yaml import load
from tests.support.checkouts import in_git
from tests.support.legacy_blogs import ARTICLE, BEANS, SAND, blocks_text, post_text, write_blog

BOTH = FrontMatterChoice(("sand", "b-1"), ("news",))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "---\ntitle: x\n---\ny\n",
            "---\ntitle: x\nlinkmgr:\n  books: [sand, b-1]\n  cta: news\n---\ny\n",
            id="without the key",
        ),
        pytest.param(
            "---\n---\ny\n",
            "---\nlinkmgr:\n  books: [sand, b-1]\n  cta: news\n---\ny\n",
            id="nothing in it",
        ),
        pytest.param(
            "\ufeff---\r\ntitle: x\r\n---\r\ny\r\n",
            "\ufeff---\r\ntitle: x\r\n"
            "linkmgr:\r\n  books: [sand, b-1]\r\n  cta: news\r\n---\r\ny\r\n",
            id="a mark and CRLF",
        ),
        pytest.param(
            "---\nlinkmgr:\n    exclude: [old]  # why\ntitle: x\n---\n",
            "---\nlinkmgr:\n    books: [sand, b-1]\n    cta: news\n"
            "    exclude: [old]  # why\ntitle: x\n---\n",
            id="a mapping",
        ),
        pytest.param(
            "---\n題: 砂\nlinkmgr: {exclude: [old]}\n---\n",
            "---\n題: 砂\nlinkmgr: {books: [sand, b-1], cta: news, exclude: [old]}\n---\n",
            id="braces",
        ),
        pytest.param(
            "---\nlinkmgr: {}\n---\n",
            "---\nlinkmgr: {books: [sand, b-1], cta: news}\n---\n",
            id="empty braces",
        ),
        pytest.param(
            "---\nlinkmgr:\ntitle: x\n---\n",
            "---\nlinkmgr:\n  books: [sand, b-1]\n  cta: news\ntitle: x\n---\n",
            id="no value",
        ),
        pytest.param(
            "---\n{題: x}\n---\n",
            "---\n{題: x, linkmgr: {books: [sand, b-1], cta: news}}\n---\n",
            id="braces around all",
        ),
        pytest.param(
            "---\nlinkmgr:\n  cta: []  # none\n  books: []\n---\n",
            "---\nlinkmgr:\n  cta: [news]  # none\n  books: [sand, b-1]\n---\n",
            id="empty lists",
        ),
        pytest.param(
            "---\nlinkmgr:\n  cta: news  # mine\n  books: ['sand']\n---\n",
            "---\nlinkmgr:\n  cta: news  # mine\n  books: ['sand', b-1]\n---\n",
            id="a list with one of them",
        ),
        pytest.param(
            "---\nlinkmgr: {limit: 1, books: []}\n---\n",
            "---\nlinkmgr: {cta: news, limit: 1, books: [sand, b-1]}\n---\n",
            id="an empty list in braces",
        ),
        pytest.param(
            "---\ntext: |+\n  a\n\n---\n",
            "---\ntext: |+\n  a\n\nlinkmgr:\n  books: [sand, b-1]\n  cta: news\n---\n",
            id="after a block of text",
        ),
    ],
)
def test_lines_are_added_where_front_matter_has_room_for_them(before, after):
    assert with_choice(before.encode(), BOTH, "gem") == after.encode()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("title: x\n", id="no front matter"),
        pytest.param("---\ntitle: [\n---\n", id="broken"),
        pytest.param("---\n- a\n---\n", id="a list"),
        pytest.param("---\nlinkmgr: false\n---\n", id="switched off"),
        pytest.param("---\nlinkmgr:\n  books: [mine]\n---\n", id="a choice of its own"),
        pytest.param("---\nlinkmgr:\n  books:\n    - sand\n---\n", id="a list of lines"),
    ],
)
def test_nothing_is_added_where_it_would_mean_something_else(text):
    assert with_choice(text.encode(), BOTH, "gem") is None


def test_products_are_kept_like_books():
    choice = FrontMatterChoice(products=("lens", "p-1"))
    data = with_choice(b"---\na: 1\n---\n", choice, "gem")
    assert data == b"---\na: 1\nlinkmgr:\n  products: [lens, p-1]\n---\n"


def test_several_ctas_are_a_list_and_no_items_an_empty_one():
    several = with_choice(b"---\na: 1\n---\n", FrontMatterChoice((), ("news", "b-1")), "gem")
    assert several == b"---\na: 1\nlinkmgr:\n  books: []\n  cta: [news, b-1]\n---\n"


def test_a_single_cta_becomes_a_list_with_the_next():
    data = with_choice(
        b"---\nlinkmgr:\n  cta: a  # A\n---\n", FrontMatterChoice(cta=("a", "b")), "gem"
    )
    assert data == b"---\nlinkmgr:\n  cta: [a, b]  # A\n---\n"


def test_an_id_that_yaml_would_take_for_a_number_is_quoted():
    data = with_choice(
        b"---\na: 1\n---\n", FrontMatterChoice(("2024", "1e3", "no"), ("true",)), "gem"
    )
    assert b"books: ['2024', '1e3', 'no']\n  cta: 'true'\n" in data


lines = st.sampled_from(
    [
        "title: 砂",
        "tags: [a, b]",
        "linkmgr:",
        "  limit: 2",
        "linkmgr: {limit: 2}",
        "# note",
        "",
        "x: |",
    ]
)
ids = st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}", fullmatch=True)
some_ids = st.lists(ids, min_size=1, max_size=3, unique=True).map(tuple)


@given(
    st.lists(lines, max_size=6),
    st.sampled_from(["\n", "\r\n"]),
    st.builds(FrontMatterChoice, some_ids, some_ids),
    st.sampled_from(["gem", "debian"]),
)
def test_whatever_the_front_matter_bytes_are_only_added(front, end, choice, package):
    before = end.join(["---", *front, "---", "text", ""]).encode()
    after = with_choice(before, choice, package)
    if after is None:
        return
    added = len(after) - len(before)
    assert any(after[:n] + after[n + added :] == before for n in range(len(before) + 1))
    values, _ = load(split_front_matter(after)[0], package)
    assert values["linkmgr"]["books"] == [*choice.books]
    cta = [*choice.cta] if len(choice.cta) > 1 else choice.cta[0]
    assert values["linkmgr"]["cta"] == cta


def blog(root):
    """Write a blog in git of which one post carried what no rule explains."""
    path = write_blog(root, 8) / "_posts/2024-04-01-odd.md"
    odd = blocks_text([BEANS, SAND], "news", "お知らせ")
    path.write_text(post_text("別", "別の話", "計算", ARTICLE, odd), encoding="utf-8")
    return in_git(root)


def test_every_post_shows_what_it_showed(tmp_path):
    root = blog(tmp_path / "blog")
    adoption = adopt(root, write=True)
    done = adoption.reproduced
    assert (done.hits["books"], done.hits["cta"], done.missed) == (
        done.placements["books"],
        done.placements["cta"],
        (),
    )
    text = (root / "_posts/2024-04-01-odd.md").read_text(encoding="utf-8")
    assert text.startswith(
        "---\ntitle: 別\ntags: [別の話]\ncategories: [計算]\n"
        "linkmgr:\n  books: [b-b0example1, b-4000000004]  # 豆の手帖 / 砂の計算機\n"
        "  cta: news\n---\n"
    )
    build(root)
    assert not adopt(root, write=True, force=True).anything


def test_a_post_that_the_rules_explain_keeps_its_front_matter(tmp_path):
    adoption = adopt(blog(tmp_path / "blog"))
    assert [each.path for each in adoption.changes if each.choice] == ["_posts/2024-04-01-odd.md"]


def test_the_report_and_the_patch_name_what_is_kept(tmp_path):
    adoption = adopt(blog(tmp_path / "blog"))
    line = "_posts/2024-04-01-odd.md: books: [b-b0example1, b-4000000004], cta: news"
    assert line in adoption_text(adoption)
    files = {each["path"]: each["choice"] for each in adoption_json(adoption)["files"]}
    assert files["_posts/2024-04-01-odd.md"]["cta"] == "news"
    assert b"+linkmgr:\n+  books: [b-b0example1, b-4000000004]  #" in adoption_patch(adoption)


def test_a_draft_keeps_all_that_it_carried(tmp_path):
    root = write_blog(tmp_path / "blog")
    draft = root / "_drafts/later.md"
    draft.parent.mkdir()
    old = blocks_text([BEANS], "news", "お知らせ")
    draft.write_text(post_text("後", "珈琲", "台所", ARTICLE, old), encoding="utf-8")
    adopt(root, write=True)
    text = draft.read_text(encoding="utf-8")
    assert "linkmgr:\n  books: [b-b0example1]  # 豆の手帖\n  cta: news\n---\n" in text


def test_an_id_that_is_a_number_has_its_title_beside_it(tmp_path):
    root = blog(tmp_path / "blog")
    adopt(root, write=True)
    catalog = (root / "catalog.yaml").read_text(encoding="utf-8")
    assert "    items: [b-4000000004]  # 砂の計算機\n" in catalog
    assert "    items: [slow-machines]\n" in catalog
    names = {"b-1": "題: # 1\n", "b-2": "二"}
    data = with_choice(b"---\na: 1\n---\n", FrontMatterChoice(("b-1", "b-2", "sand")), "gem", names)
    assert data.decode() == "---\na: 1\nlinkmgr:\n  books: [b-1, b-2, sand]  # 題: # 1  / 二\n---\n"
