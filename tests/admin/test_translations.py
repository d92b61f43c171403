"""Every message of the admin has its Japanese; nothing else has any."""

import ast
import re
from itertools import chain
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import nodes

from linkmgr.admin.app import find_pages
from linkmgr.admin.common.preferences import COMMON_DOMAIN

PACKAGE = Path(__file__).parents[2] / "linkmgr"
ADMIN = PACKAGE / "admin"
FOLDERS = (ADMIN, PACKAGE / "earnings", PACKAGE / "experiments")  # with pages of the admin
JAPANESE = ADMIN / "translations" / "ja" / "LC_MESSAGES"
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
PARAMETER = re.compile(r"%\(\w+\)s")
FILES = sorted(JAPANESE.glob("*.po"))


def used():
    """Return what the admin's modules and templates say."""
    return {
        message
        for folder in FOLDERS
        for _, _, message, _, _ in extract_from_dir(folder, METHODS, keywords=KEYWORDS)
    }


def read(file):
    with file.open("rb") as opened:
        return read_po(opened, locale="ja")


def messages(file):
    return [message for message in read(file) if message.id]


def test_every_message_has_its_japanese_and_nothing_else_has():
    translated = {message.id for file in FILES for message in messages(file)}
    assert used() - translated == set()
    assert translated - used() == set()


def sentences(admin):
    """Yield the text of each sentence with a number, and the names of what is given for it."""
    for file in chain.from_iterable(folder.rglob("*.py") for folder in FOLDERS):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "ngettext":
                yield call.args[0].value, {each.arg for each in call.keywords}
    for file in chain.from_iterable(folder.rglob("*.html") for folder in FOLDERS):
        parsed = admin.jinja_env.parse(file.read_text(encoding="utf-8"))
        for call in parsed.find_all(nodes.Call):
            if getattr(call.node, "name", "") == "ngettext":
                yield call.args[0].value, {each.key for each in call.kwargs}


def test_no_number_in_a_sentence_lacks_separators_of_language(admin_app):
    plain = [
        text for text, given in sentences(admin_app) if "%(num)s" in text and "num" not in given
    ]
    assert plain == []


def test_each_file_belongs_to_a_page_or_to_all():
    pages = {page.name for page in find_pages()}
    assert {file.stem for file in FILES} == {COMMON_DOMAIN, *pages}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_japanese_message_has_the_parameters_of_the_english(file):
    for message in messages(file):
        japanese = message.string if isinstance(message.string, str) else message.string[0]
        english = message.id if isinstance(message.id, str) else message.id[0]
        assert not message.fuzzy, english
        assert japanese, english
        assert set(PARAMETER.findall(japanese)) == set(PARAMETER.findall(english)), english


def test_one_message_has_one_japanese():
    found = {}
    for file in FILES:
        for message in messages(file):
            assert found.setdefault(message.id, message.string) == message.string
