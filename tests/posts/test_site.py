"""The files of a site, and its posts read from them."""

import logging
import os
from datetime import UTC, datetime

import pytest

from linkmgr.messages.errors import LinkmgrError, Problems
from linkmgr.messages.message import translate
from linkmgr.posts.publish import live_posts, posts_as_json
from linkmgr.posts.site import post_files, read_config, read_posts
from tests.support.jekyll import write_site
from tests.support.torture_posts import post

NOW = datetime(2022, 1, 1, tzinfo=UTC)


def site(tmp_path, files, config=""):
    return write_site(tmp_path, {"_config.yml": f"timezone: UTC\n{config}", **files})


def paths(posts):
    return [each.path for each in posts]


def test_post_files_are_found_at_any_depth(tmp_path):
    names = ["_posts/2021-01-01-a.md", "x/y/_posts/z/2021-01-02-b.html"]
    others = ["_posts/2021-01-03.md", "_site/_posts/2021-01-04-c.md", "_posts/.2021-01-05-d.md"]
    root = site(tmp_path, dict.fromkeys(names + others, "text"))
    files = post_files(root, read_config(root))
    assert sorted(file.path for file in files) == names
    assert {file.read() for file in files} == {b"text"}
    assert {file.size for file in files} == {4}


def test_a_file_that_grew_after_it_was_listed_is_read_whole(tmp_path):
    root = site(tmp_path, {"_posts/2021-01-01-a.md": "short"})
    (file,) = post_files(root, read_config(root))
    (root / file.path).write_bytes(b"much longer than before")
    assert file.read() == b"much longer than before"


def test_the_destination_is_not_read(tmp_path):
    files = {"out/_posts/2021-01-01-a.md": "", "_posts/2021-01-02-b.md": ""}
    root = site(tmp_path, files, "destination: out")
    assert [each.path for each in post_files(root, read_config(root))] == ["_posts/2021-01-02-b.md"]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("nowhere", "the site has no folder nowhere"),
        ("_config.yml", "the site has no folder _config.yml"),
        ("../other", "must be a folder within the site, and ../other leads to "),
        ("/", "must be a folder within the site, and / leads to /"),
        ("linked", "must be a folder within the site, and linked leads to "),
    ],
)
def test_a_source_that_is_no_folder_of_the_site_is_a_problem(tmp_path, source, problem):
    root = site(tmp_path / "site", {}, f"source: {source}")
    (tmp_path / "other").mkdir()
    (root / "linked").symlink_to(tmp_path / "other")
    with pytest.raises(Problems) as caught:
        read_config(root)
    (found,) = caught.value.problems
    assert (found.location.file, found.location.key) == (str(root / "_config.yml"), "source")
    assert translate(found.message).startswith(problem)


def test_the_source_may_be_a_folder_of_the_site(tmp_path):
    root = site(tmp_path, {"src/_posts/2021-01-01-a.md": ""}, "source: src")
    assert paths(read_posts(root, now=NOW)) == ["_posts/2021-01-01-a.md"]


def test_a_link_to_nowhere_is_left_out(tmp_path, caplog):
    root = site(tmp_path, {"_posts/2021-01-01-a.md": ""})
    (root / "_posts/2021-01-02-b.md").symlink_to("nowhere")
    with caplog.at_level(logging.WARNING):
        assert paths(read_posts(root, now=NOW)) == ["_posts/2021-01-01-a.md"]
    assert "leads nowhere" in caplog.text


def test_links_back_to_a_folder_above_are_left_out(tmp_path, caplog):
    root = site(tmp_path, {"_posts/2021-01-01-a.md": "", "x/y/_posts/2021-01-02-b.md": ""})
    for link, target in {"a": ".", "b": ".", "x/y/c": "..", "x/y/d": root, "loop": "loop"}.items():
        (root / link).symlink_to(target)
    (root / "_posts/2021-01-03-c.md").symlink_to("2021-01-03-c.md")
    with caplog.at_level(logging.WARNING):
        found = paths(read_posts(root, now=NOW))
    assert found == ["x/y/_posts/2021-01-02-b.md", "_posts/2021-01-01-a.md"]
    assert caplog.text.count("a link back to a folder above it") == 4


def test_a_link_to_a_folder_beside_it_is_followed(tmp_path):
    root = site(tmp_path, {"x/_posts/2021-01-01-a.md": ""})
    (root / "y").symlink_to("x")
    posts = paths(read_posts(root, now=NOW))
    assert posts == ["y/_posts/2021-01-01-a.md", "x/_posts/2021-01-01-a.md"]


def test_a_pipe_for_a_post_is_left_out(tmp_path, caplog):
    root = site(tmp_path, {"_posts/2021-01-01-a.md": ""})
    os.mkfifo(root / "_posts/2021-01-02-b.md")
    (root / "_posts/2021-01-03-c.md").symlink_to("/dev/zero")
    with caplog.at_level(logging.WARNING):
        assert paths(read_posts(root, now=NOW)) == ["_posts/2021-01-01-a.md"]
    assert caplog.text.count("no file that could be read") == 2


def test_a_pipe_for_a_config_is_an_error(tmp_path):
    os.mkfifo(tmp_path / "_config.yml")
    with pytest.raises(LinkmgrError, match=r"_config\.yml: is not a file"):
        read_config(tmp_path)


def test_a_folder_without_a_config_is_an_error_that_names_it(tmp_path):
    with pytest.raises(LinkmgrError, match=r"_config\.yml: not found: run linkmgr in the folder"):
        read_config(tmp_path)


def test_a_config_that_is_not_utf8_is_a_problem(tmp_path):
    (tmp_path / "_config.yml").write_bytes(b"title: \xff")
    with pytest.raises(Problems, match=r"_config\.yml: is not UTF-8"):
        read_config(tmp_path)


def test_every_problem_of_every_post_is_raised_at_once(tmp_path):
    files = {f"_posts/2021-01-0{n}-a.md": post("title: T", "date: soon") for n in (1, 2)}
    with pytest.raises(Problems) as raised:
        read_posts(site(tmp_path, files), now=NOW)
    assert [(each.location.file, each.location.line) for each in raised.value.problems] == [
        (f"{tmp_path}/{name}", 3) for name in sorted(files)
    ]


def test_future_and_hidden_posts_are_left_out_unless_asked_for(tmp_path):
    files = {
        "_posts/2021-12-31-now.md": post(),
        "_posts/2022-01-02-future.md": post(),
        "_posts/2021-12-30-hidden.md": post("published: false"),
    }
    plain = site(tmp_path / "a", files)
    assert paths(read_posts(plain, now=NOW)) == ["_posts/2021-12-31-now.md"]
    asked = site(tmp_path / "b", files, "future: true\nunpublished: true")
    assert len(read_posts(asked, now=NOW)) == 3


def test_posts_come_newest_first_then_by_path(tmp_path):
    names = ["_posts/2021-01-01-a.md", "_posts/2021-01-01-b.md", "_posts/2021-01-02-a.md"]
    root = site(tmp_path, dict.fromkeys(names, ""))
    assert paths(read_posts(root, now=NOW)) == names[::-1]


def test_a_summer_hour_that_comes_twice_does_not_disturb_order(tmp_path):
    files = {
        "_posts/2021-01-01-first.md": post("date: 2021-11-07 01:30:00 -0400"),
        "_posts/2021-01-01-second.md": post("date: 2021-11-07 01:10:00 -0500"),
    }
    root = write_site(tmp_path, {"_config.yml": "timezone: America/New_York", **files})
    assert paths(read_posts(root, now=NOW)) == sorted(files, reverse=True)


def test_drafts_come_only_on_request(tmp_path):
    root = site(tmp_path, {"_drafts/a.md": post("date: 2021-01-01"), "_posts/2021-01-02-b.md": ""})
    assert paths(read_posts(root, now=NOW)) == ["_posts/2021-01-02-b.md"]
    assert paths(read_posts(root, drafts=True, now=NOW))[1] == "_drafts/a.md"


def test_the_newest_of_posts_at_one_page_is_live(tmp_path):
    files = {
        "_posts/2021-01-01-a.md": post("permalink: /x/"),
        "_posts/2021-01-02-b.md": post("permalink: /x/index.html"),
        "_posts/2021-01-03-c.md": post("permalink: /y.html"),
    }
    live = live_posts(read_posts(site(tmp_path, files), now=NOW))
    assert {url: post.slug for url, post in live.items()} == {"/x/index.html": "b", "/y.html": "c"}


def test_posts_as_json_are_what_jekyll_prints(tmp_path):
    front = post("title: 2024-01-01", "tags: [a, 2026-02-18 10:57:52]", "date: 2021-05-06 10:00")
    root = site(tmp_path, {"n/_posts/2021-01-01-a.md": front}, "permalink: pretty")
    assert posts_as_json(read_posts(root, now=NOW)) == [
        {
            "path": "n/_posts/2021-01-01-a.md",
            "url": "/n/2021/05/06/a/",
            "slug": "a",
            "date": "2021-05-06T10:00:00+00:00",
            "title": "2024-01-01",
            "tags": ["a", "2026-02-18 10:57:52 +0000"],
            "categories": ["n"],
        }
    ]
