"""Sites are read as the Jekyll reads them that builds them."""

import pytest

from linkmgr.builder.setup.install import apply_install, plan_install
from linkmgr.builder.site import read_site_config
from linkmgr.messages.errors import LinkmgrError, Problems
from tests.support.builds import CATALOG, built, edit, made, made_from_scratch, post, write_blog

TIMES = {
    "_posts/2026-01-01-green.md": post("Green leaves"),
    "_posts/2026-01-02-time.md": "---\nlayout: post\ntitle: 1:30\ntags: [tea]\n---\nText.\n",
}


def blog(root, package=None, **over):
    site = CATALOG["site"] | ({"jekyll": package} if package else {})
    return write_blog(root, TIMES, catalog={"site": site}, **over)


def titles(root):
    fragments = "".join(html.decode() for path, html in made(root).items() if "posts/" in path)
    return {title for title in ("90.0", "5400") if title in fragments}


@pytest.mark.parametrize(("package", "title"), [("gem", "90.0"), ("debian", "5400")])
def test_the_catalog_says_which_jekyll_builds_the_site(tmp_path, package, title):
    root = blog(tmp_path / "site", package)
    built(root)
    assert titles(root) == {title}


def test_posts_are_read_anew_once_catalog_names_another_jekyll(tmp_path):
    root = blog(tmp_path / "site", "gem")
    built(root)
    edit(root / "catalog.yaml", "jekyll: gem", "jekyll: debian")
    assert built(root).written
    assert titles(root) == {"5400"}
    assert made(root) == made_from_scratch(root)
    assert not built(root).written


def test_posts_are_read_anew_once_lock_file_names_another_jekyll(tmp_path):
    root = blog(tmp_path / "site")
    lock = "    jekyll (4.3.4)\n      safe_yaml (~> 1.0)\n"
    for text, title in ((lock, "90.0"), (lock.replace("safe_yaml", "x"), "5400")):
        (root / "Gemfile.lock").write_text(text)
        built(root)
        assert titles(root) == {title}


def test_another_catalog_than_the_sites_own_names_its_own_jekyll(tmp_path):
    root = blog(tmp_path / "site", "gem")
    other = tmp_path / "other.yaml"
    other.write_text((root / "catalog.yaml").read_text().replace("jekyll: gem", "jekyll: debian"))
    built(root, catalog_file=other)
    assert titles(root) == {"5400"}


def test_a_jekyll_that_nobody_makes_is_a_mistake(tmp_path):
    root = blog(tmp_path / "site", "bundler")
    with pytest.raises(Problems, match="unknown value bundler; expected one of gem, debian"):
        built(root)


def test_template_that_psych_takes_for_symbol_builds_with_gem(tmp_path):
    config = {"permalink": ":title"}
    root = blog(tmp_path / "gem", "gem", config=config)
    built(root)
    assert any(b'/green"' in html for html in made(root).values())
    edit(root / "catalog.yaml", "jekyll: gem", "jekyll: debian")
    with pytest.raises(LinkmgrError, match="permalink: must be text"):
        built(root)


def test_a_site_without_settings_builds(tmp_path):
    root = blog(tmp_path / "site")
    (root / "_config.yml").unlink()
    assert built(root).posts == 2
    assert any(b"/2026/01/01/green.html" in html for html in made(root).values())


def test_init_prepares_a_site_without_settings(tmp_path):
    root = blog(tmp_path / "site")
    for name in ("_config.yml", "catalog.yaml"):
        (root / name).unlink()
    plan = plan_install(root)
    assert [edit.path for edit in plan.edits] == ["_config.yml"]
    apply_install(root, plan, write=True)
    assert read_site_config(root).excluded.match("/catalog.yaml")
    assert not plan_install(root)
    built(root)
