"""Translations are compiled where linkmgr is built, by several installations at once, too."""

import gettext
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hatch_build import compile_translations
from tests.support.packages import ROOT

SOURCE = ROOT / "linkmgr" / "messages" / "locale" / "ja" / "LC_MESSAGES" / "server.po"


def test_concurrent_installations_leave_whole_translations(tmp_path):
    source = Path(shutil.copy(SOURCE, tmp_path))
    with ThreadPoolExecutor(8) as installations:
        for _ in range(5):
            source.with_suffix(".mo").unlink(missing_ok=True)
            (compiled,) = {*installations.map(compile_translations, [source] * 8)}
            with compiled.open("rb") as opened:
                assert gettext.GNUTranslations(opened).gettext("server.serves-at")
            assert {*tmp_path.iterdir()} == {source, compiled}


def test_compiled_translations_are_not_written_again(tmp_path):
    compiled = compile_translations(Path(shutil.copy(SOURCE, tmp_path)))
    before = compiled.stat()
    compile_translations(tmp_path / SOURCE.name)
    after = compiled.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_translations_of_an_older_text_are_compiled_again(tmp_path):
    source = Path(shutil.copy(SOURCE, tmp_path))
    before = compile_translations(source).read_bytes()
    with source.open("a") as file:
        file.write('\nmsgid "server.new"\nmsgstr "新しい"\n')
    assert compile_translations(source).read_bytes() != before
