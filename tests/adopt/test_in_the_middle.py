"""A block in the middle of an article: cards of its items take its place."""

from functools import partial

import pytest

from linkmgr.adopt.planning.changes import Policy, without_blocks
from linkmgr.adopt.report import adoption_text
from linkmgr.adopt.run import adopt
from linkmgr.builder.run import build
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.posts.article.inclusions import card_tag
from linkmgr.resolver.keywords import KeywordMatcher
from tests.support.articles import BOOKS, CTA, RELATED, RULE
from tests.support.jekyll import build_site, write_site
from tests.support.legacy_blogs import BEANS, CONFIG, LAYOUT, SAND, SLOW

BEFORE, AFTER = "次の本がおすすめです。\n\n", "\n私も是非読みたいです。\n"
FIRST = "_posts/2024-02-01-post.md"


def box(asin, title, _=""):
    """Return the amazlet box of a book."""
    link = f'<a href="https://www.amazon.co.jp/exec/obidos/ASIN/{asin}/example-22/">'
    return (
        f'<div class="amazlet-box"><div class="amazlet-image">{link}<img src="/c.jpg"></a></div>\n'
        f'<div class="amazlet-info"><div class="amazlet-name">{link}{title}</a></div>\n'
        f'<div class="amazlet-link">{link}Amazon.co.jpで詳細を見る</a></div></div></div>\n'
    )


def write_posts(root, *texts, front=""):
    posts = {
        f"_posts/2024-02-{n:02}-post.md": f"---\ntitle: 題 {n}\n{front}---\n\n{text}"
        for n, text in enumerate(texts, 1)
    }
    return write_site(root, {"_config.yml": CONFIG, "_layouts/post.html": LAYOUT, **posts})


def body_of(root, path=FIRST):
    return (root / path).read_text(encoding="utf-8").partition("---\n\n")[2]


def id_of(root, book):
    books = load_catalog(root / "catalog.yaml").books.values()
    return next(each.id for each in books if each.asin == book[0])


def test_a_card_replaces_a_box_and_no_mapping_shows_it_again(tmp_path):
    root = write_posts(tmp_path / "blog", f"{BEFORE}{box(*SAND)}{AFTER}\n{box(*SLOW)}")
    adoption = adopt(root, write=True, by_rules=True)
    card = card_tag(id_of(root, SAND))
    assert body_of(root) == f"{BEFORE}{card}\n{AFTER}"
    mapped = [item for each in adoption.proposals for item in each.mapping.items]
    assert mapped == [id_of(root, SLOW)]
    assert (adoption.reproduced.hits["books"], adoption.reproduced.placements["books"]) == (2, 2)
    assert f"{FIRST}:7-9 -> {card}\n" in adoption_text(adoption)
    assert not adopt(root, write=True).anything


def test_boxes_of_a_book_are_one_card_together_and_apart_two(tmp_path):
    boxes = f"{box(*SAND)}\n{box(*SAND)}"
    text = f"{BEFORE}{boxes}\n続きます。\n\n{box(*SAND)}{AFTER}"
    root = write_posts(tmp_path / "blog", text)
    adopt(root, write=True)
    card = card_tag(id_of(root, SAND))
    assert body_of(root) == f"{BEFORE}{card}\n\n続きます。\n\n{card}\n{AFTER}"


def test_books_in_the_middle_keep_their_rule_and_heading(tmp_path):
    root = write_posts(tmp_path / "blog", f"{BEFORE}{RULE}{BOOKS}\n## まとめ\n{AFTER}")
    adopt(root, write=True)
    cards = "\n\n".join(card_tag(id_of(root, each)) for each in (SAND, SLOW))
    heading = BOOKS.partition("\n")[0]
    assert body_of(root) == f"{BEFORE}{RULE}{heading}\n\n{cards}\n\n## まとめ\n{AFTER}"


def test_a_box_without_blank_lines_still_becomes_its_own_card(tmp_path):
    root = write_posts(tmp_path / "blog", f"おすすめ。\n{box(*SAND)}よかった。\n")
    adopt(root, write=True)
    assert body_of(root) == f"おすすめ。\n\n{card_tag(id_of(root, SAND))}\n\nよかった。\n"


def test_a_call_to_action_in_middle_stays_at_its_place_as_a_card(tmp_path):
    root = write_posts(tmp_path / "blog", *[f"{BEFORE}{CTA}\n{n}です。\n" for n in range(3)])
    adopt(root, write=True)
    (cta,) = load_catalog(root / "catalog.yaml").ctas
    assert body_of(root) == f"{BEFORE}{card_tag(cta)}\n\n0です。\n"


def test_a_call_to_action_that_comes_again_stays_at_each_place(tmp_path):
    texts = [f"{BEFORE}{CTA}\n{n}です。\n\n{CTA}" for n in range(3)]
    root = write_posts(tmp_path / "blog", *texts)
    plan = adopt(root, write=True)
    (cta,) = load_catalog(root / "catalog.yaml").ctas
    assert body_of(root) == f"{BEFORE}{card_tag(cta)}\n\n0です。\n\n{card_tag(cta)}\n"
    assert plan.leaving.utm == plan.leaving.classes == (6, 6)
    assert not plan.readers.losing
    assert not adopt(root).anything


@pytest.mark.parametrize(
    ("end", "tag"),
    [("", '{% include linkmgr.html block="related" %}\n\n'), (f"\n{RULE}{RELATED}", "")],
    ids=["the only ones", "others are at the end"],
)
def test_related_posts_stay_in_the_middle_unless_more_are_below(tmp_path, end, tag):
    related = RELATED.replace("https://blog.example", "")
    text = f"{BEFORE}{related}{AFTER}{end.replace('https://blog.example', '')}"
    root = write_posts(tmp_path / "blog", text)
    adopt(root, write=True)
    assert body_of(root) == f"{BEFORE}{tag}{AFTER.lstrip()}"


def test_a_box_in_a_post_without_liquid_stays(tmp_path):
    text = f"{BEFORE}{box(*SAND)}{AFTER}"
    root = write_posts(tmp_path / "blog", text, front="render_with_liquid: false\n")
    said = adoption_text(adopt(root, write=True))
    assert body_of(root) == text
    assert "it is in the middle of the article, and no card can take its place" in said


def test_a_post_keeps_as_its_choice_only_what_was_at_its_end(tmp_path):
    texts = [f"{BEFORE}{box(*SAND)}{AFTER}\n{box(*SLOW)}", f"{BEFORE}\n{box(*BEANS)}"]
    root = write_posts(tmp_path / "blog", *texts)
    adopt(root, write=True)
    text = (root / FIRST).read_text(encoding="utf-8")
    assert f"linkmgr:\n  books: [{id_of(root, SLOW)}]\n" in text


def test_whatever_is_pinned_in_a_post_has_room_in_its_block(tmp_path):
    goods = [(f"B0EXAMPL{n:02}", f"道具 {n}", "") for n in range(10)]
    shares = [goods[:1], goods[1:2], goods[2:3], goods[3:5], goods[5:9]]
    texts = [f"{BEFORE}\n" + "\n".join(box(*good) for good in share) for share in shares]
    root = write_posts(tmp_path / "blog", *texts)
    done = adopt(root, write=True, by_rules=True).reproduced
    assert (done.missed, done.unseen) == ((), ())
    limits = {block.name: block.limit for block in load_catalog(root / "catalog.yaml").blocks}
    assert limits["products"] == 4


def test_words_are_counted_as_the_build_will_find_them(tmp_path):
    root = write_posts(tmp_path / "blog", f"{BEFORE}{RULE}{BOOKS}\n## まとめ\n{AFTER}")
    adoption = adopt(root)
    (change,) = adoption.changes
    policy = Policy(adoption.site.live, {}, None, placed=adoption.collected.placed)
    left = adoption.site.count(["おすすめ"], partial(without_blocks, policy=policy))
    body = change.data.partition(b"---\n\n")[2]
    assert left[FIRST].counts == KeywordMatcher(["おすすめ"]).count("題 1", "", body)
    assert left[FIRST].length in range(len(body), len(body) + 2)


@pytest.mark.jekyll
def test_a_built_card_stands_between_the_sentences_about_it(tmp_path):
    texts = [
        f"{BEFORE}{box(*SAND)}{AFTER}\n{box(*SLOW)}",
        f"- 一\n- 二\n\n{box(*SAND)}{AFTER}\n> 引用\n\n{RULE}{CTA}\n終わり。\n",
        *[f"文。\n\n{CTA}\n{n}です。\n" for n in range(3)],
    ]
    root = write_posts(tmp_path / "blog", *texts)
    adopt(root, write=True)
    build(root)
    built = build_site(root)
    first, second = (
        (built / f"2024/02/{day}/post/index.html").read_text(encoding="utf-8")
        for day in ("01", "02")
    )
    in_order = ["次の本がおすすめです。", SAND[1], "私も是非読みたいです。", SLOW[1]]
    at = [first.index(text) for text in in_order]
    assert at == sorted(at)
    assert first.count('"linkmgr-card"') == 2
    assert "<p><div" not in first + second
    in_order = ["<li>二</li>", "</ul>", SAND[1], "私も是非読みたいです。", "引用", "お問い合わせ"]
    at = [second.index(text) for text in (*in_order, "終わり。")]
    assert at == sorted(at)
    assert second.count('"linkmgr-card"') == 2
