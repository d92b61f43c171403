"""Replacing files: as a whole or not at all, whatever the disk says."""

import os
import resource
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from linkmgr.fs import delete_temporaries, replace_quickly
from linkmgr.messages.errors import LinkmgrError
from tests.support.builds import CACHE, built, edit, made, made_from_scratch, stamps, write_blog

BLACK = "_posts/2026-01-02-black.md"


def test_a_file_is_replaced_by_another_of_its_name(tmp_path):
    file = tmp_path / "a.html"
    for data in (b"first", b"", b"x" * 3_000_000):
        replace_quickly(file, data)
        assert file.read_bytes() == data
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


def test_no_file_is_written_through_link_that_somebody_put_there(tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    site = tmp_path / "site"
    site.mkdir()
    (site / f".linkmgr-{os.getpid()}.tmp").symlink_to(victim)
    (site / "a.html").symlink_to(victim)
    replace_quickly(site / "a.html", b"x")
    assert victim.read_bytes() == b"precious"
    assert (site / "a.html").read_bytes() == b"x"


def test_a_folder_that_is_not_there_is_reported(tmp_path):
    with pytest.raises(LinkmgrError, match=r"b/a\.html: cannot be written: No such file"):
        replace_quickly(tmp_path / "b" / "a.html", b"x")


def test_only_what_a_killed_process_left_is_deleted(tmp_path):
    for name in (".linkmgr-0123.tmp", ".linkmgr-0123", "linkmgr-0123.tmp", "post.md"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (0, 0))
    (tmp_path / ".linkmgr-folder.tmp").mkdir()
    (tmp_path / ".linkmgr-young.tmp").touch()
    delete_temporaries([tmp_path, tmp_path / "none"])
    assert not (tmp_path / ".linkmgr-0123.tmp").exists()
    assert len([*tmp_path.iterdir()]) == 5


def run_python(*arguments, full_after):
    """Run Python with a limit on the size of files.

    As on a full disk, the part of a file that fits is written before the rest is refused.
    """
    return subprocess.run(
        [sys.executable, "-B", *map(str, arguments)],  # -B: bytecode would be cut off, too
        check=False,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (full_after, full_after)),
    )


REPLACE = """
import sys
from pathlib import Path
from linkmgr.fs import replace_quickly
from linkmgr.messages.errors import LinkmgrError
try:
    replace_quickly(Path(sys.argv[1]), b"x" * 50_000)
except LinkmgrError as error:
    print(error)
"""


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path):
    file = tmp_path / "a.html"
    file.write_bytes(b"old")
    done = run_python("-c", REPLACE, file, full_after=10_000)
    assert done.stdout == f"{file}: cannot be written: File too large\n"
    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


@pytest.mark.parametrize("full_after", [0, 1_000, 2_500, 6_000])
def test_a_full_disk_is_one_line_and_the_next_build_completes(tmp_path, full_after):
    site = write_blog(tmp_path / "site")
    done = run_python("-m", "linkmgr", "build", "--site", site, full_after=full_after)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    built(site)
    assert made(site) == made_from_scratch(site)


@pytest.fixture
def shared_site():
    """Build a blog of the owner's that everybody may read."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101, S103 - that is the point
        site = write_blog(Path(folder) / "site")
        built(site)
        edit(site / BLACK, "oolong", "flour")
        yield site


@contextmanager
def somebody_else(*folders):
    """Be another user, or, as who is not root, lose the right to write into the folders."""
    if os.geteuid() == 0:
        os.seteuid(65534)
        yield
        os.seteuid(0)
    else:
        modes = {path: path.stat().st_mode for folder in folders for path in folder.rglob("*")}
        for path, mode in modes.items():
            path.chmod(mode & ~0o222)
        yield
        for path, mode in modes.items():
            path.chmod(mode)


def give_to_somebody_else(folder):
    """Have `somebody_else` own a folder; who is not root owns it already."""
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            os.chown(path, 65534, 65534)


@pytest.mark.parametrize("unwritable", [CACHE, "_includes/linkmgr"])
def test_a_folder_without_write_permission_is_reported_unchanged(shared_site, unwritable):
    folder = shared_site / unwritable
    if unwritable != CACHE:
        give_to_somebody_else(shared_site / CACHE)
    before = {k: v for k, v in stamps(shared_site).items() if not k.startswith(CACHE)}
    with somebody_else(folder), pytest.raises((LinkmgrError, OSError)) as caught:
        built(shared_site)
    assert str(folder) in str(caught.value)
    assert "Permission denied" in str(caught.value)
    assert {k: v for k, v in stamps(shared_site).items() if not k.startswith(CACHE)} == before


def test_check_needs_no_right_to_write(shared_site):
    with somebody_else(shared_site / CACHE, shared_site / "_includes"):
        foretold = built(shared_site, check=True)
    report = built(shared_site)
    assert (foretold.written, foretold.deleted) == (report.written, report.deleted)
    assert report.changed


@pytest.mark.parametrize("path", [BLACK, "catalog.yaml", "_config.yml", "_linkmgr/books.html"])
@pytest.mark.parametrize("check", [False, True], ids=["build", "check"])
def test_an_unreadable_file_is_reported_and_nothing_written(shared_site, path, check):
    file = shared_site / path
    file.parent.mkdir(exist_ok=True)
    file.touch()
    os.utime(file, (1, 1))  # a post that changed, so that it has to be read
    before = made(shared_site)
    give_to_somebody_else(shared_site / CACHE)
    file.chmod(0)
    with somebody_else(), pytest.raises((LinkmgrError, OSError)) as caught:
        built(shared_site, check=check)
    assert str(file) in str(caught.value)
    assert "Permission denied" in str(caught.value)
    assert made(shared_site) == before
