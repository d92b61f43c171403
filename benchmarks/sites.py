"""Writes Jekyll sites and catalogs of any size, the same every time for the same seed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice, pairwise
from pathlib import Path
from random import Random
from typing import Any

import yaml

POST_BYTES = 40_000
HEADING_BYTES = 2_000
TOPICS = 24  # a post is about three of them, an item about one
PARAGRAPHS = 200  # of each topic
PAIRS = 0.4  # share of the terms in the text that are pairs of nouns, as the keywords are
MIXED = 0.1  # share of the terms in Japanese text that are English
ENGLISH = 0.25  # share of the posts, paragraphs and keywords that are English
FEWEST_TAGS, MOST_TAGS = 5, 6
ITEMS_PER_CTA = 10

CONFIG = """\
title: Benchmark
url: https://bench.example.com
lang: ja
timezone: Asia/Tokyo
future: true
permalink: /:year/:month/:day/:title/
defaults:
  - scope: {path: "", type: posts}
    values: {layout: post}
exclude: [catalog.yaml]
"""

LAYOUT = "<h1>{{ page.title | escape }}</h1>\n{{ content }}\n{% include linkmgr.html %}\n"

POST = """\
---
layout: post
title: "{title}"
date: {date:%Y-%m-%d %H:%M:%S} +0000
categories: ["{category}"]
tags: [{tags}]
author: "編集部"
excerpt: "{excerpt}"
reading_time: {minutes}
image: "/assets/images/posts/{stem}-ogp.png"
description: "{description}"
---
{body}"""

Draft = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Topic:
    """Neighbouring nouns of `words.yaml` and the paragraphs that speak of them."""

    nouns: dict[str, list[str]]
    paragraphs: tuple[str, ...]


@cache
def words() -> dict[str, dict[str, list[str]]]:
    """Load the parts of the prose, by language."""
    text = Path(__file__).with_name("words.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, list[str]]] = yaml.safe_load(text)
    return loaded


def any_language(random: Random) -> str:
    """Draw the language of a post, a paragraph or a keyword."""
    return "en" if random.random() < ENGLISH else "ja"


def term(random: Random, language: str, nouns: dict[str, list[str]]) -> str:
    """Draw a noun of a topic, or a pair that it makes with any noun of the language."""
    if language == "ja" and random.random() < MIXED:
        language = "en"
    noun = random.choice(nouns[language])
    return pair(random, language, noun) if random.random() < PAIRS else noun


def pair(random: Random, language: str, noun: str) -> str:
    """Join a noun with a second one, as keywords are."""
    return (" " if language == "en" else "").join((noun, random.choice(words()[language]["nouns"])))


def sentence(random: Random, language: str, nouns: dict[str, list[str]]) -> str:
    """Compose a sentence about a topic."""
    parts = words()[language]
    clause = random.choice(parts["clauses"]).format(
        a=term(random, language, nouns), b=term(random, language, nouns)
    )
    return random.choice(parts["openings"]) + clause + random.choice(parts["endings"])


def paragraph(random: Random, language: str, nouns: dict[str, list[str]]) -> str:
    """Compose four to eight sentences about a topic."""
    count = random.randint(4, 8)
    between = " " if language == "en" else ""
    return between.join(sentence(random, language, nouns) for _ in range(count))


@cache
def topics(seed: int) -> tuple[Topic, ...]:
    """Compose what all posts are put together from, so that writing 800 MB takes seconds."""
    random = Random(seed)
    made = []
    for number in range(TOPICS):
        nouns = {
            language: part["nouns"][
                number * len(part["nouns"]) // TOPICS : (number + 1) * len(part["nouns"]) // TOPICS
            ]
            for language, part in words().items()
        }
        paragraphs = (paragraph(random, any_language(random), nouns) for _ in range(PARAGRAPHS))
        made.append(Topic(nouns, tuple(paragraphs)))
    return tuple(made)


def tag_names(count: int) -> list[str]:
    """List the site's tags, the most used first."""
    nouns = [noun for part in words().values() for noun in part["nouns"]]
    Random(0).shuffle(nouns)
    return [*nouns, *map("".join, pairwise(nouns))][:count]


def draw_tags(random: Random, names: list[str], weights: list[float]) -> list[str]:
    """Draw five or six different tags, the first names far more often than the last."""
    drawn: dict[str, None] = {}  # a set that keeps the order, which decides the file's bytes
    while len(drawn) < FEWEST_TAGS:
        drawn.update(dict.fromkeys(random.choices(names, weights, k=MOST_TAGS)))
    return list(islice(drawn, MOST_TAGS))


def body(random: Random, about: list[Topic]) -> str:
    """Compose `POST_BYTES` of paragraphs with a heading for every `HEADING_BYTES`."""
    parts: list[str] = []
    size, next_heading = 0, 0
    while size < POST_BYTES:
        topic = random.choice(about)
        if size >= next_heading:
            parts.append(f"## {random.choice(topic.nouns['ja'])}の覚え書き")
            next_heading += HEADING_BYTES
        parts.append(random.choice(topic.paragraphs))
        size += len(parts[-1].encode())
    return "\n\n".join(parts) + "\n"


def post(random: Random, number: int, tags: list[str], weights: list[float], seed: int) -> Draft:
    """Compose the fields of the `number`th post; `stem` is its file name without the suffix."""
    about = random.sample(topics(seed), 3)
    language = any_language(random)
    nouns = about[0].nouns
    title = random.choice(words()[language]["titles"]).format(
        a=random.choice(nouns[language]), b=random.choice(nouns[language]), n=number % 97
    )
    date = datetime(2021, 1, 1, tzinfo=UTC) + timedelta(hours=2 * number, seconds=number % 3600)
    return {
        "stem": f"{date:%Y-%m-%d}-{number}-{random.choice(nouns[language]).lower()}",
        "title": title[:1].upper() + title[1:],
        "date": date,
        "category": ("暮らし", "道具", "技術")[number % 3],
        "tags": ", ".join(f'"{tag}"' for tag in draw_tags(random, tags, weights)),
        "excerpt": sentence(random, language, nouns),
        "minutes": 5 + number % 20,
        "description": sentence(random, language, nouns) + sentence(random, language, nouns),
        "body": body(random, about),
    }


def write_site(root: Path, posts: int, *, tags: int = 300, seed: int = 1) -> None:
    """Write a site of `posts` posts of about 40 kB, with a skewed use of `tags` tags."""
    (root / "_posts").mkdir(parents=True)
    (root / "_layouts").mkdir()
    (root / "_config.yml").write_text(CONFIG, encoding="utf-8")
    (root / "_layouts" / "post.html").write_text(LAYOUT, encoding="utf-8")
    names = tag_names(tags)
    weights = [1 / (rank + 3) for rank in range(tags)]
    for number in range(posts):
        fields = post(Random(seed * 1_000_003 + number), number, names, weights, seed)
        path = root / "_posts" / f"{fields['stem']}.md"
        path.write_bytes(POST.format_map(fields).encode())


def isbn10(number: int) -> str:
    """Make the ISBN-10 of the Japanese title `number`, with its check digit."""
    digits = f"4{number:08}"
    total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), digits, strict=True))
    return digits + "0123456789X"[-total % 11]


def draft_catalog(items: int, *, tags: int = 300, seed: int = 1) -> Draft:
    """Draft a catalog of `items` items (one in ten a CTA), each with a mapping of its own.

    Every mapping has two of the site's tags and four keywords, pairs of nouns of one topic.
    """
    random = Random(seed)
    names = tag_names(tags)
    draft: Draft = {
        "site": {"name": "Benchmark", "url": "https://bench.example.com", "language": "ja"},
        "programmes": {
            "amazon": {"marketplace": "amazon.co.jp", "tag": "bench-22", "status": "approved"}
        },
        "books": {},
        "ctas": {},
        "mappings": {},
    }
    for number in range(items):
        item = f"item-{number}"
        nouns = random.choice(topics(seed)).nouns
        about = random.choice(nouns["ja"])
        if number % ITEMS_PER_CTA == ITEMS_PER_CTA - 1:
            draft["ctas"][item] = {
                "heading": f"{about}のおたより",
                "label": "受け取る",
                "url": f"https://shop.example.com/{number}",
                "utm": {"source": "bench", "medium": "referral", "campaign": item},
            }
        else:
            draft["books"][item] = {
                "asin": isbn10(number),
                "title": f"{about}の本 {number}",
                "blurb": sentence(random, "ja", nouns),
            }
        draft["mappings"][item] = {
            "any": {
                "tags": random.sample(names, 2),
                "keywords": draw_keywords(random, nouns),
            },
            "items": [item],
        }
    return draft


def draw_keywords(random: Random, nouns: dict[str, list[str]]) -> list[str]:
    """Draw up to four keywords of a topic."""
    languages = [any_language(random) for _ in range(4)]
    return sorted({pair(random, name, random.choice(nouns[name])) for name in languages})


def other_keywords(draft: Draft, *, seed: int = 1) -> Draft:
    """Draft the same catalog with other keywords everywhere."""
    random = Random(seed + 1)
    mappings = {}
    for name, mapping in draft["mappings"].items():
        keywords = draw_keywords(random, random.choice(topics(seed)).nouns)
        mappings[name] = {**mapping, "any": {**mapping["any"], "keywords": keywords}}
    return {**draft, "mappings": mappings}


def write_catalog(root: Path, draft: Draft) -> None:
    """Write a drafted catalog into a site."""
    text = yaml.dump(draft, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
    (root / "catalog.yaml").write_text(text, encoding="utf-8")
