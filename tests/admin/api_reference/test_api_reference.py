"""The page of the API says what its description says, and its examples work."""

import html
import re
import shlex
from string import Template

import pytest

from linkmgr.admin.api_reference.operations import load_reference
from linkmgr.admin.api_reference.schemas import rows
from linkmgr.store.accounts import tokens
from tests.admin.conftest import NAME, add_clicks, today
from tests.support.api_examples import Program, description
from tests.support.indexed_site import indexer_of

PAGE = "/admin/settings/api"
OPERATIONS = {of.id: of for group in load_reference().groups for of in group.operations}


def run(program, operation, **variables):
    """Send what an operation's example would have curl send."""
    command = Template(operation.curl("http://localhost/api")).safe_substitute(variables)
    words = shlex.split(command.replace("\\\n", " "))
    assert words.pop(0) == "curl"
    method, body, headers, address = "GET", None, {}, ""
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-d":
            body = words.pop(0)
        elif word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        else:
            address = word
    return program.client.open(address, method=method, data=body, headers=headers)


def test_the_page_has_each_operation_with_its_scope_and_refusals(admin_client):
    text = admin_client.get(PAGE).text
    described = [
        (path, method, operation)
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    ]
    assert len(described) == len(OPERATIONS)
    for path, method, operation in described:
        part = text.split(f'<div id="{operation["operationId"]}">')[1].split("</details>")[0]
        head = text.split(f'<div id="{operation["operationId"]}">')[0].rpartition("<summary>")[2]
        assert f"{method.upper()} /api{path}" in head.replace("<wbr>", "")
        assert operation["summary"] in html.unescape(head)
        for scope in operation["security"]:
            assert f"<code>{scope['token'][0]}</code>" in part
        for status in operation["responses"].keys() - {"default"}:
            assert f">{status}</th>" in part or f'href="#refusal-{status}"' in part


def test_every_link_within_the_page_leads_somewhere(admin_client):
    text = admin_client.get(PAGE).text
    ids = set(re.findall(r' id="([^"]+)"', text))
    links = set(re.findall(r'href="#([^"]+)"', text))
    assert "BookList" in links
    assert links <= ids


def test_the_page_is_in_japanese_where_the_browser_asks_for_it(admin_client):
    text = admin_client.get(PAGE, **{"Accept-Language": "ja"}).text
    assert "サイトのビルドを始める" in text
    assert "Begin to build the site" not in text


def test_the_settings_lead_to_it(admin_client):
    assert f'href="{PAGE}"' in admin_client.get("/admin/settings").text


def test_it_needs_a_sign_in(stranger):
    assert stranger.get(PAGE).status_code == 303


def test_the_examples_name_the_server_by_which_the_browser_came(admin_client):
    answer = admin_client.client.get(PAGE, base_url="https://localhost:8911")
    assert "curl https://localhost:8911/api/books" in answer.text


@pytest.mark.parametrize("kind", ["Book", "Product", "Cta", "Mapping"])
def test_the_examples_add_show_change_and_delete_an_entry(admin_app, engine, kind):
    token = tokens.new_token(engine, "deploy", NAME, today())
    program, etag = Program(admin_app), "*"
    for deed, status in (("add", 201), ("show", 200), ("replace", 200), ("remove", 204)):
        answer = run(program, OPERATIONS[f"{deed}{kind}"], LINKMGR_TOKEN=token, ETAG=etag)
        assert answer.status_code == status, answer.text
        etag = answer.headers["ETag"]


@pytest.mark.parametrize("name", ["describe", "stats", "health", "listBooks", "listMappings"])
def test_the_other_examples_are_answered(admin_app, engine, name):
    add_clicks(engine)
    token = tokens.new_token(engine, "deploy", NAME, today())
    assert run(Program(admin_app), OPERATIONS[name], LINKMGR_TOKEN=token).status_code == 200


@pytest.mark.parametrize("name", ["listPosts", "showPost", "listTags", "impact", "buildState"])
def test_the_examples_of_the_site_are_answered(admin_app, engine, settings, name):
    indexer_of(settings)
    token = tokens.new_token(engine, "deploy", NAME, today())
    assert run(Program(admin_app), OPERATIONS[name], LINKMGR_TOKEN=token).status_code == 200


def test_fields_within_fields_are_named_by_their_paths():
    schemas = description()["components"]["schemas"]
    fields = {row.path: row for row in rows(description(), schemas["PostWithPlacements"])}
    assert fields["placements[].reasons[].cause"].kind == "string"
    assert fields["placements[].tags"].required is False
    assert fields["key"].required is True
    (posts,) = (row for row in rows(description(), schemas["PostPage"]) if row.path == "rows")
    assert (posts.kind, posts.ref) == ("Post[]", "Post")
