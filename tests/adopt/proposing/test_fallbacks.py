"""An item becomes a block's fallback if the posts showed it where nothing else fitted."""

from linkmgr.adopt.run import adopt
from linkmgr.catalog.reading.files import load_catalog
from tests.support.jekyll import write_site
from tests.support.legacy_blogs import (
    ARTICLE,
    BEANS,
    CONFIG,
    LAYOUT,
    SAND,
    blocks_text,
    post_text,
)

SUBJECTS = ("港", "森", "川", "星", "雨", "風", "花", "鳥", "道", "橋", "塔", "門")


def blog(root, defaults, others=6):
    """Write a blog of posts on sand with its book, and of others with a book that fits nothing."""
    posts = {"_posts/2024-01-01-none.md": post_text("なし", "雑記", "日記", ARTICLE)}
    for n in range(1, others + 1):
        text = post_text(f"砂 {n}", "砂場", "計算", ARTICLE, blocks_text([SAND], "a", "ご相談"))
        posts[f"_posts/2024-02-{n:02}-sand.md"] = text
    for n, subject in enumerate(SUBJECTS[:defaults], start=1):
        text = post_text(
            subject, subject, f"{subject}の話", ARTICLE, blocks_text([BEANS], "a", "ご相談")
        )
        posts[f"_posts/2024-03-{n:02}-other.md"] = text
    return write_site(root, {"_config.yml": CONFIG, "_layouts/post.html": LAYOUT, **posts})


def fallbacks_of(adoption):
    catalog = load_catalog(adoption.site.root / "catalog.yaml")
    return {block.name: block.fallback for block in catalog.blocks if block.fallback}


def test_book_of_all_posts_that_no_rule_fits_becomes_fallback(tmp_path):
    adoption = adopt(blog(tmp_path, 12), write=True)
    assert fallbacks_of(adoption) == {"books": ("b-b0example1",)}
    assert "  b-b0example1:  # " in adoption.catalog_after
    assert adopt(tmp_path, write=True).anything is False


def test_what_few_posts_showed_may_have_subject_and_becomes_none(tmp_path):
    assert fallbacks_of(adopt(blog(tmp_path, 6), write=True)) == {}
