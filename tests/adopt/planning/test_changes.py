"""What is reported of a post: links at their lines, and nothing of what is settled."""

from linkmgr.adopt.planning.changes import Policy, change_post
from linkmgr.adopt.post.site_addresses import LiveUrls
from linkmgr.adopt.scanning.scan import scan_post
from linkmgr.catalog.reading.parse import parse_catalog
from tests.support.legacy_blogs import SAND, SLOW, book_text

CATALOG = parse_catalog(
    "site: {name: 砂の日記, url: https://blog.example}\n"
    "programmes: {amazon: {marketplace: amazon.co.jp, tag: example-22}}\n"
    f"books: {{sand: {{asin: '{SAND[0]}', title: {SAND[1]}}}}}\n"
)
LINK = f"https://www.amazon.co.jp/dp/{SAND[0]}"
OTHER = f"https://www.amazon.co.jp/dp/{SLOW[0]}"


def change(body):
    raw = f"---\ntitle: A\n---\n{body}".encode()
    live = LiveUrls(())
    post = scan_post("_posts/2026-01-01-a.md", raw, live)
    return change_post(raw, post, Policy(live, {}, CATALOG, {}, "gem"))


def test_a_rewritten_link_is_reported_at_its_line_as_rewritten():
    books = f"## おすすめの本\n\n{book_text(*SLOW)}"
    done = change(f"Text.\n\n{books}\nMore text about [it]({LINK}).\n")
    assert done.removed
    (rewritten,) = done.rewritten
    lines = f"---\ntitle: A\n---\nText.\n\n{books}\nMore text".count("\n") + 1
    assert rewritten.line == lines
    assert {each.kind for each in done.findings_left if each.line == lines} == {"text-after-block"}


def test_link_that_stays_beside_rewritten_one_is_still_reported():
    done = change(f"Read [this]({LINK}) or [that]({OTHER}).\n")
    assert len(done.rewritten) == 1
    assert {each.kind for each in done.findings_left if each.line == 4}
