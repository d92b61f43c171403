"""A program that uses the API, and what the API is described to answer."""

import json
from functools import cache

import yaml
from jsonschema import Draft202012Validator, FormatChecker

from linkmgr.admin.api.description import description as api_description


class Program:
    """Sends JSON, with a token if it has one."""

    def __init__(self, app, token=None):
        self.client = app.test_client()
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def __call__(
        self, method, path, body=None, *, data=None, content_type="application/json", **headers
    ):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:  # as it is: Flask's client would sort the keys
            data = json.dumps(body)
        more = {} if data is None else {"data": data, "content_type": content_type}
        return self.client.open(f"/api{path}", method=method, headers=self.headers | sent, **more)


@cache
def description():
    return yaml.safe_load(api_description())


def described(value, name):
    """Return a value that is as the description's schema of this name says."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": description()["components"]}
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(value)
    return value


def refused(answer, status):
    """Return the problem that an answer is, with this status."""
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    problem = described(answer.json, "Problem")
    assert problem["status"] == status
    return problem
