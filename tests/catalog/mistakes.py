"""Every mistake that a catalog can have, each with its line (the one marked `#!`) and message."""

from dataclasses import dataclass

SITE = "site: {name: 日和, url: https://example.com}\n"
BOOK = "books:\n  bread: {title: パン帖, asin: B0EXAMPLE1}\n"
SHOP = 'programmes:\n  rakuten: {name: 楽天, url: "https://hb.example/?pc={url}"}\n'
MARK = "#!"


@dataclass(frozen=True)
class Mistake:
    """A catalog with one mistake; `schema` says whether the JSON Schema sees it as well."""

    name: str
    text: str
    problem: str
    schema: bool = True

    @property
    def line(self) -> int:
        """The line with the mark, 0 without one."""
        lines = self.text.splitlines()
        return next((number for number, line in enumerate(lines, 1) if MARK in line), 0)

    @property
    def told(self) -> str:
        place = f"catalog.yaml:{self.line}" if self.line else "catalog.yaml"
        return f"{place}: {self.problem}"


def _book(entry: str) -> str:
    return f"{SITE}{SHOP}books:\n  bread:\n    title: パン帖\n{_indented(entry)}"


def _cta(entry: str) -> str:
    return f"{SITE}{SHOP}ctas:\n  class:\n    heading: 教室\n    label: 見る\n{_indented(entry)}"


def _mapping(entry: str) -> str:
    return f"{SITE}{BOOK}mappings:\n  law:  \n{_indented(entry)}"


def _indented(entry: str) -> str:
    return "".join(f"    {line}\n" for line in entry.splitlines())


_EMPTY = "is empty: write a value after it or delete the line"
_ID = "an id has lower-case letters a-z, digits and hyphens, and no hyphen at either end"
_SCHEME = "must start with https:// or http://"
_TARGET = f"{_SCHEME}, or with / for a page of the site"
_ASIN = "must be ten digits (the last may be X), or B0 and eight capital letters or digits"
_UTM = "may have only a-z, 0-9, - and _"
_OK_ASIN = "asin: B0EXAMPLE1\n"
_OK_URL = "url: https://shop.example/\n"

MISTAKES = [
    Mistake("no site", BOOK, "site: is missing: it needs name and url"),
    Mistake("site without a name", "site:  #!\n  url: https://a.example", "site.name: is missing"),
    Mistake("site without a url", "site:  #!\n  name: x", "site.url: is missing"),
    Mistake("empty site", "site:  #!", f"site: {_EMPTY}"),
    Mistake(
        "empty name", "site:\n  url: https://a.example\n  name: ''  #!", f"site.name: {_EMPTY}"
    ),
    Mistake(
        "blank name",
        "site:\n  url: https://a.example\n  name: '  '  #!",
        f"site.name: {_EMPTY}",
        schema=False,
    ),
    Mistake("no value", "site:\n  url: https://a.example\n  name:   #!", f"site.name: {_EMPTY}"),
    Mistake(
        "a list for a text",
        "site:\n  url: https://a.example\n  name: [x]  #!",
        "site.name: must be a text, not a list",
    ),
    Mistake(
        "a mapping for a text",
        "site:\n  url: https://a.example\n  name: {x: y}  #!",
        "site.name: must be a text, not a mapping",
    ),
    Mistake("relative site", "site:\n  name: x\n  url: /blog  #!", f"site.url: {_SCHEME}"),
    Mistake(
        "query in the site",
        "site:\n  name: x\n  url: https://a.example/?b  #!",
        "site.url: must be without ? and #",
        schema=False,
    ),
    Mistake(
        "unknown language",
        "site:\n  name: x\n  url: https://a.example\n  language: fr  #!",
        "site.language: fr is none of ja, en",
    ),
    Mistake(
        "server without http",
        "site:\n  name: x\n  url: https://a.example\n  server: go.a.example  #!",
        f"site.server: {_SCHEME}",
    ),
    Mistake(
        "unknown part",
        f"{SITE}shops: {{}}  #!",
        "shops: is not known here: known are site, programmes, books, ctas, mappings, blocks",
    ),
    Mistake(
        "misspelled part",
        f"{SITE}book:  #!\n  bread: {{title: x, asin: B0EXAMPLE1}}\nmappings: {{m: {{any: {{tags: [x]}}, items: [bread]}}}}",
        "book: is not known here: did you mean books?",
    ),
    Mistake(
        "part twice",
        f"{SITE}books: {{}}\nbooks: {{}}  #!",
        "books: is already in line 2: keep one of the two",
        schema=False,
    ),
    Mistake(
        "books as a list",
        f"{SITE}books: [bread]  #!\nmappings: {{m: {{any: {{tags: [x]}}, items: [bread]}}}}",
        "books: must have entries under it, each with its id and a colon",
    ),
    # Programmes.
    Mistake(
        "unknown marketplace",
        f"{SITE}programmes:\n  amazon:\n    tag: x-20\n    marketplace: amazon.jp  #!",
        "programmes.amazon.marketplace: amazon.jp is none of "
        + ", ".join(
            [
                "amazon.co.jp",
                "amazon.com",
                "amazon.ca",
                "amazon.com.br",
                "amazon.com.mx",
                "amazon.co.uk",
                "amazon.de",
                "amazon.fr",
                "amazon.it",
                "amazon.es",
                "amazon.nl",
                "amazon.se",
                "amazon.pl",
                "amazon.com.be",
                "amazon.com.tr",
                "amazon.in",
                "amazon.ae",
                "amazon.sa",
                "amazon.com.au",
                "amazon.sg",
            ]
        ),
    ),
    Mistake(
        "tag of another marketplace",
        f"{SITE}programmes:\n  amazon:\n    tag: x-20  #!",
        "programmes.amazon.tag: belongs to amazon.com, amazon.ca, amazon.com.br, amazon.com.mx; a tag of amazon.co.jp ends in -22",
        schema=False,
    ),
    Mistake(
        "no tag",
        f"{SITE}programmes:\n  amazon:\n    tag: tezukuri  #!",
        "programmes.amazon.tag: must be a tracking ID of amazon.co.jp, which ends in -22",
    ),
    Mistake(
        "unknown status",
        f"{SITE}programmes:\n  amazon:\n    status: accepted  #!",
        "programmes.amazon.status: accepted is none of none, applied, approved",
    ),
    Mistake(
        "unknown tracking",
        f"{SITE}programmes:\n  site:\n    tracking: pixel  #!",
        "programmes.site.tracking: pixel is none of direct, beacon, redirect",
    ),
    Mistake(
        "key of another programme",
        f"{SITE}programmes:\n  site:\n    tag: x-22  #!",
        "programmes.site.tag: is not known here: known are tracking, label",
    ),
    Mistake(
        "programme without name",
        f"{SITE}programmes:\n  a8:  #!\n    url: 'https://a8.example/?u={{url}}'",
        "programmes.a8.name: is missing",
    ),
    Mistake(
        "template without slot",
        f"{SITE}programmes:\n  a8:\n    name: A8\n    url: https://a8.example/  #!",
        "programmes.a8.url: must have {url} once, where the address of the item goes",
    ),
    Mistake(
        "template with two slots",
        f"{SITE}programmes:\n  a8:\n    name: A8\n    url: 'https://a8.example/{{url}}/{{url}}'  #!",
        "programmes.a8.url: must have {url} once, where the address of the item goes",
        schema=False,
    ),
    Mistake(
        "template with the slot as server",
        f"{SITE}programmes:\n  a8:\n    name: A8\n    url: 'https://{{url}}/'  #!",
        "programmes.a8.url: must have {url} after the name of the server",
    ),
    # Books.
    Mistake(
        "no title",
        f"{SITE}books:\n  bread:  #!\n    asin: B0EXAMPLE1",
        "books.bread.title: is missing",
    ),
    Mistake(
        "misspelled title",
        f"{SITE}books:\n  bread:\n    titel: x  #!\n    asin: B0EXAMPLE1",
        "books.bread.titel: is not known here: did you mean title?",
    ),
    Mistake(
        "nothing to buy",
        f"{SITE}books:\n  bread:  #!\n    title: x",
        "books.bread.asin: is missing: give asin or isbn, or url with its programme",
    ),
    Mistake(
        "book that is a text",
        f"{SITE}books:\n  bread: x  #!",
        "books.bread: must have title, asin, isbn, …",
    ),
    Mistake(
        "id with capitals",
        f"{SITE}books:\n  Bread:  #!\n    title: x\n    asin: B0EXAMPLE1\nmappings: {{m: {{all: {{tags: [x]}}, items: [Bread]}}}}",
        f"books.Bread: {_ID}",
    ),
    Mistake(
        "id with a hyphen at its end",
        f"{SITE}books:\n  bread-:  #!\n    title: x\n    asin: B0EXAMPLE1",
        f"books.bread-: {_ID}",
    ),
    Mistake(
        "long id",
        f"{SITE}books:\n  {'b' * 65}:  #!\n    title: x\n    asin: B0EXAMPLE1",
        f"books.{'b' * 65}: an id has at most 64 characters",
    ),
    Mistake(
        "empty id", f"{SITE}books:\n  '':  #!\n    title: x\n    asin: B0EXAMPLE1", f"books.: {_ID}"
    ),
    Mistake(
        "book twice",
        f"{SITE}{BOOK}  bread: {{title: x, asin: B0EXAMPLE1}}  #!",
        "books.bread: is already in line 3: keep one of the two",
        schema=False,
    ),
    Mistake(
        "key twice",
        _book(f"{_OK_ASIN}title: x  #!"),
        "books.bread.title: is already in line 6: keep one of the two",
        schema=False,
    ),
    Mistake(
        "ISBN-10 check digit",
        _book("asin: 4785730705  #!"),
        "books.bread.asin: check digit is 5, expected 6",
        schema=False,
    ),
    Mistake(
        "check digit X",
        _book("asin: '4999999031'  #!"),
        "books.bread.asin: check digit is 1, expected X",
        schema=False,
    ),
    Mistake(
        "ISBN-13 check digit",
        _book("isbn: 978-4-7857-3070-0  #!"),
        "books.bread.isbn: check digit is 0, expected 3",
        schema=False,
    ),
    Mistake(
        "ASIN too short", _book("asin: 478573070  #!"), f"books.bread.asin: {_ASIN}", schema=False
    ),
    Mistake("ASIN in small letters", _book("asin: b0example1  #!"), f"books.bread.asin: {_ASIN}"),
    Mistake(
        "ASIN in full-width digits",
        _book("asin: ４７８５７３０７０６  #!"),
        f"books.bread.asin: {_ASIN}",
    ),
    Mistake(
        "ISBN as ASIN",
        _book("asin: 9784785730703  #!"),
        "books.bread.asin: is an ISBN: write it as isbn, not as asin",
        schema=False,
    ),
    Mistake(
        "ISBN of 12 digits",
        _book("isbn: 978478573070  #!"),
        "books.bread.isbn: must have 13 digits, or 10 of which the last may be X",
        schema=False,
    ),
    Mistake(
        "ISBN 979",
        _book("isbn: 979-8-1995-5012-3  #!"),
        "books.bread.isbn: Amazon makes no ASIN of an ISBN that starts with 979: give the asin of the book's Amazon page (such as B0…), or url and programme of another shop",
        schema=False,
    ),
    Mistake(
        "EAN that is no ISBN",
        _book("isbn: 4901234567894  #!"),
        "books.bread.isbn: must start with 978",
        schema=False,
    ),
    Mistake(
        "ASIN and ISBN",
        _book(f"{_OK_ASIN}isbn: 9784785730703  #!"),
        "books.bread.isbn: stands beside asin: keep one of the two",
    ),
    Mistake(
        "url without programme",
        _book("url: https://a.example/  #!"),
        "books.bread.url: needs programme beside it: whose address is it?",
    ),
    Mistake(
        "programme without url",
        _book(f"{_OK_ASIN}programme: rakuten  #!"),
        "books.bread.programme: belongs to url only: asin is always Amazon's",
    ),
    Mistake(
        "Amazon by url",
        _book("url: https://www.amazon.co.jp/dp/B0EXAMPLE1\nprogramme: amazon  #!"),
        "books.bread.programme: give a book at Amazon by its asin, not by url",
        schema=False,
    ),
    Mistake(
        "unknown programme",
        _book("url: https://a.example/\nprogramme: rakutan  #!"),
        "books.bread.programme: there is no programme rakutan: did you mean rakuten?",
        schema=False,
    ),
    Mistake(
        "relative url in a shop",
        _book("programme: rakuten\nurl: /books  #!"),
        f"books.bread.url: {_SCHEME}",
        schema=False,
    ),
    Mistake(
        "cover that is no address",
        _book(f"{_OK_ASIN}cover: cover.png  #!"),
        f"books.bread.cover: {_TARGET}",
    ),
    Mistake(
        "shops as a mapping",
        _book(f"{_OK_ASIN}shops: {{programme: rakuten}}  #!"),
        "books.bread.shops: must be a list: [one, two]",
    ),
    Mistake(
        "shop without programme",
        _book(f"{_OK_ASIN}shops:\n  - url: https://a.example/  #!"),
        "books.bread.shops[1].programme: is missing",
    ),
    Mistake(
        "shop without url",
        _book(f"{_OK_ASIN}shops:\n  - programme: rakuten  #!"),
        "books.bread.shops[1].url: is missing",
    ),
    Mistake(
        "second shop unknown",
        _book(
            f"{_OK_ASIN}shops:\n  - {{programme: rakuten, url: 'https://a.example/'}}\n  - {{programme: kobo, url: 'https://b.example/'}}  #!"
        ),
        "books.bread.shops[2].programme: there is no programme kobo",
        schema=False,
    ),
    Mistake(
        "Amazon shop elsewhere",
        _book(f"{_OK_ASIN}shops:\n  - programme: amazon\n    url: https://amzn.to/abc  #!"),
        "books.bread.shops[1].url: is not a page of amazon.co.jp, the marketplace of amazon",
        schema=False,
    ),
    Mistake(
        "date of no calendar",
        _book(f"{_OK_ASIN}valid-from: 2026-02-30  #!"),
        "books.bread.valid-from: 2026-02-30 is no date such as 2026-01-31",
        schema=False,
    ),
    Mistake(
        "date in words",
        _book(f"{_OK_ASIN}valid-from: 2026年1月1日  #!"),
        "books.bread.valid-from: 2026年1月1日 is no date such as 2026-01-31",
    ),
    Mistake(
        "dates turned round",
        _book(f"{_OK_ASIN}valid-from: 2026-02-01\nvalid-until: '2026-01-31'  #!"),
        "books.bread.valid-until: is before valid-from (2026-02-01)",
        schema=False,
    ),
    Mistake(
        "flag in words",
        _book(f"{_OK_ASIN}retired: maybe  #!"),
        "books.bread.retired: must be true or false",
    ),
    Mistake(
        "flag in quotes",
        _book(f"{_OK_ASIN}retired: 'true'  #!"),
        "books.bread.retired: must be true or false",
    ),
    Mistake(
        "its own fallback",
        _book(f"{_OK_ASIN}fallback: bread  #!"),
        "books.bread.fallback: is the entry itself: name another one",
        schema=False,
    ),
    Mistake(
        "unknown fallback",
        _book(f"{_OK_ASIN}fallback: breads  #!"),
        "books.bread.fallback: there is no book or CTA breads: did you mean bread?",
        schema=False,
    ),
    Mistake(
        "fallbacks in a ring",
        f"{SITE}books:\n  a: {{title: x, asin: B0EXAMPLE1, fallback: c}}\n  b: {{title: x, asin: B0EXAMPLE1, fallback: c}}  #!\n  c: {{title: x, asin: B0EXAMPLE1, fallback: b}}",
        "books.b.fallback: leads back to itself: b -> c -> b",
        schema=False,
    ),
    Mistake(
        "fallback of the other kind",
        f"{SITE}{BOOK}ctas:\n  class: {{heading: x, label: y, url: /z, fallback: bread}}  #!",
        "ctas.class.fallback: bread is a book, which cannot stand here",
        schema=False,
    ),
    Mistake(
        "control character",
        _book(f'{_OK_ASIN}blurb: "a\\x00b"  #!'),
        "books.bread.blurb: has a control character (U+0000)",
        schema=False,
    ),
    # CTAs.
    Mistake(
        "CTA without url",
        f"{SITE}ctas:\n  class:  #!\n    heading: x\n    label: y",
        "ctas.class.url: is missing",
    ),
    Mistake(
        "CTA without label",
        f"{SITE}ctas:\n  class:  #!\n    heading: x\n    url: /y",
        "ctas.class.label: is missing",
    ),
    Mistake(
        "CTA without heading",
        f"{SITE}ctas:\n  class:  #!\n    label: x\n    url: /y",
        "ctas.class.heading: is missing",
    ),
    Mistake(
        "id of a book",
        f"{SITE}{BOOK}ctas:\n  bread: {{heading: x, label: y, url: /z}}  #!",
        "ctas.bread: is already the id of a book in line 3",
        schema=False,
    ),
    Mistake(
        "id of a CTA",
        f"{SITE}ctas:\n  bread: {{heading: x, label: y, url: /z}}\nbooks:\n  bread: {{title: x, asin: B0EXAMPLE1}}  #!",
        "books.bread: is already the id of a CTA in line 3",
        schema=False,
    ),
    Mistake("script", _cta("url: javascript:alert(1)  #!"), f"ctas.class.url: {_TARGET}"),
    Mistake("ftp", _cta("url: ftp://a.example/  #!"), f"ctas.class.url: {_TARGET}"),
    Mistake("another server by //", _cta("url: //a.example/  #!"), f"ctas.class.url: {_TARGET}"),
    Mistake(
        "backslash", _cta("url: /\\a.example/  #!"), "ctas.class.url: must not have a backslash"
    ),
    Mistake(
        "space",
        _cta("url: https://a.example/x y  #!"),
        "ctas.class.url: must not have spaces, line breaks or invisible characters",
    ),
    Mistake(
        "line break",
        _cta('url: "https://a.example/x\\ny"  #!'),
        "ctas.class.url: must not have spaces, line breaks or invisible characters",
    ),
    Mistake(
        "user name",
        _cta("url: https://www.amazon.co.jp@a.example/  #!"),
        "ctas.class.url: must not have a user name or password",
        schema=False,
    ),
    Mistake(
        "no server",
        _cta("url: 'https:///x'  #!"),
        "ctas.class.url: is not a valid address",
        schema=False,
    ),
    Mistake(
        "long address",
        _cta(f"url: https://a.example/{'x' * 2000}  #!"),
        "ctas.class.url: is longer than 2,000 characters",
    ),
    Mistake(
        "UTM without campaign",
        _cta(f"{_OK_URL}utm: {{source: a, medium: b}}  #!"),
        "ctas.class.utm: misses campaign: the three always stand together",
    ),
    Mistake(
        "UTM with only a campaign",
        _cta(f"{_OK_URL}utm: {{campaign: a}}  #!"),
        "ctas.class.utm: misses source and medium: the three always stand together",
    ),
    Mistake(
        "UTM in capitals",
        _cta(f"{_OK_URL}utm: {{source: Blog, medium: b, campaign: c}}  #!"),
        f"ctas.class.utm.source: {_UTM}",
    ),
    Mistake(
        "UTM unknown",
        _cta(f"{_OK_URL}utm: {{source: a, medium: b, campaign: c, sauce: d}}  #!"),
        "ctas.class.utm.sauce: is not known here: did you mean source?",
    ),
    Mistake(
        "UTM twice",
        _cta(
            "url: 'https://a.example/?utm_source=x'\nutm: {source: a, medium: b, campaign: c}  #!"
        ),
        "ctas.class.utm: stands in the url already (utm_…): delete one of the two",
        schema=False,
    ),
    Mistake(
        "UTM on Amazon",
        _cta(
            "url: https://www.amazon.co.jp/kindle\nprogramme: amazon\nutm: {source: a, medium: b, campaign: c}  #!"
        ),
        "ctas.class.utm: is not allowed on a link to Amazon",
        schema=False,
    ),
    Mistake(
        "CSS class with a dot",
        _cta(f"{_OK_URL}class: .button  #!"),
        "ctas.class.class: must be CSS classes: letters, digits, - and _, not starting with a digit",
    ),
    # Mappings.
    Mistake(
        "mapping of nothing",
        f"{SITE}mappings:\n  law: {{}}  #!",
        "mappings.law.any: is missing: say which posts, with any or all; items is missing too",
    ),
    Mistake(
        "mapping without posts",
        f"{SITE}{BOOK}mappings:\n  law: {{items: [bread]}}  #!",
        "mappings.law.any: is missing: say which posts, with any or all",
    ),
    Mistake(
        "mapping without items",
        f"{SITE}mappings:\n  law: {{any: {{tags: [x]}}}}  #!",
        "mappings.law.items: is missing: which books or CTAs do these posts call for?",
    ),
    Mistake(
        "no terms",
        _mapping("items: [bread]\nany: {}  #!"),
        "mappings.law.any: needs one of tags, categories, keywords, paths",
    ),
    Mistake(
        "unknown terms",
        _mapping("items: [bread]\nany: {tag: [x]}  #!"),
        "mappings.law.any.tag: is not known here: did you mean tags?",
    ),
    Mistake(
        "one tag without a list",
        _mapping("items: [bread]\nany: {tags: パン}  #!"),
        "mappings.law.any.tags: must be a list: [one, two]",
    ),
    Mistake(
        "no tags",
        _mapping("items: [bread]\nany: {tags: []}  #!"),
        f"mappings.law.any.tags: {_EMPTY}",
    ),
    Mistake(
        "empty tag",
        _mapping("items: [bread]\nany:\n  tags:\n    - x\n    - ''  #!"),
        f"mappings.law.any.tags: {_EMPTY}",
    ),
    Mistake(
        "tag that is a list",
        _mapping("items: [bread]\nall: {tags: [[x]]}  #!"),
        "mappings.law.all.tags: must be a text, not a list",
    ),
    Mistake(
        "unknown item",
        _mapping("any: {tags: [x]}\nitems:\n  - bread\n  - braed  #!"),
        "mappings.law.items: there is no book or CTA braed: did you mean bread?",
        schema=False,
    ),
    Mistake(
        "no weight",
        _mapping("any: {tags: [x]}\nitems: [bread]\nweight: 0  #!"),
        "mappings.law.weight: must be a number from 0.001 to 1000, without quotes",
    ),
    Mistake(
        "endless weight",
        _mapping("any: {tags: [x]}\nitems: [bread]\nweight: .inf  #!"),
        "mappings.law.weight: must be a number from 0.001 to 1000, without quotes",
    ),
    Mistake(
        "weight in words",
        _mapping("any: {tags: [x]}\nitems: [bread]\nweight: high  #!"),
        "mappings.law.weight: must be a number from 0.001 to 1000, without quotes",
    ),
    Mistake(
        "pin and exclude",
        _mapping("any: {tags: [x]}\nitems: [bread]\npin: true\nexclude: true  #!"),
        "mappings.law.exclude: contradicts pin: keep one of the two",
    ),
    # Blocks.
    Mistake(
        "block of no kind",
        f"{SITE}blocks:\n  tools: {{limit: 2}}  #!",
        "blocks.tools.kind: is missing: a block of your own is related, cta, books",
        schema=False,
    ),
    Mistake(
        "unknown kind",
        f"{SITE}blocks:\n  tools: {{kind: book}}  #!",
        "blocks.tools.kind: book is none of related, cta, books",
    ),
    Mistake(
        "limit of nothing",
        f"{SITE}blocks:\n  books: {{limit: 0}}  #!",
        "blocks.books.limit: must be a whole number from 1 to 100, without quotes",
    ),
    Mistake(
        "limit in quotes",
        f"{SITE}blocks:\n  books: {{limit: '3'}}  #!",
        "blocks.books.limit: must be a whole number from 1 to 100, without quotes",
    ),
    Mistake(
        "negative minimum",
        f"{SITE}blocks:\n  books: {{minimum: -1}}  #!",
        "blocks.books.minimum: must be a number from 0 to 1000, without quotes",
    ),
    Mistake(
        "items of related posts",
        f"{SITE}{BOOK}blocks:\n  related: {{items: [bread]}}  #!",
        "blocks.related.items: does not belong to related posts, which have no items",
        schema=False,
    ),
    Mistake(
        "fallback of related posts",
        f"{SITE}{BOOK}blocks:\n  related: {{fallback: [bread]}}  #!",
        "blocks.related.fallback: does not belong to related posts, which have no items",
        schema=False,
    ),
    Mistake(
        "book among CTAs",
        f"{SITE}{BOOK}blocks:\n  cta: {{items: [bread]}}  #!",
        "blocks.cta.items: bread is a book, which cannot stand here",
        schema=False,
    ),
    Mistake(
        "CTA among books",
        f"{SITE}ctas: {{class: {{heading: x, label: y, url: /z}}}}\nblocks:\n  books: {{fallback: [class]}}  #!",
        "blocks.books.fallback: class is a CTA, which cannot stand here",
        schema=False,
    ),
    # YAML.
    Mistake(
        "python object",
        _book(f"{_OK_ASIN}author: !!python/object:os.system x  #!"),
        "books.bread.author: the tag !!python/object:os.system is not allowed: delete it, or put the text in quotes",
        schema=False,
    ),
    Mistake(
        "own tag on a mapping",
        f"{SITE}books: !books  #!\n  bread: {{title: x}}\nmappings: {{m: {{any: {{tags: [x]}}, items: [bread]}}}}",
        "books: the tag !books is not allowed: delete it, or put the text in quotes",
        schema=False,
    ),
    Mistake(
        "merge",
        f"{SITE}books:\n  a: &a {{title: x, asin: B0EXAMPLE1}}\n  b: {{<<: *a}}  #!",
        "books.b: << (merge) is not supported: write the values out",
        schema=False,
    ),
    Mistake(
        "alias of nothing",
        _book(f"{_OK_ASIN}author: *someone  #!"),
        "books.bread.author: there is no &someone above for this alias",
        schema=False,
    ),
    Mistake(
        "alias within itself",
        f"{SITE}books: &books\n  a: *books  #!",
        "books.a: the alias *books contains itself",
        schema=False,
    ),
    Mistake(
        "key that is a list",
        f"{SITE}books:\n  [a, b]: {{title: x}}  #!",
        "books: a key must be a word, not a list or a mapping",
        schema=False,
    ),
    Mistake(
        "colon in a text",
        f"{SITE}books:\n  a:\n    title: パン: 入門  #!",
        'a text with ": " in it must be in quotes (or the line is indented too far)',
        schema=False,
    ),
    Mistake(
        "quote that is not closed",
        f'{SITE}books:\n  a:\n    title: "x  #!\n    asin: B0EXAMPLE1',
        "the quote that opens here is never closed",
        schema=False,
    ),
    Mistake(
        "list that is not closed",
        f"{SITE}x: [a  #!\ny: b",
        "the list [ ] that opens here is not closed, or misses a comma",
        schema=False,
    ),
    Mistake(
        "tab",
        f"{SITE}books:\n\ta: b  #!",
        "a text that starts with @, % or ` must be in quotes, and a line is indented with spaces, not with a tab",
        schema=False,
    ),
    Mistake(
        "star",
        _book("author: **強調**  #!"),
        "a text that starts with * or & must be in quotes",
        schema=False,
    ),
    Mistake(
        "indentation",
        f"{SITE}books:\n    a: {{title: x}}\n  b: {{title: y}}  #!",
        "the indentation does not fit the lines above, or a quote in the text before is not closed",
        schema=False,
    ),
    Mistake(
        "line without a colon",
        f"{SITE}books  #!\nctas: {{}}",
        'a line like this needs a colon: "key: value"',
        schema=False,
    ),
    Mistake(
        "two documents",
        f"{SITE}---  #!\n{SITE}",
        "a second document starts here: delete this line (---)",
        schema=False,
    ),
    Mistake(
        "raw control character",
        f"{SITE}# あ\n# \x07  #!",
        "the control character U+0007 is not allowed",
        schema=False,
    ),
    Mistake(
        "surrogate",
        f"{SITE}# \ud800  #!",
        "is not UTF-8 here: save the file in the encoding UTF-8",
        schema=False,
    ),
    Mistake(
        "text instead of a catalog",
        "hello  #!",
        "must consist of site, programmes, books, ctas, mappings, blocks, each with a colon",
    ),
    Mistake("nothing", "# only a comment", "is empty: it needs at least site, with name and url"),
]
