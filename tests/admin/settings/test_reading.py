"""Settings changes which pages show blocks and the Jekyll, and says what follows."""

import html
import re

import pytest

from tests.admin.settings.test_edit import SETTINGS, catalog_of, fields_of, send
from tests.support.indexed_site import indexer_of

PATH = f"{SETTINGS}/site"


@pytest.fixture
def client(admin_client, settings):
    """Give a browser in English that is signed in to a server that has read the site."""
    indexer_of(settings)
    admin_client.headers["Accept-Language"] = "en"
    return admin_client


def follows(answer):
    """Return what follows from a change, as its preview lists it."""
    assert answer.status_code == 200
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.text))


def test_a_page_for_blocks_is_named_with_what_its_layout_lacks(client, file):
    shown = follows(send(client, PATH, pages="newsletter.md\r\nnowhere.md"))
    assert "1 page gets blocks, too: newsletter.md." in shown
    assert "No page has this path: nowhere.md." in shown
    assert "default: this layout, of newsletter.md, shows no blocks" in shown
    assert send(client, PATH, "save", pages="newsletter.md").status_code == 303
    assert catalog_of(file).site.pages == ("newsletter.md",)
    assert fields_of(client, PATH)["pages"] == "newsletter.md"
    assert "1 page no longer shows blocks: newsletter.md." in follows(send(client, PATH, pages=""))


def test_a_file_without_front_matter_is_no_page(client, site):
    (site / "plain.md").write_text("Only text.\n", encoding="utf-8")
    assert "No page has this path: plain.md." in follows(send(client, PATH, pages="plain.md"))


def test_what_jekyll_would_refuse_in_page_is_said_before_saving(client, site):
    (site / "_config.yml").write_text("markdown_ext: [", encoding="utf-8")
    assert "YAML" in follows(send(client, PATH, pages="newsletter.md"))


def test_another_jekyll_is_said_to_read_posts_once_it_is_saved(client, file, site):
    (site / "Gemfile.lock").write_text(
        "GEM\n  specs:\n    jekyll (4.3.2)\n      safe_yaml (~> 1.0)\n", encoding="utf-8"
    )
    same = follows(send(client, PATH, jekyll="gem"))
    assert "Posts are read as before, as the released gem reads them." in same
    other = follows(send(client, PATH, jekyll="debian"))
    assert "Posts are read as Debian's and Ubuntu's package reads them." in other
    assert "once this is saved" in other
    assert send(client, PATH, "save", jekyll="debian").status_code == 303
    assert catalog_of(file).site.jekyll == "debian"


def test_without_blogs_folder_settings_alone_say_what_follows(client, site):
    fields = fields_of(client, PATH)
    (site / "_config.yml").unlink()
    typed = {**fields, "pages": "about.md", "jekyll": "gem", "do": "preview"}
    shown = follows(client.post(PATH, typed))
    assert "Posts show blocks, and so do: about.md." in shown
    assert "Posts are read as the released gem reads them." in shown


def test_the_level_of_headings_is_a_number_in_the_catalog(client, file):
    assert send(client, PATH, "save", heading_level="4").status_code == 303
    assert catalog_of(file).site.heading_level == 4
