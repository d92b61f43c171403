"""Starting a test: other words for one text of an item, and how long the test takes."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_timedelta, gettext, lazy_gettext
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from linkmgr.admin.common.chips import name_of
from linkmgr.admin.common.context import (
    connection,
    current_user,
    get_admin,
    last_month,
    month_counts,
    reading,
    site_index,
)
from linkmgr.admin.common.forms import PageForm
from linkmgr.admin.common.preferences import language
from linkmgr.admin.editing import edits
from linkmgr.admin.editing.edits import Change
from linkmgr.admin.editing.forms import label_of, typed
from linkmgr.admin.editing.impact import flash_saved
from linkmgr.admin.items.forms import raw_item, read_item
from linkmgr.admin.items.preview import card, framed
from linkmgr.catalog.declaration import Key
from linkmgr.catalog.editing.edit import replace_entry
from linkmgr.catalog.items import ORIGINAL, Item
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.catalog.variants import VariantTest
from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.experiments.verdict import median_clicks
from linkmgr.figures.queries import most_viewed
from linkmgr.figures.rates import click_share
from linkmgr.messages.errors import Conflict, LinkmgrError
from linkmgr.messages.message import translate
from linkmgr.store.revisions import Action, Entry

_NEW = "b"
"""The id of the new wording."""

_FEW = "few"
_FEW_WEIGHT = 4
"""How often the item is shown as it is, for each time that a few see the new wording."""

_RATIOS = (2.0, 1.5, 1.2)
"""How many times as often one wording may be clicked as the other."""

_LONGEST = 180
"""Days of a test that is worth starting."""

_MOST_OFFERED = 50
"""Items in the list of Tests, those that were seen most first."""


class StartForm(PageForm):
    """The new wording of a part of an item, and how many readers see it."""

    revision = HiddenField()
    wording = TextAreaField()
    shown = RadioField(
        lazy_gettext("How often the new wording is shown"),
        choices=[
            SelectChoice("half", lazy_gettext("half of the time")),
            SelectChoice(_FEW, lazy_gettext("one time in five")),
        ],
        default="half",
    )

    @property
    def share(self) -> float:
        """The share of the views that have the new wording."""
        return 1 / (1 + _FEW_WEIGHT) if self.shown.data == _FEW else 1 / 2

    def variants(self, part: str) -> dict[str, Any]:
        """Return the variants that the item gets."""
        new = {_NEW: {part: typed(self.wording)}}
        return {ORIGINAL: {"weight": _FEW_WEIGHT}, **new} if self.shown.data == _FEW else new


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a test takes if one wording is clicked `ratio` times as often as the other."""

    ratio: float
    days: int

    @property
    def text(self) -> str:
        """The time in words."""
        return length_text(self.days)

    @property
    def is_too_long(self) -> bool:
        """Whether it is not worth starting a test for such a difference."""
        return self.days > _LONGEST


@dataclass(frozen=True, slots=True)
class DailyPace:
    """How often an item is seen and clicked on a day, by which its test goes on."""

    posts: int
    views: float
    clicked: float

    @property
    def rate(self) -> float:
        """The share of views that are clicked."""
        return click_share(round(1000 * self.clicked), round(1000 * self.views))

    def durations(self, share: float) -> list[Duration]:
        """Return how long a test takes for differences, with a share of the new wording."""
        if not self.clicked:
            return []
        durations = []
        for ratio in _RATIOS:
            a_day = self.clicked * (1 - share + share * ratio)
            durations.append(Duration(ratio, ceil(median_clicks(share, ratio) / a_day)))
        return durations


def parts_of(item: Item) -> list[Key]:
    """Return the texts of an item that a test may vary; none where a programme's code is shown."""
    if item.code:
        return []
    return [key for key in item.variant_keys if key.part in ("words", "sentences")]


def startable_items(catalog: Catalog) -> list[tuple[str, str]]:
    """Return the items that a test can start for, with their names, the most seen first.

    There are none while views are not counted.
    """
    if not catalog.site.views:
        return []
    seen = most_viewed(connection(), Dimension.ITEM, last_month(), _MOST_OFFERED)
    ids = list(dict.fromkeys((*seen, *catalog.items)))
    items = [catalog.items[name] for name in ids if name in catalog.items]
    free = [own for own in items if parts_of(own) and not (own.variants or own.retired)]
    return [(own.id, name_of(own)) for own in free[:_MOST_OFFERED]]


def choose() -> ResponseReturnValue:
    """Go on to start a test of the item that was chosen in the list of tests."""
    item = request.args.get("item", "")
    if item not in get_admin().catalog().catalog.items:
        return redirect(url_for("items.tests"), 303)
    return redirect(url_for("items.start_test", item=item), 303)


def ask(item: str) -> ResponseReturnValue:
    """Ask for other words for one text of an item."""
    admin = get_admin()
    seen = admin.catalog()
    own = seen.catalog.items.get(item) or abort(404)
    if running := VariantTest.of_item(seen.catalog, own):
        return redirect(url_for("items.test", test=running.test), 303)
    form, part = StartForm(), _part_asked(own)
    form.revision.data = seen.revision.id
    form.wording.data = getattr(own, part.field) or ""
    return _page(own, part, form)


def start(item: str) -> ResponseReturnValue:
    """Start the test that the form describes, or show the card with the new wording."""
    admin = get_admin()
    seen = admin.catalog()
    own = seen.catalog.items.get(item) or abort(404)
    form, part = StartForm(), _part_asked(own)
    if request.form.get("do") == "preview":
        return _page(own, part, form)
    entry = raw_item(seen.revision.text, own.kind, item) | {"variants": form.variants(part.name)}
    described, problems = read_item(seen.catalog, own.kind, item, entry)
    wording = typed(form.wording)
    if not wording or wording == getattr(own, part.field):
        form.wording.errors = [gettext("Write other words than the present ones.")]
    elif problems:
        form.wording.errors = [translate(problem.message, form=True) for problem in problems]
    if form.wording.errors:
        return _page(own, part, form), 400

    def change(text: str) -> CatalogText:
        return replace_entry(text, own.kind.section, item, entry)

    name, revision = name_of(own), form.revision.data or ""
    changed = Change(revision, Action.CHANGED, change, Entry(own.kind.section, item), name)
    try:
        edits.save(admin, changed, current_user())
    except Conflict as conflict:
        form.revision.data = conflict.revision
        form.general.append(gettext("The catalog was changed in the meantime: look again."))
        return _page(own, part, form), 409
    except LinkmgrError as error:
        form.general.append(error.excerpt())
        return _page(own, part, form), 400
    flash_saved(gettext("The test of %(name)s starts with the next build.", name=name))
    test = VariantTest.of_item(seen.catalog, described)
    return redirect(url_for("items.test", test=test.test if test else ""), 303)


def _part_asked(item: Item) -> Key:
    parts = parts_of(item) or abort(404)
    asked = request.args.get("part", "")
    return next((part for part in parts if part.name == asked), parts[0])


def _page(item: Item, part: Key, form: StartForm) -> str:
    catalog = get_admin().catalog().catalog
    pace = _pace(item)
    changed = {"variants": {_NEW: {part.name: typed(form.wording) or "…"}}}
    entry = raw_item(get_admin().catalog().revision.text, item.kind, item.id) | changed
    described, problems = read_item(catalog, item.kind, item.id, entry)
    test = None if problems else VariantTest.of_item(catalog, described)
    return render_template(
        "experiments/start.html",
        item=item,
        name=name_of(item),
        parts=[(own.name, label_of(own)) for own in parts_of(item)],
        part=part.name,
        part_label=label_of(part),
        is_long=part.part == "sentences",
        present=getattr(item, part.field) or "",
        form=form,
        present_card=card_page(catalog, item),
        new_card=card_page(catalog, test.shows[_NEW] if test else item),
        pace=pace,
        durations=pace.durations(form.share),
        counts_views=catalog.site.views,
        site=catalog.site,
    )


def card_page(catalog: Catalog, item: Item) -> str:
    """Return a page with the card of an item; empty where a template of the site's fails."""
    try:
        return framed(card(catalog, item, get_admin().settings.site_folder))
    except LinkmgrError:
        return ""


def _pace(item: Item) -> DailyPace:
    """Return how often an item was seen and clicked on each day of the last 30."""
    counts = month_counts(Dimension.ITEM).get(item.id, Counts())
    month, began = last_month(), reading().first_day()
    days = len(month) if began is None else min(len(month), (month.until - began).days + 1)
    opened = site_index()
    posts = opened.posts_by_item().get(item.id, 0) if opened else 0
    return DailyPace(posts, counts.views / days, counts.clicked / days)


def length_text(days: int) -> str:
    """Write a number of days, in weeks or months from three on."""
    text = str(format_timedelta(timedelta(days=max(days, 1)), granularity="day", threshold=3))
    return text.replace(" ", "") if language() == "ja" else text  # no space before a unit
