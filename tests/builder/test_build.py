"""Building a small site: what is written, what is left alone, what is told."""

import json
import os
import shutil
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from linkmgr.blocks.include import post_key
from linkmgr.builder.run import BuildResult
from linkmgr.builder.setup.install import plan_install
from linkmgr.messages.errors import LinkmgrError, Problems
from tests.support.builds import (
    CACHE,
    CATALOG,
    FRAGMENTS,
    INDEX,
    NOW,
    POSTS,
    built,
    edit,
    files_of,
    fragment_of,
    made,
    made_from_scratch,
    post,
    stamps,
    write_blog,
    yaml_of,
)

GREEN = "_posts/2026-01-01-green.md"
BLACK = "_posts/2026-01-02-black.md"
HILLS = "_posts/2026-01-05-hills.md"


@pytest.fixture
def site(tmp_path):
    return write_blog(tmp_path / "site")


def index_of(root):
    return json.loads((root / INDEX).read_text(encoding="utf-8"))


def text_of(root, path):
    return fragment_of(root, path).read_text(encoding="utf-8")


def problems_of(root, **options):
    with pytest.raises(Problems) as caught:
        built(root, **options)
    return str(caught.value).replace(f"{root}/", "").split("\n")


def test_the_first_build_writes_everything(site):
    report = built(site)
    assert (report.posts, report.with_blocks, report.deleted) == (5, 4, ())
    assert set(report.written) == made(site).keys()
    assert index_of(site) == {path: post_key(path) for path in POSTS if path != HILLS}
    assert files_of(site, FRAGMENTS).keys() == {
        f"{FRAGMENTS}/{key}.html" for key in ["_empty", *index_of(site).values()]
    }


def test_the_index_is_written_after_the_fragments_that_it_names(site):
    assert built(site).written[-1] == INDEX


def test_the_index_is_text_that_jekylls_yaml_parser_reads(site):
    built(site)
    text = (site / INDEX).read_text(encoding="utf-8")
    assert "日本茶" in text
    assert "\\u" not in text


def test_a_build_without_changes_writes_nothing_nor_its_cache(site):
    built(site)
    before = stamps(site)
    report = built(site)
    assert (report.changed, report.posts, report.with_blocks) == (False, 5, 4)
    assert stamps(site) == before


def test_a_build_after_touched_posts_writes_only_its_cache(site):
    built(site)
    before = made(site), {k: v for k, v in stamps(site).items() if CACHE not in k}
    for path in POSTS:
        (site / path).write_bytes((site / path).read_bytes())
    report = built(site)
    after = {k: v for k, v in stamps(site).items() if CACHE not in k and "_posts" not in k}
    assert not report.changed
    assert made(site) == before[0]
    assert after.items() <= before[1].items()


def test_a_changed_post_changes_its_own_fragment_alone(site):
    built(site)
    edit(site / BLACK, "oolong", "flour")
    report = built(site)
    assert report.written == (fragment_of(site, BLACK).relative_to(site).as_posix(),)
    assert "Bread" in text_of(site, BLACK)


def test_an_edit_of_a_post_that_changes_no_block_writes_nothing(site):
    built(site)
    edit(site / GREEN, "Some text.", "Other text.")
    assert not built(site).changed


def test_a_changed_title_changes_the_fragments_that_show_it(site):
    built(site)
    edit(site / GREEN, "Green leaves", "Green leafs")
    written = built(site).written
    assert written
    for path in written:
        assert "Green leafs" in (site / path).read_text(encoding="utf-8")


def test_a_post_that_gains_its_first_block_gets_a_fragment(site):
    built(site)
    edit(site / HILLS, "walks", "tea")
    report = built(site)
    assert INDEX in report.written
    assert HILLS in index_of(site)
    assert "Green Tea" in text_of(site, HILLS)


def test_the_empty_fragment_is_touched_for_a_new_index_alone(site):
    built(site)
    empty = site / FRAGMENTS / "_empty.html"
    before = empty.stat().st_mtime_ns
    edit(site / BLACK, "oolong", "flour")
    assert built(site).changed
    assert empty.stat().st_mtime_ns == before
    edit(site / HILLS, "walks", "tea")
    built(site)
    assert empty.stat().st_mtime_ns > before
    assert empty.stat().st_mtime_ns >= (site / INDEX).stat().st_mtime_ns


def test_a_build_cut_off_before_touching_the_fragment_is_mended(site):
    built(site)
    empty = site / FRAGMENTS / "_empty.html"
    shutil.copystat(site / "_config.yml", empty)
    assert empty.stat().st_mtime_ns < (site / INDEX).stat().st_mtime_ns
    edit(site / BLACK, "oolong", "flour")
    built(site)
    assert empty.stat().st_mtime_ns >= (site / INDEX).stat().st_mtime_ns


def test_a_removed_post_loses_its_fragment(site):
    built(site)
    fragment = fragment_of(site, GREEN)
    (site / GREEN).unlink()
    report = built(site)
    assert report.deleted == (fragment.relative_to(site).as_posix(),)
    assert not fragment.exists()
    assert GREEN not in index_of(site)


def test_a_renamed_post_gets_a_fragment_of_its_new_name(site):
    built(site)
    (site / GREEN).rename(site / "_posts/2026-01-01-verde.md")
    report = built(site)
    assert len(report.deleted) == 1
    assert "_posts/2026-01-01-verde.md" in index_of(site)
    assert "/2026/01/01/verde/" in text_of(site, BLACK)


def test_changed_blurb_changes_fragments_of_posts_that_show_book(site):
    built(site)
    edit(site / "catalog.yaml", "All of it", "Nearly all of it")
    report = built(site)
    assert set(report.written) == {
        path
        for path, data in files_of(site, FRAGMENTS).items()
        if "Nearly all of it" in data.decode()
    }
    assert report.written


def test_keywords_come_and_go_without_a_change_of_the_posts(site):
    built(site)
    edit(site / HILLS, "Some text.", "barley " * 60)
    assert not built(site).changed
    edit(site / "catalog.yaml", "- flour", "- flour\n      - barley")
    built(site)
    assert "Bread" in text_of(site, HILLS)
    edit(site / "catalog.yaml", "      - barley\n", "")
    built(site)
    assert HILLS not in index_of(site)


def test_a_template_of_the_sites_own_is_used_and_its_changes_too(site):
    (site / "_linkmgr").mkdir()
    template = site / "_linkmgr/books.html"
    template.write_text("<p>{{ block.items | length }} books</p>\n")
    built(site)
    assert "<p>2 books</p>" in text_of(site, GREEN)
    template.write_text("<b>{{ block.items | length }} books</b>\n")
    built(site)
    assert "<b>2 books</b>" in text_of(site, GREEN)
    template.unlink()
    built(site)
    assert "linkmgr-card" in text_of(site, GREEN)


def test_a_changed_permalink_changes_the_related_links(site):
    built(site)
    edit(site / "_config.yml", "/:year/:month/:day/:title/", "/:title.html")
    built(site)
    assert 'href="{{ linkmgr_base }}/black.html"' in text_of(site, GREEN)


def test_a_language_changes_the_headings(site):
    built(site)
    edit(site / "catalog.yaml", "language: en", "language: ja")
    edit(site / "catalog.yaml", "ours-20", "ours-22")
    built(site)
    assert "あわせて読みたい" in text_of(site, GREEN)


def test_a_fragment_edited_by_hand_is_repaired(site):
    built(site)
    before = made(site)
    fragment = fragment_of(site, GREEN)
    for text in ("mine", fragment.read_text(encoding="utf-8").replace("Green", "White")):
        fragment.write_text(text)
        report = built(site)
        assert report.written == (fragment.relative_to(site).as_posix(),)
        assert made(site) == before


@pytest.mark.parametrize(
    "path",
    ["_includes/linkmgr.html", INDEX, "assets/linkmgr/linkmgr.css", f"{FRAGMENTS}/_empty.html"],
)
@pytest.mark.parametrize("way", ["edited", "deleted"])
def test_any_other_file_that_was_edited_or_deleted_is_repaired(site, path, way):
    built(site)
    before = made(site)
    if way == "edited":
        (site / path).write_text("mine")
    else:
        (site / path).unlink()
    assert path in built(site).written
    assert made(site) == before


def test_deleted_folders_are_made_again(site):
    built(site)
    before = made(site)
    for folder in ("_includes", "_data", "assets", CACHE):
        shutil.rmtree(site / folder)
        built(site)
        assert made(site) == before


def test_fragments_that_no_post_has_go(site):
    built(site)
    old, dangling, cut_off = "0123456789abcdef.html", "fedcba9876543210.html", ".linkmgr-123.tmp"
    (site / FRAGMENTS / old).write_text("x")
    (site / FRAGMENTS / dangling).symlink_to("nowhere")
    (site / FRAGMENTS / cut_off).write_text("x")
    report = built(site)
    assert {path.rpartition("/")[2] for path in report.deleted} == {old, dangling, cut_off}
    assert made(site) == made_from_scratch(site)
    assert len(list((site / FRAGMENTS).iterdir())) == 5


@pytest.mark.parametrize(
    "name",
    [
        *("old.html", "notes.txt", "0123456789abcde.html", "0123456789ABCDEF.html"),
        *("0123456789abcdef.html.bak", "_empty.md", ".git"),
    ],
)
def test_what_no_build_has_made_stays_among_the_fragments(site, name):
    built(site)
    (site / FRAGMENTS / name).write_text("mine")
    edit(site / BLACK, "oolong", "flour")
    assert built(site).deleted == ()
    assert (site / FRAGMENTS / name).read_text() == "mine"


@pytest.mark.parametrize("folder", ["_includes", "_includes/linkmgr", "_data", "assets"])
def test_nothing_is_written_through_a_link_out_of_the_site(site, tmp_path, folder):
    victim = tmp_path / "victim"
    (victim / "posts").mkdir(parents=True)
    (victim / "posts" / "0123456789abcdef.html").write_text("theirs")
    (site / folder).parent.mkdir(exist_ok=True)
    (site / folder).symlink_to(victim, target_is_directory=True)
    before = stamps(tmp_path)
    for run in (built, plan_install):
        with pytest.raises(LinkmgrError, match=f"{folder}.*: leads out of the site through a link"):
            run(site)
    assert stamps(tmp_path) == before


def test_a_link_to_another_folder_of_the_site_is_followed(site):
    (site / "facts").mkdir()
    (site / "_data").symlink_to("facts", target_is_directory=True)
    built(site)
    assert (site / "facts" / "linkmgr_index.json").exists()


def test_a_folder_among_the_fragments_is_left_alone(site):
    built(site)
    (site / FRAGMENTS / "sub").mkdir()
    (site / FRAGMENTS / "sub" / "x.html").write_text("mine")
    edit(site / BLACK, "oolong", "flour")
    assert built(site).deleted == ()
    assert (site / FRAGMENTS / "sub" / "x.html").exists()


@pytest.mark.parametrize("folder", ["_data", "_includes", "assets/linkmgr"])
def test_what_killed_build_left_behind_goes_and_other_files_stay(site, folder):
    built(site)
    (site / folder / ".linkmgr-99.tmp").write_text("x")
    (site / folder / "mine.html").write_text("x")
    assert built(site).deleted == (f"{folder}/.linkmgr-99.tmp",)
    assert (site / folder / "mine.html").exists()


def test_check_writes_nothing_and_foretells_the_build(site):
    fresh = stamps(site)
    foretold = built(site, check=True)
    assert stamps(site) == fresh
    report = built(site)
    assert (foretold.written, foretold.deleted) == (report.written, report.deleted)
    assert (foretold.posts, foretold.with_blocks) == (report.posts, report.with_blocks)

    edit(site / BLACK, "oolong", "flour")
    (site / GREEN).unlink()
    before = stamps(site)
    foretold = built(site, check=True)
    assert stamps(site) == before
    report = built(site)
    assert foretold.changed
    assert (foretold.written, foretold.deleted) == (report.written, report.deleted)
    assert not built(site, check=True).changed


def test_a_catalog_with_problems_leaves_the_site_as_it_was(site):
    built(site)
    edit(site / "catalog.yaml", "B0EXAMPLE1", "4785730705")
    edit(site / "catalog.yaml", "All of it", "Nearly all of it")
    before = stamps(site)
    reported = problems_of(site)
    after = stamps(site)
    assert [line.partition(": ")[2].partition(":")[0] for line in reported] == ["books.green.asin"]
    assert {k for k in before if before[k] != after[k] and not k.startswith(CACHE)} == set()


def test_a_template_with_a_mistake_leaves_the_site_as_it_was(site):
    built(site)
    before = made(site)
    (site / "_linkmgr").mkdir()
    for text in ("{% for %}", "{{ nonsense.x }}", "{{ 1 / 0 }}"):
        (site / "_linkmgr/books.html").write_text(text)
        with pytest.raises(LinkmgrError, match=r"^_linkmgr/books.html:1: "):
            built(site)
        assert made(site) == before


def test_a_template_that_is_not_utf8_is_reported(site):
    (site / "_linkmgr").mkdir()
    (site / "_linkmgr/books.html").write_bytes("\n<p>本</p>".encode("shift_jis"))
    assert problems_of(site) == ["_linkmgr/books.html:2: is not UTF-8 here: save it as UTF-8"]


@pytest.mark.parametrize(
    ("linkmgr", "reported"),
    [
        ("{books: [nothing]}", "linkmgr.books: the catalog has no book called nothing"),
        ("{books: [news]}", "linkmgr.books: the catalog has no book called news"),
        ("{products: [green]}", "linkmgr.products: the catalog has no product called green"),
        ("{cta: nothing}", "linkmgr.cta: the catalog has no CTA called nothing"),
        ("{exclude: [green, nothing]}", "linkmgr.exclude: the catalog has no item called nothing"),
    ],
    ids=["book", "CTA as a book", "book as a product", "CTA", "exclude"],
)
@pytest.mark.parametrize("collections", ["", "texts"])
def test_an_unknown_item_in_front_matter_is_reported_at_its_line(
    tmp_path, linkmgr, reported, collections
):
    folder = f"{collections}/_posts" if collections else "_posts"
    text = f"---\ntitle: A\nlinkmgr: {linkmgr}\n---\nlinkmgr: no\n"
    config = {"collections_dir": collections} if collections else {}
    site = write_blog(tmp_path / "site", {f"{folder}/2026-01-01-a.md": text}, config=config)
    assert problems_of(site) == [f"{folder}/2026-01-01-a.md:3: {reported}"]


def test_an_unknown_item_of_many_posts_is_one_line_with_a_number(tmp_path):
    posts = {
        f"_posts/2026-01-{day:02}-a.md": post(linkmgr={"books": ["nothing", "green black"]})
        for day in range(1, 10)
    }
    site = write_blog(tmp_path / "site", posts)
    unknown, without_comma = problems_of(site)
    assert unknown.startswith("_posts/2026-01-0")
    assert unknown.endswith(
        "linkmgr.books: the catalog has no book called nothing (8 more posts have the same)"
    )
    assert "green black is no single id, a comma is missing: write green, black" in without_comma


def test_a_post_of_the_future_appears_when_its_time_comes(site):
    (site / "_posts/2026-03-15-evening.md").write_text(post(date="2026-03-15 21:30:00 +0900"))
    due = datetime(2026, 3, 15, 12, 30, tzinfo=UTC)
    assert built(site).posts == 5
    assert built(site, now=due - timedelta(seconds=1)).posts == 5
    report = built(site, now=due)
    assert report.posts == 6
    assert "_posts/2026-03-15-evening.md" in index_of(site)


def test_an_item_goes_after_its_last_day_in_the_sites_time_zone(tmp_path):
    books = CATALOG["books"] | {
        "green": {**CATALOG["books"]["green"], "valid-until": date(2026, 3, 15)}
    }
    site = write_blog(tmp_path / "site", catalog={"books": books})
    midnight = datetime(2026, 3, 15, 15, tzinfo=UTC)  # in Tokyo
    built(site, now=midnight - timedelta(seconds=1))
    assert "Green Tea" in text_of(site, GREEN)
    assert built(site, now=midnight).changed
    assert "Green Tea" not in text_of(site, GREEN)


def test_drafts_are_built_on_request(site):
    (site / "_drafts").mkdir()
    (site / "_drafts/idea.md").write_text(post("An idea", date="2026-02-01"))
    built(site)
    assert "_drafts/idea.md" not in index_of(site)
    assert built(site, drafts=True).posts == 6
    assert "_drafts/idea.md" in index_of(site)
    assert built(site).posts == 5
    assert "_drafts/idea.md" not in index_of(site)


@pytest.mark.parametrize(
    ("config", "places"),
    [
        ({"includes_dir": "inc/parts/"}, {"_includes": "inc/parts"}),
        ({"data_dir": "facts"}, {"_data": "facts"}),
        (
            {"source": "src"},
            {"_includes": "src/_includes", "_data": "src/_data", "assets": "src/assets"},
        ),
        (
            {"source": "./src/"},
            {"_includes": "src/_includes", "_data": "src/_data", "assets": "src/assets"},
        ),
    ],
    ids=["includes_dir", "data_dir", "source", "source with slashes"],
)
def test_renamed_folders_of_jekyll_are_followed(tmp_path, config, places):
    plain = write_blog(tmp_path / "plain")
    built(plain)
    folder = "src/" if "source" in config else ""
    posts = {f"{folder}{path}": text for path, text in POSTS.items()}
    site = write_blog(tmp_path / "site", posts, config=config)
    report = built(site)
    wanted = {}
    for path, data in made(plain).items():
        top, _, rest = path.partition("/")
        wanted[f"{places.get(top, top)}/{rest}"] = data
    found = files_of(site, "inc", "facts", "src", "_includes", "_data", "assets")
    assert {k: v for k, v in found.items() if "_posts" not in k} == wanted
    assert set(report.written) == wanted.keys()
    assert not built(site).changed


def test_warnings_are_reported_by_every_build(site):
    (site / "_posts/2026-01-09-broken.md").write_bytes(b"---\ntitle: [\n---\n")
    (site / "_posts/2026-01-10-sjis.md").write_bytes("---\ntitle: 本\n---\n".encode("shift_jis"))
    for _ in range(3):
        reported = [str(warning).partition(": ")[0] for warning in built(site).warnings]
        files = [
            f"{site}/_posts/{name}" for name in ("2026-01-09-broken.md:3", "2026-01-10-sjis.md:2")
        ]
        assert sorted(reported) == files


def test_a_site_without_posts_is_built(tmp_path):
    site = write_blog(tmp_path / "site", {})
    assert built(site).with_blocks == 0
    assert index_of(site) == {}
    assert not built(site).changed


@pytest.fixture
def machines_zone(monkeypatch):
    """Give a function that sets the machine's time zone for the length of a test."""

    def move(zone):
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


def test_the_machines_time_zone_counts_where_the_site_has_none(tmp_path, machines_zone):
    post_at_night = {"_posts/2026-01-01-a.md": post(date="2026-01-01 23:30:00 +0000")}
    site = write_blog(tmp_path / "site", {**POSTS, **post_at_night}, config={"timezone": None})
    for zone in ("UTC", "Asia/Tokyo", "America/New_York"):
        machines_zone(zone)
        built(site)
        assert made(site) == made_from_scratch(site)


def test_now_is_now_where_nobody_says(site):
    (site / "_posts/2099-01-01-far.md").write_text(post())
    assert built(site, now=None).posts == 5
    assert built(site, now=NOW.replace(year=2099)).posts == 6


def test_a_post_that_changes_twice_within_a_tick_is_built_twice(site):
    tick = time.time_ns() + 10_000_000_000  # still to come, so that any build is within it
    for title in ("One", "Two"):
        (site / GREEN).write_text(post(title, ["bread"]), encoding="utf-8")
        os.utime(site / GREEN, ns=(tick, tick))
        built(site)
        assert made(site) == made_from_scratch(site)


@pytest.mark.parametrize(
    ("files", "words"),
    [(1, "1 file written"), (2, "2 files written")],
)
def test_the_line_of_a_build_counts_files_in_good_english(files, words):
    done = BuildResult(1, 1, tuple("abc"[:files]), (), (), 0.5)
    assert done.translated(check=False) == f"1 post, 1 with blocks: {words}, 0 deleted (0.50 s)"


def test_a_price_that_passes_its_age_leaves_its_posts_alone(site):
    shop = {"programme": "site", "url": "/shop/", "price": "$9", "price-at": NOW.date()}
    green = CATALOG["books"]["green"] | {"shops": [shop]}
    catalog = CATALOG | {"books": CATALOG["books"] | {"green": green}}
    (site / "catalog.yaml").write_text(yaml_of(catalog), encoding="utf-8")
    built(site)
    assert "$9</b>" in text_of(site, GREEN)
    assert built(site, now=NOW + timedelta(days=30)).written == ()
    loaf = text_of(site, "_posts/2026-01-03-loaf.md")
    after = built(site, now=NOW + timedelta(days=31))
    assert "linkmgr-price" not in text_of(site, GREEN)
    assert len(after.written) == 3
    assert text_of(site, "_posts/2026-01-03-loaf.md") == loaf
