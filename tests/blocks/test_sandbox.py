"""A site's own templates see what blocks show, reach nothing else, and end."""

import pytest
from jinja2 import UndefinedError

from linkmgr.blocks.templating import Templates
from linkmgr.messages.errors import LinkmgrError
from tests.blocks.test_render import fragment_of, make_book, make_catalog


def refusal_of(template: str) -> str:
    """Return the one line that a user would see."""
    with pytest.raises(LinkmgrError) as caught:
        fragment_of(overrides={"books.html": template}, books=["law"])
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "template",
    [
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ block.__class__.__mro__ }}",
        "{{ block.items[0].link.attributes.__class__ }}",
        "{{ block['__class__'] }}",
        "{{ block | attr('__class__') }}",
        "{{ [block] | map(attribute='__class__') | first }}",
        "{{ block._asdict() }}",
        "{{ '{0.__class__}'.format(block) }}",
        "{{ self.__init__.__globals__ }}",
        "{{ range.__self__ }}",
        "{{ dict.mro() }}",
        "{% include '../../etc/passwd' %}",
        "{% include '/etc/passwd' %}",
        "{% extends '../_config.yml' %}",
        "{% from '../books.html' import x %}",
        "{{ lipsum(n=1000000) }}",
    ],
)
def test_a_template_reaches_nothing_but_its_blocks(template):
    assert refusal_of(template).startswith("_linkmgr/books.html:1: ")


DOUBLED = "{% set x = 'x' %}" + "{% set x = x ~ x %}" * 60
CUT = (
    "{% set x = 'x' * 99999 %}{% for n in range(999) %}{{ (x ~ x)[:1] ~ (x ~ x)[:1] }}{% endfor %}"
)
ADDED = "{% set x = 'x' %}" + "{% set x = x + x %}" * 60
NESTED = "{% set x = ['x'] %}" + "{% set x = [x, x] %}" * 60
JOINED = "{% set x = 'x' * 9999 %}" + "{% set x = [x, x, x] | join(x) %}" * 60
REPLACED = "{% set x = 'x' * 999 %}" + "{% set x = x | replace('x', x) %}" * 9
FOUR_LOOPS = "".join(f"{{% for x{n} in range(99999) %}}" for n in range(4)) + "{% endfor %}" * 4
MACRO = "{% macro m(n) %}{{ m(n + 1) }}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}"
FORKED = "{% macro m(n) %}{% if n < 99 %}{{ m(n + 1) }}{{ m(n + 1) }}{% endif %}{% endmacro %}"
CONSTANT_LOOPS = "".join(f"{{% for x{n} in {[0] * 99} %}}" for n in range(9)) + "{% endfor %}" * 9
BUFFERED = "{% set s %}{% for n in range(99999) %}" + "<p>" * 999 + "{% endfor %}{% endset %}"


@pytest.mark.parametrize(
    "template",
    [
        pytest.param(DOUBLED, id="doubled text"),
        pytest.param(ADDED, id="added text"),
        pytest.param(CUT, id="text that is doubled and cut"),
        pytest.param("{{ 'x' * 9999999999 }}", id="multiplied text"),
        pytest.param("{{ [1] * 9999999999 }}", id="multiplied list"),
        pytest.param("{{ 9 ** (9 ** 9) }}", id="power"),
        pytest.param("{{ '%9999999999d' % 1 }}", id="formatted number"),
        pytest.param("{{ 'x' | center(9999999999) }}", id="centred text"),
        pytest.param("{{ 'x'.ljust(9999999999) }}", id="padded text"),
        pytest.param("{{ [1] | batch(9999999999, 0) | list }}", id="filled list"),
        pytest.param("{{ 1 | round(9999999999, 'ceil') }}", id="rounded number"),
        pytest.param(NESTED + "{{ x }}", id="nested lists"),
        pytest.param(JOINED, id="joined text"),
        pytest.param(REPLACED, id="replaced text"),
        pytest.param(FOUR_LOOPS, id="loops in loops"),
        pytest.param(FOUR_LOOPS.replace(") %}", ") if x0 is odd %}"), id="loops that skip"),
        pytest.param(CONSTANT_LOOPS, id="loops over constants"),
        pytest.param(BUFFERED, id="text that a loop puts aside"),
        pytest.param("{% for x in range(9999999999) %}{% endfor %}", id="range"),
        pytest.param("{{ range(9999999999) | list }}", id="listed range"),
        pytest.param(MACRO, id="macro without end"),
        pytest.param(FORKED + "{{ m(0) }}", id="macro that forks"),
        pytest.param("{% include 'books.html' %}" * 2, id="include of itself"),
        pytest.param("{% for x in [[]] recursive %}{{ loop(x) }}{% endfor %}", id="recursive loop"),
        pytest.param("{% if " + "(" * 9999 + "1" + ")" * 9999 + " %}{% endif %}", id="depth"),
        pytest.param("{% for x in [1] %}" * 99 + "{% endfor %}" * 99, id="blocks in blocks"),
        pytest.param("{{ " + "9" * 9999 + " }}", id="long number"),
    ],
)
def test_a_template_made_to_hang_or_to_fill_the_memory_ends_in_one_line(template):
    assert refusal_of(template).startswith("_linkmgr/books.html:")


def test_a_template_still_computes():
    own = (
        "{% macro card(book) %}<b>{{ book.title | upper }}{{ book.title[:2] }}</b>{% endmacro %}"
        "{% set seen = namespace(count=0) %}{% set odd = cycler('odd', 'even') %}"
        "{% for book in block.items if book.id %}{{ card(book) }}"
        "{% set seen.count = seen.count + 1 %}"
        "<i>{{ loop.index }}/{{ loop.length }} {{ odd.next() }} {{ 'a' ~ 1 ~ 'b' }}</i>"
        "{% endfor %}{{ block.items | map(attribute='title') | join }}"
        "<u>{{ seen.count * 2 }} {{ [1, 2] | join(', ') }} {{ range(3) | sum }}</u>"
        "<s>{{ 'a,b'.split(',') | last }} {{ {'k': 'v'}.items() | first | last }}</s>"
        "{% for name, (one, two) in [('k', (1, 2))] %}<q>{{ name }}{{ one + two }}</q>{% endfor %}"
    )
    html = fragment_of(make_catalog(make_book(title="tea")), {"books.html": own}, books=["law"])
    assert "<b>TEAte</b>" in html
    assert "<i>1/1 odd a1b</i>tea<u>2 1, 2 3</u>" in html
    assert "<s>b v</s><q>k3</q>" in html


def test_a_text_that_is_no_html_stays_so_where_it_is_joined_to_some():
    own = "{% for b in block.items %}{{ '<i>' | safe ~ b.title ~ '</i>' | safe }}{% endfor %}"
    html = fragment_of(make_catalog(make_book(title="<&")), {"books.html": own}, books=["law"])
    assert "<i>&lt;&amp;</i>" in html


def test_each_rendering_has_its_own_work():
    own = "{% for x in range(60000) %}{% endfor %}"
    for _ in range(3):
        fragment_of(overrides={"books.html": own}, books=["law"])


def test_a_failure_in_a_template_of_the_package_is_not_put_down_to_the_site():
    with pytest.raises(UndefinedError):
        Templates({}).render("books.html")
