"""Uploading a report: the file, then what it doesn't say, then its import.

Between the steps the file lies in the instance's folder, readable by its owner alone. It may have
what belongs to customers, which no row in the database has: it is deleted with the import, where it
cannot be read, and an hour later as soon as anybody sees the page again.
"""

import re
import secrets
import time
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext

from linkmgr.admin.common.context import connection, current_user, get_admin
from linkmgr.admin.common.security import MOST_BYTES, secret_key
from linkmgr.admin.common.template_helpers import number
from linkmgr.earnings.layouts import keep_layout, keep_statuses
from linkmgr.earnings.model import Answers, Asked, Field, Question, Reading, Sample
from linkmgr.earnings.survey import DAYS
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import word
from linkmgr.store.earnings.answers import name_of, with_answer, with_layout, with_status
from linkmgr.store.earnings.imports import import_reports
from linkmgr.store.earnings.reading import ReportReader

_FOLDER = "uploads"
_TOKEN = re.compile("[0-9a-f]{32}")
_SECONDS = 3600
_LONGEST_NAME = 200
_MEGABYTES = MOST_BYTES // 2**20
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
    """Show the form for a report; take what it sends."""
    delete_old()
    if request.method == "GET":
        return _form()
    sent = request.files.get("report")
    if sent is None or not sent.filename:
        return _form(gettext("Choose the file that you downloaded.")), 400
    token = secrets.token_hex(16)
    file = _file(token)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.touch(mode=0o600)
    sent.save(file)
    return _go_on(token, Path(sent.filename).name[:_LONGEST_NAME])


def answer() -> ResponseReturnValue:
    """Take what was answered about a report."""
    token = request.form.get("token", "")
    if not (_TOKEN.fullmatch(token) and _file(token).exists()):
        return _form(gettext("The file is no longer there: upload it again.")), 400
    if request.form.get("do") == "cancel":
        _file(token).unlink(missing_ok=True)
        return redirect(url_for(".index"), 303)
    return _go_on(token, request.form.get("name", "")[:_LONGEST_NAME])


def _go_on(token: str, name: str) -> ResponseReturnValue:
    """Read a file with the answers so far: ask for more, or import it."""
    file = _file(token)
    try:
        return _next_step(file, token, name)
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _next_step(file: Path, token: str, name: str) -> ResponseReturnValue:
    admin = get_admin()
    key = secret_key(admin.settings.secret_key)
    site_url = admin.catalog().catalog.site.url
    reader = ReportReader(connection(), admin.settings.instance, key, site_url)
    answers, problem = Answers(account=name_of(request.form.get("account", ""))), ""
    edges = request.form.get(Asked.EDGES.value, "")
    try:
        answers = _answered(answers)
        reading = reader.read(file, name, answers, edges)
        if (
            reading.questions
            and _is_layout_named(reading.questions[0])
            and not _unused_day(reading.questions[0].sample)
        ):
            answers = _with_layout(answers, reading.questions[0])
            reading = reader.read(file, name, answers, edges)
    except LinkmgrError as error:
        problem = error.excerpt()
        reading = _questions_alone(reader, file, name, answers)
    if problem and not reading.questions:
        file.unlink(missing_ok=True)
        return _form(problem), 400
    if reading.questions:
        page = _questions_page(token, name, reading, problem)
        return (page, 400) if problem else page
    return _import(file, reading, answers)


def _questions_alone(reader: ReportReader, file: Path, name: str, answers: Answers) -> Reading:
    """Read a file once more, without the answers that were wrong, for what is to be asked."""
    with suppress(LinkmgrError):
        return reader.read(file, name, Answers(account=answers.account))
    return Reading()


def _import(file: Path, reading: Reading, answers: Answers) -> ResponseReturnValue:
    admin = get_admin()
    try:
        if answers.layout:
            keep_layout(admin.settings.instance, answers.layout)
        if answers.statuses:
            for kind in {report.kind for report in reading.reports}:
                keep_statuses(admin.settings.instance, kind, answers.statuses)
        now = int(time.time() * 1000)
        imported = import_reports(admin.engine, reading.reports, current_user(), now)
    except LinkmgrError as error:
        return _form(error.excerpt()), 400
    finally:
        file.unlink(missing_ok=True)
    rows = sum(each.report.count for each in imported if each.new)
    if not any(each.new for each in imported):
        flash(gettext("This report was imported before: nothing has changed."))
        return redirect(url_for(".index"), 303)
    said = ngettext("Imported %(rows)s row.", "Imported %(rows)s rows.", rows, rows=number(rows))
    for report, _ in imported:
        said = " ".join((said, *map(word, report.dropped)))
    flash(said, "done")
    latest = max((each.report for each in imported), key=lambda report: report.period.last)
    period = f"{latest.period.last:%Y-%m}"
    currency = latest.currency if latest.money else None
    return redirect(url_for(".index", period=period, currency=currency), 303)


# Answers in the form's fields, which are named as the questions are.


def _answered(answers: Answers) -> Answers:
    """Return the answers that the form has. Raise LinkmgrError."""
    form = request.form
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


def _is_layout_named(question: Question) -> bool:
    return question.asked is Asked.LAYOUT and "programme" in request.form


def _unused_day(sample: Sample | None) -> str:
    """Return the column of days that the form leaves unused although it names none, once."""
    form = request.form
    named = {name: value for name, value in form.items() if name.startswith("column-") and value}
    if sample is None or "programme" not in form or "undated" in form:
        return ""
    if {*DAYS} & {*named.values()}:
        return ""
    numbers = (sample.guess[each] for each in DAYS if each in sample.guess)
    unused = next((each for each in numbers if f"column-{each}" not in named), 0)
    return (sample.headings[unused - 1] if sample.headings else str(unused)) if unused else ""


def _with_layout(answers: Answers, question: Question) -> Answers:
    """Return the answers with the columns that the form names. Raise LinkmgrError."""
    if question.sample is None:
        return answers
    form = request.form
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


def _questions_page(token: str, name: str, reading: Reading, problem: str) -> str:
    asked = {question.asked for question in reading.questions}
    sample = reading.questions[0].sample
    return render_template(
        "earnings/questions.html",
        token=token,
        name=name,
        questions=reading.questions,
        sample=sample,
        guess={number: field for field, number in sample.guess.items()} if sample else {},
        fields=_FIELDS,
        unused_day=_unused_day(sample),
        given=_given(asked),
        problem=problem,
        word=word,
    )


_OWN = frozenset({"token", "name", "csrf_token", "do"})


def _given(asked: Container[Asked]) -> Sequence[tuple[str, str]]:
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
        for name, value in request.form.items(multi=True)
        if name not in _OWN and not now.fullmatch(name)
    ]


# Uploads that wait for answers.


def _file(token: str) -> Path:
    return get_admin().settings.instance / _FOLDER / token


def delete_old() -> None:
    """Delete the files whose questions nobody has answered."""
    for file in _file("").glob("*"):
        with suppress(FileNotFoundError):
            if file.stat().st_mtime < time.time() - _SECONDS:
                file.unlink()
