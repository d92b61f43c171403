"""Entries of the catalog are read and changed by programs as by the forms."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from linkmgr.admin.api import entries
from linkmgr.admin.api.description import SECTIONS
from linkmgr.admin.api.responses import MOST_VALUES
from linkmgr.messages.errors import MOST_SHOWN
from linkmgr.store.accounts import tokens
from linkmgr.store.revisions import history
from tests.admin.conftest import NAME, today
from tests.support.api_examples import Program, described, refused

NEW = {
    "programmes": {"name": "Bakery", "url": "https://shop.example/go?to={url}"},
    "books": {"title": "Soup", "asin": "4999999005", "blurb": "One pot: # and more"},
    "products": {"title": "Kettle", "asin": "B0EXAMPLE9", "maker": "Minamo"},
    "ctas": {"heading": "Write to us", "label": "Letter", "url": "/letter/"},
    "mappings": {"any": {"tags": ["soup", "yes"]}, "items": ["kitchen-coffee"], "weight": 1.5},
    "comparisons": {"items": ["slow-loaf", "kitchen-coffee"], "ranked": True},
    "blocks": {"kind": "books", "limit": 2},
}
ANY = {"If_Match": "*"}


@pytest.fixture
def program(admin_app, engine):
    return Program(admin_app, tokens.new_token(engine, "deploy", NAME, today()))


@pytest.fixture
def catalog(site):
    """Give what reads the catalog's text."""
    return lambda: (site / "catalog.yaml").read_text(encoding="utf-8")


def etag(program, path):
    return program("GET", path).headers["ETag"]


def added(before, after):
    """Return the lines that are only in the text after."""
    return sorted(set(after.splitlines()) - set(before.splitlines()))


@pytest.mark.parametrize("section", SECTIONS)
def test_all_entries_are_listed_in_the_order_of_the_file(program, section):
    for name in ("zwieback", "apple"):
        program("PUT", f"/{section}/{name}", NEW[section], **ANY)
    answer = program("GET", f"/{section}")
    listed = described(answer.json, f"{section.capitalize()}List")
    assert answer.headers["ETag"] == f'"{listed["revision"]}"'
    assert [entry["id"] for entry in listed["entries"][-2:]] == ["zwieback", "apple"]
    alone = program("GET", f"/{section}/apple")
    assert alone.json == listed["entries"][-1]["entry"] == NEW[section]


@pytest.mark.parametrize("section", SECTIONS)
def test_entry_that_is_sent_back_as_it_was_read_changes_nothing(program, catalog, section):
    before = catalog()
    for listed in program("GET", f"/{section}").json["entries"]:
        path = f"/{section}/{listed['id']}"
        sent = program("PUT", path, listed["entry"], If_Match=etag(program, path))
        assert (sent.status_code, sent.json) == (200, listed["entry"])
    assert catalog() == before


@pytest.mark.parametrize("section", SECTIONS)
def test_an_entry_is_added_changed_and_deleted(program, catalog, section):
    program("PUT", f"/{section}/other", NEW[section], **ANY)  # the section stays
    original, entry, path = catalog(), NEW[section], f"/{section}/soup"
    made = program("PUT", path, entry, If_Match=etag(program, f"/{section}"))
    assert (made.status_code, made.json) == (201, entry)
    assert made.headers["Location"] == f"/api{path}"
    assert program("GET", path).json == entry
    more = {"programmes": {"label": "Bread"}, "mappings": {"weight": 3}, "blocks": {"limit": 4}}
    more["comparisons"] = {"heading": "Soups"}
    changed, before = entry | more.get(section, {"retired": True}), catalog()
    put = program("PUT", path, changed, If_Match=made.headers["ETag"])
    assert (put.status_code, put.json) == (200, changed)
    assert len(added(before, catalog())) == 1
    gone = program("DELETE", path, If_Match=put.headers["ETag"])
    assert (gone.status_code, gone.data) == (204, b"")
    refused(program("GET", path), 404)
    assert catalog() == original


def test_a_block_may_be_nothing_but_no_item(program):
    assert program("PUT", "/blocks/related", data="null", **ANY).json is None
    assert program("GET", "/blocks/related").json is None
    refused(program("PUT", "/books/soup", data="null", **ANY), 400)


def test_each_change_is_in_the_history_under_the_tokens_account(program, engine):
    program("PUT", "/books/soup", NEW["books"], **ANY)
    program("DELETE", "/books/soup", If_Match=etag(program, "/books/soup"))
    with engine.connect() as connection:
        rows, _ = history(connection, 1)
    audits = [(row.audit.user, row.audit.action.value, row.audit.summary) for row in rows[:2]]
    assert audits == [(NAME, "deleted", "Soup"), (NAME, "added", "Soup")]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_change_from_another_revision_is_refused(program, site, catalog, method):
    old = etag(program, "/books/slow-loaf")
    text = catalog()
    (site / "catalog.yaml").write_text(f"{text}# by hand\n", encoding="utf-8")
    body = {"title": "Mine", "asin": "B0EXAMPLE1"} if method == "PUT" else None
    problem = refused(program(method, "/books/slow-loaf", body, If_Match=old), 412)
    assert "read it again" in problem["detail"]
    assert catalog() == f"{text}# by hand\n"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize(
    ("header", "status"), [({}, 428), ({"If_Match": '"1"'}, 412), ({"If_Match": 'W/"1"'}, 412)]
)
def test_a_change_says_what_it_was_made_from(program, catalog, method, header, status):
    before = catalog()
    body = {"title": "Mine", "asin": "B0EXAMPLE1"} if method == "PUT" else None
    refused(program(method, "/books/slow-loaf", body, **header), status)
    assert catalog() == before


def test_a_change_of_whatever_the_entry_is_by_now_is_made(program, catalog):
    body = {"title": "Mine", "asin": "B0EXAMPLE1"}
    assert program("PUT", "/books/slow-loaf", body, If_Match="*").status_code == 200
    assert "title: Mine" in catalog()
    refused(program("DELETE", "/books/nothing", If_Match="*"), 404)


@pytest.mark.server
def test_additions_at_the_same_time_are_all_made(admin_app, program, catalog):
    before = catalog()
    token = program.headers["Authorization"].removeprefix("Bearer ")

    def put(number):
        return Program(admin_app, token)("PUT", f"/books/soup-{number}", NEW["books"], **ANY)

    with ThreadPoolExecutor(6) as pool:
        assert [answer.status_code for answer in pool.map(put, range(12))] == [201] * 12
    names = {listed["id"] for listed in program("GET", "/books").json["entries"]}
    assert names > {f"soup-{number}" for number in range(12)}
    for number in range(12):
        path = f"/books/soup-{number}"
        program("DELETE", path, If_Match=etag(program, path))
    assert catalog() == before


@pytest.mark.parametrize(
    ("section", "name", "entry", "key", "message"),
    [
        pytest.param(
            "books",
            "soup",
            {"title": "Soup", "asin": "4999999006"},
            "books.soup.asin",
            "check digit",
            id="check digit",
        ),
        pytest.param("books", "soup", {"asin": "B0EXAMPLE1"}, "books.soup.title", "", id="missing"),
        pytest.param("books", "soup", {"title": None}, "books.soup.title", "", id="null"),
        pytest.param("books", "soup", {"title": {"a": [1]}}, "books.soup.title", "", id="nested"),
        pytest.param("books", "Soup!", NEW["books"], "books.Soup!", "an id has", id="id"),
        pytest.param("books", "newsletter", NEW["books"], "", "already", id="of a CTA"),
        pytest.param(
            "mappings",
            "soup",
            {"any": {"tags": ["soup"]}, "items": ["kitchen-cofee"]},
            "mappings.soup.items",
            "did you mean kitchen-coffee?",
            id="unknown item",
        ),
        pytest.param("ctas", "soup", NEW["ctas"] | {"x": 1}, "ctas.soup.x", "", id="unknown key"),
    ],
)
def test_what_would_be_no_catalog_is_reported_by_key(  # noqa: PLR0913 - columns of the table
    program, catalog, section, name, entry, key, message
):
    before = catalog()
    problem = refused(program("PUT", f"/{section}/{name}", entry, **ANY), 422)
    found = problem.get("problems", [{"key": "", "message": problem["detail"]}])
    assert any(each["key"].startswith(key) and message in each["message"] for each in found)
    assert catalog() == before


@pytest.mark.usefixtures("broken_texts")
def test_a_problem_is_worded_from_its_code(program):
    entry = {"title": "Soup", "asin": "4999999006"}
    answer = refused(program("PUT", "/books/soup", entry, **ANY), 422)
    (problem,) = answer["problems"]
    assert problem["message"].startswith(f"<{problem['code']}>")


def test_an_entry_that_others_name_is_not_deleted(program, catalog):
    before, path = catalog(), "/books/kitchen-coffee"
    problem = refused(program("DELETE", path, If_Match=etag(program, path)), 422)
    assert problem["problems"][0]["key"].startswith("mappings.coffee.items")
    assert catalog() == before


@pytest.mark.parametrize("body", [[], "soup", 3, None])
def test_a_body_that_is_no_entry_is_reported(program, body):
    refused(program("PUT", "/books/soup", data=json.dumps(body), **ANY), 400)


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        pytest.param(b"{", "application/json", 400, id="half"),
        pytest.param(b"", "application/json", 400, id="empty"),
        pytest.param(b"\xff", "application/json", 400, id="bytes"),
        pytest.param(b'{"title": NaN}', "application/json", 400, id="nan"),
        pytest.param(b"[" * 100_000, "application/json", 400, id="deep"),
        pytest.param(b"id=soup", "application/x-www-form-urlencoded", 415, id="form"),
        pytest.param(b"[" + b" " * 5_000_000 + b"]", "application/json", 413, id="large"),
    ],
)
def test_what_is_no_json_is_reported(program, data, kind, status):
    answer = program("PUT", "/books/soup", data=data, content_type=kind, **ANY)
    refused(answer, status)


@pytest.mark.parametrize(
    "title",
    ["# no comment", "a: b", "- x", "true", "1e3", "", "  ", "a\nb", "\ud800", "\u2028", "'\"\\"],
)
def test_a_title_is_kept_as_it_is_or_refused(program, catalog, title):
    before = catalog()
    answer = program("PUT", "/books/soup", NEW["books"] | {"title": title}, **ANY)
    if answer.status_code == 201:
        assert program("GET", "/books/soup").json["title"] == title
    else:
        refused(answer, 422)
        assert catalog() == before


def test_while_the_file_is_broken_its_problems_are_reported(program, site):
    (site / "catalog.yaml").write_text("site: [", encoding="utf-8")
    for method, path in (("GET", "/books"), ("PUT", "/books/soup"), ("GET", "/mappings/coffee")):
        body = NEW["books"] if method == "PUT" else None
        assert "catalog.yaml:1" in refused(program(method, path, body, **ANY), 503)["detail"]


def test_an_entry_of_lists_within_lists_without_end_is_refused(program, catalog):
    before, title = catalog(), []
    for _ in range(900):
        title = [title]
    refused(program("PUT", "/books/deep", {"title": title}, **ANY), 400)
    assert catalog() == before


def many(number):
    """Return an entry with unknown keys."""
    return {f"unknown-{each}": "" for each in range(number)}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/books/soup", many(100_000)),
        ("/books/kitchen-coffee", many(MOST_VALUES + 1)),
        ("/books/soup", {"title": [["a"]] * MOST_VALUES}),
    ],
)
def test_an_entry_that_is_too_large_is_refused_before_it_is_read(program, monkeypatch, path, body):
    read = []
    monkeypatch.setattr(entries, "edit_entries", lambda *given: read.append(given))
    answer = program("PUT", path, body, **ANY)
    refused(answer, 413)
    assert not read
    assert len(answer.data) < 1_000


@pytest.mark.parametrize("path", ["/books/soup", "/books/kitchen-coffee"])
def test_of_many_problems_first_are_listed_and_all_are_counted(program, path):
    answer = program("PUT", path, {"title": "Soup", **many(1_000)}, **ANY)
    problem = refused(answer, 422)
    assert len(problem["problems"]) == MOST_SHOWN
    assert problem["problem_count"] >= 1_000
    assert len(answer.data) < 50_000


def test_of_a_broken_catalog_the_first_problems_are_answered(program, site):
    file = site / "catalog.yaml"
    unknown = "".join(f"unknown-{number}: a\n" for number in range(1_000))
    file.write_text(file.read_text(encoding="utf-8") + unknown, encoding="utf-8")
    problem = refused(program("GET", "/books"), 503)
    assert problem["detail"].count("\n") == 1 + MOST_SHOWN
    assert problem["detail"].endswith("950 more")
    health = program("GET", "/health").json
    assert len(health["catalog"]["problems"]) == MOST_SHOWN + 1
