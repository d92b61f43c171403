"""A blog with links of three of A8's programs and of others, built without Jekyll."""

from linkmgr.builder.run import build
from tests.support.builds import NOW, post, write_blog

HOSTING, BANK, TOURS = "s00000001642001", "s00000008903001", "s00000022023002"
_MATERIALS = {
    HOSTING: "4B3LMV+C506SY+CO4+6Q74X",
    BANK: "3ZM4V6+6GSIB6+1WP2+63OY9",
    TOURS: "4BCA77+EU1VYA+4PXI+BZ8OX",
}
GREEN, BLACK = "2026/01/01/green/index.html", "2026/01/02/black/index.html"
SITE = "https://tea.example"


def a8_link(program):
    """Write a link of a program of A8's."""
    url = f"https://px.a8.net/svt/ejp?a8mat={_MATERIALS[program]}"
    return f'<a href="{url}" rel="nofollow">x</a>'


def write_a8_blog(root):
    """Write a blog of two posts, of which the first has a program by hand, with empty pages."""
    posts = {
        "_posts/2026-01-01-green.md": post("Green", body=f"Tea.\n\n{a8_link(HOSTING)}"),
        "_posts/2026-01-02-black.md": post("Black"),
    }
    site = write_blog(root, posts)
    build(site, now=NOW)
    for page in (GREEN, BLACK):
        write_page(site, page, "")
    return site


def write_page(site, path, body):
    """Write a page as Jekyll would."""
    page = site / "_site" / path
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(body, encoding="utf-8")
