"""Other machines take the links and the catalog through the API, and only what has changed."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from linkmgr.blocks.include import INDEX
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.clicks.catalog_targets import targets_of
from linkmgr.clicks.targets import SharedTargets, Target
from linkmgr.store.accounts import tokens
from linkmgr.store.accounts.tokens import Grant, Scope
from linkmgr.store.instance.targets import publish
from linkmgr.web.background.publisher import Publisher
from tests.admin.conftest import NAME, today
from tests.support.api_examples import Program, described, refused

TARGETS, CATALOG = "/targets", "/catalog"


@pytest.fixture
def program(admin_app, engine):
    grant = Grant(frozenset([Scope.READ]))
    return Program(admin_app, tokens.new_token(engine, "node", NAME, today(), grant=grant))


@pytest.fixture
def published(settings, engine):
    publisher = Publisher(settings, engine)
    publisher.follow()
    return publisher


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("path", [TARGETS, CATALOG])
def test_the_etag_is_the_bodys_digest_and_spares_unchanged_ones(program, path):
    answer = program("GET", path)
    etag = answer.headers["ETag"]
    assert (answer.status_code, etag) == (200, f'"{sha256(answer.data).hexdigest()}"')
    assert answer.headers["Cache-Control"] == "no-cache"
    again = program("GET", path, If_None_Match=etag)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
    assert program("GET", path, If_None_Match='"another"').data == answer.data


@pytest.mark.usefixtures("published")
def test_targets_are_those_that_are_served_with_posts_of_site(program, settings, site, file):
    index = site / INDEX
    index.parent.mkdir(exist_ok=True)
    index.write_text(json.dumps({"_posts/a.md": "00000000000000aa"}))
    first = program("GET", TARGETS)
    described(first.json, "Targets")
    targets = targets_of(load_catalog(file))
    assert SharedTargets.from_json(first.data) == SharedTargets(
        targets, frozenset(["00000000000000aa"])
    )
    deleted = Target("https://old.example/")
    publish(settings.targets, replace(targets, items={"gone": deleted}))
    second = program("GET", TARGETS, If_None_Match=first.headers["ETag"])
    items = SharedTargets.from_json(second.data).targets.items
    assert items == {**targets.items, "gone": deleted}


def test_catalog_is_handed_out_byte_for_byte_never_a_broken_one(program, published, file):
    good = file.read_bytes()
    assert program("GET", CATALOG).data == good
    links = program("GET", TARGETS).data
    file.write_bytes(good + b"books: none\n")
    published.follow()
    assert published.problems
    assert program("GET", CATALOG).data == good
    assert program("GET", TARGETS).data == links
    file.write_bytes(good + b"\n# a note\n")
    published.follow()
    assert program("GET", CATALOG).data == good + b"\n# a note\n"


@pytest.mark.parametrize("path", [TARGETS, CATALOG])
def test_before_anything_is_published_it_says_so(program, path):
    assert refused(program("GET", path), 503)["code"] == "api.not-published"


@pytest.mark.parametrize("path", [TARGETS, CATALOG])
def test_a_token_that_edits_alone_takes_no_catalog(admin_app, engine, path):
    grant = Grant(frozenset([Scope.EDIT]))
    editing = Program(admin_app, tokens.new_token(engine, "editing", NAME, today(), grant=grant))
    assert refused(editing("GET", path), 403)["code"] == "api.missing-scope"
