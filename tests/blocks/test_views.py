"""What a template sees of an item."""

from dataclasses import replace

import pytest
from jinja2 import StrictUndefined, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from linkmgr.blocks.views import ItemViewer
from linkmgr.blocks.voice import PrintedText, Voice
from linkmgr.resolver.model import Placement
from tests.support.blocks import make_catalog, make_cta


def printed(template, **texts):
    catalog = make_catalog(make_cta(id="talk", heading="Talk"))
    placement = Placement("cta", 1, "talk", 1.0, ())
    view = ItemViewer(catalog).view(catalog.items["talk"], placement, Voice("en", "en"))
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    view = replace(view, texts={name: PrintedText(text) for name, text in texts.items()})
    return environment.from_string(template).render(cta=view)


def test_a_text_without_a_field_is_printed_by_its_key():
    assert printed("{{ cta.heading }}: {{ cta.note }}", note="Ten seats") == "Talk: Ten seats"


def test_an_unknown_key_is_no_text():
    with pytest.raises(UndefinedError):
        printed("{{ cta.nothing }}")
