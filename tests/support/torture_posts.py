"""A site with every rule by which Jekyll makes posts, as files: name -> content."""


def post(*lines):
    """Make a post of the lines of its front matter."""
    return "---\n" + "".join(f"{line}\n" for line in lines) + "---\nBody.\n"


FILES_AND_NAMES = {
    "_posts/2021-01-01-plain.md": post("title: Plain"),
    "_posts/2021-1-2-short-date.md": post("title: Short"),
    "_posts/21-01-03-two-digit-year.md": post("title: Two"),
    "_posts/99-12-31-last-century.md": post("title: Last"),
    "_posts/2020-02-30-thirtieth-of-february.md": post("title: March"),
    "_posts/2021-01-04-.md": post("title: No slug, an extension"),
    "_posts/2021-01-05.md": post("title: Ignored, no slug"),
    "_posts/2021-01-06-noext": post("title: Ignored, no extension"),
    "_posts/2021-01-07-data.yml": "title: Ignored",
    "_posts/2021-01-08-data.yaml": "title: Ignored",
    "_posts/2021-01-09-page.html": post("title: HTML"),
    "_posts/2021-01-10-text.txt": post("title: Text"),
    "_posts/2021-01-11-upper.MD": post("title: Upper"),
    "_posts/2021-01-12-style.scss": "---\n---\n",
    "_posts/2021-01-13-two.dots.md": post(),
    "_posts/2021-01-14-trailing.dots...md": post(),
    "_posts/2021-01-15-trailing-hyphen-.md": post(),
    "_posts/2021-01-15-trailing-hyphens--.md": post(),
    "_posts/2021-01-15--leading-hyphen.md": post(),
    "_posts/2021-01-16-UPPER-Case-ΣΑΣ.md": post(),
    "_posts/2021-01-17-日本語-の　スラッグ。.md": post(),
    "_posts/2021-01-18-nfd-か\u3099.md": post(),
    "_posts/2021-01-19-punctuation ._~!$&'()+,;=@ #%[]{}?.md": post(),
    "_posts/2021-01-20-emoji-😀-end.md": post(),
    "_posts/2021-01-21-thai-สวัสดี.md": post(),
    "_posts/not-a-date.md": post("title: Ignored"),
    "_posts/.2021-01-22-hidden.md": post("title: Ignored"),
    "_posts/_2021-01-22-underscore.md": post("title: Ignored"),
    "_posts/#2021-01-22-hash.md": post("title: Ignored"),
    "_posts/~2021-01-22-tilde.md": post("title: Ignored"),
    "_posts/2021-01-22-backup.md~": post("title: Ignored"),
    "_posts/2021-01-22-ends.md.": post("title: Ignored"),
    "_posts/sub/2021-01-23-in-a-folder.md": post("title: Sub"),
    "_posts/sub/deep/2021-01-24-deeper.md": post("title: Deep"),
    "_posts/_sub/2021-01-25-in-a-hidden-folder.md": post("title: Ignored"),
    "_posts/sub/_deep/2021-01-26-below.md": post("title: Taken, the underscore is deep"),
    "_posts/sub/.deep/2021-01-26-dot.md": post("title: Ignored"),
    "_posts/2021-01-27-dir.md/2021-01-27-in-a-dotted-folder.md": post("title: Dotted"),
    "news/_posts/2021-01-29-news.md": post("title: News"),
    "news/asia/_posts/2021-01-30-asia.md": post("title: Asia"),
    "news/_posts/asia/2021-01-31-inner.md": post("title: Inner"),
    "_hidden/_posts/2021-01-31-hidden.md": post("title: Ignored"),
    ".dot/_posts/2021-01-31-hidden.md": post("title: Ignored"),
    "my_posts_dir/_posts/2021-01-31-odd.md": post("title: Odd"),
    "_drafts/draft.md": post("title: Ignored draft"),
}

FRONT_MATTER = {
    "_posts/2022-01-01-bom.md": b"\xef\xbb\xbf---\ntitle: BOM\n---\nBody.\n",
    "_posts/2022-01-02-crlf.md": "---\r\ntitle: CRLF\r\ntags: [a, b]\r\n---\r\nBody.\r\n",
    "_posts/2022-01-03-trailing-spaces.md": "---  \ntitle: Spaces\n---\t \nBody.\n",
    "_posts/2022-01-04-dots.md": "---\ntitle: Dots\n...\nBody.\n",
    "_posts/2022-01-05-blank-first.md": "\n---\ntitle: Not front matter\n---\n",
    "_posts/2022-01-06-four-hyphens.md": "----\ntitle: Not front matter\n----\n",
    "_posts/2022-01-07-comment.md": "--- # c\ntitle: Not front matter\n---\n",
    "_posts/2022-01-08-never-closed.md": "---\ntitle: Not front matter\n",
    "_posts/2022-01-09-none.md": "Body only.\n",
    "_posts/2022-01-10-empty.md": "",
    "_posts/2022-01-11-empty-matter.md": "---\n---\nBody.\n",
    "_posts/2022-01-12-blank-lines.md": "---\n\n\ntitle: Blank\n\n---\n\n\nBody.\n",
    "_posts/2022-01-13-indented-closer.md": "---\ntitle: First\n ---\ntags: [a]\n---\nBody.\n",
    "_posts/2022-01-14-longer-lines.md": "---\ntitle: |\n  a\n  ----\n---x: 1\n---\nBody.\n",
    "_posts/2022-01-15-comment-only.md": "---\n# nothing\n---\nBody.\n",
    "_posts/2022-01-16-no-last-line-feed.md": "---\ntitle: End\n---",
    "_posts/2022-01-17-null.md": "---\n~\n---\nBody.\n",
    "_posts/2022-01-18-false.md": "---\nfalse\n---\nBody.\n",
    "_posts/2022-01-19-not-utf8.md": b"---\ntitle: Dropped\n---\n\xff\n",
    "_posts/2022-01-20-not-utf8.md": b"---\ntitle: \xff\n---\n",
    "_posts/2022-01-21-surrogate.md": b"---\ntitle: Dropped\n---\n\xed\xa0\x80\n",
    "_posts/2022-01-22-two-documents.md": "---\ntitle: One\n--- !!map\ntitle: Two\n---\nBody.\n",
    "_posts/2022-01-23-aliases.md": post("title: &t Anchored", "tags: [*t, *t]"),
    "_posts/2022-01-24-merge-key.md": post("base: &b {title: Merged, tags: [m]}", "<<: *b"),
    "_posts/2022-01-25-twice.md": post("title: First", "title: Second wins"),
}

UNREADABLE = {
    "_posts/2022-02-01-invalid.md": post("title: [unclosed"),
    "_posts/2022-02-02-tab.md": post("a:\n\tb: c"),
    "_posts/2022-02-03-text.md": post("just text"),
    "_posts/2022-02-04-list.md": post("- a", "- b"),
    "_posts/2022-02-05-object.md": post("title: !ruby/object:Object {}"),
    "_posts/2022-02-06-no-alias.md": post("title: *nowhere"),
    "_posts/2022-02-07-categories.md": post("title: Lost", "categories: 5"),
    "news/_posts/2022-02-08-set.md": post("title: !!set {a}", "categories: lost"),
    "_posts/2022-02-09-true.md": post("true"),
}

# The name that its folder gives it has no date, so that Jekyll takes the build's.
UNDATED = {"_posts/2021-01-28-dir.d/noext": post("title: Named by its folder")}

NIL = {
    "_posts/2022-03-01-nil-title.md": post("title:", "slug: ~", "tags: null", "categories:"),
    "_posts/2022-03-02-nil-permalink.md": post("permalink: ~", "layout:"),
    "_posts/2022-03-03-false-title.md": post("title: false", "slug: false", "permalink: false"),
}

TERMS = {
    "_posts/2022-04-01-tags-text.md": post("tags: one two,three　four\tfive"),
    "_posts/2022-04-02-tags-list.md": post("tags: [one two, ~, 3, 1.5, true, 2024-01-01, one two]"),
    "_posts/2022-04-03-tag.md": post("tag: one two", "tags: [ignored]"),
    "_posts/2022-04-04-tag-list.md": post("tag: [a, [b, ~, [c]]]"),
    "_posts/2022-04-05-tag-false.md": post("tag: false", "tags: used"),
    "_posts/2022-04-06-tags-number.md": post("tags: 5"),
    "_posts/2022-04-07-tags-mapping.md": post("tags: {a: b}"),
    "_posts/2022-04-08-tags-nested.md": post("tags: [a, [b, [c]], {d: e}]"),
    "_posts/2022-04-09-tags-symbol.md": post("tags: :sym"),
    "_posts/2022-04-10-tags-symbols.md": post("tags: [a, ':b']"),
    "_posts/2022-04-11-categories-text.md": post("categories: One two One"),
    "_posts/2022-04-12-category.md": post("category: One two"),
    "_posts/2022-04-13-both.md": post("categories: [a, b]", "category: c"),
    "_posts/2022-04-14-both-lists.md": post("categories: [a, [b, c], ~]", "category: [d, [e]]"),
    "_posts/2022-04-15-numbers.md": post("categories: [2024, 1.5, true, 2024-01-01]"),
    "news/_posts/2022-04-16-folder.md": post("categories: [other, news]"),
    "News/Deep/_posts/2022-04-17-cased.md": post("category: deep"),
    "_posts/2022-04-18-odd.md": post("categories: ['a b', 'c/d', 'e?f#g', '100%', '日本']"),
    "_posts/2022-04-19-slugified.md": post(
        "categories: ['A b', 'a B', 'c/d']", "permalink: /:slugified_categories/:title/"
    ),
    "_posts/2022-04-20-colon.md": post("categories: ['a:b', 'c']"),
}

DATES = {
    f"_posts/2022-05-01-date-{number}.md": post(f"date: {text}")
    for number, text in enumerate(
        (
            "2021-05-06 23:30:00",
            "'2021-05-06 23:30:00'",
            "2021-05-06 23:30",
            "2021-05-06",
            "2021-5-6",
            "'2021-5-6'",
            "2021-05-06 23:30:00 +0000",
            "2021-05-06 23:30:00 +0900",
            "2021-05-06 23:30:00 +09:00",
            "2021-05-06 23:30:00 -0330",
            "2021-05-06 23:30:00 +9",
            "2021-05-06 23:30 +9",
            "2021-05-06T23:30:00Z",
            "2021-05-06 23:30:00 Z",
            "2021-05-06 23:30:00.75 +0000",
            "'2021-05-06 23:30:00.75'",
            "2021-05-06 23:30:00 UTC",
            "2021-05-06 23:30:00 JST",
            "2021-05-06 23:30:00 EST",
            "2021-05-06 24:00:00",
            "2021-05-06 23:59:60 +0000",
            "2021-02-30",
            "2021-02-30 10:00:00 +0900",
            "2021-04-31 10:00:00 +0900",
            "2021-02-30 23:00 -0900",
            "May 6, 2021",
            "6 May 2021 10:00",
            "Thu, 06 May 2021 10:00:00 +0200",
            "2021/05/06",
            "06.05.2021",
            "20210506",
            "'20210506'",
            "20210506T101112Z",
            "2021-05-06 10:00 pm",
            "1999-12-31 23:59:59 -1200",
            "1950-01-01",
            "2038-02-01 00:00:00 +0000",
        )
    )
}

SLUGS_AND_PERMALINKS = {
    "_posts/2022-06-01-file-name.md": post("slug: Own Slug"),
    "_posts/2022-06-02-file-name.md": post("slug: ''"),
    "_posts/2022-06-03-file-name.md": post("permalink: /fixed/"),
    "_posts/2022-06-04-file-name.md": post("permalink: no-slash"),
    "_posts/2022-06-05-file-name.md": post("permalink: pretty"),
    "_posts/2022-06-06-file-name.md": post("permalink: /:year/:i_month/:i_day/:title_:slug/x.html"),
    "_posts/2022-06-07-file-name.md": post("permalink: //a//b/../c/./d/"),
    "_posts/2022-06-08-file-name.md": post("permalink: '/日本 語/:title/'"),
    "_posts/2022-06-09-file-name.md": post("permalink: '/:title:output_ext'"),
    "_posts/2022-06-11-all.md": post(
        "date: 2020-12-31 15:04:05 +0900",
        "permalink: /:collection/:path/:name/:title/:slug/:categories/:year/:month/:day/:hour"
        "/:minute/:second/:i_day/:i_month/:short_month/:long_month/:short_year/:w_year/:week"
        "/:w_day/:short_day/:long_day/:y_day/:output_ext",
    ),
    "_posts/2022-06-12-first-week.md": post(
        "date: 2021-01-03", "permalink: /:w_year/:week/:w_day/"
    ),
    "_posts/sub/2022-06-13-path.md": post("permalink: /:path/"),
    "_posts/2022-06-14-empty.md": post("permalink: ''"),
    "_posts/2022-06-15-日本語スラッグ.md": post("permalink: /:slug/:name/:title/"),
    "_posts/2022-06-16-Case Mixed_Under.md": post("permalink: /:slug/:name/:title/"),
    "_posts/2022-06-17-numbers.md": post("slug: '2024'"),
    "_posts/2022-06-18-odd.md": post("slug: 'a/b?c#d %e'", "permalink: /:title/"),
}

SCALARS = {
    f"_posts/2022-07-01-scalar-{number}.md": post(f"title: {text}", f"tags: [{text}]")
    for number, text in enumerate(
        (
            "2026-02-18 10:57:52 +0900",
            "2026-02-18 10:57:52",
            "2026-02-18T10:57:52Z",
            "2026-02-18 10:57:52 +0000",
            "1000",
            "2024-02-30",
            "=",
            '":foo"',
            "2024-1-1",
            "yes",
            "010",
            "1_000",
            "0o7",
            "0x1F",
            "0b101",
            "089",
            "10:30",
            "10:30:15",
            "10:30.5",
            "1.5",
            "1.",
            ".5",
            "1.5e+3",
            "1e3",
            "+5",
            "-0",
            "'quoted'",
            "! 5",
            "!!int '5'",
            "!!str 5",
            "!!float 5",
            "!own 5",
            "On",
            "nO",
            "~",
            "'~'",
            "NULL",
            "日本語",
            "..",
            "1.2.3",
            "12-34",
        )
    )
} | {"_posts/2022-07-02-comma.md": post("title: 1,000", "tags: ['1,000']")}

# What SafeYAML, and with it the released Jekyll, reads otherwise than Psych.
GEM_SCALARS = {
    f"_posts/2022-07-03-scalar-{number}.md": post(f"title: {text}", f"tags: [{text}, 'x']")
    for number, text in enumerate(
        (
            ":foo",
            ":'foo'",
            "1:30",
            "-1:30",
            "1:30:15.5",
            "_850_",
            "0o10",
            "-010",
            "2021-5-6",
            "2021-02-30 10:00:00",
            "2021-05-06 24:00:00",
            "2021-05-06 23:59:60",
            "2021-05-06 10:00:00 +25",
            "+.inf",
            "!!str 5",
            "!!set {a}",
            "!ruby/object:Object {}",
            "*nowhere",
        )
    )
} | {
    "_posts/2022-07-04-aliases.md": post("a: &a '5'", "title: *a", "tags: [*a, *b]"),
    "_posts/2022-07-04-nil-key.md": post("~: title", "Nil key: slug", "a: b"),
    "_posts/2022-07-04-merge.md": post("<<: {title: Not merged}", "slug: own"),
    "_posts/2022-07-04-bad-float.md": post("title: Lost", "slug: 1._5"),
    "_posts/2022-07-04-permalink.md": post("permalink: :slug"),
    "_posts/2022-07-04-date.md": post("date: 2021-02-30 10:00:00 +0900"),
    "_posts/2022-07-04-another-date.md": post("date: 2021-05-06 24:00:00"),
    "_posts/2022-07-04-categories.md": post("categories: [1:30, :a, yes, 2021-05-06 10:00:00]"),
}

PUBLISHED = {
    f"_posts/2022-08-01-published-{text.strip(chr(39))}-{len(text)}.md": post(f"published: {text}")
    for text in ("true", "false", "no", "", "~", "0", "'false'", "yes")
} | {
    "_posts/2999-01-01-future.md": post("title: Future"),
    "_posts/2022-08-02-future.md": post("date: 2999-01-01"),
}

ORDER = {
    "_posts/2023-01-01-b.md": post(),
    "_posts/2023-01-01-a.md": post(),
    "_posts/2023-01-01-あ.md": post(),
    "_posts/2023-01-01-c.md": post("date: 2023-01-01 00:00:01"),
    "news/_posts/2023-01-01-a.md": post(),
}

DRAFTS = {
    "_drafts/undated.md": post(),
    "_drafts/2020-01-01-dated-by-its-name.md": post(),
    "_drafts/sub/dated.md": post("date: 2021-01-01"),
    "news/_drafts/in-a-folder.md": post("tags: a b"),
    "_drafts/noext": "Ignored",
    "_drafts/hidden.md": post("published: false"),
    "_drafts/unreadable.md": post("a: ["),
    "my_posts/_drafts/no-draft-for-jekyll.md": post(),
    "_drafts/said-to-be-none.md": post("draft: false"),
}

DEFAULTS = """
timezone: Asia/Tokyo
defaults:
- scope: {path: ""}
  values: {title: all, tags: [a b], category: x, permalink: ~, nested: {a: 1}}
- scope: {path: "", type: posts}
  values: {title: typed, categories: from defaults}
- scope: {path: "", type: drafts}
  values: {title: never, tags: [never]}
- scope: {path: "", type: post}
  values: {tags: old-type}
- scope: {path: "_posts/sub"}
  values: {title: sub, permalink: "/sub/:title/"}
- scope: {path: "_posts/sub/deep", type: pages}
  values: {title: never}
- scope: {path: "_posts"}
  values: {published: true, title: ~, excerpt: e}
- scope: {path: "/_posts"}
  values: {title: never, tags: [never]}
- scope: {path: "news/*/_posts"}
  values: {title: glob, date: '2021-03-03 10:00'}
- scope: {path: "_posts/2022-04-0*"}
  values: {slug: globbed}
- scope: {path: "**/_posts/2021-01-29*.md"}
  values: {tag: star}
- scope: {path: "_posts/s?b/*/"}
  values: {tag: folders only}
- scope: {path: "_posts/2021-01-{09,10}-*"}
  values: {tag: braces}
- scope: {path: "_posts/2021-01-1[0-2]*"}
  values: {tags: [brackets]}
- values: {description: d}
  scope: {}
- no values: 1
"""

EXCLUDE = """
exclude: ["_posts/2021-01-0*", "*/asia", "_posts/sub/", "news/_posts/2021-01-2?-n[a-e]ws.md",
  "/my_posts_dir", "*-emoji-*", 5, "*.txt"]
include: [_included, "_2021-01-22*", "_sub/*", "_posts/2021-01-03*", "*.txt"]
"""
EXCLUDED = {
    "vendor/bundle/_posts/2021-01-01-vendor.md": post("title: Excluded by default"),
    "vendor/_posts/2021-01-01-vendor.md": post(),
    "_included/_posts/2021-01-01-included.md": post(),
    "_included/_posts/_2021-01-01-hidden.md": post(),
}

COLLECTIONS_DIR = """
collections_dir: col
timezone: Asia/Kolkata
defaults:
- scope: {path: col/_posts/sub}
  values: {title: S}
- scope: {path: col/news}
  values: {tags: n}
- scope: {path: 'col/_posts/*/deep'}
  values: {tags: g}
"""
OUTSIDE = {"_posts/2021-01-01-outside.md": post(), "col/_drafts/ignored.md": post()}

EVERYTHING = (
    FILES_AND_NAMES
    | FRONT_MATTER
    | NIL
    | TERMS
    | DATES
    | SLUGS_AND_PERMALINKS
    | SCALARS
    | PUBLISHED
    | ORDER
)
