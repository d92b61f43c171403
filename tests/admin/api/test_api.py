"""The API lets tokens in and nothing else, and is what its description says."""

import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import insert

from linkmgr.admin.api.app import NEEDED_SCOPES
from linkmgr.admin.api.description import SECTIONS
from linkmgr.earnings.database.imports import import_reports
from linkmgr.store.accounts import tokens
from linkmgr.store.accounts.tokens import Grant, Scope
from linkmgr.store.db.models import VisitorDay
from tests.admin.conftest import NAME, add_clicks, queries, today
from tests.support.api_examples import Program, described, description, refused
from tests.support.earnings import make_report, make_row
from tests.support.variant_tests import count, variant_test, with_test

METHODS = {"get", "post", "put", "delete"}


@pytest.fixture
def token(engine):
    return tokens.new_token(engine, "deploy", NAME, today())


@pytest.fixture
def program(admin_app, token):
    return Program(admin_app, token)


def routes(app):
    """Name the API's routes as the description does, with the endpoint of each."""
    api = app.wsgi_app.mounts["/api"]
    return {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower()): rule.endpoint
        for rule in api.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def operations():
    return [
        (path, method, operation)
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_the_routes_are_those_of_the_description(admin_app):
    assert sorted(routes(admin_app)) == sorted((p, m) for p, m, _ in operations())


def test_the_description_refers_only_to_what_it_has():
    text = json.dumps(description())
    named = {part.split('"')[0] for part in text.split('"$ref": "#/')[1:]}
    assert named
    for reference in named:
        found = description()
        for key in reference.split("/"):
            found = found[key]


def test_each_part_of_a_path_is_described():
    for path, item in description()["paths"].items():
        described_parts = {
            (description()["components"]["parameters"]["name"] if "$ref" in each else each)["name"]
            for each in item.get("parameters", ())
        }
        assert described_parts == set(re.findall(r"{(\w+)}", path))


def test_description_is_valid_and_names_each_operation_once():
    for schema in description()["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names)
    for _, _, operation in operations():
        assert operation["summary"]
        assert set(operation["tags"]) <= {tag["name"] for tag in description()["tags"]}


def test_each_section_has_an_example_that_its_schema_takes():
    examples = description()["components"]["examples"]
    assert set(examples) == set(SECTIONS)
    for section, example in examples.items():
        listed = {"revision": "1", "entries": [{"id": "own", "entry": example["value"]}]}
        described(listed, f"{section.capitalize()}List")


def test_the_description_is_served_to_everybody(admin_app):
    answer = Program(admin_app)("GET", "/openapi.yaml")
    assert answer.status_code == 200
    assert answer.text.startswith("openapi: 3.1")


def test_the_settings_lead_to_the_description(admin_client):
    assert 'href="/api/openapi.yaml"' in admin_client.get("/admin/settings/tokens").text


@pytest.mark.parametrize(
    ("path", "method"),
    sorted((path, method) for path, method, operation in operations() if operation["security"]),
)
def test_nothing_else_is_there_without_a_token(admin_app, path, method):
    answer = Program(admin_app)(method.upper(), path.replace("{", "").replace("}", ""))
    assert "token" in refused(answer, 401)["detail"]
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_each_operation_needs_the_scope_of_its_description(admin_app):
    needed = {route: NEEDED_SCOPES.get(endpoint) for route, endpoint in routes(admin_app).items()}
    assert needed == {
        (path, method): operation["security"][0]["token"][0] if operation["security"] else None
        for path, method, operation in operations()
    }
    assert set(NEEDED_SCOPES) <= set(routes(admin_app).values())


def test_each_operation_with_a_token_names_refusals_of_tokens():
    for path, method, operation in operations():
        assert ({"401", "403"} <= operation["responses"].keys()) == bool(operation["security"]), (
            f"{method} {path}"
        )


@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_does_what_its_scopes_allow_and_nothing_else(admin_app, engine, scope):
    token = tokens.new_token(engine, "deploy", NAME, today(), grant=Grant(frozenset({scope})))
    program = Program(admin_app, token)
    for path, method, operation in operations():
        if not operation["security"]:
            continue
        (needed,) = operation["security"][0]["token"]
        answer = program(method.upper(), path.replace("{", "").replace("}", ""))
        assert (answer.status_code == 403) == (needed != scope), f"{method} {path}"
        if needed != scope:
            problem = refused(answer, 403)
            assert problem["code"] == "api.missing-scope"
            assert problem["params"] == {"name": "deploy", "scope": needed}
            challenge = f'Bearer error="insufficient_scope", scope="{needed}"'
            assert answer.headers["WWW-Authenticate"] == challenge


def test_what_is_not_there_is_reported_to_a_token_of_any_scope(admin_app, engine):
    token = tokens.new_token(engine, "deploy", NAME, today(), grant=Grant(frozenset({Scope.EDIT})))
    refused(Program(admin_app, token)("GET", "/nothing"), 404)


def test_a_token_lets_nobody_in_after_its_last_day(admin_app, engine):
    for name, last, status in (("last", today(), 200), ("old", today() - timedelta(days=1), 401)):
        token = tokens.new_token(engine, name, NAME, today(), grant=Grant(expires=last))
        answer = Program(admin_app, token)("GET", "/health")
        assert answer.status_code == status
    assert refused(answer, 401)["code"] == "api.expired-token"
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize(
    "header",
    ["Bearer wrong", "Bearer ", "Bearer", "Basic b3duZXI6eA==", "bearer linkmgr_", "Bearer é"],
)
def test_what_is_no_token_lets_nobody_in(admin_app, header):
    refused(Program(admin_app)("GET", "/health", Authorization=header), 401)


def test_a_session_lets_nobody_in(admin_client):
    admin_client.client.get("/admin/")
    cookie = admin_client.client.get_cookie("linkmgr_session", path="/admin")
    answer = admin_client.client.get(
        "/api/health", headers={"Cookie": f"linkmgr_session={cookie.value}"}
    )
    refused(answer, 401)
    assert "Set-Cookie" not in answer.headers


def test_a_revoked_token_lets_nobody_in(program, engine):
    assert program("GET", "/health").status_code == 200
    tokens.revoke_token(engine, "deploy")
    refused(program("GET", "/health"), 401)


def test_wrong_tokens_are_slowed_and_right_ones_are_not(admin_app, program):
    stranger = Program(admin_app, "linkmgr_wrong")
    answers = [stranger("GET", "/health") for _ in range(6)]
    assert [answer.status_code for answer in answers[:4]] == [401] * 4
    refused(answers[-1], 429)
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert program("GET", "/health").status_code == 200


def test_the_day_of_the_last_use_is_kept(program, engine):
    program("GET", "/health")
    with engine.connect() as connection:
        (token,) = tokens.known_tokens(connection)
    assert token.used == datetime.now(UTC).date()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/nothing", 404, id="missing"),
        pytest.param("PATCH", "/books", 405, id="method"),
        pytest.param("GET", "/books/nothing", 404, id="entry"),
    ],
)
def test_what_is_not_there_is_reported_as_a_problem(program, method, path, status):
    refused(program(method, path), status)


def test_no_answer_is_kept_read_elsewhere_or_taken_for_another(program):
    for answer in (program("GET", "/health"), program("GET", "/nothing")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Set-Cookie" not in answer.headers


def test_another_site_may_not_ask(program):
    answer = program(
        "OPTIONS", "/books", Origin="https://evil.example", Access_Control_Request_Method="PUT"
    )
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_database_that_is_down_is_reported(program, settings):
    (settings.instance / "linkmgr.db").unlink()
    assert "database" in refused(program("GET", "/health"), 503)["detail"]


@pytest.mark.parametrize("by", ["item", "post", "place", "day", "referrer", "device", "campaign"])
def test_the_figures_of_a_period_are_reported_by_each_dimension(program, engine, by):
    add_clicks(engine)
    answer = program("GET", f"/stats?by={by}&days=7")
    stats = described(answer.json, "Stats")
    assert (stats["by"], stats["days"]) == (by, 7)
    share = {"post": 0, "campaign": 0.2}.get(by, 1)
    assert sum(row["clicks"] for row in stats["rows"]) == stats["clicks"] * share
    assert stats["clicks"] > 0


def test_a_period_may_be_told_by_its_days(program, engine):
    add_clicks(engine)
    stats = program("GET", "/stats?since=2026-01-01&until=2026-01-31").json
    assert (stats["since"], stats["until"], stats["days"]) == ("2026-01-01", "2026-01-31", 31)


def test_days_whose_visitors_may_be_counted_twice_are_reported(program, engine):
    add_clicks(engine)
    rows = [{"day": date(2026, 1, day), "doubled": day > 1} for day in (1, 2, 20, 31)]
    with engine.begin() as connection:
        connection.execute(insert(VisitorDay), rows)
    stats = program("GET", "/stats?since=2026-01-17&until=2026-01-31").json
    assert described(stats, "Stats")["doubled_days"] == ["2026-01-20", "2026-01-31"]
    assert stats["before"]["doubled_days"] == ["2026-01-02"]


def test_tests_of_variants_are_reported_with_their_verdict(program, engine, file):
    text = with_test(file.read_text(encoding="utf-8"))
    file.write_text(text, encoding="utf-8")
    count(engine, variant_test(text), today(), *[((200, 2), (200, 12))] * 5)
    (test,) = described(program("GET", "/tests").json, "Tests")["tests"]
    assert (test["item"], test["winner"]) == ("newsletter", "b")


def test_items_are_reported_with_their_titles(program, engine):
    add_clicks(engine)
    rows = program("GET", "/stats").json["rows"]
    assert rows[0]["value"] == "kitchen-coffee"
    assert rows[0]["title"] == "台所からはじめるコーヒー"


@pytest.mark.parametrize("by", ["item", "post", "tag", "programme", "category", "month"])
def test_what_was_earned_is_reported_by_each_dimension(program, engine, by):
    import_reports(engine, [make_report(make_row(1), make_row(2, "-20"))], "owner", 1)
    found = described(program("GET", f"/earnings?by={by}&period=2026").json, "Earnings")
    assert (found["by"], found["confirmed"], found["currency"]) == (by, "80", "JPY")


@pytest.mark.parametrize(
    ("query", "key"),
    [("by=moon", "by"), ("period=2026-13", "period"), ("currency=USD", "currency")],
)
def test_earnings_that_cannot_be_are_refused(program, engine, query, key):
    assert program("GET", "/earnings").status_code == 404
    import_reports(engine, [make_report(make_row(1))], "owner", 1)
    assert refused(program("GET", f"/earnings?{query}"), 400)["detail"].startswith(f"{key}: ")


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("by=moon", "by"),
        ("days=0", "days"),
        ("days=-1", "days"),
        ("days=99999", "days"),
        ("days=٣", "days"),
        ("since=yesterday", "since"),
        ("until=2026-02-30", "until"),
        ("until=0001-01-02&days=30", "days"),
        ("since=2026-02-01&until=2026-01-01", "since"),
        ("since=0001-01-01", "since"),
        ("since=2026-01-01&days=3", "days"),
    ],
)
def test_a_period_that_is_none_is_reported(program, query, key):
    assert refused(program("GET", f"/stats?{query}"), 400)["detail"].startswith(f"{key}: ")


@pytest.mark.parametrize(
    ("path", "most"),
    [("/health", 6), ("/stats", 5), ("/tests", 5), ("/books", 1), ("/mappings/coffee", 1)],
)
def test_an_answer_asks_the_database_so_often(program, engine, path, most):
    add_clicks(engine)
    program("GET", path)  # the first of the day is noted
    with queries(engine) as asked:
        assert program("GET", path).status_code == 200
    assert len(asked) <= most
