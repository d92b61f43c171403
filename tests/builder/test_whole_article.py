"""An article of a blog from its catalog alone: its page, its feed and the list of posts.

The article is made like those that blogs write by hand: one heading of the second level, sections
of the third, then related posts, a call to action, books and a disclosure.
"""

import subprocess
import xml.etree.ElementTree as ET

import html5lib
import pytest

from linkmgr.check.run import check
from tests.support.builds import built, yaml_of
from tests.support.jekyll import build_site, write_site

pytestmark = pytest.mark.jekyll

ARTICLE = """\
---
layout: post
title: "手挽きミルと電動ミル、豆の香りを残すのはどちらか"
date: 2026-02-18 10:57:52 +0900
categories: [道具]
tags: ["珈琲", "ミル"]
excerpt_separator: "<!--more-->"
---

## 手挽きと電動：香りはどこで決まるのか

台所で使う{% include linkmgr.html item="mill" text="手挽きのミル" %}と電動を比べます。

<!--more-->

### 1. 粒度のばらつき

- 粗い粉は薄く
- 細かい粉は苦く

```
## 見出しではない
```

### 2. 熱と香り

挽く速さで粉の温度は変わります。

### 3. 手入れ

刃は月に一度洗います。

### 4. 値段と寿命

長く使えるものを選びたいところです。

{% include linkmgr.html block="tools" %}

### 5. まとめ

香りを残すのは、刃の鋭さでした。
"""
OTHERS = {
    f"_posts/2026-01-0{day}-{name}.md": (
        f"---\nlayout: post\ntitle: {title}\ntags: [珈琲]\n---\n\n{title}について。\n\nほかの話。\n"
    )
    for day, name, title in [(1, "beans", "豆の選び方"), (2, "water", "水の硬さ"), (3, "cup", "器")]
}
CATALOG = {
    "site": {"name": "台所手帖", "url": "https://kitchen.example", "language": "ja"},
    "programmes": {"amazon": {"tag": "ours-22", "status": "approved"}},
    "books": {
        "mill": {"title": "ミルの本", "asin": "4785730706"},
        "roast": {"title": "焙煎の本", "asin": "4798181986"},
        "cups": {"title": "器の本", "asin": "4492558454"},
        "scale": {"title": "はかりの本", "asin": "B0EXAMPLE1"},
        "filter": {"title": "紙の本", "asin": "B0EXAMPLE2"},
    },
    "ctas": {
        "class": {
            "heading": "珈琲教室",
            "label": "日程を見る",
            "url": "/class/",
            "utm": {"source": "article", "medium": "cta", "campaign": "coffee"},
        }
    },
    "mappings": {
        "coffee": {"any": {"tags": ["珈琲"]}, "items": ["mill", "roast", "cups", "class"]}
    },
    "blocks": {
        "related": {"limit": 3},
        "cta": {},
        "books": {"limit": 3},
        "scales": {"kind": "books", "at": "middle", "items": ["scale"], "fallback": ["scale"]},
        "tools": {"kind": "books", "at": "manual", "items": ["filter"], "fallback": ["filter"]},
    },
}
CONFIG = {
    "title": "台所手帖",
    "url": "https://kitchen.example",
    "timezone": "Asia/Tokyo",
    "permalink": "/:year/:month/:day/:title/",
    "plugins": ["jekyll-feed"],
    "whitelist": ["jekyll-feed"],
}
FILES = {
    "_layouts/post.html": (
        "<!doctype html>\n<html lang=ja><title>{{ page.title }}</title>\n<main>\n"
        "{% include linkmgr.html content=content %}\n{% include linkmgr.html %}\n</main>\n"
    ),
    "index.html": (
        "---\n---\n<!doctype html>\n<html lang=ja><title>T</title>\n{% for post in site.posts %}\n"
        "<article><a href='{{ post.url }}'>{{ post.title }}</a>{{ post.excerpt }}</article>\n"
        "<section>{{ post.content }}</section>\n{% endfor %}\n"
    ),
    "class/index.html": "---\n---\n<!doctype html><title>T</title>\n",
    "_posts/2026-02-18-mill.md": ARTICLE,
    **OTHERS,
}


@pytest.fixture(scope="module")
def requires_feed():
    """Skip the test where Jekyll has no feeds."""
    if subprocess.run(
        ["ruby", "-e", 'gem "jekyll-feed"'], check=False, capture_output=True
    ).returncode:
        pytest.skip("jekyll-feed is not installed")


@pytest.fixture(
    scope="module",
    params=[
        ("label", "--safe"),
        ("omit", "--safe"),
        pytest.param(("label",), marks=pytest.mark.soak),
        pytest.param(("omit",), marks=pytest.mark.soak),
    ],
    ids=" ".join,
)
def blog(request, tmp_path_factory, requires_feed):  # noqa: ARG001 - the fixture skips
    """Build the blog by a setting of `feeds`; return the setting, the site and its pages."""
    feeds, *arguments = request.param
    catalog = CATALOG | {"site": CATALOG["site"] | {"feeds": feeds}}
    files = FILES | {"_config.yml": yaml_of(CONFIG), "catalog.yaml": yaml_of(catalog)}
    root = write_site(tmp_path_factory.mktemp("whole") / "site", files)
    built(root)
    return feeds, root, build_site(root, *arguments)


def article(pages):
    return (pages / "2026/02/18/mill/index.html").read_text(encoding="utf-8")


def tree_of(html):
    return html5lib.HTMLParser(namespaceHTMLElements=False).parse(html)


def in_feed(pages):
    """Return the article's content and its summary in the feed."""
    atom = "{http://www.w3.org/2005/Atom}"
    entries = ET.parse(pages / "feed.xml").findall(f"{atom}entry")  # noqa: S314 - our own
    [found] = [entry for entry in entries if "mill" in entry.find(f"{atom}id").text]
    return found.find(f"{atom}content").text, found.find(f"{atom}summary").text


@pytest.mark.smoke
def test_the_page_shows_each_block_once_at_its_place(blog):
    _, _, pages = blog
    tree = tree_of(article(pages))
    classes = [each.get("class", "").split() for each in tree.iter("div")]
    assert [each[-1] for each in classes if each[:1] == ["linkmgr"]] == [
        *("linkmgr-scales", "linkmgr-tools"),
        *("linkmgr-related", "linkmgr-cta", "linkmgr-books"),
    ]
    html = article(pages)
    assert html.index("1. 粒度のばらつき") < html.index("はかりの本") < html.index("4. 値段")
    assert html.split("<!-- linkmgr:scales -->")[2].lstrip().startswith("<h3 id=")
    assert html.index("4. 値段") < html.index("紙の本") < html.index("5. まとめ")
    related = tree.findall(".//div[@class='linkmgr linkmgr-related']//a")
    assert len(related) == 3
    assert "/class/?utm_source=article" in html


@pytest.mark.smoke
def test_each_affiliate_link_has_its_label_and_one_disclosure(blog):
    _, _, pages = blog
    html = article(pages)
    assert html.count('class="linkmgr-label"') == 4
    assert html.index('class="linkmgr-label"') < html.index("amazon.co.jp")
    assert html.count("※ 本ページのリンクにはアフィリエイトリンクが含まれます。") == 1
    assert html.count("Amazonのアソシエイトとして、台所手帖は適格販売により収入を得ています。") == 1
    assert html.count("linkmgr.css") == 1


@pytest.mark.smoke
def test_feed_has_it_labelled_with_absolute_addresses_or_not(blog):
    feeds, _, pages = blog
    content, summary = in_feed(pages)
    for part in ("<script", "<link", "はかりの本", "linkmgr-related"):
        assert part not in content
    assert "手挽きのミル" in content
    shown = feeds == "label"
    assert ("amazon.co.jp" in content) is shown
    assert ("紙の本" in content) is shown
    if shown:
        assert content.index("広告") < content.index("amazon.co.jp")
    assert "linkmgr" not in summary
    assert "広告" not in summary
    assert "手挽きのミルと電動" in summary


def test_list_of_posts_has_what_feed_has_and_excerpts_only_words(blog):
    feeds, _, pages = blog
    tree = tree_of((pages / "index.html").read_text(encoding="utf-8"))
    excerpts = ["".join(each.itertext()) for each in tree.findall(".//article")]
    assert any("手挽きのミルと電動" in each for each in excerpts)
    assert not any("広告" in each for each in excerpts)
    content = (pages / "index.html").read_text(encoding="utf-8")
    assert ("amazon.co.jp" in content) is (feeds == "label")


@pytest.mark.smoke
def test_check_finds_nothing_wrong_but_the_catalogs_own_utm(blog):
    _, root, pages = blog
    findings = check(root, built_folder=pages).findings
    assert {finding.code.name for finding in findings} <= {"catalog-utm"}
