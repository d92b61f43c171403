"""Saving one entry of the file: never over another's change, never half."""

import resource
import signal
import subprocess
import sys
import time
from functools import partial

import pytest

from linkmgr.catalog.editing import edit_file
from linkmgr.catalog.editing.edit import add_entry, remove_entry, replace_entry
from linkmgr.catalog.editing.edit_file import edit_catalog, read_revision
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.catalog.reading.parse import checked, parse_catalog
from linkmgr.fs import CACHE_FOLDER, locked
from linkmgr.messages.errors import Conflict, LinkmgrError, Problems
from tests.catalog.editing.test_edit import BOOK, EXAMPLE, SITE, changed_lines
from tests.support.checkouts import git, in_git
from tests.support.soak import rounds

ADD = partial(add_entry, section="books", name="new", value=BOOK)


@pytest.fixture
def catalog(tmp_path):
    path = tmp_path / "catalog.yaml"
    path.write_bytes(EXAMPLE.encode())
    return path


def revision_of(path):
    return read_revision(path).id


def files_beside(path):
    return {file.name for file in path.parent.iterdir()} - {path.name, CACHE_FOLDER}


def test_edit_returns_both_texts_and_revision_that_file_has_now(catalog):
    edited = edit_catalog(catalog, revision_of(catalog), ADD)
    assert edited.before == EXAMPLE
    assert edited.after == catalog.read_text(encoding="utf-8") == ADD(EXAMPLE)
    assert edited.revision == revision_of(catalog)
    assert not files_beside(catalog)


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["no mark", "mark"])
def test_byte_order_mark_and_line_ends_stay(catalog, mark, end):
    text = mark + EXAMPLE.replace("\n", end)
    catalog.write_bytes(text.encode())
    edited = edit_catalog(catalog, revision_of(catalog), ADD)
    after = catalog.read_bytes().decode()
    assert edited.before == text
    gone, come = changed_lines(text, after)
    assert not gone
    assert come
    assert all(line.endswith(end) for line in come)
    edit_catalog(catalog, edited.revision, partial(remove_entry, section="books", name="new"))
    assert catalog.read_bytes() == text.encode()


def test_a_hand_edit_in_between_is_a_conflict_and_stays(catalog):
    opened = revision_of(catalog)
    by_hand = EXAMPLE + "# by hand\n"
    catalog.write_text(by_hand, encoding="utf-8")
    with pytest.raises(Conflict, match="was changed since you opened it") as caught:
        edit_catalog(catalog, opened, ADD)
    assert caught.value.text == by_hand == catalog.read_text(encoding="utf-8")
    edit_catalog(catalog, caught.value.revision, ADD)
    assert catalog.read_text(encoding="utf-8") == ADD(by_hand)


def test_hand_edit_while_change_is_made_is_conflict_and_stays(catalog):
    def change(text):
        catalog.write_text(SITE, encoding="utf-8")
        return ADD(text)

    with pytest.raises(Conflict) as caught:
        edit_catalog(catalog, revision_of(catalog), change)
    assert caught.value.text == SITE == catalog.read_text(encoding="utf-8")


def test_a_change_that_is_refused_leaves_the_file_untouched(catalog):
    before = catalog.stat()
    wrong = {"asin": "4999999006", "title": "x"}
    change = partial(add_entry, section="books", name="wrong", value=wrong)
    with pytest.raises(Problems, match="check digit"):
        edit_catalog(catalog, revision_of(catalog), change)
    assert catalog.stat() == before


def test_a_change_of_nothing_does_not_touch_the_file(catalog):
    before = catalog.stat()
    edited = edit_catalog(catalog, revision_of(catalog), checked)
    assert edited.before == edited.after == EXAMPLE
    after = catalog.stat()  # reading it changes its time of access
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_ctime_ns,
    )


def test_an_earlier_text_is_restored_as_a_whole(catalog):
    opened = revision_of(catalog)
    edited = edit_catalog(catalog, opened, ADD)
    restored = edit_catalog(catalog, edited.revision, lambda _: checked(edited.before))
    assert restored.revision == opened
    assert catalog.read_text(encoding="utf-8") == EXAMPLE


def test_what_is_no_utf_8_is_reported_with_its_line(catalog):
    catalog.write_bytes(b"site:\n  name: \xff\n")
    with pytest.raises(Problems, match=r"catalog\.yaml:2: is not UTF-8 here"):
        read_revision(catalog)


def test_linked_catalog_is_changed_where_it_is_and_locked_there(catalog, tmp_path):
    link = tmp_path / "blog" / "catalog.yaml"
    link.parent.mkdir()
    link.symlink_to(catalog)
    edit_catalog(link, revision_of(link), ADD)
    assert link.is_symlink()
    assert catalog.read_text(encoding="utf-8") == ADD(EXAMPLE)
    assert (catalog.parent / CACHE_FOLDER / "catalog.lock").exists()


def test_a_catalog_out_of_its_site_is_not_changed_or_locked(catalog, tmp_path):
    revision = revision_of(catalog)
    link = tmp_path / "blog" / "catalog.yaml"
    link.parent.mkdir()
    (link.parent / "_config.yml").touch()
    link.symlink_to(catalog)
    with pytest.raises(LinkmgrError, match="leads out of the site"):
        edit_catalog(link, revision, ADD)
    assert catalog.read_text(encoding="utf-8") == EXAMPLE
    assert not (catalog.parent / CACHE_FOLDER).exists()


def test_who_waits_too_long_for_others_is_reported(catalog, monkeypatch):
    revision = edit_catalog(catalog, revision_of(catalog), ADD).revision
    monkeypatch.setattr(edit_file, "PATIENCE", 0.1)
    remove = partial(remove_entry, section="books", name="new")
    with (
        locked(catalog.parent / CACHE_FOLDER / "catalog.lock", 1),
        pytest.raises(
            LinkmgrError, match=r"catalog\.yaml: is being saved by someone else; try again"
        ),
    ):
        edit_catalog(catalog, revision, remove)
    edit_catalog(catalog, revision, remove)
    assert catalog.read_text(encoding="utf-8") == EXAMPLE


def test_git_shows_the_lines_of_the_saved_entry_and_nothing_else(catalog):
    site = in_git(catalog.parent)
    name = "balcony-garden"
    book = load_catalog(catalog).books[name]
    value = {"asin": book.asin, "title": "Another title", "blurb": book.blurb}
    edit_catalog(
        catalog,
        revision_of(catalog),
        lambda text: replace_entry(text, "books", name, value),
    )
    assert git(site, "status", "--porcelain") == " M catalog.yaml\n"
    hunks = [line for line in git(site, "diff", "-U0").splitlines() if line[:2] == "@@"]
    assert len(hunks) == 1
    assert " catalog.yaml | " in git(site, "diff", "--stat")
    start = EXAMPLE[: EXAMPLE.index(f"\n  {name}:")].count("\n") + 2
    first = int(hunks[0].split()[1].removeprefix("-").partition(",")[0])
    assert start < first <= start + 6


ADDING = """
import sys
from pathlib import Path
from linkmgr.catalog.editing.edit import add_entry
from linkmgr.catalog.editing.edit_file import edit_catalog, read_revision
from linkmgr.messages.errors import LinkmgrError
path, value = Path(sys.argv[1]), {"title": "x", "asin": "B0EXAMPLE1"}
try:
    edit_catalog(path, read_revision(path).id, lambda text: add_entry(text, "books", "new", value))
except LinkmgrError as error:
    print(error)
"""


def test_a_full_disk_is_reported_and_leaves_the_old_file(catalog):
    done = subprocess.run(
        [sys.executable, "-B", "-c", ADDING, catalog],  # -B: bytecode would be cut off, too
        check=True,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )
    assert done.stdout == f"{catalog}: cannot be written: File too large\n"
    assert catalog.read_text(encoding="utf-8") == EXAMPLE
    assert not files_beside(catalog)


def test_a_link_in_the_place_of_the_lock_is_refused(catalog, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / CACHE_FOLDER).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LinkmgrError, match="something else has this name, which linkmgr needs"):
        edit_catalog(catalog, revision_of(catalog), ADD)
    assert not [*(tmp_path / "elsewhere").iterdir()]
    assert catalog.read_text(encoding="utf-8") == EXAMPLE


# Adds five books, each as often as others come first.
EDITOR = """
import sys
from pathlib import Path
from linkmgr.catalog.editing.edit import add_entry
from linkmgr.catalog.editing.edit_file import edit_catalog, read_revision
from linkmgr.messages.errors import Conflict
path, own = Path(sys.argv[1]), sys.argv[2]
for number in range(5):
    while True:
        def change(text):
            value = {"title": own, "asin": "B0EXAMPLE1"}
            return add_entry(text, "books", f"{own}-{number}", value)
        try:
            edit_catalog(path, read_revision(path).id, change)
        except Conflict:
            continue
        break
"""


def start(script, *arguments):
    return subprocess.Popen([sys.executable, "-c", script, *map(str, arguments)])


@pytest.mark.server
def test_editors_at_once_lose_nothing_of_each_other(catalog):
    editors = [start(EDITOR, catalog, f"editor-{number}") for number in range(4)]
    assert [editor.wait(60) for editor in editors] == [0] * 4
    books = load_catalog(catalog).books.keys() - parse_catalog(EXAMPLE).books.keys()
    assert books == {f"editor-{one}-{number}" for one in range(4) for number in range(5)}
    assert not files_beside(catalog)


# Ends where the new text is on the disk and the old one still in its place.
KILLED = f"""
import os, pathlib, signal
pathlib.Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
{ADDING}
"""


def test_killed_before_rename_file_is_old_one_and_can_be_changed(catalog):
    assert start(KILLED, catalog).wait(60) == -signal.SIGKILL
    assert catalog.read_text(encoding="utf-8") == EXAMPLE
    edit_catalog(catalog, revision_of(catalog), ADD)
    assert catalog.read_text(encoding="utf-8") == ADD(EXAMPLE)


# Changes the catalog between two texts until it is killed.
SWINGING = """
import sys
from pathlib import Path
from linkmgr.catalog.editing.edit_file import edit_catalog, read_revision
path, texts = Path(sys.argv[1]), [Path(name).read_bytes().decode() for name in sys.argv[2:]]
print("started", flush=True)
while True:
    edit_catalog(path, read_revision(path).id, lambda text: texts[text == texts[0]])
"""


@pytest.mark.server
def test_killed_at_any_time_the_file_is_one_text_or_the_other(catalog, tmp_path):
    texts = [EXAMPLE.encode(), ADD(EXAMPLE).encode()]
    kept = tmp_path / "kept"
    kept.mkdir()
    for number, text in enumerate(texts):
        (kept / str(number)).write_bytes(text)
    found, planned = set(), range(0, 60, rounds(8, 2))
    # Some moments more where all of these happen to fall on one of the two texts.
    for number, thousandths in enumerate([*planned, *range(7, 127, 6)]):
        if number >= len(planned) and found == set(texts):
            break
        arguments = [catalog, kept / "0", kept / "1"]
        with subprocess.Popen(
            [sys.executable, "-c", SWINGING, *map(str, arguments)], stdout=subprocess.PIPE
        ) as swinging:
            assert swinging.stdout.readline() == b"started\n"
            time.sleep(thousandths / 1000)
            swinging.kill()
        assert catalog.read_bytes() in texts
        found.add(catalog.read_bytes())
    assert found == set(texts)
