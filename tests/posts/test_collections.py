"""Articles outside of `_posts`: in collections, and by language in `_i18n`."""

import json
from datetime import UTC, datetime

import pytest

from linkmgr.builder.setup.install import plan_install
from linkmgr.builder.site import read_site_config
from linkmgr.messages.message import translate
from linkmgr.posts.publish import posts_as_json
from linkmgr.posts.site import read_config, read_posts
from tests.support.jekyll import build_site, write_site

NOW = datetime(2022, 1, 1, tzinfo=UTC)
COLLECTIONS = """\
timezone: UTC
collections:
  essays: {output: true, permalink: "/:collection/:categories/:slug/"}
  notes: {output: true}
  team: {output: true}
defaults:
- {scope: {path: "", type: essays}, values: {layout: essay, tags: [sand]}}
"""
ESSAYS = {
    "_essays/sand/first-one.md": "---\ndate: 2021-03-04\ncategories: [Sea]\n---\nText\n",
    "_essays/2021-05-06-second.md": "---\ntitle: The second\n---\nText\n",
    "_essays/third.markdown": "---\ndate: 2021-07-08 09:10:11\nslug: Drei\n---\nText\n",
    "_essays/plain.txt": "copied as it is\n",
}
NOTES = {f"_notes/{n}.md": f"---\ndate: 2021-01-0{n}\n---\nText\n" for n in (1, 2, 3)}
TEAM = {f"_team/{name}.md": "---\ntitle: x\n---\nText\n" for name in ("ada", "ben", "cem")}
ACCOUNT = (
    "---\n---\n[{% for p in site.documents %}"
    '{"path":{{p.path|jsonify}},"url":{{p.url|jsonify}},"title":{{p.title|jsonify}},'
    '"date":{{p.date|date_to_xmlschema|jsonify}},"tags":{{p.tags|jsonify}},'
    '"categories":{{p.categories|jsonify}}},{% endfor %}null]'
)
LOCALIZED = """\
languages: [pt-BR, en]
plugins: [jekyll-multiple-languages-plugin]
"""


def site_of(root, *groups, config=COLLECTIONS):
    files = {"_config.yml": config}
    for group in groups:
        files |= group
    return write_site(root, files)


def test_dated_documents_of_a_collection_with_pages_are_posts(tmp_path):
    root = site_of(tmp_path, ESSAYS, TEAM)
    posts = read_posts(root, now=NOW)
    assert [post.url for post in posts] == [
        "/essays/Drei/".lower(),
        "/essays/second/",
        "/essays/sea/first-one/",
    ]
    assert {post.layout for post in posts} == {"essay"}
    assert {post.tags for post in posts} == {("sand",)}


@pytest.mark.parametrize(
    ("style", "url"),
    [
        ("pretty", "/notes/1/"),
        ("date", "/notes/1.html"),
        ("/:title/", "/notes/1/"),
        ("/:title.html", "/notes/1"),
    ],
)
def test_the_sites_style_is_that_of_a_collection_without_one(tmp_path, style, url):
    root = site_of(tmp_path, NOTES, config=f'permalink: "{style}"\n{COLLECTIONS}')
    assert read_posts(root, now=NOW)[-1].url == url


def test_a_collection_that_the_catalog_names_is_one_of_posts(tmp_path):
    catalog = "site: {name: x, url: https://b.example, collections: [team]}\n"
    root = site_of(tmp_path, TEAM, {"catalog.yaml": catalog})
    assert read_site_config(root).post_collections == ("team",)
    assert len(read_posts(root, read_site_config(root), now=NOW)) == len(TEAM)


def test_localised_posts_are_read_by_language(tmp_path):
    texts = {
        f"_i18n/{language}/_posts/2021-01-02-{slug}.md": "---\ntitle: x\n---\nText\n"
        for language, slug in (("pt-BR", "areia"), ("en", "sand"), ("de", "sandig"))
    }
    root = site_of(tmp_path, texts, {"_posts/2021-01-01-own.md": "Text\n"}, config=LOCALIZED)
    posts = read_posts(root, now=NOW)
    assert {(post.live_url, post.categories) for post in posts} == {
        ("/2021/01/02/areia.html", ()),
        ("/en/2021/01/02/sand.html", ()),
    }
    (advice,) = [text for text in map(translate, plan_install(root).advice) if "_i18n" in text]
    assert advice.startswith("1 post in _i18n/de/_posts is not read")


def test_articles_that_are_left_out_are_named_with_their_folder(tmp_path):
    advice = map(translate, plan_install(site_of(tmp_path, TEAM)).advice)
    assert any(text.startswith("3 documents in _team are no posts") for text in advice)


@pytest.mark.jekyll
@pytest.mark.parametrize("style", ["pretty", "none", "/:year/:title/", "/:title.html"])
def test_documents_are_as_jekyll_has_them(tmp_path, style):
    layout = {"_layouts/essay.html": "{{ content }}"}
    config = f'permalink: "{style}"\n{COLLECTIONS}'
    root = site_of(tmp_path, ESSAYS, NOTES, layout, {"account.json": ACCOUNT}, config=config)
    account = json.loads((build_site(root) / "account.json").read_text(encoding="utf-8"))
    # A file that is copied as it is has no date.
    jekylls = {entry["path"]: entry for entry in account if entry and entry["date"]}
    ours = {entry["path"]: entry for entry in posts_as_json(read_posts(root, read_config(root)))}
    assert ours.keys() == jekylls.keys()
    for path, entry in jekylls.items():
        assert {key: ours[path][key] for key in entry if key != "date"} == {
            key: value for key, value in entry.items() if key != "date"
        }
        assert ours[path]["date"] == entry["date"]
