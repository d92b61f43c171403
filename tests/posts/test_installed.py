"""Which Jekyll builds a site."""

import os

import pytest

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import translate
from linkmgr.posts.ruby.values import RELEASED, Jekyll
from linkmgr.posts.site import find_jekyll, read_config
from tests.support.jekyll import write_site

LOCK = """\
GEM
  remote: https://rubygems.org/
  specs:
    colorator (1.1.0)
    jekyll (4.3.4)
      addressable (~> 2.4)
      safe_yaml (~> 1.0)
      terminal-table (>= 1.8, < 4.0)
    jekyll-feed (0.17.0)
      jekyll (>= 3.7, < 5.0)
    safe_yaml (1.0.5)

PLATFORMS
  ruby
"""


@pytest.fixture(autouse=True)
def path(tmp_path, monkeypatch):
    """Return a folder that has the only commands there are."""
    folder = tmp_path / "usr" / "bin"
    folder.mkdir(parents=True)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def install(path, *, gemspecs=()):
    """Put a `jekyll` on the PATH, and gemspecs by name where Debian's packages have them."""
    (path / "jekyll").write_text("#!/bin/sh\n")
    (path / "jekyll").chmod(0o755)
    folder = path.parent / "share/rubygems-integration/all/specifications"
    write_site(folder, dict(gemspecs))


def test_without_any_sign_it_is_the_released_one(tmp_path):
    assert find_jekyll(tmp_path) == RELEASED


def test_a_command_of_no_package_is_the_released_one(tmp_path, path):
    install(path)
    assert find_jekyll(tmp_path) == RELEASED


@pytest.mark.parametrize(
    ("dependencies", "package"),
    [
        ("s.add_runtime_dependency(%q<safe_yaml>", "gem"),
        ("s.add_runtime_dependency(%q<a>", "debian"),
    ],
)
def test_debians_command_is_patched_unless_safe_yaml_is_needed(
    tmp_path, path, dependencies, package
):
    older = {"jekyll-3.9.0.gemspec": "safe_yaml", "jekyll-watch-2.2.1.gemspec": "x"}
    install(path, gemspecs={**older, "jekyll-4.3.4.gemspec": dependencies})
    assert find_jekyll(tmp_path) == Jekyll(package, 4)


def test_the_lock_file_says_more_than_the_command(tmp_path, path):
    install(path, gemspecs={"jekyll-4.3.4.gemspec": ""})
    site = write_site(tmp_path / "site", {"Gemfile.lock": LOCK})
    assert find_jekyll(site) == Jekyll("gem", 4)


def test_a_lock_file_made_with_debians_jekyll_lacks_safe_yaml(tmp_path):
    lock = LOCK.replace("      safe_yaml (~> 1.0)\n", "")
    assert find_jekyll(write_site(tmp_path / "site", {"Gemfile.lock": lock})) == Jekyll("debian", 4)


def test_a_lock_file_of_github_pages_names_jekyll_3(tmp_path):
    lock = LOCK.replace("jekyll (4.3.4)", "jekyll (3.10.0)").replace("\n", "\r\n")
    assert find_jekyll(write_site(tmp_path / "site", {"Gemfile.lock": lock})) == Jekyll("gem", 3)


def test_a_lock_file_without_jekyll_says_nothing(tmp_path, path):
    install(path, gemspecs={"jekyll-4.3.4.gemspec": ""})
    lock = LOCK.replace("    jekyll (4.3.4)\n", "    other (1.0)\n")
    site = write_site(tmp_path / "site", {"Gemfile.lock": lock})
    assert find_jekyll(site) == Jekyll("debian", 4)


def test_what_somebody_says_is_right_but_for_the_version(tmp_path):
    lock = LOCK.replace("jekyll (4.3.4)", "jekyll (3.10.0)")
    site = write_site(tmp_path / "site", {"Gemfile.lock": lock})
    assert find_jekyll(site, "debian") == Jekyll("debian", 3)


def test_settings_are_read_by_the_jekyll_that_is_found(tmp_path):
    site = write_site(tmp_path / "site", {"_config.yml": "permalink: :title", "Gemfile.lock": LOCK})
    assert read_config(site).permalink == ":title"
    with pytest.raises(LinkmgrError):
        read_config(site, "debian")


@pytest.mark.parametrize(
    ("generator", "files"),
    [
        ("Hugo", ["hugo.toml"]),
        ("Hugo", ["config/_default/params.toml"]),
        ("Hugo", ["config.toml", "archetypes/default.md"]),
        ("Hugo", ["config.yaml", "content/posts/a.md"]),
        ("Eleventy", [".eleventy.js", "_includes/a.njk"]),
        ("Eleventy", ["eleventy.config.mjs"]),
        ("Pelican", ["pelicanconf.py", "content/a.md"]),
        ("Astro", ["astro.config.mjs", "src/content/a.md"]),
        ("Hexo", ["_config.yml", "scaffolds/post.md", "source/_posts/a.md"]),
    ],
)
def test_a_site_of_another_generator_is_named(tmp_path, generator, files):
    site = write_site(tmp_path, dict.fromkeys(files, ""))
    with pytest.raises(LinkmgrError) as caught:
        read_config(site)
    expected = f"{site}: this site is made with {generator}; linkmgr works with Jekyll"
    assert translate(caught.value.parts[0]) == expected


@pytest.mark.parametrize(
    ("generator", "files"),
    [
        ("Hexo", {"_config.yml": "", "package.json": '{"hexo": {}}', "source/_posts/a.md": ""}),
        ("Zola", {"config.toml": 'base_url = "https://b.example"', "content/a.md": ""}),
    ],
)
def test_a_generator_is_known_by_what_a_file_says(tmp_path, generator, files):
    with pytest.raises(LinkmgrError, match=f"made with {generator}"):
        read_config(write_site(tmp_path, files))


def test_settings_as_toml_are_refused(tmp_path):
    site = write_site(tmp_path, {"_config.toml": "", "_posts/2021-01-01-a.md": ""})
    with pytest.raises(LinkmgrError, match=r"_config\.toml: linkmgr reads"):
        read_config(site)


@pytest.mark.parametrize("folder", ["_posts", "_drafts", "_layouts", "_includes"])
def test_a_jekyll_site_needs_no_settings(tmp_path, folder):
    (tmp_path / folder).mkdir()
    assert (
        read_config(tmp_path, "gem").permalink == "/:categories/:year/:month/:day/:title:output_ext"
    )


def test_a_pipe_in_the_place_of_the_lock_file_says_nothing(tmp_path):
    os.mkfifo(tmp_path / "Gemfile.lock")
    assert find_jekyll(tmp_path) == RELEASED
