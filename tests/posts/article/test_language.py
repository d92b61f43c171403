"""The language of a post: stated, or found by folder, settings and text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.posts.article.language import language_tag, text_language
from linkmgr.posts.publish import live_posts
from linkmgr.posts.site import read_posts
from tests.support.builds import NOW, yaml_of
from tests.support.jekyll import write_site

ENGLISH = "The kettle is on the stove and it will be a while before we have to go. " * 3
JAPANESE = "お茶の葉を急須に入れて、少し冷ました湯を注ぎます。二煎目は熱めにします。" * 2
GERMAN = "Der Kessel steht über dem Feuer, und für den Tee müssen wir noch etwas warten. " * 3
RUSSIAN = "Чайник стоит на плите, и до чая нужно ещё немного подождать. " * 3
CHINESE = "水壶放在炉子上，我们还要等一会儿才能喝到茶。" * 4
CODE = "```ruby\nputs 1 if the and of to that with this you are\n```\n"


def languages(root, posts, **config):
    """Return the languages of posts by path; a post is its front matter and its text."""
    files = {
        path: f"---\n{yaml_of({'title': 'x', **front})}---\n{body}\n"
        for path, (front, body) in posts.items()
    }
    write_site(root, {"_config.yml": yaml_of(config or {"title": "x"}), **files})
    return {post.path: post.language for post in read_posts(root, now=NOW)}


def language(root, front=(), body="", path="_posts/2026-01-01-a.md", **config):
    return languages(root, {path: (dict(front), body)}, **config)[path]


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        ("ja", "ja"),
        ("JA", "ja"),
        ("ja_JP.UTF-8", "ja-JP"),
        ("zh_tw", "zh-TW"),
        ("zh-hant-TW", "zh-Hant-TW"),
        ("jp", "ja"),
        ("pt-BR", "pt-BR"),
        ("es-419", "es-419"),
        ("ruby", ""),
        ("python", ""),
        ("sql", ""),
        ("english", ""),
        (False, ""),
        (None, ""),
        (["en"], ""),
    ],
)
def test_a_tag_is_what_a_theme_means(value, tag):
    assert language_tag(value) == tag


@pytest.mark.parametrize("key", ["lang", "language", "locale"])
def test_front_matter_states_the_language(tmp_path, key):
    assert language(tmp_path, {key: "sv"}, ENGLISH, lang="en") == "sv"


def test_what_is_no_language_states_none(tmp_path):
    assert language(tmp_path, {"language": "ruby"}, ENGLISH, lang="sv-SE") == "en"


def test_front_matter_defaults_state_the_language_of_a_folder(tmp_path):
    defaults = [{"scope": {"path": "notes"}, "values": {"lang": "fr"}}]
    path = "notes/_posts/2026-01-01-a.md"
    assert language(tmp_path, path=path, lang="en", defaults=defaults) == "fr"


@pytest.mark.parametrize(
    ("body", "site", "found"),
    [
        (ENGLISH, None, "en"),
        (JAPANESE, None, "ja"),
        (CHINESE, None, "zh"),
        (RUSSIAN, None, "und-Cyrl"),
        (GERMAN, None, "und-Latn"),
        (ENGLISH, "en-GB", "en"),
        (RUSSIAN, "uk", "uk"),
        (CHINESE, "zh-TW", "zh"),
        (GERMAN, "de", "de"),
        (JAPANESE, "en", "ja"),
        (GERMAN, "en", "und-Latn"),
        (ENGLISH, "de", "en"),
        ("Tea.", "de", "de"),
        (CODE, "ja", "ja"),
        (CODE + JAPANESE, "en", "ja"),
        ("", None, ""),
    ],
)
def test_a_text_is_in_the_sites_language_unless_it_shows_another(tmp_path, body, site, found):
    config = {"lang": site} if site else {}
    assert language(tmp_path, {}, body, **config) == found


def test_a_folder_that_one_post_calls_a_languages_is_for_all(tmp_path):
    found = languages(
        tmp_path,
        {
            "it/news/_posts/2026-01-01-a.md": ({"lang": "it"}, ""),
            "it/news/_posts/2026-01-02-b.md": ({}, "Ciao"),
            "_posts/2026-01-03-c.md": ({}, ENGLISH),
        },
    )
    assert found["it/news/_posts/2026-01-02-b.md"] == "it"
    assert found["_posts/2026-01-03-c.md"] == "en"


def test_folders_of_several_languages_are_languages(tmp_path):
    posts = {f"_posts/{tag}/2026-01-01-a.md": ({}, "Hi") for tag in ("fi", "zh_tw", "pt-br")}
    found = languages(tmp_path, posts)
    assert sorted(found.values()) == ["fi", "pt", "zh"]


def test_a_single_folder_that_might_be_a_category_is_no_language(tmp_path):
    found = languages(
        tmp_path,
        {
            "it/_posts/2026-01-01-a.md": ({}, ENGLISH),
            "_posts/2026-01-03-c.md": ({}, ENGLISH),
        },
    )
    assert set(found.values()) == {"en"}


def test_categories_named_like_languages_are_none_in_english(tmp_path):
    posts = {f"{name}/_posts/2026-01-01-a.md": ({}, ENGLISH) for name in ("it", "ml", "cs")}
    assert set(languages(tmp_path, posts).values()) == {"en"}


def test_script_and_region_stay_where_a_site_has_several(tmp_path):
    posts = {
        f"_posts/2026-01-0{n}-a.md": ({"lang": tag}, "")
        for n, tag in enumerate(("zh_tw", "zh_cn", "en-US", "en", "pt-BR"), start=1)
    }
    assert list(languages(tmp_path, posts).values()) == ["pt", "en", "en", "zh-CN", "zh-TW"]


def test_a_post_that_shows_no_language_has_that_of_most(tmp_path):
    posts = {f"_posts/2026-01-0{n}-a.md": ({}, ENGLISH) for n in range(1, 5)}
    found = languages(tmp_path, {**posts, "_posts/2026-02-01-b.md": ({}, "Short.")})
    assert set(found.values()) == {"en"}


def test_without_a_main_language_an_unknown_one_stays_unknown(tmp_path):
    found = languages(
        tmp_path,
        {
            "_posts/2026-01-01-a.md": ({"lang": "en"}, ""),
            "_posts/2026-01-02-b.md": ({"lang": "sv"}, ""),
            "_posts/2026-01-03-c.md": ({}, "Short."),
        },
    )
    assert found["_posts/2026-01-03-c.md"] == ""


def test_polyglot_posts_at_one_url_are_pages_of_two_languages(tmp_path):
    front = {"permalink": "/green/"}
    write_site(
        tmp_path,
        {
            "_config.yml": yaml_of({"languages": ["en", "sv"], "default_lang": "en"}),
            "_posts/2026-01-01-a.md": f"---\n{yaml_of(front | {'lang': 'sv'})}---\n",
            "_posts/2026-01-02-b.md": f"---\n{yaml_of(front)}---\n",
        },
    )
    posts = read_posts(tmp_path, now=NOW)
    assert [(post.language, post.live_url) for post in posts] == [
        ("en", "/green/"),
        ("sv", "/sv/green/"),
    ]


@pytest.mark.parametrize("listed", [["en", "pt-BR"], ["en", "pt-PT", "pt-BR"]])
def test_polyglot_pages_of_a_regional_language_have_its_subsite(tmp_path, listed):
    front = {"permalink": "/green/"}
    write_site(
        tmp_path,
        {
            "_config.yml": yaml_of({"languages": listed, "default_lang": "en"}),
            "_posts/2026-01-01-a.md": f"---\n{yaml_of(front | {'lang': 'pt-BR'})}---\n",
            "_posts/2026-01-02-b.md": f"---\n{yaml_of(front)}---\n",
        },
    )
    posts = read_posts(tmp_path, now=NOW)
    assert [post.live_url for post in posts] == ["/green/", "/pt-BR/green/"]
    assert len(live_posts(posts)) == len(posts)


@given(st.binary(max_size=400))
def test_any_bytes_have_a_language_or_none(text):
    found = text_language(text)
    assert not found or language_tag(found) or found.startswith("und-")
