"""The registry of check codes: what a code has, and where a new one appears by itself."""

import json

import pytest
import yaml
from click.testing import CliRunner

from docs._reference.pages import render
from linkmgr.admin.api.app import description
from linkmgr.builder.run import build
from linkmgr.check.findings import CODES, Severity, register
from linkmgr.check.last_result import load_last_result
from linkmgr.cli.commands import cli
from linkmgr.messages.message import LANGUAGES, translate
from tests.support.builds import NOW, post, write_blog
from tests.support.check_codes import THROWAWAY, throwaway_code


@pytest.fixture
def new_code():
    with throwaway_code() as code:
        yield code


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES.values(), ids=str)
def test_every_code_has_its_meaning_and_remedy(code, language):
    for text in (code.meaning, code.remedy):
        assert translate(text, language) != text.code


def test_no_two_codes_have_one_name():
    with pytest.raises(ValueError, match="two check codes called dead-link"):
        register("dead-link", Severity.ERROR)


def test_a_new_code_appears_in_report_json_and_last_result(tmp_path, new_code):
    site = write_blog(
        tmp_path / "blog", {"_posts/2026-01-01-green.md": post("Green leaves", ["tea", "bread"])}
    )
    build(site, now=NOW)
    (site / "_site").mkdir()
    (site / "_site" / "index.html").write_text('<a href="HTTPS://SHOP.EXAMPLE/">')
    command = ["check", "--site", str(site)]
    text = CliRunner().invoke(cli, command).stdout
    assert f"index.html: {THROWAWAY}: HTTPS://SHOP.EXAMPLE/" in text
    assert f"     1  {THROWAWAY}: finding in en. remedy in en" in text
    found = json.loads(CliRunner().invoke(cli, [*command, "--json"]).stdout)["findings"]
    assert [each for each in found if each["wrong"] == THROWAWAY] == [
        {
            "wrong": THROWAWAY,
            "what": "HTTPS://SHOP.EXAMPLE/",
            "page": "index.html",
            "also": [],
            "file": "",
            "line": 0,
            "key": "",
            "severity": "warning",
            "message": "finding in en",
            "remedy": "remedy in en",
            "detail": "",
            "code": f"check.finding.{THROWAWAY}",
            "params": {},
        }
    ]
    assert load_last_result(site).counts[new_code] == 1


@pytest.mark.usefixtures("new_code")
def test_a_new_code_appears_in_docs_and_in_description_of_api():
    row = f"| `{THROWAWAY}` | warning | finding in en | remedy in en |\n"
    assert row in render("check-codes", "en")
    codes = yaml.safe_load(description())["components"]["schemas"]["CheckCode"]["enum"]
    assert codes == [*CODES]
    assert THROWAWAY in codes
