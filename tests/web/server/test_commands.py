"""The commands of the server, apart from a running one."""

import csv
import json
import os
import pty
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest

from linkmgr.blocks.include import post_key
from linkmgr.cli.stats import BY
from linkmgr.clicks.counts import TABLES
from linkmgr.clicks.line import click_line
from linkmgr.clicks.model import Click, Device, Route
from linkmgr.store.spool import SpoolWriter
from tests.support.cli import run, run_alone
from tests.support.servers import SITE, write_catalog

NOW = int(time.time() * 1000)


def make_click(number, **over):
    values = {
        "id": f"{NOW:012x}7000a{number:015x}",
        "time": NOW,
        "item": "letter",
        "post": f"{number:016x}",
        "block": "cta",
        "rank": 1,
        "shop": "",
        "route": Route.GO,
        "referrer": "blog.example",
        "device": Device.PHONE,
        "bot": "",
        "visitor": f"{number:016x}",
        "campaign": "",
        "variant": "",
        "tracking": "",
    }
    return Click(**values | over)


@pytest.fixture
def blog(tmp_path, monkeypatch):
    """Make a blog whose server has written three clicks down and was killed then."""
    monkeypatch.chdir(tmp_path)
    write_catalog(tmp_path, ("letter", f"{SITE}/letter/"))
    spool = SpoolWriter(tmp_path / "instance" / "spool")
    for click in (make_click(1), make_click(2), make_click(3, bot="bot")):
        assert spool.append(click_line(click))
    spool.close()
    return tmp_path


@pytest.fixture
def loaded(blog):
    assert run("clicks", "load").code == 0
    return blog


def test_load_makes_a_database_and_says_what_became_of_it(blog):
    done = run("clicks", "load")
    assert done == (
        0,
        (
            "clicks loaded: 2, bots: 1, repeats within seconds: 0, "
            "past a visitor's daily limit: 0, damaged: 0\n"
        ),
        "",
    )
    assert list((blog / "instance" / "spool").glob("*.spool")) == []


@pytest.mark.usefixtures("loaded")
def test_loading_again_loads_nothing():
    assert run("clicks", "load").out.startswith("clicks loaded: 0, bots: 0,")


@pytest.mark.usefixtures("loaded")
def test_export_prints_each_click_as_csv_or_json_lines():
    rows = list(csv.DictReader(StringIO(run("clicks", "export").out)))
    lines = [json.loads(line) for line in run("clicks", "export", "--json").out.splitlines()]
    for found in (rows, lines):
        assert [row["post"] for row in found] == [f"{n:016x}" for n in (1, 2, 3)]
    assert run("clicks", "export", "--json", "--since", "2100-01-01").out == ""


def test_a_backup_brings_back_the_same_figures(loaded):
    file = loaded / "backup.tar.gz"
    before = run("stats").out
    assert run("backup", file) == (0, f"{file}: clicks: 2, bots: 1, accounts: 0\n", "")
    assert run("restore", file).err.startswith("instance: is in use: stop the server")
    shutil.rmtree(loaded / "instance")
    done = run("restore", file)
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith(": clicks: 2, bots: 1, accounts: 0\n")
    assert run("stats").out == before


def test_a_backup_of_nothing_and_one_that_is_none_are_refused(blog):
    assert "linkmgr serve" in run("backup", "backup.tar.gz").err
    shutil.rmtree(blog / "instance")
    assert run("restore", "catalog.yaml").err.startswith("catalog.yaml: not a whole backup")
    assert run("restore", "missing").err.startswith("missing: No such file")


@pytest.fixture
def with_old(loaded):
    """Have the bot's click in 1970."""
    with closing(sqlite3.connect(loaded / "instance" / "linkmgr.db")) as database, database:
        of_then = "id = ?, time = 0, day = '1970-01-01'"
        database.execute(f"UPDATE clicks SET {of_then} WHERE bot != ''", (f"{0:032x}",))  # noqa: S608
        database.execute("INSERT INTO days VALUES ('1970-01-01', 1, 1, 1, 0, 0, 0)")
    return loaded


def kept():
    return len(run("clicks", "export", "--json").out.splitlines())


def first_kept():
    return datetime.now(UTC).date() - timedelta(days=400)


def old():
    return f"clicks from before {first_kept()}, older than 400 days: 1\n"


DELETED = "clicks older than 400 days deleted: 1\n"


@pytest.mark.usefixtures("with_old")
def test_prune_deletes_what_is_older_than_the_setting():
    assert run("clicks", "prune", "--yes") == (0, old() + DELETED, "")
    assert kept() == 2
    assert run("clicks", "prune") == (0, "clicks older than 400 days deleted: 0\n", "")


@pytest.mark.usefixtures("with_old")
def test_prune_deletes_nothing_where_nobody_can_be_asked():
    done = run_alone("clicks", "prune", stdin=subprocess.DEVNULL)
    assert (done.code, done.out) == (1, old())
    assert done.err == (
        "nothing was deleted, since nobody can be asked here: run it in a terminal, or add --yes\n"
    )
    assert kept() == 3


@pytest.mark.usefixtures("with_old")
@pytest.mark.parametrize(
    ("answers", "deleted"),
    [
        pytest.param(b"y\n", True, id="yes"),
        pytest.param(b"n\n", False, id="no"),
        pytest.param(b"\n", False, id="nothing"),
        pytest.param(b"what?\nyes\n", True, id="yes, asked again"),
    ],
)
def test_prune_asks_before_it_deletes(answers, deleted):
    terminal, inside = pty.openpty()
    os.write(terminal, answers)
    done = run_alone("clicks", "prune", stdin=inside)
    os.close(terminal)
    os.close(inside)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{old()}Delete them for good? Their totals stay. [y/N]: ")
    assert done.out.endswith(DELETED) is deleted
    assert kept() == (2 if deleted else 3)


def test_prune_asks_in_japanese(with_old):
    terminal, inside = pty.openpty()
    os.write(terminal, b"?\nn\n")
    done = run_alone("--lang", "ja", "clicks", "prune", cwd=with_old, stdin=inside)
    os.close(terminal)
    os.close(inside)
    question = "元に戻せません。削除しますか？（集計は残ります） [y/N]: "
    assert done.out.splitlines() == [
        f"{first_kept()}より前のクリック（400日を過ぎたもの）: 1件",
        f"{question}エラー: y か n で答えてください。",
        question,
    ]


@pytest.mark.usefixtures("loaded")
def test_stats_prints_a_table_for_people_and_for_programs():
    text = run("stats").out
    assert "letter  Read on" in text
    assert "█" in text
    table = json.loads(run("stats", "--by", "post", "--json").out)
    assert (table["by"], table["clicks"], table["bots"]) == ("post", 2, 1)
    assert [row["value"] for row in csv.DictReader(StringIO(run("stats", "--csv").out))] == [
        "letter"
    ]


def test_the_csv_by_post_ends_with_the_addresses_of_posts(loaded):
    (loaded / "_config.yml").write_text("permalink: /:title/\n", encoding="utf-8")
    (loaded / "_posts").mkdir()
    (loaded / "_posts" / "2026-01-03-kettle.md").write_text("---\ntags: tea\n---\n", "utf-8")
    clicked = post_key("_posts/2026-01-03-kettle.md")
    with closing(sqlite3.connect(loaded / "instance" / "linkmgr.db")) as database, database:
        database.execute(
            "UPDATE totals SET value = ? WHERE dimension = 'post' "
            "AND value = (SELECT min(value) FROM totals WHERE dimension = 'post')",
            (clicked,),
        )

    def addresses():
        rows = [*csv.DictReader(StringIO(run("stats", "--by", "post", "--csv").out))]
        assert all([*row][-1] == "address" for row in rows)
        return {row["value"]: row["address"] for row in rows}

    assert addresses()[clicked] == f"{SITE}/kettle/"
    tags = json.loads(run("stats", "--by", "tag", "--json").out)["rows"]
    assert [(row["value"], row["clicks"]) for row in tags] == [("tea", 1)]
    shutil.rmtree(loaded / "_posts")
    assert addresses()[clicked] == ""


def test_stats_says_what_to_do_where_nothing_was_clicked(loaded):
    with closing(sqlite3.connect(loaded / "instance" / "linkmgr.db")) as database, database:
        database.execute("DELETE FROM totals")
    assert "No clicks were counted" in run("stats").out


def test_stats_needs_a_catalog_for_the_titles_and_the_days_alone(loaded):
    write_catalog(loaded, ("other", f"{SITE}/other/"))
    assert "letter  " in run("stats").out
    (loaded / "catalog.yaml").write_text("{")
    assert run("stats").err_lines[0].startswith("catalog.yaml:1: ")


def test_the_choices_of_stats_are_all_that_there_are():
    assert set(BY) == {by.value for by in TABLES}


@pytest.mark.parametrize(
    ("command", "reported"),
    [
        pytest.param(["stats", "--json", "--csv"], "--json does not go with --csv", id="forms"),
        pytest.param(["stats", "--views", "catalog.yaml"], "--views goes with --by post", id="by"),
        pytest.param(["clicks", "export", "--since", "today"], "does not match", id="day"),
    ],
)
@pytest.mark.usefixtures("blog")
def test_options_that_do_not_fit_are_reported(command, reported):
    done = run(*command)
    assert done.code == 2
    assert reported in done.err


@pytest.mark.parametrize("command", [["stats"], ["clicks", "export"], ["clicks", "prune"]])
def test_where_there_is_no_database_none_is_made(blog, command):
    done = run(*command)
    assert (done.code, done.err_lines) == (
        1,
        ["instance/linkmgr.db: there is no such database; `linkmgr serve` creates it"],
    )
    assert not (blog / "instance" / "linkmgr.db").exists()


def test_another_versions_database_is_refused_but_by_upgrade(loaded):
    with closing(sqlite3.connect(loaded / "instance" / "linkmgr.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = 'later_2'")
    backup = ["backup", "file.tar.gz"]
    for command in (["stats"], ["clicks", "load"], ["serve"], ["db", "upgrade"], backup):
        done = run(*command)
        assert done.code == 1
        assert "a later version of linkmgr" in done.err_lines[-1]
    assert not (loaded / "file.tar.gz").exists()


@pytest.mark.usefixtures("blog")
def test_an_upgrade_says_whether_it_made_the_database():
    assert run("db", "upgrade") == (0, "created a new database\n", "")
    assert run("db", "upgrade") == (0, "the database is up to date\n", "")


def test_a_history_moves_to_another_database_by_its_backup(loaded, monkeypatch):
    before = run("stats").out
    assert run("backup", "backup.tar.gz").code == 0
    shutil.move(loaded / "instance", loaded / "instance-before")
    monkeypatch.setenv("LINKMGR_DATABASE_URL", "sqlite:///elsewhere/new.db")
    assert run("restore", "backup.tar.gz").code == 0
    assert run("stats").out == before
    assert not (loaded / "instance" / "linkmgr.db").exists()


@pytest.mark.server
@pytest.mark.usefixtures("blog")
def test_a_missing_library_of_postgresql_is_named():
    code = "import sys; sys.modules['psycopg'] = None; from linkmgr.cli import main; main()"
    environ = {**os.environ, "LINKMGR_DATABASE_URL": "postgresql+psycopg:///linkmgr"}
    command = [sys.executable, "-c", code, "stats"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ)
    assert done.returncode == 1
    assert "pip install '.[postgresql]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.server
@pytest.mark.usefixtures("blog")
@pytest.mark.parametrize("missing", ["granian", "sqlalchemy", "uuid_utils", "waitress"])
def test_a_missing_library_of_the_server_is_named(missing):
    code = f"import sys; sys.modules[{missing!r}] = None; from linkmgr.cli import main; main()"
    for command in (["serve"], ["clicks", "load"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *command], check=False, capture_output=True, text=True
        )
        if missing in {"granian", "waitress"} and command != ["serve"]:
            assert done.returncode == 0
        else:
            assert done.returncode == 1
            assert done.stderr.splitlines()[-1].endswith("pip install '.[server]'")


@pytest.mark.server
def test_what_only_reads_runs_on_a_replica(blog, monkeypatch, postgresql_url):
    monkeypatch.setenv("LINKMGR_DATABASE_URL", postgresql_url)
    assert run("clicks", "load").code == 0
    read_only = f"{postgresql_url}&options=-c default_transaction_read_only=on"
    monkeypatch.setenv("LINKMGR_DATABASE_URL", read_only)
    assert json.loads(run("stats", "--json").out)["clicks"] == 2
    assert len(run("clicks", "export").out.splitlines()) == 1 + 3
    assert run("backup", "backup.tar.gz").out == "backup.tar.gz: clicks: 2, bots: 1, accounts: 0\n"
    assert (blog / "backup.tar.gz").exists()
    refused = run("clicks", "prune")
    assert refused.code == 1
    assert "read-only transaction" in refused.err
