"""What is written down is whole and stays, and what the disk refuses is told."""

import os
import resource
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from linkmgr.store import spool
from linkmgr.store.spool import SpoolWriter

LINE = b"x" * 99 + b"\n"


@pytest.fixture
def writer(tmp_path):
    made = SpoolWriter(tmp_path / "spool")
    yield made
    made.close()


@contextmanager
def small_files():
    """Have the system refuse what goes past 250 bytes of a file, as a full disk does.

    It refuses pytest, too: this is no fixture, which would last while pytest says how a test ended.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (250, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def files(tmp_path):
    return sorted((tmp_path / "spool").iterdir())


def test_a_line_that_is_answered_for_is_in_the_writers_own_file(writer, tmp_path):
    other = SpoolWriter(tmp_path / "spool")
    assert writer.append(LINE)
    assert other.append(LINE)
    assert [file.read_bytes() for file in files(tmp_path)] == [LINE, LINE]
    other.close()


@pytest.mark.usefixtures("writer")
def test_only_the_owner_can_read_the_spool(tmp_path):
    assert files(tmp_path)[0].stat().st_mode & 0o777 == 0o600


def test_lines_of_several_threads_stay_whole(writer, tmp_path):
    lines = [b"%d " % number * 200 + b"\n" for number in range(8)]

    def write(line):
        for _ in range(200):
            writer.append(line)

    threads = [threading.Thread(target=write, args=(line,)) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = files(tmp_path)[0].read_bytes().splitlines(keepends=True)
    assert sorted(found) == sorted(lines * 200)


def test_a_line_for_which_there_is_no_room_is_lost_as_a_whole(writer, tmp_path):
    with small_files():
        assert [writer.append(LINE) for _ in range(4)] == [True, True, False, False]
    assert files(tmp_path)[0].read_bytes() == LINE * 2


def test_a_torn_line_that_cannot_be_taken_back_ends_the_file(writer, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError

    monkeypatch.setattr(os, "ftruncate", refuse)
    with small_files():
        assert [writer.append(LINE) for _ in range(3)] == [True, True, False]
        assert not writer.append(b"short\n")
        writer.sync()
        assert writer.append(b"short\n")
    torn, fresh = files(tmp_path)
    assert torn.read_bytes() == LINE * 2 + LINE[:50]
    assert fresh.read_bytes() == b"short\n"


def test_a_file_is_ended_some_minutes_after_its_first_line(writer, tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "_LONGEST_SECONDS", 0)
    writer.sync()
    writer.sync()
    assert len(files(tmp_path)) == 1  # in which there is no line
    writer.append(LINE)
    writer.sync()
    writer.sync()
    assert writer.append(LINE)
    assert [file.read_bytes() for file in files(tmp_path)] == [LINE, LINE]


def test_writer_without_folder_loses_clicks_until_there_is_one(tmp_path):
    (tmp_path / "spool").touch()
    writer = SpoolWriter(tmp_path / "spool")
    assert not writer.append(LINE)
    (tmp_path / "spool").unlink()
    writer.sync()
    assert writer.append(LINE)
    writer.close()


def delete(folder):
    shutil.rmtree(folder)


def move(folder):
    folder.rename(folder.with_name("moved"))


def put_another_in_its_place(folder):
    """Do as one does who moves a folder away and puts an older copy there."""
    shutil.copytree(folder, folder.with_name("copy"))
    for file in folder.with_name("copy").iterdir():
        file.write_bytes(LINE)
    move(folder)
    folder.with_name("copy").rename(folder)


@pytest.mark.parametrize("attack", [delete, move, put_another_in_its_place])
def test_a_deleted_or_moved_file_is_written_again_whole(writer, tmp_path, attack):
    first, second, third = (bytes([letter]) * 9 + b"\n" for letter in b"abc")
    writer.append(first)
    name = files(tmp_path)[0].name
    attack(tmp_path / "spool")
    assert writer.append(second)
    assert writer.restored == 0
    writer.sync()
    assert writer.restored == 1
    assert writer.append(third)
    writer.sync()
    (file,) = files(tmp_path)
    assert (file.name, file.read_bytes()) == (name, first + second + third)
    assert file.stat().st_mode & 0o777 == 0o600
    assert writer.restored == 1


def test_a_deleted_file_is_written_again_when_its_writer_ends(writer, tmp_path):
    writer.append(LINE)
    shutil.rmtree(tmp_path / "spool")
    writer.append(LINE)
    writer.close()
    assert files(tmp_path)[0].read_bytes() == LINE * 2


def test_a_deleted_file_takes_lines_until_it_can_be_written(writer, tmp_path):
    shutil.rmtree(tmp_path / "spool")
    (tmp_path / "spool").touch()
    writer.sync()
    assert writer.append(LINE)
    (tmp_path / "spool").unlink()
    writer.sync()
    assert files(tmp_path)[0].read_bytes() == LINE


def test_a_file_that_has_grown_large_is_followed_by_another(writer, tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "LARGEST", 150)
    for _ in range(4):
        writer.append(LINE)
        writer.sync()
    assert [len(file.read_bytes()) for file in files(tmp_path)] == [200, 200, 0]


def test_a_closed_writer_writes_no_more(writer, tmp_path):
    writer.close()
    assert not writer.append(LINE)
    assert files(tmp_path)[0].read_bytes() == b""


@pytest.mark.server
def test_what_was_answered_for_outlives_a_kill(tmp_path):
    program = (
        "import os, sys; from pathlib import Path\n"
        "from linkmgr.store.spool import SpoolWriter\n"
        "writer = SpoolWriter(Path(sys.argv[1]))\n"
        "while writer.append(b'x' * 99 + b'\\n'): os.write(1, b'.')"
    )
    arguments = [sys.executable, "-c", program, str(tmp_path / "spool")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        answered = len(process.stdout.read(1000))
        process.kill()
        answered += len(process.stdout.read())
    written = files(tmp_path)[0].read_bytes()
    assert written == LINE * (len(written) // 100)
    assert answered <= len(written) // 100 <= answered + 1
