"""Builds that wait, are silent for long, or have lost their client."""

import json
import threading
from multiprocessing.connection import Client
from queue import SimpleQueue

import pytest

from linkmgr.site_index.index.snapshot import SitePaths
from linkmgr.site_index.service import builds, work
from linkmgr.site_index.service import process as follow
from linkmgr.site_index.service.builds import Builder
from linkmgr.site_index.service.client import socket_path
from linkmgr.site_index.service.indexer import Indexer
from linkmgr.site_index.service.server import SiteIndexServer
from linkmgr.site_index.service.work import BEGINNING
from tests.support.builds import post, write_blog
from tests.support.servers import wait_for

MANY = 1_500


@pytest.fixture
def paths(tmp_path, monkeypatch):
    monkeypatch.chdir(write_blog(tmp_path / "blog"))
    (tmp_path / "blog" / "instance").mkdir()
    return SitePaths(tmp_path / "blog", tmp_path / "blog" / "catalog.yaml")


def fragments(paths):
    return list((paths.root / "_includes" / "linkmgr").rglob("*.html"))


@pytest.mark.server
def test_a_build_that_waits_for_its_turn_reports_it(paths, monkeypatch):
    monkeypatch.setattr(builds, "SILENCE", 0.01)
    monkeypatch.setattr(work, "SILENCE", 0.01)
    builder, stated, reports = Builder(paths), [], []
    with builder._turn:  # noqa: SLF001 - as a check holds it
        thread = threading.Thread(target=lambda: reports.append(builder.build(stated.append)))
        thread.start()
        wait_for(lambda: len(stated) > 1)
        assert set(stated) == {BEGINNING}
    thread.join()
    assert reports[0].written


@pytest.mark.server
def test_a_build_without_news_reports_the_last_again(paths, monkeypatch):
    monkeypatch.setattr(builds, "SILENCE", 0.01)
    monkeypatch.setattr(work, "SILENCE", 0.01)
    stated = []
    assert Builder(paths).build(stated.append).written
    assert stated


@pytest.mark.server
def test_a_build_goes_on_though_its_client_has_gone(paths, monkeypatch):
    monkeypatch.setattr(builds, "SILENCE", 0.01)
    monkeypatch.setattr(work, "SILENCE", 0.01)
    for number in range(MANY):
        (paths.root / f"_posts/2026-01-01-{number}.md").write_text(post(f"Post {number}", ["tea"]))
    instance = paths.root / "instance"
    SiteIndexServer(instance, paths, Indexer(paths, instance), "sqlite:///").start()
    with Client(socket_path(instance)) as connection:
        connection.send_bytes(json.dumps({"do": "build"}).encode())
        assert "progress" in json.loads(connection.recv_bytes())
    assert wait_for(lambda: len(fragments(paths)) >= MANY)


def test_changes_during_indexing_are_taken_together():
    changes = SimpleQueue()
    for paths in ({"a"}, {"b"}, {"a", "c"}):
        changes.put(paths)
    assert follow._changed(changes) == {"a", "b", "c"}  # noqa: SLF001 - what indexing begins with
    assert changes.empty()
