"""A blog with links pasted into its posts, written for the tests."""

from linkmgr.adopt.post.model import OldBlock, OldBook, OldCta, OldPost
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.fs import CACHE_FOLDER
from linkmgr.links.model import Utm
from tests.support.jekyll import write_site

CONFIG = """title: 砂の日記
url: https://blog.example
lang: ja
timezone: Asia/Tokyo
permalink: /:year/:month/:day/:title/
defaults:
  - scope: {path: "", type: posts}
    values: {layout: post}
"""
LAYOUT = "<html>\n<body>\n  {{ content }}\n</body>\n</html>\n"
EMPTY = parse_catalog("site: {name: 砂の日記, url: https://blog.example}")

SAND = ("4000000004", "砂の計算機", "砂粒で数える人の物語")
SLOW = ("4111111114", "Slow Machines", "Why waiting helps")
BEANS = ("B0EXAMPLE1", "豆の手帖", "焙煎を家で")


def old_book(asin=SAND[0], title=SAND[1], blurb=SAND[2], **over):
    values = {
        "tag": "example-22",
        "marketplace": "amazon.co.jp",
        "shops": (),
        "line": 9,
        "kind": ItemKind.BOOKS,
    }
    return OldBook(asin, title, blurb, **(values | over))


def old_cta(**over):
    values = {
        "url": "/contact/",
        "utm": Utm("article", "cta", "strategy"),
        "heading": "ご相談ください",
        "text": "お手伝いします。",
        "label": "お問い合わせ",
        "css_class": "cta-link",
        "line": 5,
    }
    return OldCta(**(values | over))


def old_post(path, books=(), ctas=()):
    blocks = (
        OldBlock("cta", 10, 20, 5, ctas=tuple(ctas)),
        OldBlock("books", 20, 30, 9, books=tuple(books)),
    )
    return OldPost(path, blocks, (), ())


def book_text(asin, title, blurb):
    link = f"https://www.amazon.co.jp/dp/{asin}/?tag=example-22"
    return f"### [{title}]({link})\n\n{blurb}\n\n[Amazonで詳しく見る →]({link})\n"


def cta_text(campaign, heading):
    return (
        f"## {heading}\n\n経験をもとにお手伝いします。\n\n"
        f"[お問い合わせ](/contact/?utm_source=article&utm_medium=cta&utm_campaign={campaign})\n"
        "{: .cta-link}\n"
    )


def blocks_text(books, campaign, heading):
    parts = [
        "### あわせて読みたい\n\n- [消えた記事](/2020/01/09/gone/)\n",
        cta_text(campaign, heading),
        "## この記事に関連するおすすめ書籍\n\n" + "\n".join(book_text(*book) for book in books),
        "*※ 本ページのリンクにはアフィリエイトリンクが含まれます。*\n",
    ]
    return "---\n\n" + "\n---\n\n".join(parts)


def post_text(title, tag, category, article, blocks=""):
    front = f"---\ntitle: {title}\ntags: [{tag}]\ncategories: [{category}]\n---\n"
    return f"{front}\n{article}\n" + (f"\n{blocks}" if blocks else "")


ARTICLE = "はじめの段落です。\n\n## 見出し\n\nおわりの段落です。"


def write_blog(root, number=4):
    """Write a blog with `number` posts on sand, as many on beans, and one without any block."""
    posts = {"_posts/2024-01-01-none.md": post_text("なし", "雑記", "日記", ARTICLE)}
    for n in range(1, number + 1):
        sand = blocks_text([SAND, SLOW], "strategy", "計画のご相談")
        beans = blocks_text([BEANS], "news", "お知らせ")
        posts |= {
            f"_posts/2024-02-{n:02}-sand.md": post_text(f"砂 {n}", "砂場", "計算", ARTICLE, sand),
            f"_posts/2024-03-{n:02}-bean.md": post_text(f"豆 {n}", "珈琲", "台所", ARTICLE, beans),
        }
    return write_site(root, {"_config.yml": CONFIG, "_layouts/post.html": LAYOUT, **posts})


def contents(root):
    """Return the bytes of all files but git's and the locks', by path."""
    hidden = {".git", CACHE_FOLDER}
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not hidden.intersection(path.parts)
    }
