"""Every message has its text in every language, with the same parameters, and compiled."""

import ast
import re
from collections import defaultdict
from functools import cache
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from linkmgr.messages.message import LANGUAGES

ROOT = Path(__file__).parents[2] / "linkmgr"
LOCALE = ROOT / "messages" / "locale"
DOMAINS = sorted({file.stem for file in LOCALE.glob("*/LC_MESSAGES/*.po")})

# A literal is a message's code if it begins with a domain and ends as no file's name does.
_CODE = re.compile(rf"(?:{'|'.join(DOMAINS)})(?:\.[a-z0-9_-]+)+")
_FILE = re.compile(r".*\.(?:css|csv|html|js|json|lock|md|mo|po|sqlite|toml|txt|xml|ya?ml)")
_ANY = "[a-z0-9_.-]+"  # what a code may have where an f-string has a value


def po_file(domain, language):
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.po"


def read(file):
    with file.open("rb") as opened:
        return read_po(opened)


def texts_of(catalog):
    """Map code and context to the texts: one, or one for each plural form."""
    return {
        (_several(entry.id)[0], entry.context): _several(entry.string)
        for entry in catalog
        if entry.id
    }


def _several(text):
    return (text,) if isinstance(text, str) else tuple(text)


def texts(language):
    """Return the texts of all domains in a language."""
    return dict(_texts(language))


@cache
def _texts(language):
    found = {}
    for domain in DOMAINS:
        found |= texts_of(read(po_file(domain, language)))
    return found


def literals(node):
    """Yield the texts in a module, with f-strings as patterns; documentation aside.

    The endpoint that `url_for` names is none: it looks like a code.
    """
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.JoinedStr):
            yield "".join(
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else _ANY
                for part in child.values
            )
            for part in child.values:
                yield from literals(part)
        elif isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield re.escape(child.value)
        elif isinstance(child, ast.Call) and getattr(child.func, "id", "") == "url_for":
            for argument in (*child.args[1:], *child.keywords):
                yield from literals(argument)
        else:
            yield from literals(child)


@cache
def modules():
    """Return what each module's source is parsed to, by its path."""
    return {
        file.relative_to(ROOT).as_posix(): ast.parse(file.read_text(encoding="utf-8"))
        for file in ROOT.rglob("*.py")
    }


def codes_in(module):
    """Yield the patterns of the codes that a module mentions."""
    for literal in literals(module):
        plain = literal.replace("\\", "")
        begins = plain.partition(".")[0] in DOMAINS
        if begins and (_ANY in literal or (_CODE.fullmatch(plain) and not _FILE.fullmatch(plain))):
            yield literal


@cache
def codes_used():
    """Map the patterns of all codes to the modules that mention them."""
    found = defaultdict(set)
    for name, module in modules().items():
        for code in codes_in(module):
            found[code].add(name)
    return found


def placeholders(text):
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(text) if name}


def missing(used, there):
    """Return the codes without a text."""
    codes = {code for code, context in there if context is None}
    return {
        code: modules
        for code, modules in used.items()
        if not any(re.fullmatch(code, known) for known in codes)
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_text(language):
    assert missing(codes_used(), texts(language)) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_removed_translation_is_found(language):
    there = texts(language)
    del there["cli.warning", None]
    assert missing(codes_used(), there).keys() == {re.escape("cli.warning")}


def test_no_text_is_unused():
    used = re.compile("|".join(codes_used()))
    assert [code for code, _ in texts("en") if not used.fullmatch(code)] == []


def test_the_languages_have_the_same_codes():
    assert texts("ja").keys() == texts("en").keys()


def test_the_languages_have_the_same_parameters():
    japanese = texts("ja")
    different = {
        key: (text, japanese[key])
        for key, text in texts("en").items()
        if set().union(*map(placeholders, text)) != set().union(*map(placeholders, japanese[key]))
    }
    assert different == {}


@cache
def messages_made():
    """Return the code and the parameters of each `message("…", …)` that says both in place."""
    found = []
    for module in modules().values():
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                given = {keyword.arg for keyword in node.keywords}
                code = node.args[0] if node.args else None
                is_plain = isinstance(code, ast.Constant) and None not in given
                if node.func.id == "message" and is_plain:
                    found.append((code.value, given))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_has_the_parameters_of_its_texts(language):
    there = texts(language)
    for code, given in messages_made():
        wanted = set().union(
            *map(placeholders, there[code, None]), *map(placeholders, there.get((code, "form"), ()))
        )
        assert wanted <= given, code


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty(language):
    assert [key for key, forms in texts(language).items() if not all(forms)] == []


def test_what_is_read_when_linkmgr_runs_is_what_was_written():
    files = sorted(ROOT.rglob("*.po"))
    assert files
    for file in files:
        written = BytesIO()
        write_mo(written, read(file))
        written.seek(0)
        with file.with_suffix(".mo").open("rb") as compiled:
            same = texts_of(read_mo(compiled)) == texts_of(read_mo(written))
        assert same, f"{file} was edited: run `make messages`"
