"""Looks that go well, and looks that do not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from linkmgr.blocks.keys import post_key
from linkmgr.messages.errors import LinkmgrError
from linkmgr.site_index.index.queries import Survey
from linkmgr.site_index.index.snapshot import look_at
from linkmgr.site_index.service.indexer import _BUG, Surveyor
from tests.support.builds import CATALOG, POSTS, post
from tests.support.site_index import TEXT, contents, surveyed, with_mapping

LOAF = post_key("_posts/2026-01-03-loaf.md")


def items_of(folder, key):
    with Survey.open(folder / "instance") as survey:
        return [placement.item for placement in survey.post(key)[1]]


def test_an_edit_of_the_catalog_is_followed(tmp_path):
    surveyor, place = surveyed(tmp_path)
    assert items_of(tmp_path, LOAF) == ["news", "bread"]
    place.catalog_file.write_text(with_mapping("bread", items=["black"]), encoding="utf-8")
    surveyor.look_at_catalog()
    assert items_of(tmp_path, LOAF) == ["black"]


def test_a_new_post_is_followed(tmp_path):
    surveyor, place = surveyed(tmp_path)
    path = "_posts/2026-01-06-new.md"
    (place.root / path).write_text(post("New", ["bread"]), encoding="utf-8")
    surveyor.look()
    assert items_of(tmp_path, post_key(path)) == ["news", "bread"]


@pytest.mark.parametrize("text", ["site: [", "nothing", "\udcff"], ids=["syntax", "none", "bytes"])
def test_a_broken_catalog_leaves_the_last_survey_and_says_why(tmp_path, text):
    surveyor, place = surveyed(tmp_path)
    before = contents(tmp_path)
    place.catalog_file.write_text(text, encoding="utf-8", errors="surrogateescape")
    surveyor.look_at_catalog()
    broken = contents(tmp_path)
    assert "catalog.yaml" in broken.pop("problems")[0]
    assert broken == {name: part for name, part in before.items() if name != "problems"}
    place.catalog_file.write_text(TEXT, encoding="utf-8")
    surveyor.look_at_catalog()
    assert contents(tmp_path) == before


def test_an_edit_of_the_catalog_does_not_hide_what_is_wrong_with_a_post(tmp_path):
    surveyor, place = surveyed(tmp_path)
    wrong = place.root / "_posts/2026-01-06-new.md"
    wrong.write_text(post("New", linkmgr={"books": ["nothing"]}), encoding="utf-8")
    surveyor.look()
    assert "no book called nothing" in contents(tmp_path)["problems"][0]
    place.catalog_file.write_text(with_mapping("bread", items=["black"]), encoding="utf-8")
    surveyor.look_at_catalog()
    assert "no book called nothing" in contents(tmp_path)["problems"][0]
    wrong.unlink()
    surveyor.look()
    assert contents(tmp_path)["problems"] == ()
    assert items_of(tmp_path, LOAF) == ["black"]


def test_a_site_that_cannot_be_read_at_first_is_an_empty_survey_that_says_why(tmp_path):
    _, place = surveyed(tmp_path)
    place.catalog_file.unlink()
    (tmp_path / "other" / "instance").mkdir(parents=True)
    surveyor = Surveyor(place, tmp_path / "other" / "instance")
    surveyor.look()
    found = contents(tmp_path / "other")
    assert (found["posts"], found["revision"]) == ([], "")
    assert "there is no such file" in found["problems"][0]
    with pytest.raises(LinkmgrError, match="there is no such file"):
        surveyor.preview(LOAF, None)


def test_a_first_look_is_due_at_once_and_the_next_is_not(tmp_path):
    surveyor, place = surveyed(tmp_path)
    assert not surveyor.is_due()
    assert Surveyor(place, tmp_path / "instance").is_due()


def test_a_look_is_over_with_its_day_and_when_a_post_is_due(tmp_path):
    _, place = surveyed(tmp_path)
    look = look_at(place)
    assert not look.is_over()
    assert replace(look, now=look.now - timedelta(days=1)).is_over()
    assert replace(look, until=look.now).is_over()
    assert not replace(look, until=look.now + timedelta(hours=1)).is_over()


def test_a_look_is_outdated_when_a_file_has_changed(tmp_path):
    _, place = surveyed(tmp_path)
    look = look_at(place)
    assert not look.is_outdated()
    (place.root / "_posts/2026-01-06-new.md").write_text(post("New"), encoding="utf-8")
    assert look.is_outdated()
    look = look_at(place)
    place.catalog_file.write_text(with_mapping("bread", weight=2), encoding="utf-8")
    assert look.is_outdated()


def test_an_open_survey_stays_as_it_is_while_another_takes_its_place(tmp_path):
    surveyor, place = surveyed(tmp_path)
    with Survey.open(tmp_path / "instance") as survey:
        revision = survey.meta.revision
        place.catalog_file.write_text(with_mapping("bread", weight=2), encoding="utf-8")
        surveyor.look_at_catalog()
        assert survey.meta.revision == revision
        assert survey.post(LOAF)[0].title == "A loaf"
    assert contents(tmp_path)["revision"] != revision


def test_a_preview_is_what_will_be_rendered_with_links_that_nobody_counts(tmp_path):
    site = {**CATALOG["site"], "server": "https://go.example"}
    surveyor, _ = surveyed(tmp_path, catalog={"site": site})
    html = surveyor.preview(LOAF, None)
    assert 'class="linkmgr linkmgr-books"' in html
    assert 'href="https://tea.example/news/"' in html
    assert "https://go.example" not in html
    assert "ping" not in html
    assert "{{" not in html


def test_a_preview_may_be_of_another_catalog(tmp_path):
    surveyor, _ = surveyed(tmp_path)
    assert "Black Tea" not in surveyor.preview(LOAF, None)
    assert "Black Tea" in surveyor.preview(LOAF, with_mapping("bread", items=["black"]))


def test_a_preview_has_the_related_posts_and_the_templates_of_the_site(tmp_path):
    template = {"_linkmgr/cta.html": "<p>OURS</p>"}
    surveyor, _ = surveyed(tmp_path, posts={**POSTS, **template}, config={"baseurl": "/b"})
    html = surveyor.preview(LOAF, None)
    assert "OURS" in html
    assert 'href="https://tea.example/b/2026/01/04/' in html


def test_a_post_that_is_not_there_has_no_preview(tmp_path):
    surveyor, _ = surveyed(tmp_path)
    with pytest.raises(LinkmgrError, match="no such post"):
        surveyor.preview("0123456789abcdef", None)


def test_a_bug_in_a_look_is_told_like_a_mistake_and_the_next_look_is_made(tmp_path, monkeypatch):
    surveyor, _ = surveyed(tmp_path)
    before = contents(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr("linkmgr.site_index.service.indexer.look_at", lambda _: {}["bug"])
        surveyor.look()
    assert contents(tmp_path) == before | {"problems": (_BUG,)}
    surveyor.look()
    assert contents(tmp_path) == before
