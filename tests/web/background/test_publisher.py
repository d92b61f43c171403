"""What the catalog says becomes what the workers serve."""

from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from linkmgr.messages.message import message
from linkmgr.settings import Role, read_settings
from linkmgr.store.clicks.renames import renames_of
from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.models import LastTarget, VariantTestRow
from linkmgr.store.instance.targets import read_targets
from linkmgr.web.background.publisher import Publisher
from tests.support.databases import create_tables
from tests.support.servers import HEAD, HEAD_WITH_VIEWS, SITE, write_catalog


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "instance").mkdir()
    return read_settings(
        {
            "LINKMGR_CATALOG": str(tmp_path / "catalog.yaml"),
            "LINKMGR_INSTANCE": str(tmp_path / "instance"),
        }
    )


@pytest.fixture
def engine(settings):
    engine = open_engine(settings.database_url)
    create_tables(engine)
    yield engine
    engine.dispose()


def urls(settings):
    return {name: target.url for name, target in read_targets(settings.targets).items.items()}


def test_a_catalog_is_published_and_followed(settings, engine, tmp_path):
    publisher = Publisher(settings, engine)
    for number in range(2):
        write_catalog(tmp_path, ("letter", f"{SITE}/{number}/"))
        publisher.follow()
        assert urls(settings) == {"letter": f"{SITE}/{number}/"}
    assert publisher.problems == ()


def test_a_file_that_would_stay_the_same_is_left_alone(settings, engine, tmp_path):
    write_catalog(tmp_path, ("letter", f"{SITE}/a/"))
    Publisher(settings, engine).follow()
    before = settings.targets.stat()
    write_catalog(tmp_path, ("letter", f"{SITE}/a/"))
    Publisher(settings, engine).follow()
    assert settings.targets.stat() == before


def test_a_mistake_keeps_last_good_targets_and_names_no_folder(settings, engine, tmp_path):
    publisher = Publisher(settings, engine)
    write_catalog(tmp_path, ("letter", f"{SITE}/a/"))
    publisher.follow()
    (tmp_path / "catalog.yaml").write_text(HEAD + "  letter:\n    heading: Only\n")
    publisher.follow()
    found = publisher.problems
    assert [(each.location.file, each.location.line) for each in found] == [("catalog.yaml", 6)] * 2
    assert urls(settings) == {"letter": f"{SITE}/a/"}
    (tmp_path / "catalog.yaml").unlink()
    publisher.follow()
    assert publisher.problems == (message("catalog.no-file", path="catalog.yaml"),)


def test_a_problem_quotes_little_of_the_file(settings, engine, tmp_path):
    publisher = Publisher(settings, engine)
    (tmp_path / "catalog.yaml").write_text(f"{HEAD}  {'letter' * 1000}:\n    heading: Only\n")
    publisher.follow()
    assert publisher.problems
    assert max(len(str(problem.to_json())) for problem in publisher.problems) < 2000


def test_deleted_items_stay_by_the_file_and_by_the_database(settings, engine, tmp_path):
    publisher = Publisher(settings, engine)
    write_catalog(tmp_path, ("old", f"{SITE}/old/"), ("letter", f"{SITE}/a/"))
    publisher.follow()
    write_catalog(tmp_path, ("letter", f"{SITE}/b/"))
    publisher.follow()
    both = {"old": f"{SITE}/old/", "letter": f"{SITE}/b/"}
    assert urls(settings) == both
    settings.targets.unlink()
    Publisher(settings, engine).follow()
    assert urls(settings) == both


def test_a_renamed_item_is_recorded_and_has_its_old_link(settings, engine, tmp_path):
    publisher = Publisher(settings, engine)
    write_catalog(tmp_path, ("letter", f"{SITE}/a/"))
    publisher.follow()
    write_catalog(tmp_path, ("mail", f"{SITE}/b/"))
    with (tmp_path / "catalog.yaml").open("a", encoding="utf-8") as file:
        file.write("    was: [letter]\n")
    publisher.follow()
    assert urls(settings) == {"letter": f"{SITE}/b/", "mail": f"{SITE}/b/"}
    with engine.connect() as connection:
        assert renames_of(connection).by_old == {"letter": "mail"}


def test_a_test_is_recorded_and_stays_valid_when_it_has_ended(settings, engine, tmp_path):
    publisher = Publisher(settings, engine)
    tested = "    variants: {b: {heading: Other}}\n"
    for entry in (tested, ""):
        write_catalog(tmp_path, ("letter", f"{SITE}/a/"), head=HEAD_WITH_VIEWS)
        with (tmp_path / "catalog.yaml").open("a", encoding="utf-8") as file:
            file.write(entry)
        publisher.follow()
    with engine.connect() as connection:
        [(item, key)] = connection.execute(select(VariantTestRow.item, VariantTestRow.key))
    assert item == "letter"
    assert [*read_targets(settings.targets).items["letter"].variants] == [key]
    settings.targets.unlink()  # now the database alone knows it
    Publisher(settings, engine).follow()
    assert [*read_targets(settings.targets).items["letter"].variants] == [key]


@pytest.mark.parametrize("restarted", [True, False])
def test_deleted_items_stay_when_database_is_replaced_by_new_one(
    settings, engine, tmp_path, restarted
):
    publisher = Publisher(settings, engine)
    write_catalog(tmp_path, ("old", f"{SITE}/old/"), ("letter", f"{SITE}/a/"))
    publisher.follow()
    write_catalog(tmp_path, ("letter", f"{SITE}/a/"))
    publisher.follow()
    with engine.begin() as connection:
        connection.execute(delete(LastTarget))
    if restarted:
        publisher = Publisher(settings, engine)
    else:
        publisher.record_again()
    publisher.follow()
    settings.targets.unlink()  # now the database alone knows it
    Publisher(settings, engine).follow()
    assert urls(settings) == {"old": f"{SITE}/old/", "letter": f"{SITE}/a/"}


def test_deleted_items_stay_while_the_database_is_down(settings, tmp_path):
    nowhere = open_engine(f"sqlite:///{tmp_path}/none/linkmgr.db")
    publisher = Publisher(settings, nowhere)
    write_catalog(tmp_path, ("old", f"{SITE}/old/"))
    publisher.follow()
    write_catalog(tmp_path, ("letter", f"{SITE}/b/"))
    publisher.follow()
    assert urls(settings) == {"old": f"{SITE}/old/", "letter": f"{SITE}/b/"}


def test_unwritable_targets_are_reported_and_written_later(settings, engine, tmp_path):
    write_catalog(tmp_path, ("letter", f"{SITE}/a/"))
    (tmp_path / "instance").rename(tmp_path / "elsewhere")
    publisher = Publisher(settings, engine)
    publisher.follow()
    reason = message("fs.reason-missing")
    assert publisher.problems == (message("fs.unwritable", path="targets.json", reason=reason),)
    (tmp_path / "elsewhere").rename(tmp_path / "instance")
    publisher.follow()
    assert publisher.problems == ()
    assert urls(settings) == {"letter": f"{SITE}/a/"}


@pytest.mark.parametrize("deleted", ["targets", "good_catalog"])
def test_what_is_deleted_of_the_published_is_written_again(settings, engine, tmp_path, deleted):
    publisher = Publisher(settings, engine)
    write_catalog(tmp_path, ("letter", f"{SITE}/a/"))
    publisher.follow()
    getattr(settings, deleted).unlink()
    publisher.follow()
    assert urls(settings) == {"letter": f"{SITE}/a/"}
    assert settings.good_catalog.read_bytes() == settings.catalog.read_bytes()


def test_a_machine_without_an_admin_keeps_no_copy_of_its_catalog(settings, engine, tmp_path):
    write_catalog(tmp_path, ("letter", f"{SITE}/a/"))
    publisher = Publisher(replace(settings, role=Role.REDIRECT), engine)
    publisher.follow()
    assert urls(settings) == {"letter": f"{SITE}/a/"}
    assert not settings.good_catalog.exists()
