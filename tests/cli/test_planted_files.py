"""What a pull request plants in a site leads no command out of it, and none waits for it."""

import json
import os
import shutil
import signal

import pytest

from tests.support.builds import write_blog
from tests.support.cli import run

LINES = "root:$6$hash: [20000\n"
POST = "_posts/2026-01-01-green.md"
PAGE = '<html><body><a href="https://blog.example/">Home</a></body></html>'

COMMANDS = [
    ("build",),
    ("check",),
    ("resolve",),
    ("explain", POST),
    ("init",),
    ("init", "--write"),
    ("placements",),
    ("adopt", "--write"),
]
IDS = [" ".join(command) for command in COMMANDS]


@pytest.fixture(autouse=True)
def waits_for_no_pipe():
    """End a test that reads a pipe into which nobody writes."""

    def end(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(120)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def secret(tmp_path):
    """Have a file outside of the site which is nobody's business."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret").write_text(LINES)
    yield folder / "secret"
    assert {file.name for file in folder.iterdir()} == {"secret"}
    assert (folder / "secret").read_text() == LINES


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Have a site that was built, and stand in it."""
    site = write_blog(tmp_path / "blog")
    assert run("build", "--site", site).code == 0
    (site / "_site").mkdir()
    (site / "_site/index.html").write_text(PAGE)
    monkeypatch.chdir(site)
    return site


def files(site):
    kept = (site.rglob("*"), (site / "_layouts").rglob("*"))
    found = {file for each in kept for file in each if ".linkmgr-cache" not in file.parts}
    return {str(file): file.read_bytes() for file in found if file.is_file()}


def replaced_by_link(file, target):
    file.unlink()
    file.symlink_to(target)


@pytest.mark.parametrize("command", COMMANDS, ids=IDS)
@pytest.mark.parametrize("name", ["catalog.yaml", "_config.yml"])
def test_a_link_out_is_refused_and_nothing_of_its_target_shown(site, secret, command, name):
    replaced_by_link(site / name, secret)
    before = files(site)
    done = run(*command)
    assert done.code == 1
    assert done.err.startswith(f"{name}: leads out of the site, to {secret}, and")
    assert "20000" not in done.out + done.err
    assert files(site) == before


@pytest.mark.parametrize("path", ["catalog.yaml", "_posts/../catalog.yaml", "sub/catalog.yaml"])
def test_a_link_in_site_is_refused_where_an_option_names_it_too(site, secret, path):
    replaced_by_link(site / "catalog.yaml", secret)
    (site / "sub").mkdir()
    (site / "sub/catalog.yaml").symlink_to(secret)
    done = run("build", "--catalog", path)
    assert (done.code, done.out) == (1, "")
    assert f"{path}: leads out of the site" in done.err
    assert f"name {secret} with --catalog" in done.err


def test_a_folder_that_is_a_link_leads_a_catalog_out_of_site_too(site, secret):
    (site / "data").symlink_to(secret.parent)
    assert "data/secret: leads out of the site" in run("build", "--catalog", "data/secret").err


def test_a_site_without_settings_is_one_by_its_posts(site, secret):
    (site / "_config.yml").unlink()
    replaced_by_link(site / "catalog.yaml", secret)
    assert run("build").err.startswith("catalog.yaml: leads out of the site")


def test_what_is_wrong_is_said_in_japanese(site, secret):
    replaced_by_link(site / "catalog.yaml", secret)
    expected = f"catalog.yaml: サイトの外（{secret}）を指しています。"
    assert run("--lang", "ja", "build").err.startswith(expected)


def test_a_catalog_elsewhere_stays_the_owners_word_link_or_not(site, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.move(site / "catalog.yaml", elsewhere / "books.yaml")
    (tmp_path / "link.yaml").symlink_to(elsewhere / "books.yaml")
    for file in (elsewhere / "books.yaml", "../elsewhere/books.yaml", "../link.yaml"):
        assert run("build", "--catalog", file).code == 0


@pytest.mark.parametrize("name", ["catalog.yaml", "_config.yml"])
def test_a_link_that_stays_in_the_site_is_followed(site, name):
    (site / name).rename(site / f"my-{name}")
    (site / name).symlink_to(f"my-{name}")
    assert run("build").code == 0


@pytest.mark.parametrize("command", COMMANDS, ids=IDS)
@pytest.mark.parametrize("name", ["catalog.yaml", "_config.yml"])
def test_a_pipe_in_the_place_of_a_file_is_refused(site, command, name):
    (site / name).unlink()
    os.mkfifo(site / name)
    done = run(*command)
    assert done.code == 1
    assert f"{name}: is not a file: delete it, or put a file in its place" in done.err


@pytest.mark.parametrize("command", ["check", "placements"])
def test_an_index_that_leads_out_or_is_a_pipe_is_refused(site, secret, command):
    index = site / "_data/linkmgr_index.json"
    replaced_by_link(index, secret)
    refused = run(command)
    assert refused.code == 1
    assert "_data/linkmgr_index.json: leads out of the site" in refused.err
    index.unlink()
    os.mkfifo(index)
    assert "_data/linkmgr_index.json: is not a file" in run(command).err


def test_an_index_cannot_name_a_fragment_outside_of_the_site(site, secret):
    page = secret.rename(secret.with_suffix(".html"))
    (site / "_site/tea").mkdir()
    index = site / "_data/linkmgr_index.json"
    outside = "../" * 30 + str(page.with_suffix("")).lstrip("/")
    index.write_text(json.dumps(dict.fromkeys(json.loads(index.read_bytes()), outside)))
    (site / "_site/2026/01/01").mkdir(parents=True)
    (site / "_site/2026/01/01/green.html").write_text(PAGE)
    os.utime(site / "_site/2026/01/01/green.html", (0, 0))
    done = run("placements")
    page.rename(secret)
    assert done.code == 1
    assert f"leads out of the site, to {page}" in done.err


def test_a_build_puts_files_in_the_places_of_links_and_pipes(site, secret):
    own = ["_data/linkmgr_index.json", "_includes/linkmgr.html"]
    for name in own:
        (site / name).unlink()
        os.mkfifo(site / name)
    assert run("build").code == 0
    for name in own:
        replaced_by_link(site / name, secret)
    assert run("build").code == 0
    assert not any((site / name).is_symlink() for name in own)


@pytest.mark.parametrize(
    "name", ["page.md", "_layouts/pipe.html", "_data/pipe.yml", "Gemfile.lock"]
)
def test_pipes_among_other_files_are_passed_over(site, name):
    os.mkfifo(site / name)
    for command in ("build", "check", "placements", "init"):
        assert run(command).code in {0, 1}


@pytest.mark.parametrize("name", ["check.json", "placements.json", "posts.sqlite"])
def test_pipes_and_links_in_cache_are_neither_read_nor_written(site, secret, name):
    cached = site / ".linkmgr-cache" / name
    cached.unlink(missing_ok=True)
    os.mkfifo(cached)
    for command in ("build", "check", "placements"):
        assert run(command).code in {0, 1}
    replaced_by_link(cached, secret)
    for command in ("build", "check", "placements"):
        assert "20000" not in run(command).err


def test_a_file_of_titles_that_leads_out_is_refused(site, secret):
    (site / "titles.yaml").symlink_to(secret)
    done = run("adopt", "--titles", "titles.yaml")
    assert done.code == 1
    assert done.err.startswith("titles.yaml: leads out of the site")
