"""The command line words its messages in the language that it is asked for."""

import re
from pathlib import Path
from unicodedata import east_asian_width as width

import click
import pytest
from babel.messages.pofile import read_po

from linkmgr.cli.commands import cli
from linkmgr.cli.common.help import LANG_OPTION, help_paragraphs
from tests.support.builds import write_blog
from tests.support.cli import run, run_alone

TRANSLATIONS = Path(__file__).parents[2] / "linkmgr/cli/translations/ja/LC_MESSAGES"
COMMANDS = [
    *([name] for name in cli.commands),
    *(
        [name, inner]
        for name, group in cli.commands.items()
        for inner in getattr(group, "commands", ())
    ),
]
ENGLISH = "warning: "
JAPANESE = "警告: "


@pytest.fixture
def site(tmp_path):
    site = write_blog(tmp_path / "site")
    (site / "_linkmgr").mkdir()
    (site / "_linkmgr/unused.html").touch()
    return site


@pytest.mark.parametrize(
    ("variables", "beginning"),
    [
        ({"LC_ALL": "ja_JP.UTF-8"}, JAPANESE),
        ({"LC_ALL": "C.UTF-8", "LANG": "ja_JP.UTF-8"}, ENGLISH),
        ({"LC_ALL": "", "LC_MESSAGES": "ja_JP.UTF-8", "LANG": "en_US.UTF-8"}, JAPANESE),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "ja_JP.UTF-8"}, JAPANESE),
        ({"LC_ALL": "", "LC_MESSAGES": "de_DE.UTF-8", "LANG": "ja_JP.UTF-8"}, ENGLISH),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": ""}, ENGLISH),
    ],
)
def test_the_locale_decides(site, monkeypatch, variables, beginning):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert run("build", "--site", site).err.startswith(beginning)


@pytest.mark.parametrize(("language", "beginning"), [("ja", JAPANESE), ("en", ENGLISH)])
def test_the_option_comes_before_the_locale(site, monkeypatch, language, beginning):
    monkeypatch.setenv("LC_ALL", {"ja": "en_US.UTF-8", "en": "ja_JP.UTF-8"}[language])
    assert run("--lang", language, "build", "--site", site).err.startswith(beginning)


@pytest.mark.parametrize(
    "arguments",
    [
        ("build", "--site", ".", "--lang", "ja"),
        ("build", "--lang=ja", "--site", "."),
        ("--lang", "en", "build", "--site", ".", "--lang", "ja"),
    ],
    ids=" ".join,
)
def test_the_language_may_come_after_the_command(site, monkeypatch, arguments):
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert run(*arguments, cwd=site).err.startswith(JAPANESE)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_takes_language_and_names_it_in_its_help(path):
    done = run(*path, "--lang", "ja", "--help")
    assert done.code == 0
    assert re.search(r"^  --lang \[ja\|en\] +メッセージの言語", done.out, re.MULTILINE)
    assert run(*path, "--lang", "fr").code == 2


def test_a_mistake_before_option_is_explained_in_its_language(site):
    for mistake in (["--nope"], ["--site", "nowhere"]):
        assert "エラー: " in run("build", *mistake, "--lang", "ja", cwd=site).err


def test_what_comes_after_two_dashes_is_no_option(site, monkeypatch):
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    done = run("resolve", "--", "--lang", "ja", cwd=site)
    assert done.code == 1
    assert "--lang" in done.err
    assert done.err.isascii()


def test_a_process_of_its_own_does_the_same(site):
    assert run_alone("build", "--site", site, LC_ALL="ja_JP.UTF-8").err.startswith(JAPANESE)


def test_another_language_is_refused(site):
    assert run("--lang", "fr", "build", "--site", site).code == 2


def translated():
    """Return the entries of the translation by which click and the lists of commands speak."""
    with (TRANSLATIONS / "commands.po").open("rb") as opened:
        return [entry for entry in read_po(opened) if entry.id]


def commands(group):
    for command in group.commands.values():
        yield command
        if isinstance(command, click.Group):
            yield from commands(command)


def helps(command):
    """List what is to be translated of a command's help."""
    yield from help_paragraphs(command.help)
    yield command.get_short_help_str(300)
    for option in (*command.params, LANG_OPTION):
        if isinstance(option, click.Option):
            yield option.help
            yield from [option.show_default] if isinstance(option.show_default, str) else []


def test_all_help_is_japanese_and_else_only_clicks_own_words():
    ids = {entry.id if isinstance(entry.id, str) else entry.id[0] for entry in translated()}
    ours = {text for command in (cli, *commands(cli)) for text in helps(command)}
    source = "".join(file.read_text() for file in Path(click.__file__).parent.glob("*.py"))
    clicks = {text for text in ids | ours if text.replace("\n\t", "\\n\\t") in source}
    assert sorted(ours - ids) == []
    assert sorted(ids - ours - clicks) == []


@pytest.mark.parametrize("name", [[], *([name] for name in cli.commands), ["clicks", "export"]])
def test_japanese_help_fits_a_terminal_without_english(name):
    lines = run("--lang", "ja", *name, "--help").out.splitlines()
    wide = "FW"
    assert [line for line in lines if sum(1 + (width(c) in wide) for c in line) > 80] == []
    assert [line for line in lines if re.search(r"[a-z]+ [a-z]+\.( |$)", line)] == []


def test_the_commands_are_listed_in_the_language():
    assert "build       全記事のブロックを書き出します。" in run("--lang", "ja", "--help").out
    assert "build       Write the blocks of every post." in run("--lang", "en", "--help").out


def test_options_are_explained_in_the_language():
    assert "JSON で出力します。" in run("--lang", "ja", "build", "--help").out
    assert "Print JSON." in run("--lang", "en", "build", "--help").out


@pytest.mark.parametrize(
    ("arguments", "japanese", "english"),
    [
        (["build", "--nope"], "エラー: '--nope' というオプション", "Error: No such option"),
        (["biuld"], "エラー: 'biuld' というコマンド", "Error: No such command 'biuld'."),
        (["explain"], "エラー: 引数がありません: 'POST'", "Error: Missing argument 'POST'."),
        (["stats", "--days", "0"], "エラー: '--days' の値が", "Error: Invalid value for '--days'"),
        (["build", "--watch", "--json"], "エラー: --watch は", "Error: --watch goes with neither"),
    ],
)
def test_usage_errors_are_in_the_language(arguments, japanese, english):
    for language, beginning in (("ja", japanese), ("en", english)):
        done = run("--lang", language, *arguments)
        assert done.code == 2
        assert done.err_lines[-1].startswith(beginning)
