"""The form of the site, in the catalog's section `site`."""

from typing import ClassVar

from flask_babel import lazy_gettext
from wtforms import BooleanField, Field, StringField, TextAreaField

from linkmgr.admin.common.i18n import LANGUAGES
from linkmgr.admin.editing.lines_field import LinesField
from linkmgr.admin.settings.setting_form import SettingForm, choice_field

JEKYLLS = {
    "gem": lazy_gettext("the released gem"),
    "debian": lazy_gettext("Debian's and Ubuntu's package"),
}
HEADING_LEVELS = {"": lazy_gettext("as usual"), **{str(n): f"h{n}" for n in range(2, 7)}}


class SiteForm(SettingForm):
    """The blog and the server that counts its clicks."""

    section = "site"
    keys: ClassVar = {
        "name": "title",
        "url": "url",
        "server": "server",
        "language": "language",
        "timezone": "timezone",
        "ad-label": "ad_label",
        "disclosure": "disclosure",
        "respect-gpc": "respect_gpc",
        "origins": "origins",
        "campaigns": "campaigns",
        "feeds": "feeds",
        "heading-level": "heading_level",
        "pages": "pages",
        "jekyll": "jekyll",
    }
    usual: ClassVar = {"language": "ja", "respect-gpc": True, "feeds": "label"}

    title = StringField(lazy_gettext("Name"))
    url = StringField(lazy_gettext("Address"))
    server = StringField(lazy_gettext("Click-counting server"))
    language = choice_field(
        lazy_gettext("Language"), {str(code): name for code, name in LANGUAGES.items()}
    )
    timezone = StringField(lazy_gettext("Time zone"))
    ad_label = StringField(lazy_gettext("Word before ads"))
    disclosure = TextAreaField(lazy_gettext("Sentence about earning from ads"))
    respect_gpc = BooleanField(lazy_gettext("Don't count readers who opt out of tracking"))
    origins = LinesField(lazy_gettext("Further addresses of the blog"))
    campaigns = LinesField(lazy_gettext("Newsletter campaigns"))
    feeds = choice_field(
        lazy_gettext("Items within articles, in feeds"),
        {"label": lazy_gettext("shown with a label"), "omit": lazy_gettext("left out")},
    )
    heading_level = choice_field(lazy_gettext("Level of headings"), HEADING_LEVELS)
    pages = LinesField(lazy_gettext("Pages that show blocks, too"))
    jekyll = choice_field(
        lazy_gettext("Jekyll that builds the site"),
        {"": lazy_gettext("found out by linkmgr")} | JEKYLLS,
    )

    @property
    def entry_key(self) -> str:
        """The key of the section: it has no entries."""
        return self.section

    def field_of(self, key: str) -> Field | None:
        """Return the field of a key; an entry's own problem is about its name."""
        return super().field_of(key) or self.title
