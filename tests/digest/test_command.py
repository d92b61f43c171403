"""The command prints a week's digest, and notes what it told once that is printed."""

import subprocess
from pathlib import Path

import pytest

from linkmgr.store.digests import DigestRecord, read_digest_record, write_digest_record
from tests.support.builds import CATALOG, write_blog
from tests.support.cli import COMMAND, run

HERE = "http://127.0.0.1:9"  # where nothing answers


@pytest.fixture
def site(tmp_path, monkeypatch):
    catalog = {"site": CATALOG["site"] | {"url": HERE}}
    root = write_blog(tmp_path / "site", catalog=catalog, config={"exclude": ["instance"]})
    monkeypatch.chdir(root)
    assert run("db", "upgrade").code == 0
    return root


@pytest.fixture
def record(site):
    return lambda: read_digest_record(site / "instance")


def test_a_digest_is_printed_again_in_the_same_week(site, record):
    done = run("digest", cwd=site)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("# Tea Notes: ")
    assert "](http://127.0.0.1:8911/admin/health)" in done.out
    told = record().told
    again = run("digest", "--admin", "https://admin.tea.example", cwd=site)
    links = "](http://127.0.0.1:8911/", "](https://admin.tea.example/"
    assert again.out == done.out.replace(*links)
    assert record().told == told


def test_nothing_new_prints_nothing_and_is_noted(site, record):
    run("digest", cwd=site)
    first = record()
    old = dict.fromkeys(first.told, first.since - (first.until - first.since))
    write_digest_record(site / "instance", DigestRecord(0, first.since, first.until, old))
    done = run("digest", cwd=site)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert record().made > 0


def test_a_digest_that_could_not_be_printed_is_not_noted(site, record):
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [*COMMAND, "digest"], check=False, cwd=site, stdout=full, stderr=subprocess.DEVNULL
        )
    assert done.returncode == 1
    assert record() is None


def test_an_older_week_changes_no_record(site, record):
    run("digest", cwd=site)
    before = record()
    assert run("digest", "--week", "2026-03-02", cwd=site).out == ""
    assert record() == before


def test_a_week_that_is_not_over_is_refused(site):
    done = run("digest", "--week", "2999-01-01", cwd=site)
    assert done.code == 1
    assert done.err == (
        "2999-01-01: that week ends on 2999-01-06; there is a digest once it is over\n"
    )


def test_a_machine_without_the_catalog_says_where_it_is(site, monkeypatch):
    monkeypatch.setenv("LINKMGR_CATALOG", HERE)
    monkeypatch.setenv("LINKMGR_CATALOG_TOKEN", "lm_token")
    done = run("digest", cwd=site)
    assert done.err == (f"the catalog is at {HERE}: run `linkmgr digest` on that machine\n")


def test_a_damaged_record_is_none(site, record):
    (site / "instance" / "digest.json").write_text("[]")
    assert record() is None
    assert run("digest", cwd=site).code == 0
    assert record().told
