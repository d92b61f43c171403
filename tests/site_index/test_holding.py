"""Looks that go well, and looks that do not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from linkmgr.blocks.include import post_key
from linkmgr.builder.reading import inputs
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message, set_language, translate
from linkmgr.site_index import snapshot
from linkmgr.site_index.snapshot import load_snapshot
from tests.support.builds import CATALOG, POSTS, post
from tests.support.site_index import (
    TEXT,
    catalog_text,
    contents,
    hold,
    index_at,
    indexed,
    settings_at,
    with_mapping,
)

LOAF = post_key("_posts/2026-01-03-loaf.md")


def items_of(folder, key):
    index = index_at(folder / "instance")
    return [placement.item for placement in index.post(key)[1]]


def test_an_edit_of_the_catalog_is_followed(tmp_path):
    indexer, paths = indexed(tmp_path)
    assert items_of(tmp_path, LOAF) == ["news", "bread"]
    paths.catalog_file.write_text(with_mapping("bread", items=["black"]), encoding="utf-8")
    indexer.follow(set())
    assert items_of(tmp_path, LOAF) == ["news", "bread"]
    indexer.follow({str(paths.catalog_file.resolve())})
    assert items_of(tmp_path, LOAF) == ["black"]


def test_a_new_keyword_has_the_posts_read_once(tmp_path, monkeypatch):
    indexer, paths = indexed(tmp_path)
    readings = []

    def load_inputs(*args, **kwargs):
        readings.append(args)
        return inputs.load_inputs(*args, **kwargs)

    monkeypatch.setattr(snapshot, "load_inputs", load_inputs)
    text = with_mapping("bread", any={"tags": ["bread"], "keywords": ["rye"]}, items=["black"])
    paths.catalog_file.write_text(text, encoding="utf-8")
    indexer.index_catalog()
    assert items_of(tmp_path, LOAF) == ["black"]
    assert len(readings) == 1


def test_a_new_post_is_followed(tmp_path):
    indexer, paths = indexed(tmp_path)
    path = "_posts/2026-01-06-new.md"
    (paths.root / path).write_text(post("New", ["bread"]), encoding="utf-8")
    indexer.follow({str(paths.root / path), str(paths.catalog_file.resolve())})
    assert items_of(tmp_path, post_key(path)) == ["news", "bread"]


def test_another_jekyll_in_the_catalog_has_the_posts_read_anew(tmp_path):
    path = "_posts/2026-01-06-minutes.md"
    text = post("Minutes", ["bread"]).replace("title: Minutes", "title: 1:30")
    assert "title: 1:30" in text
    gems, debians = (CATALOG["site"] | {"jekyll": package} for package in ("gem", "debian"))
    indexer, paths = indexed(tmp_path, posts={**POSTS, path: text}, catalog={"site": gems})
    gem = contents(tmp_path)["posts"]
    paths.catalog_file.write_text(catalog_text(site=debians), encoding="utf-8")
    indexer.index_catalog()
    debian = contents(tmp_path)["posts"]
    titles = [next(p.title for p in found if p.path == path) for found in (gem, debian)]
    assert titles == ["90.0", "5400"]


@pytest.mark.parametrize("text", ["site: [", "nothing", "\udcff"], ids=["syntax", "none", "bytes"])
def test_a_broken_catalog_leaves_the_last_index_with_the_reason(tmp_path, text):
    indexer, paths = indexed(tmp_path)
    before = contents(tmp_path)
    paths.catalog_file.write_text(text, encoding="utf-8", errors="surrogateescape")
    indexer.index_catalog()
    broken = contents(tmp_path)
    assert "catalog.yaml" in broken.pop("problems")[0]
    assert broken == {name: part for name, part in before.items() if name != "problems"}
    paths.catalog_file.write_text(TEXT, encoding="utf-8")
    indexer.index_catalog()
    assert contents(tmp_path) == before


def test_a_damaged_cache_is_replaced_at_once(tmp_path):
    indexer, paths = indexed(tmp_path)
    before = contents(tmp_path)
    (cache,) = (paths.root / ".linkmgr-cache").glob("*.sqlite")
    cache.write_bytes(b"no database")
    indexer.index_site()
    assert contents(tmp_path) == before


def test_problems_in_the_index_are_in_the_readers_language(tmp_path):
    indexer, paths = indexed(tmp_path)
    paths.catalog_file.unlink()
    indexer.index_site()
    english = contents(tmp_path)["problems"]
    set_language("ja")
    try:
        japanese = contents(tmp_path)["problems"]
        with pytest.raises(LinkmgrError, match="no such post") as raised:
            indexer.preview("0123456789abcdef", None)
    finally:
        set_language("en")
    assert japanese != english
    assert "catalog.yaml" in japanese[0]
    assert "公開する記事にありません" in raised.value.translated("ja")


def test_edit_of_catalog_does_not_hide_what_is_wrong_with_post(tmp_path):
    indexer, paths = indexed(tmp_path)
    wrong = paths.root / "_posts/2026-01-06-new.md"
    wrong.write_text(post("New", linkmgr={"books": ["nothing"]}), encoding="utf-8")
    indexer.index_site()
    assert "no book called nothing" in contents(tmp_path)["problems"][0]
    paths.catalog_file.write_text(with_mapping("bread", items=["black"]), encoding="utf-8")
    indexer.index_catalog()
    assert "no book called nothing" in contents(tmp_path)["problems"][0]
    wrong.unlink()
    indexer.index_site()
    assert contents(tmp_path)["problems"] == ()
    assert items_of(tmp_path, LOAF) == ["black"]


def test_an_unreadable_site_is_an_empty_index_with_the_reason(tmp_path):
    _, paths = indexed(tmp_path)
    paths.catalog_file.unlink()
    (tmp_path / "other" / "instance").mkdir(parents=True)
    indexer = hold(settings_at(paths.root, tmp_path / "other" / "instance"))
    found = contents(tmp_path / "other")
    assert (found["posts"], found["revision"]) == ([], "")
    assert "there is no such file" in found["problems"][0]
    with pytest.raises(LinkmgrError, match="there is no such file"):
        indexer.preview(LOAF, None)


def test_a_snapshot_is_over_with_its_day_and_when_a_post_is_due(tmp_path):
    _, paths = indexed(tmp_path)
    snapshot = snapshot_of(paths)
    now = snapshot.site.now
    assert snapshot.ends_at() == (now + timedelta(days=1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    due = now + timedelta(microseconds=1)
    assert replace(snapshot, site=replace(snapshot.site, next_post=due)).ends_at() == due


def test_a_snapshot_is_outdated_when_a_file_has_changed(tmp_path):
    _, paths = indexed(tmp_path)
    snapshot = snapshot_of(paths)
    assert not snapshot.is_outdated()
    (paths.root / "_posts/2026-01-06-new.md").write_text(post("New"), encoding="utf-8")
    assert snapshot.is_outdated()
    snapshot = snapshot_of(paths)
    paths.catalog_file.write_text(with_mapping("bread", weight=2), encoding="utf-8")
    assert snapshot.is_outdated()


def snapshot_of(paths):
    return load_snapshot(paths, load_catalog(paths.catalog_file), "")


def test_open_index_stays_as_it_is_while_another_takes_its_place(tmp_path):
    indexer, paths = indexed(tmp_path)
    index = index_at(tmp_path / "instance")
    revision = index.meta.revision
    paths.catalog_file.write_text(with_mapping("bread", weight=2), encoding="utf-8")
    indexer.index_catalog()
    assert index.meta.revision == revision
    assert index.post(LOAF)[0].title == "A loaf"
    assert contents(tmp_path)["revision"] != revision


def test_a_preview_is_what_will_be_rendered_with_uncounted_links(tmp_path):
    site = {**CATALOG["site"], "server": "https://go.example"}
    indexer, _ = indexed(tmp_path, catalog={"site": site})
    html = indexer.preview(LOAF, None)
    assert 'class="linkmgr linkmgr-books"' in html
    assert 'href="https://tea.example/news/"' in html
    assert "https://go.example" not in html
    assert "ping" not in html
    assert "{{" not in html


def test_a_preview_may_be_of_another_catalog(tmp_path):
    indexer, _ = indexed(tmp_path)
    assert "Black Tea" not in indexer.preview(LOAF, None)
    other = parse_catalog(with_mapping("bread", items=["black"]))
    assert "Black Tea" in indexer.preview(LOAF, other)


def test_a_preview_has_related_posts_and_templates_of_site(tmp_path):
    template = {"_linkmgr/cta.html": "<p>OURS</p>"}
    indexer, _ = indexed(tmp_path, posts={**POSTS, **template}, config={"baseurl": "/b"})
    html = indexer.preview(LOAF, None)
    assert "OURS" in html
    assert 'href="https://tea.example/b/2026/01/04/' in html


def test_a_post_that_is_not_there_has_no_preview(tmp_path):
    indexer, _ = indexed(tmp_path)
    with pytest.raises(LinkmgrError, match="no such post"):
        indexer.preview("0123456789abcdef", None)


def test_a_bug_is_shown_like_a_mistake_and_site_is_indexed_again(tmp_path, monkeypatch):
    indexer, _ = indexed(tmp_path)
    before = contents(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr("linkmgr.site_index.worker.load_snapshot", lambda *_: {}["bug"])
        indexer.index_site()
    assert contents(tmp_path) == before | {"problems": (translate(message("site_index.bug")),)}
    indexer.index_site()
    assert contents(tmp_path) == before
