"""Importing an uploaded report: what it doesn't say is asked, step by step.

Reading a large one takes minutes, longer than proxies wait. So each step is done in a thread, and a
page says how far it is.
"""

import re
import threading
import time
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext

from linkmgr.admin.common.context import Admin, current_user, get_admin, today
from linkmgr.admin.common.security import csrf, secret_key
from linkmgr.admin.common.template_helpers import TAKE_BACK, number, span
from linkmgr.admin.earnings.received import (
    MOST_UPLOADED,
    Form,
    Received,
    delete_abandoned,
    held,
    receive,
    waiting_file,
)
from linkmgr.catalog.model import Catalog
from linkmgr.clicks.periods import Period
from linkmgr.earnings.layouts import keep_answers
from linkmgr.earnings.model import Answers, Asked, Field, Kind, Question, Reading, Sample
from linkmgr.earnings.survey import DAYS
from linkmgr.links.model import AMAZON
from linkmgr.links.programmes.profiles import packaged_profiles
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import Message, excerpt, message, word
from linkmgr.store.earnings.answers import name_of, with_answer, with_layout, with_status
from linkmgr.store.earnings.imports import Imported, import_reports
from linkmgr.store.earnings.reading import ReportReader
from linkmgr.store.jobs import Progress

_TOKEN = re.compile("[0-9a-f]{32}")
_MEGABYTES = MOST_UPLOADED // 1_000_000
_FIELDS: Mapping[Field, Any] = {
    Field.CONVERSION: lazy_gettext("ID of the conversion"),
    Field.STATUS: lazy_gettext("Status"),
    Field.OCCURRED: lazy_gettext("Day of the order"),
    Field.SHIPPED: lazy_gettext("Day of shipping"),
    Field.CONFIRMED: lazy_gettext("Day of confirmation"),
    Field.REWARD: lazy_gettext("Reward"),
    Field.REVENUE: lazy_gettext("Amount of the order"),
    Field.QUANTITY: lazy_gettext("Number of orders"),
    Field.RETURNS: lazy_gettext("Returns"),
    Field.CURRENCY: lazy_gettext("Currency"),
    Field.PRODUCT: lazy_gettext("Product (ASIN or number)"),
    Field.TITLE: lazy_gettext("Name of the product"),
    Field.CATEGORY: lazy_gettext("Category"),
    Field.ADVERTISER: lazy_gettext("Advertiser or shop"),
    Field.TRACKING: lazy_gettext("Tracking ID"),
    Field.SUB_ID: lazy_gettext("Sub ID"),
    Field.REFERRER: lazy_gettext("Page of the link"),
    Field.ORIGIN: lazy_gettext("Direct or indirect"),
    Field.CLICKS: lazy_gettext("Clicks"),
}
_TEXTS = (Asked.CURRENCY, Asked.DATE_ORDER, Asked.DECIMAL_MARK, Asked.PERIOD, Asked.AS_OF)


def upload() -> ResponseReturnValue:
    """Show the form for a report; take what it sends, whose token is checked before its file."""
    instance = get_admin().settings.instance
    delete_abandoned(instance)
    if request.method == "GET":
        return _form()
    if request.mimetype != "multipart/form-data":
        csrf.protect()
        return _form(gettext("Choose the file that you downloaded.")), 400
    try:
        received = receive(instance)
    except LinkmgrError as error:
        return _form(error.excerpt()), 400
    if received is None:
        return _form(gettext("Choose the file that you downloaded.")), 400
    return _go_on(received)


def answer() -> ResponseReturnValue:
    """Take what was answered about a report."""
    token, instance = request.form.get("token", ""), get_admin().settings.instance
    step = _steps().get(token)
    if step and step.goes_on:  # the form was sent twice
        return redirect(url_for(".follow", token=token), 303)
    if not (_TOKEN.fullmatch(token) and waiting_file(instance, token).exists()):
        return _gone()
    if request.form.get("do") == "cancel":
        waiting_file(instance, token).unlink(missing_ok=True)
        return redirect(url_for(".index"), 303)
    return _go_on(Received(token, request.form.get("name", ""), Form(request.form)))


def follow(token: str) -> ResponseReturnValue:
    """Show how far a step is, and then what came of it."""
    step = _steps().get(token)
    if step is None:
        return _gone()
    if not step.goes_on:
        return _ended(step)
    return render_template("earnings/working.html", step=step, word=word)


def progress(token: str) -> ResponseReturnValue:
    """Return how far a step is; once it has ended, have the page read again, which says all."""
    step = _steps().get(token)
    if step and step.goes_on:
        return render_template("earnings/progress.html", step=step, word=word)
    return Response(status=204, headers={"HX-Refresh": "true"})


def _gone() -> ResponseReturnValue:
    return _form(gettext("The file is no longer there: upload it again.")), 400


# A step with an upload, in a thread.

_SECONDS_AT_ONCE = 5.0
"""That an answer waits for a step, as almost all are done by then: a proxy gives up after 60."""

# Several at once would be slower, and one alone can write.
_TURN = threading.Lock()

_MOST_STEPS = 20  # whose outcome is kept for whoever asks

_LONGEST_NAME = 200  # of a file, as pages show it

_Item = TypeVar("_Item")


@dataclass(slots=True)
class _Step:
    """Reading an upload with what was answered so far, and importing it where nothing is open.

    What comes of it is `open`, the questions, with a `problem` of the answers, or `imported`; or
    there is the `error`.
    """

    received: Received
    user: str
    progress: Progress
    open: Reading = field(default_factory=Reading)
    problem: LinkmgrError | None = None
    imported: Sequence[Imported] = ()
    error: BaseException | None = None
    thread: threading.Thread = field(default_factory=threading.Thread)

    @property
    def goes_on(self) -> bool:
        """Whether it has not ended yet."""
        return self.thread.is_alive()

    def track(self, items: Iterable[_Item], what: Message, total: int) -> Iterator[_Item]:
        """Yield what is worked through, and note how far that is."""
        for done, item in enumerate(items):
            self.progress = Progress(what, done, total)
            yield item


def _steps() -> dict[str, _Step]:
    steps: dict[str, _Step] = get_admin().memory.setdefault("earnings-uploads", {})
    return steps


def _go_on(received: Received) -> ResponseReturnValue:
    """Take the next step; answer with what came of it, or with how far it is."""
    admin, steps = get_admin(), _steps()
    ended = [token for token, step in steps.items() if not step.goes_on]
    for token in ended[:-_MOST_STEPS]:
        steps.pop(token, None)
    received = received._replace(name=excerpt(received.name, _LONGEST_NAME))
    reading = message("store.earnings-reading", file=received.name)
    step = _Step(received, current_user(), Progress(reading, 0, 0))
    catalog = admin.catalog().catalog
    step.thread = threading.Thread(
        target=_take, args=(step, admin, catalog), name="earnings", daemon=True
    )
    steps[received.token] = step
    step.thread.start()
    step.thread.join(_SECONDS_AT_ONCE)
    if step.goes_on:
        return redirect(url_for(".follow", token=received.token), 303)
    return _ended(step)


def _take(step: _Step, admin: Admin, catalog: Catalog) -> None:
    """Take a step, and keep what came of it, whatever that is."""
    try:
        with _TURN, held(admin.settings.instance, step.received.token) as file:
            _read(step, admin, catalog, file)
            if not step.open.questions:
                file.unlink()
    except BaseException as error:  # noqa: BLE001 - raised again where somebody is answered
        step.error = error


def _read(step: _Step, admin: Admin, catalog: Catalog, file: Path) -> None:
    """Read a file with the answers so far, and import it unless something is open."""
    name, form, instance = step.received.name, step.received.form, admin.settings.instance
    key = secret_key(admin.settings.secret_key)
    answers, edges = Answers(account=name_of(form.get("account", ""))), form.get("edges", "")
    with admin.engine.connect() as connection:
        reader = ReportReader(connection, instance, key, catalog)
        try:
            answers = _answered(answers, form)
            step.open = reader.read(file, name, answers, edges)
            if (
                step.open.questions
                and _is_layout_named(step.open.questions[0], form)
                and not _unused_day(step.open.questions[0].sample, form)
            ):
                answers = _with_layout(answers, step.open.questions[0], form)
                step.open = reader.read(file, name, answers, edges)
        except LinkmgrError as error:
            step.problem = error
            step.open = _questions_alone(reader, file, name, answers)
            if not step.open.questions:
                raise
    if not step.open.questions:
        now, reports = int(time.time() * 1000), step.open.reports
        keep_answers(instance, answers, (report.kind for report in reports))
        step.imported = import_reports(admin.engine, reports, step.user, now, step.track)


def _questions_alone(reader: ReportReader, file: Path, name: str, answers: Answers) -> Reading:
    """Read a file once more, without the answers that were wrong, for what is to be asked."""
    with suppress(LinkmgrError):
        return reader.read(file, name, Answers(account=answers.account))
    return Reading()


def _ended(step: _Step) -> ResponseReturnValue:
    """Answer with what came of a step."""
    if isinstance(step.error, LinkmgrError):
        return _form(step.error.excerpt()), 400
    if isinstance(step.error, FileNotFoundError):  # by another step, or it had waited for too long
        return _gone()
    if step.error:
        raise step.error
    if step.open.questions:
        page = _questions_page(step)
        return (page, 400) if step.problem else page
    new = [arrival for arrival in step.imported if arrival.file]
    if not new:
        flash(gettext("This report was imported before: nothing has changed."))
        return redirect(url_for(".index"), 303)
    flash(_said(new, step.open.skipped), "done")
    if len(new) == 1:
        flash(str(new[0].file), TAKE_BACK)
    latest = max(new, key=lambda arrival: arrival.month)
    currency = latest.report.currency if latest.report.money else None
    return redirect(url_for(".index", period=f"{latest.month:%Y-%m}", currency=currency), 303)


def _said(new: Sequence[Imported], skipped: Sequence[Message]) -> str:
    """Say what came, of which days, and what it replaced."""
    rows = sum(arrival.report.count for arrival in new)
    days = Period(
        min(arrival.report.period.first for arrival in new),
        max(arrival.report.period.last for arrival in new),
    )
    said = ngettext(
        "Imported %(rows)s row of %(days)s.",
        "Imported %(rows)s rows of %(days)s.",
        rows,
        rows=number(rows),
        days=span(days),
    )
    sentences = [
        ngettext(
            "It replaces %(rows)s row of %(file)s",
            "It replaces %(rows)s rows of %(file)s",
            other.rows,
            rows=number(other.rows),
            file=other.name,
        )
        for arrival in new
        for other in arrival.replaced
    ]
    for arrival in new:
        sentences += map(word, (arrival.report.source, *arrival.report.dropped))
    for text in dict.fromkeys([*sentences, *map(word, skipped)]):
        said += str(gettext(" %(sentence)s.", sentence=f"{text[:1].upper()}{text[1:]}"))
    if len(new) > 1:
        said += str(gettext(" Each can be taken back below, under Imported reports."))
    return str(said)


# Answers in the form's fields, which are named as the questions are.


def _answered(answers: Answers, form: Form) -> Answers:
    """Return the answers that the form has. Raise LinkmgrError."""
    first, last = form.get("first-day", ""), form.get("last-day", "")
    texts = {asked: form.get(asked.value, "") for asked in _TEXTS}
    if first or last:
        texts[Asked.PERIOD] = f"{first}/{last}"
    for asked, text in texts.items():
        answers = with_answer(answers, asked, text) if text.strip() else answers
    for place, meant in enumerate(form.getlist("word")):
        if status := form.get(f"status-{place}", ""):
            answers = with_status(answers, meant, status)
    return answers


def _is_layout_named(question: Question, form: Form) -> bool:
    return question.asked is Asked.LAYOUT and "programme" in form


def _unused_day(sample: Sample | None, form: Form) -> str:
    """Return the column of days that the form leaves unused although it names none, once."""
    named = {name: value for name, value in form.items() if name.startswith("column-") and value}
    if sample is None or "programme" not in form or "undated" in form:
        return ""
    if {*DAYS} & {*named.values()}:
        return ""
    numbers = (sample.guess[each] for each in DAYS if each in sample.guess)
    unused = next((each for each in numbers if f"column-{each}" not in named), 0)
    return (sample.headings[unused - 1] if sample.headings else str(unused)) if unused else ""


def _with_layout(answers: Answers, question: Question, form: Form) -> Answers:
    """Return the answers with the columns that the form names. Raise LinkmgrError."""
    if question.sample is None:
        return answers
    width = len(question.sample.headings or question.sample.rows[0])
    columns = {
        field: str(number)
        for number in range(1, width + 1)
        if (field := form.get(f"column-{number}", ""))
    }
    programme = form.get("programme", "")
    name = form.get("layout", "").strip() or programme
    return with_layout(answers, question.sample, name, programme, columns)


# The pages.


def _form(problem: str = "") -> str:
    return render_template("earnings/upload.html", problem=problem, megabytes=_MEGABYTES)


def _questions_page(step: _Step) -> str:
    questions, form = step.open.questions, step.received.form
    sample = questions[0].sample
    return render_template(
        "earnings/questions.html",
        token=step.received.token,
        name=step.received.name,
        form=form,
        questions=questions,
        sample=sample,
        guess={number: field for field, number in sample.guess.items()} if sample else {},
        fields=_FIELDS,
        unused_day=_unused_day(sample, form),
        programmes=[known.name for known in packaged_profiles().values()],
        reports=[kind.value for kind in Kind if kind.startswith(AMAZON)],
        today=today().isoformat(),
        given=_given(form, {question.asked for question in questions}),
        problem=step.problem.excerpt() if step.problem else "",
        word=word,
    )


_OWN = frozenset({"token", "name", "csrf_token", "do"})


def _given(form: Form, asked: Container[Asked]) -> Sequence[tuple[str, str]]:
    """Return the answers of earlier steps, which the next one sends again."""
    asked_now = {
        Asked.PERIOD: r"first-day|last-day",
        Asked.STATUSES: r"word|status-\d+",
        Asked.LAYOUT: r"layout|programme|undated|column-\d+",
    }
    again = [asked_now.get(each, re.escape(each.value)) for each in Asked if each in asked]
    now = re.compile("|".join(again) or "(?!)")
    return [
        (name, value)
        for name, value in form.items(multi=True)
        if name not in _OWN and not now.fullmatch(name)
    ]
