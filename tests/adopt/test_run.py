"""A whole blog is adopted: catalog, layout and posts, and nothing else."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from linkmgr.adopt import write
from linkmgr.adopt.report import adoption_text
from linkmgr.adopt.report_json import adoption_json
from linkmgr.adopt.run import adopt
from linkmgr.adopt.write import adoption_patch
from linkmgr.builder.run import build
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.check.findings import CODES
from linkmgr.check.run import check
from linkmgr.fs import locked, make_cache_folder
from linkmgr.links.model import Utm
from linkmgr.messages.errors import LinkmgrError
from tests.support.checkouts import git, in_git
from tests.support.cli import run_alone
from tests.support.jekyll import build_site, write_site
from tests.support.legacy_blogs import ARTICLE, SAND, blocks_text, contents, post_text, write_blog

DOCS = Path(__file__).parents[2] / "docs"
MOSHIMO = "https://af.moshimo.com/af/c/click?a_id=1&url="
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def test_without_write_nothing_is_written(tmp_path):
    root = write_blog(tmp_path / "blog")
    before = contents(root)
    adoption = adopt(root)
    assert contents(root) == before
    assert adoption.anything
    text = adoption_text(adoption)
    assert "4 posts  slow-machines  Slow Machines" in text
    assert "keeps 12 of 12 book placements (100%) and 8 of 8 call-to-action placements" in text
    assert "Nothing is written yet." in text


def test_it_says_to_add_tags_if_mappings_name_single_posts_alone(tmp_path):
    said = "a new post shows none of these: add tags to your posts"
    one = write_blog(tmp_path / "one", 0)
    text = post_text("題", "砂場", "計算", ARTICLE, blocks_text([SAND], "news", "お知らせ"))
    (one / "_posts/2024-02-01-sand.md").write_text(text, encoding="utf-8")
    assert said in adoption_text(adopt(one))
    assert said not in adoption_text(adopt(write_blog(tmp_path / "many")))


def test_write_keeps_articles_and_puts_the_rest_in_the_catalog(tmp_path):
    root = write_blog(tmp_path / "blog")
    adopt(root, write=True)
    assert (root / "_posts/2024-02-01-sand.md").read_text(encoding="utf-8") == post_text(
        "砂 1", "砂場", "計算", ARTICLE
    )
    catalog = load_catalog(root / "catalog.yaml")
    assert {(b.asin, b.title, b.blurb) for b in catalog.books.values()} >= {SAND}
    assert {(c.id, c.url, c.utm) for c in catalog.ctas.values()} == {
        (name, "/contact/", Utm("article", "cta", name)) for name in ("strategy", "news")
    }
    assert catalog.programmes["amazon"].tag == "example-22"
    assert b"{% include linkmgr.html %}" in (root / "_layouts/post.html").read_bytes()


def test_a_new_catalog_says_what_its_rules_rest_on(tmp_path):
    root = write_blog(tmp_path / "blog")
    adopt(root, write=True)
    text = (root / "catalog.yaml").read_text(encoding="utf-8")
    headings = re.findall(r"^#?([a-z]+):$", text, re.MULTILINE)
    assert headings == [*("site", "programmes", "books", "ctas", "blocks", "mappings", "products")]
    assert text.index("\nmappings:") < text.index("\n#products:")
    assert "tags: [砂場]  # 4記事中4記事\n" in text


@pytest.mark.jekyll
def test_check_has_nothing_against_a_catalog_that_adopt_wrote(tmp_path):
    root = write_blog(tmp_path / "blog")
    write_site(root, {"contact.html": "---\n---\n<p>x</p>"})
    adopt(root, write=True)
    build(root)
    findings = check(root, built_folder=build_site(root)).findings
    assert {finding.code for finding in findings} <= {CODES["catalog-utm"]}


def test_a_second_run_finds_nothing_to_do(tmp_path):
    root = write_blog(tmp_path / "blog")
    adopt(root, write=True)
    before = contents(root)
    again = adopt(root, write=True)
    assert not again.anything
    assert not again.written
    assert contents(root) == before
    assert adoption_text(again).startswith("Nothing to do: none of 9 posts has a block")
    assert adoption_text(again).endswith("catalog.yaml stays as it is.")
    assert "init" not in adoption_text(again)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the files of a blog that was adopted without interruption."""
    root = write_blog(tmp_path_factory.mktemp("whole") / "blog")
    adopt(root, write=True)
    return contents(root)


@pytest.mark.parametrize("stop", range(1, 9))
def test_an_interrupted_run_is_completed_by_the_next(tmp_path, monkeypatch, whole, stop):
    root = write_blog(tmp_path / "blog")
    written = []

    def replace_some(path, data):
        if len(written) == stop:
            raise KeyboardInterrupt
        written.append(path)
        path.write_bytes(data)

    with monkeypatch.context() as patch:
        patch.setattr(write, "replace_file", replace_some)
        with pytest.raises(LinkmgrError, match=r"posts rewritten; “linkmgr adopt .* goes on"):
            adopt(root, write=True)
    adopt(root, write=True)
    assert contents(root) == whole


def test_the_owners_catalog_keeps_its_comments_and_items(tmp_path):
    root = write_blog(tmp_path / "blog")
    own = (
        "# mine\r\nsite:\r\n  name: 砂の日記\r\n  url: https://blog.example\r\n"
        "books: # all of them\r\n  sand: {asin: '4000000004', title: Sand}  # dear\r\n"
    ).encode()
    (root / "catalog.yaml").write_bytes(own)
    adopt(root, write=True)
    data = (root / "catalog.yaml").read_bytes()
    kept_bare = b"  fill-bare-posts: false"
    assert [line for line in data.splitlines() if not line.startswith(kept_bare)][:6] == [
        *own.splitlines()
    ]
    assert data.count(b"4000000004") == 1
    assert data.count(b"\n") == data.count(b"\r\n")


def test_amazons_tag_is_added_to_what_the_catalog_says_of_amazon(tmp_path):
    root = write_blog(tmp_path / "blog")
    text = (
        "site:\n  name: x\n  url: https://blog.example\n"
        "programmes:\n  amazon:\n    tracking: direct  # for now\n"
    )
    (root / "catalog.yaml").write_text(text, encoding="utf-8")
    adopt(root, write=True)
    after = (root / "catalog.yaml").read_text(encoding="utf-8")
    assert "    tracking: direct  # for now\n    marketplace: amazon.co.jp\n" in after
    assert load_catalog(root / "catalog.yaml").programmes["amazon"].tag == "example-22"


def test_inline_links_are_reported_and_with_links_rewritten(tmp_path):
    root = write_blog(tmp_path / "blog")
    path = root / "_posts/2024-01-01-none.md"
    inline = "文中の [砂](https://www.amazon.co.jp/gp/product/4000000004?tag=old-22) です。\n"
    path.write_text(path.read_text(encoding="utf-8") + "\n" + inline, encoding="utf-8")
    adoption = adopt(root, write=True)
    assert inline in path.read_text(encoding="utf-8")
    assert "affiliate links in running text: 1" in adoption_text(adoption)
    adopt(root, write=True, links=True)
    rewritten = "文中の [砂](https://www.amazon.co.jp/dp/4000000004/?tag=example-22) です。\n"
    assert rewritten in path.read_text(encoding="utf-8")
    assert not adopt(root, links=True).anything


@pytest.mark.parametrize(
    ("url", "tagged"),
    [
        (f"{MOSHIMO}https%3A%2F%2Fwww.amazon.co.jp%2Fdp%2F4000000004", True),
        ("https://www.amazon.co.jp/dp/4000000004/?tag=keep-22", False),
    ],
    ids=["through another programme", "by a tag where the catalog has none"],
)
def test_links_that_would_stop_earning_stay(tmp_path, url, tagged):
    root = write_blog(tmp_path / "blog")
    adopt(root, write=True)
    if not tagged:
        catalog = root / "catalog.yaml"
        text = catalog.read_text(encoding="utf-8")
        catalog.write_text(text.replace("    tag: example-22\n", ""), encoding="utf-8")
    path = root / "_posts/2024-01-01-none.md"
    inline = f"文中の [砂]({url}) です。\n"
    path.write_text(path.read_text(encoding="utf-8") + "\n" + inline, encoding="utf-8")
    adopt(root, write=True, links=True)
    assert inline in path.read_text(encoding="utf-8")


@needs_git
def test_site_with_uncommitted_changes_is_refused_without_force(tmp_path):
    root = in_git(write_blog(tmp_path / "blog"))
    (root / "_posts/2024-01-01-none.md").write_text("---\n---\nnew\n", encoding="utf-8")
    before = contents(root)
    with pytest.raises(LinkmgrError, match=r"git cannot restore _posts/2024-01-01-none\.md \("):
        adopt(root, write=True)
    assert contents(root) == before
    assert adopt(root, write=True, force=True).written


@needs_git
def test_a_repository_git_distrusts_is_no_folder_without_git(tmp_path):
    root = in_git(write_blog(tmp_path / "blog"))
    (root / ".git" / "config").write_text("[core\n")
    before = contents(root)
    with pytest.raises(LinkmgrError, match="git status cannot be read"):
        adopt(root, write=True)
    assert contents(root) == before


def two_links(root):
    for name, real in (("_layouts", "layouts"), ("catalog.yaml", "data.yaml")):
        if name == "catalog.yaml":
            text = "site: {name: x, url: https://blog.example}\n"
            (root / name).write_text(text, encoding="utf-8")
        (root / name).rename(root / real)
        (root / name).symlink_to(real)


def odd_names(root):
    file = root / "_posts/2024-02-02-sand.md"
    for name in ("2024-02-02-sa nd.md", '2024-02-02-"s\\砂.md', "2024-02-02-a\nb\tc.md"):
        shutil.copy(file, file.with_name(name))


def old_include(root):
    (root / "_includes").mkdir()
    (root / "_includes/linkmgr.html").write_bytes(b"old")


@needs_git
@pytest.mark.parametrize("folder", ["", "blog"], ids=["the repository", "a folder in it"])
@pytest.mark.parametrize("prepare", [two_links, odd_names, old_include])
def test_the_patch_does_what_write_does(tmp_path, folder, prepare):
    top = tmp_path / "top"
    root = write_blog(top / folder)
    lone = root / "_posts/2024-02-01-sand.md"
    lone.write_bytes(lone.read_bytes().replace(b"\n", b"\r\n").rstrip())
    prepare(root)
    in_git(top)
    written = shutil.copytree(top, tmp_path / "written", symlinks=True)
    patch = adoption_patch(adopt(root))
    subprocess.run(["git", "apply", "--whitespace=nowarn"], cwd=root, input=patch, check=True)
    adoption = adopt(written / folder, write=True)
    assert contents(top) == contents(written)
    makes = adoption_json(adoption)["makes"]
    assert {"_includes/linkmgr.html", "_linkmgr/catalog.schema.json"} <= set(makes)
    assert "_includes/linkmgr.html" in adoption_text(adoption)


@needs_git
def test_what_the_guide_says_of_undoing_it_undoes_it(tmp_path):
    root = in_git(write_blog(tmp_path / "blog"))
    before = contents(root)
    adopt(root, write=True)
    git(root, "restore", ".")
    git(root, "clean", "-q", "-fd")
    assert contents(root) == before
    for page in ("adopt.md", "ja/adopt.md"):
        guide = (DOCS / page).read_text(encoding="utf-8")
        assert "$ git restore .\n" in guide
        assert "$ git clean -n -d " in guide
        assert "$ git clean -f -d" in guide


@pytest.mark.parametrize(("page", "language"), [("adopt.md", "en"), ("ja/adopt.md", "ja")])
def test_the_guide_shows_what_is_printed(tmp_path, page, language):
    root = write_blog(tmp_path / "blog")
    printed = run_alone("--lang", language, "adopt", cwd=root).out
    guide = (DOCS / page).read_text(encoding="utf-8")
    shown = re.search(r"\n\n```text\n(.*?)```\n", guide, re.DOTALL)[1]
    for part in re.split(r"\s*…\s*", shown):
        before, found, printed = printed.partition(part.strip())
        assert found, f"{part}\nis not in\n{before}"


def test_a_post_that_is_no_utf_8_is_listed(tmp_path):
    root = write_blog(tmp_path / "blog")
    (root / "_posts/2024-05-01-old.md").write_bytes("---\n---\n古い\n".encode("cp932"))
    adoption = adopt(root)
    reason = "is not UTF-8, so Jekyll leaves the post out: save it as UTF-8"
    file = "_posts/2024-05-01-old.md"
    assert f"Skipped: 1 file\n      {file}:3: {reason}" in adoption_text(adoption)
    (skipped,) = adoption_json(adoption)["skipped"]
    assert skipped["code"]
    assert {key: skipped[key] for key in ("path", "line", "message")} == {
        "path": file,
        "line": 3,
        "message": reason,
    }


def test_the_report_for_programs_names_every_line(tmp_path):
    values = json.loads(json.dumps(adoption_json(adopt(write_blog(tmp_path / "blog", 6)))))
    assert values["reproduced"]["books"] == [18, 18]
    assert [book["posts"] for book in values["books"]] == [6, 6, 6]
    assert len(values["files"]) == 12
    kinds = {each["kind"] for file in values["files"] for each in file["removed"]}
    assert {"related", "cta", "books", "disclosure"} <= kinds
    dead = [each for each in values["findings"] if each["kind"] == "dead-link"]
    assert len(dead) == 12
    assert all(each["leaves"] for each in dead)


def test_a_block_that_no_catalog_takes_stays_in_its_post(tmp_path):
    root = write_blog(tmp_path / "blog")
    path = root / "_posts/2024-02-01-sand.md"
    foreign = path.read_text(encoding="utf-8").replace("4000000004", "4222222224")
    foreign = foreign.replace("www.amazon.co.jp/dp/4222222224", "www.amazon.com/dp/4222222224")
    path.write_text(foreign, encoding="utf-8")
    adoption = adopt(root, write=True)
    assert "4222222224" in path.read_text(encoding="utf-8")
    assert "left out: ASIN 4222222224 is sold at amazon.com" in adoption_text(adoption)
    assert not adopt(root, write=True).anything


def test_a_catalog_that_is_not_there_is_an_error(tmp_path):
    root = write_blog(tmp_path / "blog")
    with pytest.raises(LinkmgrError, match="there is no such file"):
        adopt(root, catalog_file=Path(tmp_path / "none.yaml"))


def while_planning(act):
    """Return a progress bar that does something once the blog is read."""

    def track(items, what, total):  # noqa: ARG001 - as Track
        found = list(items)
        if what.code == "adopt.counting-words":
            act()
        return found

    return track


CATALOG = "site: {name: x, url: https://blog.example}\n"


@pytest.mark.parametrize(
    "path", ["_posts/2024-02-01-sand.md", "catalog.yaml", "_layouts/post.html", "_config.yml"]
)
def test_an_edit_made_meanwhile_keeps_everything_unwritten(tmp_path, path):
    root = write_blog(tmp_path / "blog")
    (root / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
    edited = {}

    def edit():
        file = root / path
        file.write_bytes(file.read_bytes() + b"\n# {{ content }}\n")
        edited.update(contents(root))

    with pytest.raises(LinkmgrError) as caught:
        adopt(root, write=True, track=while_planning(edit))
    assert str(caught.value).endswith(
        f"{path}: has changed since it was read: run the command again"
    )
    assert contents(root) == edited


def test_a_catalog_that_is_made_in_meantime_is_not_overwritten(tmp_path):
    root = write_blog(tmp_path / "blog")
    file = root / "catalog.yaml"
    with pytest.raises(LinkmgrError, match=r"catalog\.yaml: has changed since it was read"):
        adopt(root, write=True, track=while_planning(lambda: file.write_text(CATALOG)))
    assert file.read_text(encoding="utf-8") == CATALOG


def test_a_post_that_is_deleted_in_the_meantime_is_reported(tmp_path):
    root = write_blog(tmp_path / "blog")
    path = "_posts/2024-02-01-sand.md"
    with pytest.raises(LinkmgrError) as caught:
        adopt(root, write=True, track=while_planning((root / path).unlink))
    assert str(caught.value) == f"{path}: was deleted meanwhile: run the command again"


@pytest.mark.server
def test_two_runs_at_once_do_not_mix(tmp_path):
    root = write_blog(tmp_path / "blog", 28)
    whole = shutil.copytree(root, tmp_path / "whole")
    adopt(whole, write=True)
    command = [sys.executable, "-m", "linkmgr", "adopt", "--site", str(root), "--write"]
    runs = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    errors = [run.communicate()[1].splitlines() for run in runs]
    assert 0 in [run.returncode for run in runs]
    for run, lines in zip(runs, errors, strict=True):
        if run.returncode:
            assert lines[-1].endswith("run the command again")
            assert "Traceback" not in "".join(lines)
    assert contents(root) == contents(whole)


def test_a_run_that_waits_too_long_for_another_is_refused(tmp_path, monkeypatch):
    root = write_blog(tmp_path / "blog")
    monkeypatch.setattr(write, "PATIENCE", 0.1)
    before = contents(root)
    folder = make_cache_folder(root, [])
    with locked(folder / "adopt.lock", 0), pytest.raises(LinkmgrError, match="another `linkmgr"):
        adopt(root, write=True)
    assert contents(root) == before


def test_a_catalog_elsewhere_is_filled_and_none_is_made_in_site(tmp_path):
    root = write_blog(tmp_path / "blog")
    catalog = tmp_path / "links.yaml"
    catalog.write_text("site:\n  name: x\n  url: https://blog.example\n", encoding="utf-8")
    adopt(root, catalog_file=catalog, write=True)
    assert len(load_catalog(catalog).books) == 3
    assert not (root / "catalog.yaml").exists()


def test_a_draft_that_jekyll_could_not_read_stops_nothing(tmp_path):
    root = write_blog(tmp_path / "blog")
    (root / "_drafts").mkdir()
    (root / "_drafts" / "later.md").write_text("---\ndate: ''\n---\nText\n")
    adoption = adopt(root)
    assert adoption.new
    assert [problem.location.file for problem in adoption.site.skipped] == ["_drafts/later.md"]
