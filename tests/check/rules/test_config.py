"""Dead links of one cause in `_config.yml` are one finding; `baseurl` is tried in test_run.py."""

from linkmgr.builder.run import build
from linkmgr.check.run import check
from linkmgr.messages.message import translate
from tests.support.builds import NOW, edit, post, write_blog

NAMES = ("green", "black", "white")
CODES_OF_LINKS = {"dead-link", "permalink-without-slash"}


def blog_with_dead_links(folder, names=NAMES):
    """Write a blog whose posts are linked with a slash at the end."""
    posts = {f"_posts/2026-01-01-{name}.md": post(name) for name in NAMES}
    site = write_blog(folder, posts, config={"permalink": "/tea/:title"})
    build(site, now=NOW)
    links = "".join(f'<a href="/tea/{name}/">' for name in (*names, "gone"))
    (site / "_site" / "tea").mkdir(parents=True)
    for name in NAMES:
        (site / "_site" / "tea" / f"{name}.html").write_text(links)
    return site


def findings_of_links(site):
    """Return the findings about dead links, by their codes."""
    findings = {finding.code.name: finding for finding in check(site).findings}
    return {code: findings[code] for code in findings if code in CODES_OF_LINKS}


def test_a_permalink_without_slash_is_one_finding(tmp_path):
    site = blog_with_dead_links(tmp_path / "blog")
    findings = findings_of_links(site)
    assert findings["dead-link"].what == "/tea/gone/"
    cause = findings["permalink-without-slash"]
    assert (cause.what, cause.source.key) == ("/tea/:title", "permalink")
    assert cause.source.file == str(site / "_config.yml")
    assert cause.pages == len(NAMES)
    assert translate(cause.detail) == "3 addresses with a slash at the end are dead"


def test_few_links_with_a_slash_too_much_are_dead_links(tmp_path):
    site = blog_with_dead_links(tmp_path / "blog", NAMES[:2])
    assert findings_of_links(site).keys() == {"dead-link"}


def test_a_permalink_that_ends_with_a_slash_is_no_cause(tmp_path):
    site = blog_with_dead_links(tmp_path / "blog")
    edit(site / "_config.yml", "/tea/:title", "/tea/:title/")
    assert findings_of_links(site).keys() == {"dead-link"}
