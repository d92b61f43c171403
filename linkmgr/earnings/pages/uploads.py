"""Importing an uploaded report: what it doesn't say is asked, step by step.

Each step is a job, which reads the file with what was answered so far, and imports it or says what
is to be asked. What it asks is beside the file, and else what it says in its row, so that any
server of the instance goes on from there; the row has nothing that belongs to customers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from werkzeug.datastructures import MultiDict

from linkmgr.admin.common.context import get_admin, today
from linkmgr.admin.common.security import FILE_BYTES
from linkmgr.admin.common.template_helpers import TAKE_BACK, span
from linkmgr.admin.common.template_helpers import number as number_text
from linkmgr.admin.health.jobs import JobOutcome, find_job, last_job, start_job
from linkmgr.clicks.periods import Period
from linkmgr.earnings.pages.received import (
    delete_abandoned,
    delete_waiting,
    deleted_on_failure,
    keep_waiting,
    read_questions,
    receive,
    waiting_file,
    write_questions,
)
from linkmgr.earnings.reading.answers import read_columns
from linkmgr.earnings.reading.layouts import known_layouts
from linkmgr.earnings.reading.model import Asked, Field, Question, Sample
from linkmgr.earnings.reading.survey import DAYS
from linkmgr.links.model import AMAZON
from linkmgr.links.programmes.profiles import packaged_profiles
from linkmgr.messages.errors import LinkmgrError, Problem, Problems, error_from_json
from linkmgr.messages.message import Message, excerpt, translate
from linkmgr.store.jobs import Job, JobKind

_Form = MultiDict[str, str]

_TOKEN = re.compile("[0-9a-f]{32}")
_MEGABYTES = FILE_BYTES // 1_000_000
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


def upload() -> ResponseReturnValue:
    """Show the form for a report, and take what it sends."""
    instance = get_admin().settings.instance
    delete_abandoned(instance)
    if request.method == "GET":
        return _show_upload()
    try:
        received = receive(instance)
    except LinkmgrError as error:
        return _form(error.excerpt()), 400
    if received is None:
        return _form(gettext("Choose the file that you downloaded.")), 400
    file = waiting_file(instance, received.token)
    taken = _go_on(file, received.name, _answers(request.form))
    if taken is None:
        delete_waiting(file)
        flash(gettext("Another report is being imported: upload yours again afterwards."))
        return redirect(url_for(".upload"), 303)
    return taken


def _show_upload() -> ResponseReturnValue:
    """Show the form, or how far a report is that is being imported."""
    last = last_job(JobKind.IMPORT)
    if last and last.is_running:
        return redirect(url_for(".follow", number=last.id), 303)
    return _form(is_unfinished=bool(last and last.is_unfinished and not last.was_stopped))


def answer() -> ResponseReturnValue:
    """Take what was answered about a report."""
    token, form = request.form.get("token", ""), request.form
    file = waiting_file(get_admin().settings.instance, token)
    if not (_TOKEN.fullmatch(token) and file.exists()):
        return _gone()
    if form.get("do") == "cancel":
        delete_waiting(file)
        return redirect(url_for(".index"), 303)
    keep_waiting(file)
    answers = _answers(form)
    asked = _AskedReport.of_token(token)
    if asked and asked.sample and (unused := _unused_day(asked.sample, form)):
        return _questions_page(replace(asked, given=answers), unused)
    # The form may have been sent twice.
    taken = _go_on(file, form.get("name", ""), answers)
    return taken or redirect(url_for(".upload"), 303)


def follow(number: int) -> ResponseReturnValue:
    """Show how far a step is, and then what came of it."""
    job = find_job(number)
    if job is None or job.kind is not JobKind.IMPORT:
        return _gone()
    if job.is_running:
        return render_template("earnings/working.html", job=job, translate=translate)
    return _ended(job)


def _gone() -> ResponseReturnValue:
    problem = gettext("The file is no longer there: upload it again.")
    return _form(problem), 400 if request.method == "POST" else 404


# A step with an upload, which is a job.

_SECONDS_AT_ONCE = 5.0
"""That an answer waits for a step, as almost all are done by then: a proxy gives up after 60."""

_LONGEST_NAME = 200  # of a file, as pages show it


def _go_on(file: Path, name: str, answers: "_Answers") -> ResponseReturnValue | None:
    """Take the next step; answer with what came of it, or with how far it is.

    Return `None` while another report is imported.
    """
    options = [f"--{option}={text}" for option, texts in answers.items() for text in texts]
    options += [f"--name={excerpt(name, _LONGEST_NAME)}", "--", str(file)]
    with deleted_on_failure(file):
        started = start_job(JobKind.IMPORT, options, partial(_without_cells, file))
    if started is None:
        return None
    job = started.wait(_SECONDS_AT_ONCE)
    if job is None or job.is_running:
        return redirect(url_for(".follow", number=started.id), 303)
    return _ended(job)


def _without_cells(file: Path, outcome: JobOutcome) -> JobOutcome:
    """Return what a job's row may have of a step, and delete the file once nothing is asked.

    Rows stay for long: the cells of a report that questions show are written beside the file, and
    of an error only the places stay.
    """
    result, error = outcome
    if result is None or "questions" not in result:
        delete_waiting(file)
        return JobOutcome(result, error and _without_quotes(error))
    with deleted_on_failure(file):
        write_questions(file, result)
    return JobOutcome({"asks": file.name})


def _without_quotes(error: LinkmgrError) -> LinkmgrError:
    """Return an error without the texts that it quotes of a report's lines."""
    if not isinstance(error, Problems):
        return error
    problems: list[Problem] = []
    for problem in error.problems:
        params = dict(problem.params)
        if problem.location.line and isinstance(params.get("found"), str):
            params["found"] = "…"
        problems.append(replace(problem, params=tuple(params.items())))
    return Problems(problems)


# When the import was begun whose outcome the browser was told last, in the session.
_TOLD = "import-told"


def _ended(job: Job) -> ResponseReturnValue:
    """Answer with what came of a step."""
    refused = 400 if request.method == "POST" else 200  # looking at what came of it is no mistake
    if job.result is None:
        return _form(job.error.excerpt() if job.error else ""), refused
    if "asks" in job.result:
        asked = _AskedReport.of_token(job.result["asks"])
        if asked is None:
            return _gone()
        return _questions_page(asked), refused if asked.problem else 200
    is_told = session.get(_TOLD, 0.0) >= job.started  # such as by a page that is opened again
    session[_TOLD] = max(job.started, session.get(_TOLD, 0.0))
    imported: Sequence[Mapping[str, Any]] = job.result["imported"]
    if not imported:
        if not is_told:
            flash(gettext("This report was imported before: nothing has changed."))
        return redirect(url_for(".index"), 303)
    if not is_told:
        flash(_said(imported, job.result["skipped"]), "done")
        if len(imported) == 1:
            flash(str(imported[0]["file"]), TAKE_BACK)
    latest = max(imported, key=lambda report: report["month"])
    currency = latest["currency"] or None
    return redirect(url_for(".index", period=latest["month"], currency=currency), 303)


def _said(imported: Sequence[Mapping[str, Any]], skipped: Sequence[dict[str, Any]]) -> str:
    """Say what came, of which days, and what it replaced."""
    rows = sum(report["rows"] for report in imported)
    days = Period(
        date.fromisoformat(min(report["first"] for report in imported)),
        date.fromisoformat(max(report["last"] for report in imported)),
    )
    said = ngettext(
        "Imported %(rows)s row of %(days)s.",
        "Imported %(rows)s rows of %(days)s.",
        rows,
        rows=number_text(rows),
        days=span(days),
    )
    sentences = [
        ngettext(
            "It replaces %(rows)s row of %(file)s",
            "It replaces %(rows)s rows of %(file)s",
            count,
            rows=number_text(count),
            file=name,
        )
        for report in imported
        for name, count in report["replaced"]
    ]
    notes = [note for report in imported for note in report["said"]]
    sentences += [translate(Message.from_json(note)) for note in (*notes, *skipped)]
    for text in dict.fromkeys(sentences):
        said += str(gettext(" %(sentence)s.", sentence=f"{text[:1].upper()}{text[1:]}"))
    if len(imported) > 1:
        said += str(gettext(" Each can be taken back below, under Imported reports."))
    return str(said)


# Answers, by the options of the command.

_Answers = Mapping[str, Sequence[str]]

_OPTIONS = (
    "account",
    "currency",
    "date-order",
    "decimal-mark",
    "days",
    "as-of",
    "edges",
    "status",
    "programme",
    "layout",
    "columns",
)

# Which of them answer a question, where that has another name or several.
_ANSWERED_BY: Mapping[Asked, Sequence[str]] = {
    Asked.PERIOD: ("days",),
    Asked.STATUSES: ("status",),
    Asked.LAYOUT: ("programme", "layout", "columns"),
}


def _answers(form: _Form) -> _Answers:
    """Return the answers that a form has, those of earlier steps with them."""
    answers = {option: form.getlist(option) for option in _OPTIONS}
    first, last = form.get("first-day", ""), form.get("last-day", "")
    if first or last:
        answers["days"] = [f"{first}/{last}"]
    for place, meant in enumerate(form.getlist("word")):
        if status := form.get(f"status-{place}", ""):
            answers["status"].append(f"{meant}={status}")
    columns = {form[name]: name.removeprefix("column-") for name in form if _is_column(name, form)}
    if columns:
        answers["columns"] = [",".join(f"{field}={place}" for field, place in columns.items())]
    return {
        option: [text.replace("\0", "") for text in texts if text.strip()]
        for option, texts in answers.items()
    }


def _is_column(name: str, form: _Form) -> bool:
    return name.startswith("column-") and bool(form[name])


def _unused_day(sample: Sample, form: _Form) -> str:
    """Return the column of days that the form leaves unused although it names none, once."""
    named = {form[name] for name in form if _is_column(name, form)}
    if "undated" in form or {*DAYS} & named:
        return ""
    for field in DAYS:
        place = sample.guess.get(field)
        if place and not form.get(f"column-{place}"):
            return sample.headings[place - 1] if sample.headings else str(place)
    return ""


# The pages.


@dataclass(frozen=True, slots=True)
class _AskedReport:
    """A report of which something is asked, and what is known of it so far."""

    token: str
    name: str
    questions: Sequence[Question]
    problem: LinkmgrError | None
    """What was wrong with the answers."""

    given: _Answers

    @classmethod
    def of_token(cls, token: str) -> "_AskedReport | None":
        """Return what the last step has asked about a file, `None` where nothing is asked."""
        kept = read_questions(waiting_file(get_admin().settings.instance, token))
        if kept is None:
            return None
        problem = kept["problem"]
        return cls(
            token,
            kept["name"],
            [Question.from_json(values) for values in kept["questions"]],
            error_from_json(problem) if problem else None,
            kept["given"],
        )

    @property
    def sample(self) -> Sample | None:
        """The table whose columns nobody has named yet."""
        return self.questions[0].sample

    def typed(self) -> Mapping[str, str]:
        """Return what was typed before, by the fields of the form."""
        typed = {option: texts[-1] for option, texts in self.given.items() if texts}
        first, _, last = typed.get("days", "").partition("/")
        typed |= {"first-day": first, "last-day": last}
        columns = read_columns(typed.get("columns", ""))
        typed |= {f"column-{place}": field for field, place in columns.items()}
        if columns and not {*DAYS} & columns.keys():
            typed["undated"] = "1"
        return typed


def _form(problem: str = "", *, is_unfinished: bool = False) -> str:
    return render_template(
        "earnings/upload.html", problem=problem, is_unfinished=is_unfinished, megabytes=_MEGABYTES
    )


def _questions_page(asked: _AskedReport, unused_day: str = "") -> str:
    sample = asked.sample
    asked_now = {
        option
        for question in asked.questions
        for option in _ANSWERED_BY.get(question.asked, (question.asked.value,))
    }
    return render_template(
        "earnings/questions.html",
        token=asked.token,
        name=asked.name,
        form=asked.typed(),
        questions=asked.questions,
        sample=sample,
        guess={place: field for field, place in sample.guess.items()} if sample else {},
        fields=_FIELDS,
        unused_day=unused_day,
        programmes=[known.name for known in packaged_profiles().values()],
        reports=[layout.name for layout in known_layouts(()) if layout.programme == AMAZON],
        today=today().isoformat(),
        given={option: texts for option, texts in asked.given.items() if option not in asked_now},
        problem=asked.problem.excerpt() if asked.problem else "",
        translate=translate,
    )
