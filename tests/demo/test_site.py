"""The blog that ships with the package."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
SITE = ROOT / "linkmgr" / "demo" / "site"


def without_schema_line(catalog: str) -> str:
    head, _, rest = catalog.partition("\n")
    return rest.removeprefix("#\n") if "yaml-language-server" in head else catalog


def test_the_demo_shows_the_example_catalog_itself():
    example = (ROOT / "catalog.yaml").read_text(encoding="utf-8")
    demo = (SITE / "catalog.yaml").read_text(encoding="utf-8")
    assert without_schema_line(demo) == without_schema_line(example)


def test_the_demo_has_eight_posts_in_japanese_and_four_in_english():
    texts = [path.read_text(encoding="utf-8") for path in (SITE / "_posts").iterdir()]
    english = [text for text in texts if "\nlang: en\n" in text]
    assert len(texts) == 12
    assert len(english) == 4
