"""The examples on the reference page of the API work."""

import shlex
from string import Template

import pytest

from docs._reference.api import load_reference
from linkmgr.admin.api.description import SECTIONS
from linkmgr.store.accounts import tokens
from tests.admin.conftest import NAME, add_clicks, today
from tests.support.api_examples import Program
from tests.support.indexed_site import indexer_of

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


@pytest.mark.parametrize("section", SECTIONS)
def test_the_examples_write_show_and_delete_an_entry(admin_app, engine, section):
    token = tokens.new_token(engine, "deploy", NAME, today())
    program, etag = Program(admin_app), "*"
    for deed, status in (("put", 201), ("show", 200), ("put", 200), ("delete", 204)):
        operation = OPERATIONS[f"{deed}{section.capitalize()}Entry"]
        answer = run(program, operation, LINKMGR_TOKEN=token, ETAG=etag)
        assert answer.status_code == status, answer.text
        etag = answer.headers["ETag"]


@pytest.mark.parametrize(
    "name",
    ["describe", "stats", "listTests", "health", "listBooks", "listMappings", "listComparisons"],
)
def test_the_other_examples_are_answered(admin_app, engine, name):
    add_clicks(engine)
    token = tokens.new_token(engine, "deploy", NAME, today())
    assert run(Program(admin_app), OPERATIONS[name], LINKMGR_TOKEN=token).status_code == 200


@pytest.mark.parametrize("name", ["listPosts", "showPost", "listTags", "buildState"])
def test_the_examples_of_the_site_are_answered(admin_app, engine, settings, name):
    indexer_of(settings)
    token = tokens.new_token(engine, "deploy", NAME, today())
    assert run(Program(admin_app), OPERATIONS[name], LINKMGR_TOKEN=token).status_code == 200
