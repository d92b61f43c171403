"""What an instance keeps is neither published by Jekyll nor committed."""

import multiprocessing
import shutil
import subprocess

import pytest

from linkmgr.demo.run import make_demo
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.instance.folder import make_instance, secret_key


def test_git_passes_over_an_instance(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    make_instance(tmp_path / "instance")
    (tmp_path / "instance" / "secret-key").write_text("x")
    status = ["git", "-C", tmp_path, "status", "--porcelain", "-uall"]
    assert subprocess.run(status, check=True, capture_output=True, text=True).stdout == ""


def test_an_instance_is_its_owners_alone(tmp_path):
    make_instance(tmp_path / "instance")
    assert (tmp_path / "instance").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("folder", ["instance", "deep/instance"])
@pytest.mark.parametrize("config", ["title: t\n", "exclude: [catalog.yaml]\n"])
def test_an_instance_that_jekyll_would_publish_is_refused(tmp_path, folder, config):
    (tmp_path / "_config.yml").write_text(config)
    with pytest.raises(LinkmgrError, match="Jekyll would publish this folder"):
        make_instance(tmp_path / folder)
    assert not (tmp_path / "instance").exists()


@pytest.mark.parametrize(
    ("folder", "config"),
    [
        ("instance", "exclude: [instance]\n"),
        ("instance", "exclude: [instance/]\n"),
        ("deep/instance", "exclude: [deep]\n"),
        (".linkmgr", "title: t\n"),
        ("_server/instance", "title: t\n"),
        ("instance", "source: src\n"),
    ],
    ids=str,
)
def test_an_instance_that_jekyll_passes_over_is_made(tmp_path, folder, config):
    (tmp_path / "_config.yml").write_text(config)
    (tmp_path / "src").mkdir()
    make_instance(tmp_path / folder)
    assert (tmp_path / folder).is_dir()


@pytest.mark.jekyll
def test_the_real_jekyll_publishes_nothing_of_an_instance(tmp_path):
    site = tmp_path / "demo"
    make_demo(site)
    make_instance(site / "instance")
    (site / "instance" / "secret-key").write_text("x")
    jekyll = shutil.which("jekyll")
    subprocess.run([jekyll, "build", "-q", "-s", site, "-d", tmp_path / "built"], check=True)
    assert (tmp_path / "built" / "index.html").exists()
    assert not (tmp_path / "built" / "instance").exists()


def test_an_instance_that_others_could_read_is_closed_to_them(tmp_path):
    (tmp_path / "instance").mkdir(mode=0o755)
    make_instance(tmp_path / "instance")
    assert (tmp_path / "instance").stat().st_mode & 0o777 == 0o700


@pytest.mark.server
def test_many_workers_that_start_at_once_have_one_key(tmp_path):
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = pool.map(secret_key, [tmp_path / "secret-key"] * 16)
    assert len(set(keys)) == 1
    assert len(keys[0]) == 32
    assert [each.name for each in tmp_path.iterdir()] == ["secret-key"]


def test_a_file_that_holds_no_key_of_ours_stops_the_start(tmp_path):
    file = tmp_path / "secret-key"
    file.write_bytes(b"dev")
    with pytest.raises(LinkmgrError, match="not a valid linkmgr key: delete the file"):
        secret_key(file)
