"""A blog in which much depends on the catalog, and catalogs that are drawn for it."""

from random import Random

from hypothesis import strategies as st

from tests.support.builds import post, yaml_of

TAGS = ("tea", "bread", "walks", "Ｔｅａ", "hills")
CATEGORIES = ("food", "out")
KEYWORDS = ("oolong", "green tea", "tea", "flour", "flour mill")
PATHS = ("_posts/2026-01-0*", "*p1*")
BOOKS = ("a", "b", "c", "d", "e", "f")
CTAS = ("x", "y")
FRONT_MATTER = (
    False,
    {"books": ["c", "a"]},
    {"cta": "y"},
    {"exclude": ["b", "x"]},
    {"limit": 1},
)


def posts_of_blog(number=30, seed=7) -> dict[str, str]:
    """Write posts with few tags and words, of which many are in several posts."""
    random = Random(seed)  # noqa: S311 - the same blog every time
    posts = {}
    for n in range(number):
        words = [word for word in KEYWORDS for _ in range(random.choice((0, 0, 1, 5, 30)))]
        random.shuffle(words)
        front = {"linkmgr": random.choice(FRONT_MATTER)} if n % 6 == 0 else {}
        posts[f"_posts/2026-01-{1 + n % 28:02}-p{n}.md"] = post(
            f"Post {n}",
            random.sample(TAGS, random.choice((0, 1, 1, 2, 3))),
            " ".join(words) or "nothing",
            categories=random.sample(CATEGORIES, random.choice((0, 1))),
            **front,
        )
    return posts


def _some(values, least=0, most=3):
    return st.lists(st.sampled_from(values), min_size=least, max_size=most, unique=True)


@st.composite
def _terms(draw):
    parts = {"tags": TAGS, "categories": CATEGORIES, "keywords": KEYWORDS, "paths": PATHS}
    drawn = {name: draw(_some(values, most=2)) for name, values in parts.items()}
    return {name: values for name, values in drawn.items() if values} or {"tags": ["tea"]}


@st.composite
def mappings(draw):
    """Draw a mapping; most have no condition and no effect but to call for items."""
    found = {"items": draw(_some(BOOKS + CTAS, 1)), "any": draw(_terms())}
    kind = draw(st.sampled_from(("plain", "plain", "plain", "pin", "exclude", "all")))
    if kind == "all":
        found["all"] = draw(_terms())
    elif kind != "plain":
        found[kind] = True
    weight = draw(st.sampled_from((None, None, 0.05, 0.3, 3)))
    tag = None if kind == "exclude" else draw(st.sampled_from((None, None, "m-22", "n-22")))
    return found | {key: own for key, own in (("weight", weight), ("tag", tag)) if own}


def _item(number, base):
    own = base | ({"asin": f"B00000000{number}"} if "title" in base else {})
    return st.sampled_from(
        [own, own, own, own | {"retired": True}, own | {"valid-until": "2020-01-01"}]
        + ([own | {"tag": "item-22"}] if "title" in base else [])
    ) | st.just(own | {"retired": True, "fallback": "a" if "title" in base else "x"})


@st.composite
def items(draw):
    """Draw the books and the CTAs, of which some are out of use."""
    books = {id_: draw(_item(n, {"title": f"Book {id_}"})) for n, id_ in enumerate(BOOKS)}
    ctas = {
        id_: draw(_item(n, {"heading": "Talk", "label": "Go", "url": "/talk/"}))
        for n, id_ in enumerate(CTAS)
    }
    books["a"].pop("fallback", None)
    ctas["x"].pop("fallback", None)
    return {"books": books, "ctas": ctas}


BLOCKS = st.sampled_from(
    [
        {},
        {"cta": {"kind": "cta"}, "books": {"kind": "books", "limit": 2}},
        {"cta": {"kind": "cta"}, "books": {"kind": "books", "limit": 2, "tag": "block-22"}},
        {"books": {"kind": "books", "minimum": 3, "fallback": ["d", "e"]}, "cta": {"kind": "cta"}},
        {"books": {"kind": "books", "items": ["a", "b"]}, "more": {"kind": "books", "limit": 1}},
    ]
)


PROGRAMMES = st.sampled_from(
    [
        {"amazon": {"tag": "usual-22"}},
        {"amazon": {"tag": "usual-22", "tags": {"categories": {"food": "food-22"}}}},
    ]
)


@st.composite
def catalogs(draw):
    """Draw a catalog, by its parts."""
    found = draw(st.dictionaries(st.sampled_from("mnopqr"), mappings(), min_size=1))
    return {
        "programmes": draw(PROGRAMMES),
        **draw(items()),
        "mappings": found,
        "blocks": draw(BLOCKS),
    }


@st.composite
def edits(draw, draft):
    """Draw what a catalog becomes: mostly, another mapping."""
    kinds = ("mapping", "mapping", "mapping", "remove", "items", "blocks", "programmes")
    kind = draw(st.sampled_from(kinds))
    changed = dict(draft["mappings"])
    if kind == "mapping":
        name = draw(st.sampled_from([*changed, "new"]))
        changed[name] = draw(mappings()) if draw(st.booleans()) else _heavier(draw, changed, name)
    elif kind == "remove" and len(changed) > 1:
        del changed[draw(st.sampled_from([*changed]))]
    more = draw(items()) if kind == "items" else {}
    blocks = {"blocks": draw(BLOCKS)} if kind == "blocks" else {}
    programmes = {"programmes": draw(PROGRAMMES)} if kind == "programmes" else {}
    return {**draft, "mappings": changed, **more, **blocks, **programmes}


def _heavier(draw, mappings, name):
    old = mappings.get(name) or {"items": ["a"], "any": {"tags": ["tea"]}}
    return old | {"weight": draw(st.sampled_from((0.05, 0.3, 1, 3, 10)))}


def text_of(draft) -> str:
    """Write a drawn catalog."""
    site = {"site": {"name": "Tea Notes", "url": "https://tea.example"}}
    return yaml_of(site | {name: part for name, part in draft.items() if part})
