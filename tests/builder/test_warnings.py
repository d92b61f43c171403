"""What a build tells as warnings: no mistake, but hardly what was meant."""

from tests.support.builds import CATALOG, built, post, write_blog


def warned(root):
    """Return what a build warns of, the first one and the one that has nothing to do alike."""
    first, again = built(root), built(root)
    assert first.changed
    assert not again.changed
    assert first.warnings == again.warnings
    return [str(warning).removeprefix(f"{root}/") for warning in first.warnings]


def test_a_site_that_is_as_meant_is_built_without_a_word(tmp_path):
    assert warned(write_blog(tmp_path)) == []


def test_a_text_that_a_comment_cuts_is_reported_with_its_quotes(tmp_path):
    root = write_blog(tmp_path)
    file = root / "catalog.yaml"
    text = file.read_text()
    assert "title: Green Tea\n" in text
    file.write_text(text.replace("title: Green Tea\n", "title: Green Tea #1\n"))
    line = text[: text.index("title: Green Tea")].count("\n") + 1
    assert warned(root) == [
        (
            f"catalog.yaml:{line}: books.green.title: ends before #1: # after a space begins a "
            'comment. Put the text in quotes: "Green Tea #1"'
        )
    ]
    for meant in ("title: Green Tea # first", "title: 'Green Tea #1'", "title: Green Tea#1"):
        file.write_text(text.replace("title: Green Tea\n", f"{meant}\n"))
        assert [str(warning) for warning in built(root).warnings] == []


def test_a_site_whose_layouts_do_not_show_the_blocks_is_reported(tmp_path):
    root = write_blog(tmp_path)
    (root / "_layouts" / "post.html").write_text("{{ content }}\n")
    assert warned(root) == [
        (
            "_layouts: no layout shows the blocks: `linkmgr init` says which line to put where, "
            "and with --write adds it where it can"
        )
    ]


def test_an_include_in_a_layouts_include_or_in_a_post_will_do(tmp_path):
    root = write_blog(tmp_path / "a")
    (root / "_layouts" / "post.html").write_text("{{ content }}{% include after.html %}\n")
    (root / "_includes").mkdir()
    (root / "_includes" / "after.html").write_text("{% include linkmgr.html %}\n")
    assert warned(root) == []
    root = write_blog(tmp_path / "b")
    (root / "_layouts" / "post.html").write_text("{{ content }}\n")
    with (root / "_posts" / "2026-01-01-green.md").open("a") as post:
        post.write('{% include linkmgr.html block="cta" %}\n')
    assert warned(root) == []


def test_a_tag_of_no_post_is_reported_with_the_likeliest(tmp_path):
    mappings = CATALOG["mappings"] | {
        "typo": {"any": {"tags": ["braed"], "categories": ["Drinks"]}, "items": ["bread"]}
    }
    assert warned(write_blog(tmp_path, catalog={"mappings": mappings})) == [
        "catalog.yaml:45: mappings.typo.any.tags: no post has braed: did you mean bread?",
        "catalog.yaml:47: mappings.typo.any.categories: no post has Drinks",
    ]


def test_tracking_id_of_category_that_no_post_has_is_reported(tmp_path):
    amazon = {"tag": "ours-20", "tags": {"categories": {"Drinks": "drinks-20"}}}
    root = write_blog(tmp_path, catalog={"programmes": {"amazon": amazon}})
    assert warned(root) == [
        "catalog.yaml:9: programmes.amazon.tags.categories: no post has Drinks",
    ]


def test_a_template_for_no_block_is_reported(tmp_path):
    root = write_blog(tmp_path)
    (root / "_linkmgr").mkdir()
    (root / "_linkmgr" / "book.html").write_text("x")
    assert warned(root) == [
        "_linkmgr/book.html: no block uses this template: did you mean books.html?"
    ]


def test_a_test_of_an_item_whose_link_is_not_counted_is_reported(tmp_path):
    site = CATALOG["site"] | {"server": "https://go.tea.example", "views": True}
    news = {"heading": "News", "label": "Read", "url": "/news/"}
    shop = {"heading": "Shop", "label": "Buy", "url": "https://shop.example", "programme": "shop"}
    parts = {
        "site": site,
        "ctas": {
            "news": news | {"variants": {"b": {"heading": "Letters"}}},
            "more": news | {"variants": {"b": {"item": "shop"}}},
            "shop": shop,
        },
        "programmes": CATALOG["programmes"] | {"shop": {"name": "Shop", "tracking": "direct"}},
    }
    root = write_blog(tmp_path, catalog=parts)
    [found] = [each for each in warned(root) if "variants" in each]
    assert found.partition(": ")[2] == (
        "ctas.more.variants: show shop, whose link is not counted, so that nothing can be "
        "compared: its programme shop has tracking: direct, or demands it"
    )


def test_posts_whose_own_tags_show_no_variants_are_counted(tmp_path):
    site = CATALOG["site"] | {"server": "https://go.tea.example", "views": True}
    news = CATALOG["ctas"]["news"] | {"variants": {"b": {"heading": "Letters"}}}
    by_hand = {
        f"_posts/2026-01-0{day}-a.md": post(f"Post {day}", ["bread"], tag)
        for day, tag in (
            (1, "{% include linkmgr.html block='cta' %}"),
            (2, "{% include linkmgr.html item='news' as='card' %}"),
            (3, "{% include linkmgr.html item='news' %}"),
            (4, "{% include linkmgr.html block='books' %}"),
        )
    }
    root = write_blog(tmp_path, by_hand, catalog={"site": site, "ctas": {"news": news}})
    [found] = [each for each in warned(root) if "variants" in each]
    assert "ctas.news.variants: 2 posts show only the originals" in found
    layout = root / "_layouts/post.html"
    layout.write_text("{% include linkmgr.html content=content %}{% include linkmgr.html %}")
    assert not [each for each in warned(root) if "variants" in each]
