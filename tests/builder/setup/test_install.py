"""`init` on sites of many shapes: what it writes, what it edits, what it only says."""

import re
import subprocess
from importlib.resources import files

import jsonschema
import pytest
import yaml

from linkmgr.builder.setup.install import apply_install, install_text, plan_exclude, plan_install
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.reading.programme_warnings import programme_warnings
from linkmgr.fs import is_temporary, replace_file
from linkmgr.messages.errors import LinkmgrError, Problems
from linkmgr.messages.message import translate
from tests.support.jekyll import build_site

POST = "---\ntitle: A\nlayout: post\n---\nText\n"
LAYOUT = "<main>\n  {{ content }}\n</main>\n"
INCLUDE_LINE = "{% include linkmgr.html %}"
NOT_OF_THE_SITE = ("catalog.yaml", "instance", ".linkmgr-cache")
EXCLUDED = ", ".join(NOT_OF_THE_SITE)
EXCLUDE_LINE = f"exclude: [{EXCLUDED}, Gemfile, Gemfile.lock, node_modules, vendor]"
PUBLISHES_AND_REBUILDS = (
    "Jekyll publishes catalog.yaml, instance, and `jekyll serve` builds the site again whenever "
    "linkmgr writes its cache"
)
URL = "https://tea.example/"
CONFIG = f"title: Tea Notes # ours\nurl: {URL}\nlang: en\n"

OWN_FILES = {
    "catalog.yaml",
    "_linkmgr/catalog.schema.json",
    "_includes/linkmgr.html",
    "_includes/linkmgr/posts/_empty.html",
    "assets/linkmgr/linkmgr.css",
    "assets/linkmgr/linkmgr.js",
}


def make_site(root, **over):
    """Write a site: its files' texts (or bytes) by path; `None` leaves one out."""
    texts = {
        "_config.yml": CONFIG,
        "_layouts/post.html": LAYOUT,
        "_posts/2026-01-02-a.md": POST,
    }
    for path, text in (texts | over).items():
        if text is None:
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def install(root, *, write=True):
    plan = plan_install(root)
    apply_install(root, plan, write=write)
    return plan


def advice_of(plan):
    return [translate(each, "en") for each in plan.advice]


def snapshot(root):
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in root.rglob("*")
        if path.is_file()
    }


def test_a_new_site_gets_its_own_files_and_is_reported_the_rest(tmp_path):
    site = make_site(tmp_path)
    plan = install(site, write=False)
    assert plan.files.keys() == OWN_FILES
    assert [edit.translated() for edit in plan.edits] == [
        f"_layouts/post.html:2: after the line `{{{{ content }}}}` put the line {INCLUDE_LINE}",
        f"_config.yml: add the line `{EXCLUDE_LINE}`, or {PUBLISHES_AND_REBUILDS}",
    ]
    assert (site / "_layouts/post.html").read_text() == LAYOUT
    assert (site / "_config.yml").read_text() == CONFIG


def test_with_write_the_edits_are_made(tmp_path):
    site = make_site(tmp_path)
    install(site)
    assert (site / "_layouts/post.html").read_text() == (
        "<main>\n  {{ content }}\n  {% include linkmgr.html %}\n</main>\n"
    )
    assert (site / "_config.yml").read_text() == (f"{CONFIG}{EXCLUDE_LINE}\n")


def test_where_text_follows_content_line_to_change_is_reported(tmp_path):
    site = make_site(tmp_path, **{"_layouts/post.html": "<p>\n<i>{{ content }}</i>\n</p>\n"})
    assert plan_install(site).edits[0].translated() == (
        "_layouts/post.html:2: on the same line, right after `{{ content }}`, "
        f"put {INCLUDE_LINE}"
    )


def test_a_second_run_changes_nothing(tmp_path):
    site = make_site(tmp_path)
    install(site)
    before = snapshot(site)
    assert not install(site)
    assert snapshot(site) == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            b"<p>\r\n\t{{ content }}\r\n</p>\r\n",
            b"<p>\r\n\t{{ content }}\r\n\t{% include linkmgr.html %}\r\n</p>\r\n",
            id="CRLF and tabs",
        ),
        pytest.param(
            b"\xef\xbb\xbf{{ content }}\nend",
            b"\xef\xbb\xbf{{ content }}\n{% include linkmgr.html %}\nend",
            id="BOM",
        ),
        pytest.param(
            b"<p>\n  {{content}}",
            b"<p>\n  {{content}}\n  {% include linkmgr.html %}\n",
            id="no line ending at the end",
        ),
        pytest.param(
            b"\n  {{ content }}\n",
            b"\n  {{ content }}\n  {% include linkmgr.html %}\n",
            id="an empty line before it",
        ),
        pytest.param(
            b"<div>\n{{- content | replace: 'a', 'b' -}}\n</div>\n",
            b"<div>\n{{- content | replace: 'a', 'b' -}}\n{% include linkmgr.html %}\n</div>\n",
            id="a filter and white space control",
        ),
        pytest.param(
            b"<main>{{ content }}</main><footer>F</footer></body></html>",
            b"<main>{{ content }}{% include linkmgr.html %}</main><footer>F</footer></body></html>",
            id="all on one line",
        ),
        pytest.param(
            b"<p>\r\n  {{ content }} <!-- text -->\r\n</p>\r\n",
            b"<p>\r\n  {{ content }}{% include linkmgr.html %} <!-- text -->\r\n</p>\r\n",
            id="something follows in the line",
        ),
    ],
)
def test_a_layout_keeps_its_bytes_around_the_line(tmp_path, before, after):
    site = make_site(tmp_path, **{"_layouts/post.html": before})
    install(site)
    assert (site / "_layouts/post.html").read_bytes() == after


@pytest.mark.parametrize(
    "line",
    [
        "{% include linkmgr.html %}",
        '{%- include linkmgr.html block="cta" -%}',
        "{%include linkmgr.html%}",
    ],
)
@pytest.mark.parametrize("layout", ["post", "default"])
def test_a_layout_that_shows_blocks_already_is_left_alone(tmp_path, line, layout):
    texts = {"post": "---\nlayout: default\n---\n{{ content }}\n", "default": "{{ content }}\n"}
    texts[layout] += line
    site = make_site(tmp_path, **{f"_layouts/{name}.html": text for name, text in texts.items()})
    assert [edit.path for edit in plan_install(site).edits] == ["_config.yml"]


IN_THE_MIDDLE = "site: {name: T, url: 'https://t.example'}\nblocks: {books: {at: middle}}\n"
LINES = "{% include linkmgr.html content=content %}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "<p>\n  {{ content }}\n</p>\n",
            f"<p>\n  {LINES} {{% include linkmgr.html %}}\n</p>\n",
            id="neither",
        ),
        pytest.param(
            "{{ content }}\n<hr>\n{% include linkmgr.html %}\n",
            f"{LINES}\n<hr>\n{{% include linkmgr.html %}}\n",
            id="the blocks at the end",
        ),
        pytest.param(
            "{{ content | strip }}\n{% include linkmgr.html %}\n",
            "{% capture linkmgr_content %}{{ content | strip }}{% endcapture %}"
            "{% include linkmgr.html content=linkmgr_content %}\n{% include linkmgr.html %}\n",
            id="a filter",
        ),
        pytest.param(f"{LINES}\n", f"{LINES}\n{{% include linkmgr.html %}}\n", id="the content"),
    ],
)
def test_with_a_block_in_middle_include_shows_content(tmp_path, before, after):
    texts = {"_layouts/post.html": before, "catalog.yaml": IN_THE_MIDDLE}
    site = make_site(tmp_path, **texts)
    install(site)
    assert (site / "_layouts/post.html").read_text() == after
    assert not plan_install(site)


def test_the_line_goes_where_the_parents_show_the_content(tmp_path):
    site = make_site(
        tmp_path,
        **{
            "_layouts/post.html": "---\nlayout: base\n---\n<h1>{{ page.title }}</h1>\n",
            "_layouts/base.html": "{{ content }}\n",
        },
    )
    install(site)
    assert "linkmgr" not in (site / "_layouts/post.html").read_text()
    assert (site / "_layouts/base.html").read_text().endswith("{% include linkmgr.html %}\n")


def test_a_layout_inside_a_used_one_gets_no_second_line(tmp_path):
    site = make_site(
        tmp_path,
        **{
            "_layouts/post.html": "---\nlayout: zero\n---\n<article>{{ content }}</article>\n",
            "_layouts/zero.html": "{{ content }}\n",
            "_posts/2026-01-03-b.md": "---\nlayout: zero\n---\n",
        },
    )
    assert [edit.path for edit in install(site).edits] == ["_layouts/zero.html", "_config.yml"]
    assert plan_install(site).edits == ()


@pytest.mark.parametrize(
    ("layout", "include", "edited"),
    [
        pytest.param(
            "{% include main.html %}\n",
            "<p>\n{{ content }}\n</p>\n",
            "<p>\n{{ content }}\n{% include linkmgr.html %}\n</p>\n",
            id="in an include",
        ),
        pytest.param(
            "{% capture time %}{{ content | reading_time }}{% endcapture %}\n"
            "{{ content | strip_html | truncate: 9 }}\n{{ content | toc }}\n",
            "",
            "{{ content | toc }}\n{% include linkmgr.html %}\n",
            id="read for other purposes",
        ),
        pytest.param(
            "{% capture body %}{{ content }}{% endcapture %}\n{{ body | replace: '}', ']' }}\n",
            "",
            "{{ body | replace: '}', ']' }}\n{% include linkmgr.html %}\n",
            id="captured",
        ),
        pytest.param(
            "{% include toc.html html=content %}\n{% include anchors.html html=content %}\n",
            "{{ include.html | strip }}",
            "{% include anchors.html html=content %}\n{% include linkmgr.html %}\n",
            id="given to an include",
        ),
        pytest.param(
            "{% if page.a %}\n{{ content }}\n{% else %}\n{{ content }}\n{% endif %}\n",
            "",
            "{% if page.a %}\n{{ content }}\n{% include linkmgr.html %}\n"
            "{% else %}\n{{ content }}\n{% include linkmgr.html %}\n{% endif %}\n",
            id="in each branch",
        ),
    ],
)
def test_the_line_goes_where_the_article_is_shown(tmp_path, layout, include, edited):
    texts = {"_layouts/post.html": layout, "_includes/main.html": include}
    site = make_site(tmp_path, **texts)
    install(site)
    (written,) = {
        (site / path).read_text() for path in texts if "linkmgr" in (site / path).read_text()
    }
    assert written.endswith(edited)
    assert not plan_install(site)


@pytest.mark.parametrize(
    "layout", ["{% include {{ page.main }} %}\n", None], ids=["named", "theme"]
)
def test_a_line_put_by_hand_is_believed(tmp_path, layout):
    by_hand = f"{{{{ content }}}}\n{INCLUDE_LINE}\n"
    texts = {"_layouts/post.html": layout, "_includes/main.html": by_hand}
    plan = plan_install(make_site(tmp_path, **texts))
    assert [edit.path for edit in plan.edits] == ["_config.yml"]
    assert not plan.advice


def test_a_baseurl_with_a_host_is_named_and_gives_the_address(tmp_path):
    config = "title: T\nbaseurl: http://tea.example/blog/\n"
    site = make_site(tmp_path, **{"_config.yml": config})
    (advice,) = advice_of(install(site))
    assert 'Write `url: "http://tea.example"` and `baseurl: "/blog"`' in advice
    assert 'url: "http://tea.example/blog"' in (site / "catalog.yaml").read_text()


def test_every_layout_that_posts_use_gets_the_line(tmp_path):
    site = make_site(
        tmp_path,
        **{
            "_config.yml": "defaults: [{scope: {path: ''}, values: {layout: long}}]\n",
            "_posts/2026-01-03-b.md": "no front matter\n",
            "_posts/2026-01-04-c.md": "---\nlayout: none\n---\n",
            "_layouts/long.html": LAYOUT,
            "_layouts/page.html": LAYOUT,
        },
    )
    edited = [edit.path for edit in plan_install(site).edits]
    assert edited == ["_layouts/long.html", "_layouts/post.html", "_config.yml"]


@pytest.mark.parametrize(
    ("config", "advice"),
    [
        pytest.param(
            "theme: minima\n",
            "_layouts/post.html: the layout is in the theme: copy it with "
            '`mkdir -p _layouts && cp "$(bundle info --path minima)"/_layouts/post.html '
            "_layouts/post.html`, then run `linkmgr init` again",
            id="gem",
        ),
        pytest.param(
            "remote_theme: mmistakes/minimal-mistakes@4.24.0\n",
            "_layouts/post.html: the layout is in the theme: copy it with `curl -fsSL --create-dirs"
            " -o _layouts/post.html https://raw.githubusercontent.com/mmistakes/minimal-mistakes/"
            "4.24.0/_layouts/post.html`, then run `linkmgr init` again",
            id="remote theme",
        ),
        pytest.param(
            "",
            "_layouts/post.html: posts use this layout, and the site has none: write it, "
            "then run `linkmgr init` again",
            id="nowhere",
        ),
    ],
)
def test_a_layout_that_the_site_does_not_have_is_reported(tmp_path, config, advice):
    site = make_site(tmp_path, **{"_config.yml": CONFIG + config, "_layouts/post.html": None})
    assert advice_of(plan_install(site)) == [advice]


@pytest.mark.parametrize("place", ["a post", "a layout"])
@pytest.mark.parametrize("above", ["../../secret", "{outside}/secret"], ids=["..", "absolute"])
def test_a_layout_outside_of_layouts_is_reported_and_left_alone(tmp_path, place, above):
    (tmp_path / "secret.html").write_text(LAYOUT)
    name = above.format(outside=tmp_path)
    path = {"a post": "_posts/2026-01-02-a.md", "a layout": "_layouts/post.html"}[place]
    site = make_site(tmp_path / "site", **{path: f"---\nlayout: {name}\n---\n"})
    (advice,) = advice_of(install(site))
    assert advice.startswith(f"{name}: posts use this layout, which is not in _layouts")
    assert (tmp_path / "secret.html").read_text() == LAYOUT


@pytest.mark.parametrize("linked", ["_layouts", "_layouts/post.html"])
def test_a_layout_linked_out_of_the_site_is_left_and_reported(tmp_path, linked):
    site = make_site(tmp_path / "site")
    (site / linked).rename(tmp_path / "elsewhere")
    (site / linked).symlink_to(tmp_path / "elsewhere")
    before = snapshot(tmp_path)
    (advice,) = advice_of(install(site))
    assert advice.startswith("_layouts/post.html: leads out of the site through a link")
    after = snapshot(tmp_path)
    assert {path: after[path] for path in before if "elsewhere" in path} == {
        path: facts for path, facts in before.items() if "elsewhere" in path
    }


@pytest.mark.parametrize("there", [False, True], ids=["dangling", "a link"])
@pytest.mark.parametrize("linked", ["catalog.yaml", "_linkmgr", "_config.yml", "_includes"])
def test_what_a_link_leads_out_of_the_site_is_never_written(tmp_path, linked, there):
    outside = tmp_path / "outside"
    site = make_site(tmp_path / "site")
    if linked == "_config.yml":
        (site / linked).rename(outside)
    elif there:
        outside.mkdir()
    (site / linked).symlink_to(outside)
    before = snapshot(tmp_path)
    with pytest.raises((LinkmgrError, OSError), match=linked):
        install(site)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    ("key", "tool"), [("theme", "cp"), ("remote_theme", "curl")], ids=["gem", "remote theme"]
)
def test_a_command_to_copy_does_nothing_that_a_name_says(tmp_path, key, tool):
    evil = "x'\"; touch owned; $(touch owned) `touch owned`"
    config = yaml.safe_dump({"url": URL, key: evil, "layouts_dir": f"_{evil}"})
    front = yaml.safe_dump({"layout": evil})
    site = make_site(
        tmp_path / "site",
        **{"_config.yml": config, "_posts/2026-01-02-a.md": f"---\n{front}---\n"},
    )
    (advice,) = advice_of(plan_install(site))
    command = advice.split("copy it with `", 1)[1].removesuffix("`, then run `linkmgr init` again")
    fakes = f'bundle() {{ echo gem; }}; {tool}() {{ printf "%s\\0" "$@"; }}; '
    done = subprocess.run(
        ["sh", "-c", fakes + command], check=True, capture_output=True, text=True, cwd=site
    )
    assert f"_{evil}/{evil}.html" in done.stdout.split("\0")
    assert not (site / "owned").exists()


def test_a_parent_that_is_in_the_theme_is_reported(tmp_path):
    layout = "---\nlayout: default\n---\nno content here\n"
    site = make_site(
        tmp_path, **{"_config.yml": CONFIG + "theme: minima\n", "_layouts/post.html": layout}
    )
    (advice,) = advice_of(plan_install(site))
    assert advice.startswith("_layouts/default.html: the layout is in the theme")


@pytest.mark.parametrize(
    ("layout", "stated"),
    [
        pytest.param("{{ content }}\n{{ content }}\n", "has {{ content }} 2 times", id="twice"),
        pytest.param("{% include all.html %}", "has no {{ content }}", id="nowhere"),
    ],
)
def test_an_unclear_layout_is_reported_and_left_alone(tmp_path, layout, stated):
    site = make_site(tmp_path, **{"_layouts/post.html": layout})
    (advice,) = advice_of(install(site))
    assert advice.startswith(f"_layouts/post.html: {stated}")
    assert (site / "_layouts/post.html").read_text() == layout


def test_layouts_that_inherit_in_a_circle_end(tmp_path):
    texts = {
        "_layouts/post.html": "---\nlayout: base\n---\n",
        "_layouts/base.html": "---\nlayout: post\n---\n",
    }
    assert len(plan_install(make_site(tmp_path, **texts)).advice) == 1


def test_posts_without_a_layout_are_reported(tmp_path):
    site = make_site(tmp_path, **{"_posts/2026-01-02-a.md": "---\ntitle: A\n---\n"})
    (advice,) = advice_of(plan_install(site))
    assert advice.startswith("no post has a layout: set one in _config.yml under `defaults`")


def test_layouts_that_show_no_blocks_are_named_with_their_posts(tmp_path):
    site = make_site(
        tmp_path,
        **{
            "_posts/2026-01-03-b.md": "---\nlayout: away\n---\n",
            "_posts/2026-01-04-c.md": "---\nlayout: none\n---\n",
            "_posts/2026-01-05-d.md": "no front matter\n",
        },
    )
    plan = plan_install(site, "linkmgr adopt")
    assert [(each.layout, sorted(each.posts)) for each in plan.unserved] == [
        ("", ["_posts/2026-01-04-c.md", "_posts/2026-01-05-d.md"]),
        ("away", ["_posts/2026-01-03-b.md"]),
    ]
    (advice,) = advice_of(plan)
    assert advice == (
        "_layouts/away.html: posts use this layout, and the site has none: write it, "
        "then run `linkmgr adopt` again"
    )


@pytest.mark.parametrize("line", ["", INCLUDE_LINE], ids=["without the line", "with the line"])
def test_a_layout_that_can_show_blocks_is_served(tmp_path, line):
    assert plan_install(make_site(tmp_path, **{"_layouts/post.html": LAYOUT + line})).unserved == ()


PAGES = f"site: {{name: Tea, url: {URL}, pages: ['*.md', '_tea/*']}}\n"


def test_layouts_without_a_pages_blocks_are_named_and_left(tmp_path):
    site = make_site(
        tmp_path,
        **{
            "catalog.yaml": PAGES,
            "_layouts/page.html": LAYOUT,
            "_layouts/within.html": "---\nlayout: post\n---\n{{ content }}\n",
            "_layouts/shown.html": LAYOUT + INCLUDE_LINE,
            "about.md": "---\nlayout: page\n---\n",
            "plain.md": "---\n---\n",
            "own.md": f"---\n---\n{INCLUDE_LINE}\n",
            "off.md": "---\nlayout: page\nlinkmgr: false\n---\n",
            "shown.md": "---\nlayout: shown\n---\n",
            "within.md": "---\nlayout: within\n---\n",
            **{f"_tea/{name}.md": "---\nlayout: tea\n---\n" for name in "abcd"},
        },
    )
    plan = plan_install(site)
    assert [edit.path for edit in plan.edits] == ["_layouts/post.html", "_config.yml"]
    places = [text.partition(INCLUDE_LINE)[0] for text in advice_of(plan)]
    assert places == [
        "plain.md: no layout, so no blocks: put ",
        "page: this layout, of about.md, shows no blocks: put ",
        "tea: this layout, of _tea/a.md, _tea/b.md, _tea/c.md, …, shows no blocks: put ",
    ]


def test_what_cannot_be_written_is_reported(tmp_path):
    site = make_site(tmp_path)
    plan = plan_install(site)
    (site / "_includes").write_text("in the way")
    with pytest.raises(LinkmgrError, match=r"_includes.*: cannot be written: "):
        apply_install(site, plan, write=True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "exclude: [a, b] # ours\n",
            f"exclude: [{EXCLUDED}, a, b] # ours\n",
            id="flow",
        ),
        pytest.param("exclude: []\n", f"exclude: [{EXCLUDED}]\n", id="empty flow"),
        pytest.param(
            "exclude: [\n  a,\n  b ]\nurl: x\n",
            f"exclude: [{EXCLUDED},\n  a,\n  b ]\nurl: x\n",
            id="flow over lines",
        ),
        pytest.param(
            "a: 1\nexclude:\n  # mine\n  - a # b\n  - c\nd: 2\n",
            "a: 1\nexclude:\n  # mine\n  - catalog.yaml\n  - instance\n  - .linkmgr-cache\n"
            "  - a # b\n  - c\nd: 2\n",
            id="block",
        ),
        pytest.param(
            "exclude:\n- a\n",
            "exclude:\n- catalog.yaml\n- instance\n- .linkmgr-cache\n- a\n",
            id="not indented",
        ),
        pytest.param(
            "exclude:\r\n  - 日本\r\n",
            "exclude:\r\n  - catalog.yaml\r\n  - instance\r\n  - .linkmgr-cache\r\n  - 日本\r\n",
            id="CRLF",
        ),
        pytest.param("\ufeffexclude: [a]\n", f"\ufeffexclude: [{EXCLUDED}, a]\n", id="BOM"),
        pytest.param(
            "a: 1",
            f"a: 1\n{EXCLUDE_LINE}\n",
            id="no key, no line ending",
        ),
        pytest.param("", f"{EXCLUDE_LINE}\n", id="empty"),
    ],
)
def test_catalog_is_excluded_and_all_else_in_config_stays(before, after):
    edit = plan_exclude("_config.yml", before.encode(), NOT_OF_THE_SITE)
    assert edit.data.decode() == after


@pytest.mark.parametrize(
    "config",
    [
        pytest.param("exclude:\n", id="no value"),
        pytest.param("exclude: a\n", id="no list"),
        pytest.param("x: &x [a]\nexclude: *x\n", id="an alias"),
        pytest.param("{a: 1}\n", id="all in braces"),
        pytest.param("a: 1\n...\n", id="an end"),
    ],
)
def test_an_unclear_config_is_only_said(config):
    advice = plan_exclude("_config.yml", config.encode(), ["catalog.yaml"])
    assert translate(advice, "en") == (
        "_config.yml: add catalog.yaml to `exclude`, or Jekyll publishes catalog.yaml"
    )


@pytest.mark.parametrize(
    "entry",
    ["catalog.yaml, instance", "/catalog.yaml, /instance/", "'*.yaml', 'inst*'", "instance/, '*l'"],
)
def test_a_catalog_that_is_excluded_already_needs_no_edit(tmp_path, entry):
    site = make_site(tmp_path, **{"_config.yml": f"exclude: [{entry}, .linkmgr-cache]\n"})
    assert [edit.path for edit in plan_install(site).edits] == ["_layouts/post.html"]


def test_cache_that_alone_is_not_excluded_is_said_to_cost_builds(tmp_path):
    site = make_site(tmp_path, **{"_config.yml": "exclude: [catalog.yaml, instance]\n"})
    edit = plan_install(site).edits[-1]
    assert edit.data == b"exclude: [.linkmgr-cache, catalog.yaml, instance]\n"
    assert edit.translated() == (
        "_config.yml:1: add .linkmgr-cache to `exclude`, or `jekyll serve` builds the site again "
        "whenever linkmgr writes its cache"
    )


def test_a_catalog_outside_of_the_source_needs_no_edit(tmp_path):
    config = "source: src\nlayouts_dir: _designs\n"
    site = make_site(
        tmp_path,
        **{
            "_config.yml": config,
            "src/_posts/2026-01-02-a.md": POST,
            "src/_designs/post.html": LAYOUT,
        },
    )
    plan = plan_install(site)
    assert [edit.path for edit in plan.edits] == ["src/_designs/post.html"]
    assert "src/_includes/linkmgr.html" in plan.files


def uncommented(starter):
    """Take the `#` from the lines that are examples."""
    return re.sub(r"(?m)^#(?! \S)", "", starter)


@pytest.mark.parametrize(
    ("config", "language", "name", "url"),
    [
        pytest.param(CONFIG, "en", "Tea Notes", "https://tea.example", id="English"),
        pytest.param(
            "title: '日々の \"お茶\" & {{ x }}'\nurl: https://茶.example\nbaseurl: /b\nlang: ja\n",
            "ja",
            '日々の "お茶" & {{ x }}',
            "https://茶.example/b",
            id="Japanese",
        ),
        pytest.param("locale: ja-JP\n", "ja", "Blog", "https://example.com", id="nothing known"),
        pytest.param("title: 2026\nurl: ''\n", "en", "2026", "https://example.com", id="a number"),
    ],
)
def test_the_starter_catalog_is_valid_and_so_are_its_examples(
    tmp_path, config, language, name, url
):
    install(make_site(tmp_path, **{"_config.yml": config}))
    starter = (tmp_path / "catalog.yaml").read_text(encoding="utf-8")
    catalog = parse_catalog(starter)
    assert (catalog.site.language, catalog.site.name, catalog.site.url) == (language, name, url)
    examples = parse_catalog(uncommented(starter))
    assert examples.mappings["tea"].items == ("first-book", "first-product", "contact")
    assert list(programme_warnings(examples, "catalog.yaml", uncommented(starter))) == []
    schema = yaml.safe_load((tmp_path / "_linkmgr/catalog.schema.json").read_text())
    jsonschema.validate(yaml.safe_load(uncommented(starter)), schema)
    assert starter.startswith("# yaml-language-server: $schema=_linkmgr/catalog.schema.json\n")


def test_an_address_that_is_an_example_is_to_be_changed(tmp_path):
    said = "catalog.yaml: its url is https://example.com, an example, since _config.yml has none"
    site = make_site(tmp_path, **{"_config.yml": "title: Tea\n"})
    assert said in install_text(plan_install(site), write=False)
    site = make_site(tmp_path, **{"_config.yml": CONFIG})
    assert said not in install_text(plan_install(site), write=False)


KANA = "---\ntitle: お茶の話\nlayout: post\n---\n" + "少し冷ました湯を急須に注ぎます。" * 9
PROSE = "---\ntitle: Tea\nlayout: post\n---\n" + "The kettle is on the stove and it was hot. " * 9


@pytest.mark.parametrize(
    ("config", "post", "language"),
    [
        pytest.param("title: x\n", KANA, "ja", id="Japanese posts"),
        pytest.param("title: x\n", PROSE, "en", id="English posts"),
        pytest.param("lang: en\n", KANA, "en", id="the settings come first"),
        pytest.param("lang: jp\n", PROSE, "ja", id="a common mistake"),
        pytest.param(
            "title: x\n", "---\nlayout: post\nlang: ja\n---\n", "ja", id="stated in a post"
        ),
        pytest.param("lang: fr\n", KANA, "en", id="neither"),
    ],
)
def test_the_starter_catalog_is_in_the_blogs_language(tmp_path, config, post, language):
    over = {"_config.yml": config, "_posts/2026-01-02-a.md": post, "_posts/2026-01-03-b.md": post}
    install(make_site(tmp_path, **over))
    catalog = parse_catalog((tmp_path / "catalog.yaml").read_text(encoding="utf-8"))
    assert catalog.site.language == language
    place, zone = {"ja": ("amazon.co.jp", "Asia/Tokyo"), "en": ("amazon.com", "UTC")}[language]
    assert (catalog.programmes["amazon"].marketplace, catalog.site.timezone) == (place, zone)


@pytest.mark.parametrize(
    ("config", "timezone"),
    [
        pytest.param("timezone: Europe/Paris\nlang: ja\n", "Europe/Paris", id="the site's"),
        pytest.param("lang: ja\n", "Asia/Tokyo", id="Japanese"),
        pytest.param("title: x\n", "UTC", id="English"),
    ],
)
def test_starter_catalog_counts_days_of_sites_time_zone(tmp_path, config, timezone):
    install(make_site(tmp_path, **{"_config.yml": config}))
    starter = (tmp_path / "catalog.yaml").read_text(encoding="utf-8")
    assert parse_catalog(starter).site.timezone == timezone
    assert f"  timezone: {timezone}\n" in starter


def test_a_catalog_of_the_users_own_is_kept(tmp_path):
    own = "site: {name: Mine, url: https://mine.example}\n"
    site = make_site(tmp_path, **{"catalog.yaml": own})
    install(site)
    assert (site / "catalog.yaml").read_text() == own


def test_a_catalog_with_problems_stops_init(tmp_path):
    site = make_site(tmp_path, **{"catalog.yaml": "site: {}\n"})
    with pytest.raises(Problems):
        plan_install(site)
    assert not (site / "_includes").exists()


def test_a_replaced_file_keeps_its_permissions_and_its_link(tmp_path):
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"old")
    file.chmod(0o640)
    link.symlink_to(file)
    replace_file(link, b"new")
    assert (file.read_bytes(), link.is_symlink()) == (b"new", True)
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]


def test_a_replacement_that_fails_leaves_the_old_file_alone(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(TypeError):
        replace_file(tmp_path / "file", "no bytes")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_what_a_killed_process_leaves_is_known_by_its_name(tmp_path, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    seen = []
    monkeypatch.setattr("pathlib.Path.replace", killed)
    monkeypatch.setattr("pathlib.Path.unlink", lambda path, **_: seen.append(path.name))
    with pytest.raises(KeyboardInterrupt):
        replace_file(tmp_path / "file", b"new")
    assert [is_temporary(name) for name in [*seen, "file", "linkmgr.html"]] == [True, False, False]


def test_the_packaged_schema_is_the_one_that_is_written(tmp_path):
    install(make_site(tmp_path))
    packaged = (files("linkmgr.catalog") / "catalog.schema.json").read_bytes()
    assert (tmp_path / "_linkmgr/catalog.schema.json").read_bytes() == packaged


@pytest.mark.jekyll
@pytest.mark.parametrize("config", [CONFIG, f"{CONFIG}exclude:\n  - notes\n"])
def test_jekyll_builds_installed_site_and_publishes_only_assets(tmp_path, config):
    site = make_site(tmp_path / "site", **{"_config.yml": config})
    install(site)
    built = build_site(site, "--safe")
    published = {path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()}
    assert published == {
        "2026/01/02/a.html",
        "assets/linkmgr/linkmgr.css",
        "assets/linkmgr/linkmgr.js",
    }
