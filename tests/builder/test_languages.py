"""A site in three languages through the real Jekyll: what readers of each get."""

import html5lib
import pytest

from tests.support.builds import CATALOG, CONFIG, LAYOUTS, age, built, yaml_of
from tests.support.jekyll import build_site, write_site

pytestmark = pytest.mark.jekyll

RELEASES = {
    "en": ("Ruby {} released", "We are pleased to announce the release of Ruby {}. {} is in it."),
    "ja": ("Ruby {} リリース", "Ruby {} をリリースしました。{}が入っています。"),
    "zh_tw": ("Ruby {} 發布", "Ruby {} 已經發布了，其中包含 {}。"),
}
NEWS = {"3.1.0": "YJIT", "3.1.1": "bugfix", "3.2.0": "YJIT", "3.2.1": "bugfix", "3.3.0": "Prism"}
CONFERENCE = {
    "en": "RubyKaigi tickets on sale",
    "ja": "RubyKaigi のチケット販売",
    "zh_tw": "RubyKaigi 開始售票",
}


def news_site(root, *, stated):
    """Write news that each language has of the same events, at the same times, by its folder."""
    files = {}
    for language, (title, body) in RELEASES.items():
        articles = {
            version: (title.format(version), body.format(version, thing))
            for version, thing in NEWS.items()
        }
        articles["rubykaigi"] = (CONFERENCE[language], CONFERENCE[language])
        for day, (name, (heading, text)) in enumerate(articles.items(), start=1):
            front = {"layout": "post", "title": heading, "tags": ["ruby", name[:3]]}
            front |= {"lang": language} if stated else {}
            path = f"{language}/news/_posts/2026-01-{day:02}-{name.replace('.', '-')}.md"
            files[path] = f"---\n{yaml_of(front)}---\n{text}\n"
    config = CONFIG | {"permalink": "pretty"}
    catalog = CATALOG | {"mappings": {"all": {"any": {"tags": ["ruby"]}, "items": ["green"]}}}
    write_site(
        root,
        {**LAYOUTS, "_config.yml": yaml_of(config), "catalog.yaml": yaml_of(catalog), **files},
    )
    for path in files:
        age(root / path)
    return root


def pages(site):
    """Yield the language and the tree of each page, as Jekyll made them."""
    for language in RELEASES:
        files = sorted((site / language).rglob("index.html"))
        assert len(files) == len(NEWS) + 1
        for file in files:
            parser = html5lib.HTMLParser(namespaceHTMLElements=False)
            yield language, parser.parse(file.read_text(encoding="utf-8"))


def section(tree, kind):
    return next((s for s in tree.iter("div") if f"linkmgr-{kind}" in s.get("class", "")), None)


@pytest.fixture(scope="module")
def by_front_matter(tmp_path_factory):
    """Give the built site whose posts state their language themselves."""
    root = news_site(tmp_path_factory.mktemp("languages") / "site", stated=True)
    built(root)
    return build_site(root)


@pytest.fixture(scope="module")
def by_folders(tmp_path_factory):
    """Give the built site whose posts' languages are their folders'."""
    root = news_site(tmp_path_factory.mktemp("languages") / "site", stated=False)
    built(root)
    return build_site(root)


@pytest.mark.parametrize("stated", ["by_front_matter", "by_folders"])
def test_no_related_link_leads_into_another_language(request, stated):
    number = 0
    for language, tree in pages(request.getfixturevalue(stated)):
        related = section(tree, "related")
        links = [a.get("href") for a in related.iter("a")] if related is not None else []
        assert all(href.startswith(f"/{language}/news/") for href in links)
        number += len(links)
    assert number >= 3 * len(NEWS)


def test_blocks_speak_the_language_of_their_post(by_front_matter):
    spoken = {}
    for language, tree in pages(by_front_matter):
        books = section(tree, "books")
        heading = "".join(books.find("h2").itertext())
        title = books.find(".//p[@class='linkmgr-title']")
        label = books.find("p")
        spoken[language] = (books.get("lang"), heading, label.text, title.get("lang"))
    assert spoken == {
        "en": ("en", "Books on this topic", "Ad", None),
        "ja": ("ja", "おすすめの本", "広告", "en"),
        "zh_tw": ("en", "Books on this topic", "Ad", None),
    }


def test_related_title_in_language_without_words_of_own_names_it(by_front_matter):
    named = set()
    for language, tree in pages(by_front_matter):
        related = section(tree, "related")
        if related is not None:
            named.update((language, related.get("lang"), a.get("lang")) for a in related.iter("a"))
    assert named == {("en", "en", None), ("ja", "ja", None), ("zh_tw", "en", "zh")}


def test_a_second_build_shows_the_same_related_posts(tmp_path):
    root = news_site(tmp_path / "site", stated=False)
    first = built(root)
    (root / "catalog.yaml").write_text(
        (root / "catalog.yaml").read_text(encoding="utf-8") + "# changed\n", encoding="utf-8"
    )
    second = built(root)
    assert first.written
    assert not second.written
