"""Reading the catalog from the disk."""

import os
from pathlib import Path

import pytest

from linkmgr.catalog.reading.files import load_catalog
from linkmgr.catalog.reading.parse import MAX_BYTES
from linkmgr.messages.errors import LinkmgrError, Problems


def test_a_catalog_is_read_from_its_file(tmp_path):
    path = tmp_path / "catalog.yaml"
    path.write_text("site: {name: 日和, url: https://example.com}\n", encoding="utf-8")

    assert load_catalog(path).site.name == "日和"


def test_a_missing_file_names_the_command_that_writes_one(tmp_path):
    with pytest.raises(LinkmgrError, match="there is no such file; `linkmgr init` writes one"):
        load_catalog(tmp_path / "catalog.yaml")


def test_a_folder_is_not_a_catalog(tmp_path):
    with pytest.raises(LinkmgrError, match="is not a file"):
        load_catalog(tmp_path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "catalog.yaml")

    with pytest.raises(LinkmgrError, match="is not a file"):
        load_catalog(tmp_path / "catalog.yaml")


def test_a_path_through_a_file_says_why_it_cannot_be_read(tmp_path):
    (tmp_path / "blog").write_text("", encoding="utf-8")

    with pytest.raises(LinkmgrError, match="cannot be read: Not a directory"):
        load_catalog(tmp_path / "blog" / "catalog.yaml")


def test_a_large_file_is_refused_by_its_size(tmp_path):
    path = tmp_path / "catalog.yaml"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)

    with pytest.raises(Problems, match=r"/catalog\.yaml: is too large"):
        load_catalog(path)


def test_problems_name_the_file_as_the_user_can_open_it(tmp_path, monkeypatch):
    (tmp_path / "blog").mkdir()
    (tmp_path / "blog" / "catalog.yaml").write_text("site: 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(Problems, match=r"^blog/catalog\.yaml:1: site: must have name, url"):
        load_catalog(Path("blog/catalog.yaml"))
