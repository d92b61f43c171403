"""The forms of programmes: Amazon's, the site's own links, and all others."""

from typing import ClassVar

from flask_babel import lazy_gettext
from wtforms import StringField

from linkmgr.admin.settings.setting_form import SettingForm, choice_field
from linkmgr.links.amazon import TAG_SUFFIXES
from linkmgr.links.model import AMAZON, OWN_SITE, Tracking

TRACKINGS = {
    Tracking.DIRECT: lazy_gettext("direct, not counted"),
    Tracking.BEACON: lazy_gettext("direct, counted on the page"),
    Tracking.REDIRECT: lazy_gettext("via /go/"),
}
_USUAL = {"": lazy_gettext("as usual")}


class OwnSiteForm(SettingForm):
    """How links of the site itself are counted and called."""

    section = "programmes"
    keys: ClassVar = {"tracking": "tracking", "label": "label"}

    tracking = choice_field(
        lazy_gettext("Click counting"),
        _USUAL | {each.value: text for each, text in TRACKINGS.items()},
    )
    label = StringField(lazy_gettext("Text of the link"))


class AmazonForm(OwnSiteForm):
    """Amazon's marketplace, tracking ID and approval."""

    keys: ClassVar = {
        "marketplace": "marketplace",
        "tag": "tag",
        "status": "status",
        **OwnSiteForm.keys,
    }
    usual: ClassVar = {"status": "none"}

    marketplace = choice_field(
        lazy_gettext("Marketplace"), _USUAL | {name: name for name in TAG_SUFFIXES}
    )
    tag = StringField(lazy_gettext("Tracking ID"))
    status = choice_field(
        lazy_gettext("Approval as an associate"),
        {
            "none": lazy_gettext("not applied for"),
            "applied": lazy_gettext("applied for"),
            "approved": lazy_gettext("approved"),
        },
    )


class ProgrammeForm(OwnSiteForm):
    """Any other programme."""

    keys: ClassVar = {"name": "title", "url": "url", "tag": "tag", **OwnSiteForm.keys}

    title = StringField(lazy_gettext("Name"))
    url = StringField(lazy_gettext("Form of its links"))
    tag = StringField(lazy_gettext("Tracking ID"))


def form_of(programme: str) -> type[OwnSiteForm]:
    """Return the form for the programme of this id."""
    return {AMAZON: AmazonForm, OWN_SITE: OwnSiteForm}.get(programme, ProgrammeForm)
