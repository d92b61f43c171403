"""The blog that ships with the package."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
SITE = ROOT / "linkmgr" / "demo" / "site"
SCHEMA_LINE = "# yaml-language-server: $schema"


def test_the_demo_shows_the_example_catalog_itself():
    """Their first lines differ: each names the schema from where it stands."""
    example, demo = (
        (folder / "catalog.yaml").read_text(encoding="utf-8").splitlines()
        for folder in (ROOT, SITE)
    )
    assert demo[1:] == example[1:]
    assert [line.partition("=")[0] for line in (demo[0], example[0])] == [SCHEMA_LINE] * 2


def test_demo_has_eight_posts_in_japanese_and_four_in_english():
    texts = [path.read_text(encoding="utf-8") for path in (SITE / "_posts").iterdir()]
    english = [text for text in texts if "\nlang: en\n" in text]
    assert len(texts) == 12
    assert len(english) == 4
