"""Whatever a post's front matter holds, we read it as Ruby and Jekyll do."""

import json
import subprocess
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from linkmgr.posts.publish import posts_as_json
from linkmgr.posts.ruby.dates import parse_time
from linkmgr.posts.ruby.safe_yaml import load
from linkmgr.posts.ruby.values import text_of
from linkmgr.posts.ruby.yaml_tree import YamlError
from linkmgr.posts.site import read_posts
from tests.support.jekyll import jekyll_account, write_site
from tests.support.properties import examples

pytestmark = pytest.mark.jekyll
# Each example starts Ruby, and so holds many values.
few = settings(
    max_examples=examples(8),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink would start Ruby for hours
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

TIMES = """
require 'json'; require 'time'
ENV['TZ'] = ARGV[0]
puts JSON.generate(JSON.parse($stdin.read).map { |text|
  begin
    Date._parse(text)[:year] && Time.parse(text).localtime.strftime('%FT%T%:z')
  rescue ArgumentError
    nil
  end
})
"""
SCALARS = """
require 'json'; require 'yaml'; require 'date'
puts JSON.generate(JSON.parse($stdin.read).map { |text|
  begin
    value = Psych.safe_load("---\\nkey: #{text}\\n", permitted_classes: [Date, Symbol, Time],
      aliases: true)['key']
    [value.class.to_s, value.to_s]
  rescue StandardError
    nil
  end
})
"""
RUBY_CLASSES = {
    "NoneType": "NilClass",
    "str": "String",
    "int": "Integer",
    "float": "Float",
    "date": "Date",
    "datetime": "Time",
    "list": "Array",
    "dict": "Hash",
}


def ruby(script, values, *args):
    command = ["ruby", "-e", script, "--", *args]
    done = subprocess.run(
        command, input=json.dumps(values), capture_output=True, check=True, encoding="utf-8"
    )
    return json.loads(done.stdout)


def differing(texts, ours, theirs):
    """Return what is read otherwise, as text -> (ours, theirs)."""
    pairs = zip(texts, ours, theirs, strict=True)
    return {text: (our, their) for text, our, their in pairs if our != their}


def numbers(low, high, form="{}"):
    return st.integers(low, high).map(form.format)


def joined(*parts):
    return st.tuples(*parts).map("".join)


YEARS = numbers(1950, 2037)
MONTHS = numbers(0, 13) | numbers(1, 12, "{:02}")
DAYS = numbers(0, 32) | numbers(1, 31, "{:02}")
NAMES = st.sampled_from(["Jan", "feb", "March", "May", "SEPT", "Dec."])
DATES = st.one_of(
    joined(YEARS, st.just("-"), MONTHS, st.just("-"), DAYS),
    joined(YEARS, st.just("/"), MONTHS, st.just("/"), DAYS),
    joined(DAYS, st.just("."), MONTHS, st.just("."), YEARS),
    joined(DAYS, st.just("/"), MONTHS, st.just("/"), YEARS),
    joined(numbers(0, 99, "{:02}"), st.just("-"), MONTHS, st.just("-"), DAYS),
    joined(YEARS, numbers(1, 12, "{:02}"), numbers(1, 31, "{:02}")),
    joined(st.sampled_from(["", "Thu, "]), DAYS, st.just(" "), NAMES, st.just(" "), YEARS),
    joined(NAMES, st.just(" "), DAYS, st.sampled_from([" ", ", "]), YEARS),
)
CLOCKS = st.one_of(
    st.just(""),
    joined(
        st.sampled_from([" ", "T", "  "]),
        numbers(0, 24) | numbers(0, 23, "{:02}"),
        numbers(0, 60, ":{:02}"),
        st.just("") | numbers(0, 61, ":{:02}") | numbers(0, 59, ":{:02}.5"),
    ),
)
ZONES = st.sampled_from(
    [
        *("", "Z", " Z", " UTC", " GMT", " JST", " EST", " EDT", " XYZ", " am", " PM", " UTC+9"),
        *(" +0900", "+09:00", " -0330", " +9", " +09", " +9:00", " -1200", " +0000"),
    ]
)
TIMEZONES = ["Asia/Tokyo", "America/New_York", "Europe/London", "Australia/Lord_Howe", "UTC"]


@pytest.mark.parametrize("zone", TIMEZONES)
@few
@given(texts=st.lists(joined(DATES, CLOCKS, ZONES), min_size=200, max_size=300))
def test_any_date_is_the_time_that_ruby_reads(zone, texts):
    times = [parse_time(text, ZoneInfo(zone)) for text in texts]
    ours = [time and time.isoformat() for time in times]
    assert not differing(texts, ours, ruby(TIMES, texts, zone))


FIGURES = st.text("0123456789.:-+_,eExXob TZ~/'\"[]{}!&*#|>%@`=<?", min_size=1, max_size=24)
PLAIN = st.one_of(
    FIGURES,
    joined(DATES, CLOCKS, ZONES),
    st.from_regex(r"[-+]?[0-9][0-9_,]{0,5}(\.[0-9_]{0,3})?([eE][-+]?[0-9])?", fullmatch=True),
    st.from_regex(r"[-+]?0[box]?[0-9a-fA-F_,]{1,6}", fullmatch=True),
    st.from_regex(r"[-+]?[0-9]{1,3}(:[0-5]?[0-9]){1,2}(\.[0-9]*)?", fullmatch=True),
    st.sampled_from(["yes", "No", "TRUE", "off", "Null", "~", "n", "y", ".inf", "-.Inf", ".NaN"]),
    st.from_regex(r":[\"']?[a-z:]{1,4}[\"']?", fullmatch=True),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12),
)


def ruby_form(text):
    """Give a scalar as SCALARS gives it: its class and its text."""
    try:
        value = load(f"---\nkey: {text}\n".encode(), "debian")[0]["key"]
    except YamlError:
        return None
    name = type(value).__name__
    if isinstance(value, bool):
        name = f"{value}Class"
    return [RUBY_CLASSES.get(name, name), text_of(value, ZoneInfo("UTC"))]


@few
# Ruby's own tags are refused, but for an empty class or module, which Psych makes nil.
@given(texts=st.lists(PLAIN.filter(lambda text: "!ruby/" not in text), min_size=300, max_size=500))
def test_any_scalar_is_the_value_that_psych_reads(texts):
    found = differing(texts, [ruby_form(text) for text in texts], ruby(SCALARS, texts))
    assert not {text: each for text, each in found.items() if not excused(*each)}


def excused(ours, theirs):
    """Whether a difference can be left: how Ruby prints floats, hashes and control characters."""
    both = ours is not None and theirs is not None
    return both and ours[0] == theirs[0] and ours[0] in {"Float", "Array", "Hash"}


# Without the colon: Jekyll's build fails where a category begins like a URL with a scheme.
WORDS = st.text(
    st.characters(
        codec="utf-8",
        max_codepoint=0xFFFF,
        exclude_categories=["Cs", "Cc", "Cn", "Co"],
        exclude_characters=":",
    ),
    min_size=1,
    max_size=16,
)
SLUGS = st.text(
    st.sampled_from("aB9-_.~!$&'()+,;=@ #%?[]{}^|\\あがカﾞ漢字éß・。　ー😀ΣİǆŉЖ"),
    min_size=1,
    max_size=12,
)
TERMS = WORDS | st.lists(WORDS, max_size=4) | st.lists(st.lists(WORDS, max_size=2), max_size=2)


@st.composite
def front_matters(draw):
    matter = {"date": draw(YEARS) + draw(numbers(1, 12, "-{:02}")) + draw(numbers(1, 28, "-{:02}"))}
    for key, values in (
        ("title", WORDS),
        ("slug", SLUGS),
        ("tags", TERMS),
        ("tag", TERMS),
        ("categories", TERMS),
        ("category", WORDS),
    ):
        if draw(st.booleans()):
            matter[key] = draw(values)
    return matter


@few
@given(
    posts=st.lists(st.tuples(SLUGS, front_matters()), min_size=40, max_size=80),
    style=st.sampled_from(["date", "pretty", "/:slugified_categories/:slug/:name"]),
)
def test_any_front_matter_makes_the_post_that_jekyll_makes(posts, style):
    files = {
        f"_posts/2021-01-01-{number}{slug.replace('/', '').replace('.', '')}.md": (
            f"---\n{json.dumps(matter, ensure_ascii=False)}\n---\n"
        )
        for number, (slug, matter) in enumerate(posts)
    }
    config = f"permalink: {style}\nfuture: true\ntimezone: Asia/Tokyo"
    with tempfile.TemporaryDirectory() as folder:
        root = write_site(Path(folder) / "site", {**files, "_config.yml": config})
        now, theirs = jekyll_account(root)
        ours = json.loads(json.dumps(posts_as_json(read_posts(root, now=now))))
    assert ours == theirs
