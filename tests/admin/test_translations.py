"""Every message of the admin has its Japanese; nothing else has any."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from linkmgr.admin.app import find_pages
from linkmgr.admin.common.preferences import COMMON_DOMAIN

ADMIN = Path(__file__).parents[2] / "linkmgr" / "admin"
JAPANESE = ADMIN / "translations" / "ja" / "LC_MESSAGES"
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
PARAMETER = re.compile(r"%\(\w+\)s")
FILES = sorted(JAPANESE.glob("*.po"))


def used():
    """Return what the admin's modules and templates say."""
    found = extract_from_dir(ADMIN, METHODS, keywords=KEYWORDS)
    return {message for _, _, message, _, _ in found}


def read(file):
    with file.open("rb") as opened:
        return read_po(opened, locale="ja")


def messages(file):
    return [message for message in read(file) if message.id]


def test_every_message_has_its_japanese_and_nothing_else_has():
    translated = {message.id for file in FILES for message in messages(file)}
    assert used() - translated == set()
    assert translated - used() == set()


def test_each_file_belongs_to_a_page_or_to_all():
    pages = {page.name for page in find_pages()}
    assert {file.stem for file in FILES} == {COMMON_DOMAIN, *pages}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_japanese_message_is_there_with_the_parameters_of_the_english(file):
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
