"""Every code has its wording in each language, with the parameters that it is made with."""

import ast
import io
import re
import string
from functools import cache
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from linkmgr.messages.language import LANGUAGES

PACKAGE = Path(__file__).parents[2] / "linkmgr"
LOCALE = PACKAGE / "messages" / "locale"
FILES = sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))
DOMAINS = sorted({file.stem for file in FILES})


def name_of(file):
    return f"{file.parts[-3]}/{file.stem}"


@cache
def read(file):
    with file.open("rb") as opened:
        return read_po(opened, locale=file.parts[-3])


@cache
def texts(domain, language):
    """Return the texts of a domain: by code and context, a list of plural forms."""
    found = {}
    for message in read(LOCALE / language / "LC_MESSAGES" / f"{domain}.po"):
        if message.id:
            code = message.id if isinstance(message.id, str) else message.id[0]
            forms = [message.string] if isinstance(message.string, str) else [*message.string]
            found[code, message.context] = forms
    return found


def parameters(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@cache
def syntax_trees():
    return [ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")]


@cache
def codes_in_use(domain):
    """Return a pattern of the package's texts that begin as a domain's codes do."""
    found = set()
    for tree in syntax_trees():
        for node in ast.walk(tree):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            is_text = isinstance(parts[0], ast.Constant) if parts else False
            if is_text and str(parts[0].value).startswith(f"{domain}."):
                found.add("".join(map(pattern, parts)))
    return re.compile("|".join(found))


def pattern(part):
    return re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+"


def made():
    """Yield code and parameters of each `message("…", …)` in the package."""
    for tree in syntax_trees():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "message"
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                yield node.args[0].value, {keyword.arg for keyword in node.keywords}


def test_each_language_has_the_same_files():
    assert {name_of(file) for file in FILES} == {
        f"{language}/{domain}" for language in LANGUAGES for domain in DOMAINS
    }


@pytest.mark.parametrize("domain", DOMAINS)
def test_each_language_has_the_same_codes_with_the_same_parameters(domain):
    english, japanese = texts(domain, "en"), texts(domain, "ja")
    assert english.keys() == japanese.keys()
    for key, forms in english.items():
        assert all(forms), key
        assert all(japanese[key]), key
        expected = set().union(*map(parameters, forms))
        assert set().union(*map(parameters, japanese[key])) == expected, key


@pytest.mark.parametrize("domain", DOMAINS)
def test_each_code_has_a_text_and_starts_with_its_domain(domain):
    for code, context in texts(domain, "en"):
        assert code.startswith(f"{domain}.")
        assert context in (None, "form")
        assert (code, None) in texts(domain, "en")


def test_each_message_that_is_made_has_a_wording_that_knows_its_parameters():
    for code, given in made():
        domain = code.partition(".")[0]
        assert domain in DOMAINS, code
        for language in LANGUAGES:
            assert (code, None) in texts(domain, language), code
            for context in (None, "form"):
                for text in texts(domain, language).get((code, context), ()):
                    assert None in given or parameters(text) <= given, code


@pytest.mark.parametrize("domain", DOMAINS)
def test_each_wording_is_of_a_code_in_use(domain):
    used = codes_in_use(domain)
    assert [code for code, _ in texts(domain, "en") if not used.fullmatch(code)] == []


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_what_is_compiled_is_what_was_written(file):
    """`make messages` compiles them."""
    written = io.BytesIO()
    write_mo(written, read(file))
    written.seek(0)
    with file.with_suffix(".mo").open("rb") as opened:
        assert compiled(opened) == compiled(written)


def compiled(file):
    found = read_mo(file)
    return {(repr(each.id), each.context): each.string for each in found if each.id}
