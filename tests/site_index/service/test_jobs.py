"""Builds that wait, are silent for long, or have lost who asked for them."""

import json
import threading
from multiprocessing.connection import Client
from queue import SimpleQueue

import pytest

from linkmgr.site_index.index.location import Place
from linkmgr.site_index.service import jobs
from linkmgr.site_index.service import process as follow
from linkmgr.site_index.service.indexer import Surveyor
from linkmgr.site_index.service.jobs import Builder, Progress
from linkmgr.site_index.service.protocol import address
from linkmgr.site_index.service.server import Server
from tests.support.builds import post, write_blog
from tests.support.servers import wait_for

MANY = 1_500


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(write_blog(tmp_path / "blog"))
    (tmp_path / "blog" / "instance").mkdir()
    return Place(tmp_path / "blog", tmp_path / "blog" / "catalog.yaml")


def fragments(place):
    return list((place.root / "_includes" / "linkmgr").rglob("*.html"))


@pytest.mark.slow
def test_a_build_that_waits_for_its_turn_says_so(place, monkeypatch):
    monkeypatch.setattr(jobs, "_SILENCE", 0.01)
    builder, said, reports = Builder(place), [], []
    with builder._turn:  # noqa: SLF001 - as a look has it
        thread = threading.Thread(target=lambda: reports.append(builder.build(said.append)))
        thread.start()
        wait_for(lambda: len(said) > 1)
        assert set(said) == {Progress("", 0, 0)}
    thread.join()
    assert reports[0].written


@pytest.mark.slow
def test_a_build_that_has_nothing_to_say_says_the_last_again(place, monkeypatch):
    monkeypatch.setattr(jobs, "_SILENCE", 0.01)
    said = []
    assert Builder(place).build(said.append).written
    assert said


@pytest.mark.slow
def test_a_build_goes_on_though_who_asked_for_it_has_gone(place, monkeypatch):
    monkeypatch.setattr(jobs, "_SILENCE", 0.01)
    for number in range(MANY):
        (place.root / f"_posts/2026-01-01-{number}.md").write_text(post(f"Post {number}", ["tea"]))
    instance = place.root / "instance"
    server = Server(instance, place, Surveyor(place, instance))
    server.start()
    with Client(address(instance)) as connection:
        connection.send_bytes(json.dumps({"do": "build"}).encode())
        assert "progress" in json.loads(connection.recv_bytes())
    assert wait_for(lambda: len(fragments(place)) >= MANY)
    server._listener.close()  # noqa: SLF001 - its path is one of the blog's folder


def test_what_changed_while_one_looked_is_looked_at_once():
    changes = SimpleQueue()
    for paths in ({"a"}, {"b"}, {"a", "c"}):
        changes.put(paths)
    assert follow._changed(changes) == {"a", "b", "c"}  # noqa: SLF001 - what a look begins with
    assert changes.empty()
