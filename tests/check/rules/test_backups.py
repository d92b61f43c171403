"""A backup among the published files is found, whatever it is called."""

import gzip
import tarfile

from linkmgr.check.findings import NOWHERE, PUBLISHED_BACKUP, Finding
from linkmgr.check.pages.built_site import BuiltSite
from linkmgr.check.rules.backups import backup_findings
from linkmgr.messages.errors import Location


def pack(file, *names):
    """Write an archive with files of these names."""
    with tarfile.open(file, "w:gz") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name))


def backups_in(tmp_path):
    built, source = tmp_path / "_site", tmp_path
    (built / "index.html").write_text("<p>tea")
    return list(backup_findings(BuiltSite.read(built), source))


def test_a_backup_is_found_by_what_is_in_it(tmp_path):
    built = tmp_path / "_site"
    (built / "files").mkdir(parents=True)
    pack(built / "files" / "Old.TGZ", "catalog.yaml", "database/api_tokens.jsonl", "secret-key")
    pack(tmp_path / "before.tar.gz", "database/users.jsonl")
    (built / "before.tar.gz").write_bytes((tmp_path / "before.tar.gz").read_bytes())
    assert backups_in(tmp_path) == [
        Finding(PUBLISHED_BACKUP, "", "before.tar.gz", Location("before.tar.gz")),
        Finding(PUBLISHED_BACKUP, "", "files/Old.TGZ", NOWHERE),
    ]


def test_other_archives_and_damaged_ones_are_not(tmp_path):
    built = tmp_path / "_site"
    built.mkdir()
    pack(built / "recipes.tar.gz", "recipes/tea.md", "database/readme.md")
    (built / "sitemap.xml.gz").write_bytes(gzip.compress(b"<urlset/>"))
    (built / "broken.tgz").write_bytes(gzip.compress(b"x" * 2000)[:-9])
    (built / "empty.tar").write_bytes(b"")
    assert backups_in(tmp_path) == []
