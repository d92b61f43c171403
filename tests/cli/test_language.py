"""The command line words its messages in the language that it is asked for."""

import pytest

from tests.support.builds import write_blog
from tests.support.cli import run, run_alone

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


def test_a_process_of_its_own_does_the_same(site):
    assert run_alone("build", "--site", site, LC_ALL="ja_JP.UTF-8").err.startswith(JAPANESE)


def test_another_language_is_refused(site):
    assert run("--lang", "fr", "build", "--site", site).code == 2
