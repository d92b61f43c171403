"""A mapping as the pages of its change name it."""

from flask_babel import gettext

from linkmgr.admin.editing.impact import Subject, entry_value
from linkmgr.admin.mappings.forms import MAPPINGS
from linkmgr.store.history.revisions import Entry


def subject_of(name: str) -> Subject:
    """Return a mapping as the subject of a change."""
    return Subject(gettext("Mapping %(name)s", name=name), value=entry_value(Entry(MAPPINGS, name)))
