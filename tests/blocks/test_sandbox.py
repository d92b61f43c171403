"""A site's own templates see what blocks show, and reach nothing else."""

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
    ],
)
def test_a_template_reaches_nothing_but_its_blocks(template):
    assert refusal_of(template).startswith("_linkmgr/books.html:1: ")


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("{{ missing }}", id="unknown value"),
        pytest.param("{{ block.missing }}", id="unknown attribute"),
        pytest.param("{% include 'books.html' %}" * 2, id="include of itself"),
        pytest.param("{% for x in range(9999999999) %}{% endfor %}", id="range"),
        pytest.param("{% if " + "(" * 9999 + "1" + ")" * 9999 + " %}{% endif %}", id="depth"),
        pytest.param("{% for x in [1] %}" * 99 + "{% endfor %}" * 99, id="blocks in blocks"),
    ],
)
def test_a_mistake_ends_in_one_line(template):
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


def test_a_text_that_is_no_html_stays_so_when_joined_to_some():
    own = "{% for b in block.items %}{{ '<i>' | safe ~ b.title ~ '</i>' | safe }}{% endfor %}"
    html = fragment_of(make_catalog(make_book(title="<&")), {"books.html": own}, books=["law"])
    assert "<i>&lt;&amp;</i>" in html


def test_failure_in_template_of_package_is_not_put_down_to_site():
    with pytest.raises(UndefinedError):
        Templates({}).render("books.html")
