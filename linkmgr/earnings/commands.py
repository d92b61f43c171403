"""The commands for what links earned: importing reports, and tables of them."""

import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from linkmgr.cli.common.database import database, server_extra, settings, timezone
from linkmgr.cli.common.follow import followed
from linkmgr.cli.common.help import Command, CommandGroup
from linkmgr.cli.common.options import json_option
from linkmgr.cli.common.terminal import error_text, print_json, print_text, progress, usage_error
from linkmgr.messages.errors import LinkmgrError, Problem, Problems
from linkmgr.messages.message import message, translate

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from linkmgr.builder.processes import Track
    from linkmgr.catalog.model import Catalog
    from linkmgr.clicks.periods import Period
    from linkmgr.earnings.database.imports import Imported
    from linkmgr.earnings.database.reader import ReportReader
    from linkmgr.earnings.figures import Earnings, FindPost
    from linkmgr.earnings.reading.model import Answers, Asked, Question, ReportReading, Sample
    from linkmgr.settings import Settings

# As `By` of linkmgr.earnings.figures, which takes a while to import.
BY = ("item", "post", "tag", "programme", "category", "month", "unlinked")

_MONTHS = 12


@click.group(cls=CommandGroup, invoke_without_command=True)
@click.option(
    "--by", type=click.Choice(BY), default="item", show_default=True, help="What to sum up by."
)
@click.option(
    "--period",
    metavar="MONTH|YEAR",
    help="A month (2026-11) or a year (2026); by default the twelve months up to this one.",
)
@click.option(
    "--currency",
    metavar="CODE",
    help="The currency to show, such as JPY; by default that of the latest report.",
)
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.pass_context
def earnings(  # noqa: PLR0913 - the command's options
    context: click.Context,
    by: str,
    period: str | None,
    currency: str | None,
    *,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Print what links earned, or import reports of it.

    What is confirmed and what is pending are never one sum. A line has what the programmes' reports
    ascribe to it; what they ascribe to none is below.
    """
    if context.invoked_subcommand:
        return
    if as_json and as_csv:
        raise usage_error("cli.does-not-go-with", option="--json", other="--csv")
    with server_extra():
        from linkmgr.earnings.figures import By
        from linkmgr.earnings.report import earnings_csv, earnings_json, earnings_text
        from linkmgr.figures.posts import post_paths

        of = settings()
        with database(of) as engine, engine.connect() as connection:
            read = _earnings(of, connection, currency)
            if read is None:
                print_text(translate(message("stats.earned-nothing")))
                return
            table = read.table(By(by), _period(period, of))
        if by == "post":
            table = table.titled(post_paths(of.site_folder))
        if as_json:
            print_json(earnings_json(table))
        elif as_csv:
            click.echo(earnings_csv(table), nl=False)
        else:
            print_text(earnings_text(table, shutil.get_terminal_size().columns))


def _period(text: str | None, of: "Settings") -> "Period":
    """Return the whole months that are asked for."""
    from linkmgr.clicks.periods import Period, day_in, month_of, period_named

    if text is None:
        this_month = month_of(day_in(timezone(of), datetime.now(UTC)))
        return Period(this_month.months_before(_MONTHS - 1).since, this_month.until)
    period = period_named(text)
    if period is None:
        raise usage_error("cli.no-period", value=text)
    return period


def _earnings(of: "Settings", connection: "Connection", currency: str | None) -> "Earnings | None":
    """Return what tables are read from, `None` before any report was imported."""
    from linkmgr.catalog.reading.files import load_catalog
    from linkmgr.clicks.periods import day_in
    from linkmgr.earnings.database.queries import currencies
    from linkmgr.earnings.figures import Earnings
    from linkmgr.figures.queries import Reading

    known = currencies(connection)
    if not known:
        return None
    if currency and currency.upper() not in known:
        raise LinkmgrError(
            message("stats.earned-no-currency", currency=currency, known=tuple(known))
        )
    catalog = load_catalog(of.catalog)
    count = Reading(connection).sums
    today = day_in(timezone(of), datetime.now(UTC))
    shown = (currency or known[0]).upper()
    return Earnings(connection, catalog, shown, today, count, _post_finder(of.site_folder))


def _post_finder(site: Path) -> "FindPost":
    """Return what finds the blog's posts by their paths; none where there is no blog."""
    from linkmgr.builder.site import read_site_config
    from linkmgr.figures.posts import post_finder
    from linkmgr.posts.site import read_posts

    with suppress(LinkmgrError, OSError):
        config = read_site_config(site)
        return post_finder(read_posts(site, config), config.baseurl.rstrip("/"))
    return lambda _: None


# Importing reports.


@dataclass(frozen=True, slots=True)
class _Given:
    """What the options of the command answer, as texts."""

    account: str
    texts: "Mapping[Asked, str]"
    statuses: tuple[str, ...]
    edges: str
    layout: str
    programme: str
    columns: str

    def answers(self) -> "Answers":
        """Return the answers; columns are none before their table is read. Raise LinkmgrError."""
        from linkmgr.earnings.reading.answers import name_of, with_answer, with_status
        from linkmgr.earnings.reading.model import Answers

        answers = Answers(account=name_of(self.account))
        for asked, text in self.texts.items():
            answers = with_answer(answers, asked, text) if text else answers
        for text in self.statuses:
            meant, _, status = text.rpartition("=")
            answers = with_status(answers, meant, status)
        return answers

    def by_option(self) -> Mapping[str, Sequence[str]]:
        """Return what is given by the name of its option."""
        given = {
            "account": [self.account],
            "status": self.statuses,
            "edges": [self.edges],
            "layout": [self.layout],
            "programme": [self.programme],
            "columns": [self.columns],
        }
        for asked, text in self.texts.items():
            given["days" if asked == "period" else asked.value] = [text]
        return {option: texts for option, texts in given.items() if any(texts)}


@earnings.command("import", cls=Command)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE…",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--account",
    default="",
    metavar="NAME",
    help="Your name for the account, if you have several at a programme.",
)
@click.option("--currency", metavar="CODE", help="The currency of amounts, such as JPY.")
@click.option(
    "--date-order",
    type=click.Choice(["ymd", "mdy", "dmy"]),
    help="The order of year, month and day in dates that can be read in several ways.",
)
@click.option("--decimal-mark", type=click.Choice([".", ","]), help="The decimal mark of amounts.")
@click.option(
    "--status",
    "statuses",
    multiple=True,
    metavar="[WORD=]STATUS",
    help=(
        "What a word of the report means: pending, confirmed, declined or paid. One without a word"
        " is the state of all rows."
    ),
)
@click.option(
    "--days",
    "period",
    metavar="YYYY-MM-DD/YYYY-MM-DD",
    help="The first and last day that a report without days covers: 2026-11-01/2026-11-30.",
)
@click.option(
    "--as-of",
    metavar="YYYY-MM-DD",
    help="The day on which the report was downloaded, such as 2026-11-30.",
)
@click.option(
    "--edges",
    type=click.Choice(["whole", "part"]),
    help="Whether the report has its first and last day as a whole.",
)
@click.option("--layout", default="", metavar="NAME", help="A name for a new report's columns.")
@click.option("--programme", default="", metavar="ID", help="The programme of a new report.")
@click.option(
    "--columns",
    default="",
    metavar="FIELD=NUMBER,…",
    help="What a new report's columns have, such as occurred=1,reward=5,status=6.",
)
@click.option("--name", default="", help="The report's name, if its file has another.")
@followed()
def import_files(  # noqa: PLR0913 - the command's options
    *,
    files: tuple[Path, ...],
    account: str,
    currency: str | None,
    date_order: str | None,
    decimal_mark: str | None,
    statuses: tuple[str, ...],
    period: str | None,
    as_of: str | None,
    edges: str | None,
    layout: str,
    programme: str,
    columns: str,
    name: str,
    follower: "Track | None",
) -> Mapping[str, Any] | None:
    """Import reports of earnings that you downloaded.

    All of them are imported, or none if one cannot be read. What a report doesn't say is asked on a
    terminal; a script answers by options. A later report replaces an earlier one's days and sales.
    """
    if name and len(files) > 1:
        raise usage_error("cli.does-not-go-with", option="--name", other="FILE FILE…")
    with server_extra():
        from linkmgr.earnings.database.imports import import_reports
        from linkmgr.earnings.reading.model import Asked
        from linkmgr.store.jobs import USER_VARIABLE

        texts = {
            Asked.CURRENCY: currency or "",
            Asked.DATE_ORDER: date_order or "",
            Asked.DECIMAL_MARK: decimal_mark or "",
            Asked.PERIOD: period or "",
            Asked.AS_OF: as_of or "",
        }
        given = _Given(account, texts, statuses, edges or "", layout, programme, columns)
        of = settings()
        readings = []
        with database(of, made=True) as engine:
            with _reader(of, engine, is_job=follower is not None) as reader:
                reading_now = message("store.earnings-reading", file=name or files[0].name)
                for file in follower(files, reading_now, 0) if follower else files:
                    called = name or file.name
                    if follower is None:
                        readings.append(_ask(reader, file, called, given))
                        continue
                    reading, problem = _read(reader, file, called, given)
                    if reading.questions:
                        return {
                            "file": file.name,
                            "name": called,
                            "given": given.by_option(),
                            "questions": [question.to_json() for question in reading.questions],
                            "problem": problem.to_json() if problem else None,
                        }
                    readings.append(reading)
            reports = [report for reading in readings for report in reading.reports]
            # Not before all is answered: it would write over questions.
            user = os.environ.get(USER_VARIABLE, "")
            with progress(follower) as track:
                imported = import_reports(
                    engine, reports, user, int(time.time() * 1000), track=track
                )
        skipped = [text for reading in readings for text in reading.skipped]
        if follower:
            return {
                "imported": [arrival.to_json() for arrival in imported if arrival.file],
                "skipped": [text.to_json() for text in skipped],
            }
        for arrival in imported:
            _print_imported(arrival)
        for text in skipped:
            print_text(translate(text))
    return None


def _print_imported(arrival: "Imported") -> None:
    report = arrival.report
    values: dict[str, str | int] = {
        "file": report.name,
        "rows": report.count,
        "count": report.count,
        "since": report.period.first.isoformat(),
        "until": report.period.last.isoformat(),
        "as_of": report.as_of.isoformat(),
    }
    code = "cli.earnings-imported" if arrival.file else "cli.earnings-known"
    print_text(translate(message(code, **values)))
    for other in arrival.replaced:
        said = message("cli.earnings-replaced", file=other.name, count=other.rows)
        print_text(f"  {translate(said)}")
    for said in (report.source, *report.dropped):
        print_text(f"  {translate(said)}")
    if arrival.file:
        print_text(f"  {translate(message('cli.earnings-take-back', number=arrival.file))}")


@contextmanager
def _reader(of: "Settings", engine: "Engine", *, is_job: bool) -> Iterator["ReportReader"]:
    from linkmgr.earnings.database.reader import ReportReader
    from linkmgr.store.instance.folder import make_instance, secret_key

    make_instance(of.instance)
    key, catalog = secret_key(of.secret_key), _catalog(of, is_job=is_job)
    with engine.connect() as connection:
        yield ReportReader(connection, of.instance, key, catalog)


def _catalog(of: "Settings", *, is_job: bool) -> "Catalog":
    """Return the catalog; for the admin, which works on after a mistake, the last good one.

    Raise LinkmgrError.
    """
    from linkmgr.catalog.reading.files import load_catalog

    try:
        return load_catalog(of.catalog)
    except LinkmgrError:
        if not (is_job and of.good_catalog.exists()):
            raise
        return load_catalog(of.good_catalog)


def _read(
    reader: "ReportReader", file: Path, name: str, given: _Given
) -> tuple["ReportReading", LinkmgrError | None]:
    """Read a file by what is given, for a program that follows.

    Where an answer is wrong, return what is to be asked without any, with what is wrong.
    """
    from linkmgr.earnings.reading.answers import name_of
    from linkmgr.earnings.reading.layouts import keep_answers
    from linkmgr.earnings.reading.model import Answers, ReportReading

    try:
        answers = given.answers()
        reading: ReportReading = reader.read(file, name, answers, given.edges)
        if reading.questions and reading.questions[0].sample and (given.programme or given.columns):
            answers = _with_layout(answers, reading.questions[0], given)
            reading = reader.read(file, name, answers, given.edges)
    except LinkmgrError as error:
        reading = ReportReading()
        with suppress(LinkmgrError):
            reading = reader.read(file, name, Answers(account=name_of(given.account)))
        if not reading.questions:
            raise
        return reading, error
    if not reading.questions:
        keep_answers(reader.instance, answers, (report.kind for report in reading.reports))
    return reading, None


def _ask(reader: "ReportReader", file: Path, name: str, given: _Given) -> "ReportReading":
    """Read a file, asking what it doesn't say, and keep what was answered for the next one."""
    from linkmgr.earnings.reading.layouts import keep_answers

    answers, edges = given.answers(), given.edges
    while True:
        reading: ReportReading = reader.read(file, name, answers, edges)
        if not reading.questions:
            break
        if not sys.stdin.isatty():
            _refuse_open(reading.questions, given)
        for question in reading.questions:
            if question.asked == "as-of":
                downloaded = datetime.fromtimestamp(file.stat().st_mtime, UTC).astimezone()
                question = replace(question, guess=downloaded.date().isoformat())  # noqa: PLW2901
            if question.asked == "edges":
                edges = _answer(question)
            else:
                answers = _answered(answers, question, given)
    keep_answers(reader.instance, answers, (report.kind for report in reading.reports))
    return reading


def _answered(answers: "Answers", question: "Question", given: _Given) -> "Answers":
    """Return the answers with one to a question, which options or the terminal have."""
    from linkmgr.earnings.reading.answers import with_answer, with_status
    from linkmgr.earnings.reading.model import Asked

    while True:
        try:
            if question.asked is Asked.LAYOUT:
                return _name_columns(answers, question, given)
            if question.asked is Asked.STATUSES:
                options = [choice.value for choice in question.choices]
                for example in question.examples:
                    answers = with_status(answers, example, _answer(question, example, options))
                return answers
            return with_answer(answers, question.asked, _answer(question))
        except LinkmgrError as error:
            if not sys.stdin.isatty():
                raise
            print_text(error_text(error), err=True)
            given = replace(given, layout="", programme="", columns="")


_OPTIONS = {"period": "--days", "statuses": "--status"}

# How days are typed, with an example.
_FORMS = {
    "period": ("YYYY-MM-DD/YYYY-MM-DD", "2026-11-01/2026-11-30"),
    "as-of": ("YYYY-MM-DD", "2026-11-30"),
}


def _option(question: "Question") -> str:
    return _OPTIONS.get(question.asked, f"--{question.asked}")


def _text(question: "Question") -> str:
    """Return a question in words, with the form of its answer."""
    text = translate(question.text)
    if question.asked not in _FORMS:
        return text
    form, example = _FORMS[question.asked]
    return translate(message("cli.earnings-form", question=text, form=form, example=example))


def _refuse_open(questions: "Sequence[Question]", given: _Given) -> None:
    """Raise Problems, one for each question that no option answers, where nobody can be asked."""
    from linkmgr.earnings.reading.model import Asked

    open_ones = []
    for question in questions:
        of = "WORD=" if question.asked is Asked.STATUSES and any(question.examples) else ""
        choices = of + "|".join(choice.value for choice in question.choices)
        options, examples = [f"{_option(question)} {choices}".strip()], question.examples
        if question.asked is Asked.LAYOUT:
            needed = {"--columns": given.columns, "--programme": given.programme}
            options = [option for option, text in needed.items() if not text]
            columns = question.sample.headings or question.sample.rows[0] if question.sample else ()
            examples = tuple(f"{number} {name}" for number, name in enumerate(columns, 1))
        if options:
            text = " ".join((_text(question), ", ".join(examples))).strip()
            said = message("cli.earnings-unasked", question=text, option=" ".join(options))
            open_ones.append(Problem.at(question.name, 0, "", said))
    if open_ones:
        raise Problems(open_ones)


def _answer(question: "Question", of: str = "", options: Sequence[str] = ()) -> str:
    """Ask a question on the terminal."""
    print_text(f"{question.name}: {_text(question)}")
    if question.examples and not of:
        print_text(f"  {', '.join(question.examples)}")
    for choice in question.choices:
        print_text(f"  {choice.value}  {translate(choice.label)}")
    values = [choice.value for choice in question.choices]
    kind = click.Choice(options or values) if options or values else None
    answer: str = click.prompt(of or _option(question), default=question.guess or None, type=kind)
    return answer


def _name_columns(answers: "Answers", question: "Question", given: _Given) -> "Answers":
    """Return the answers with a layout for a table whose columns nobody has named yet."""
    if question.sample is None:
        raise LinkmgrError(question.text)
    columns = given.columns or _ask_columns(question, question.sample)
    programme = given.programme
    if not programme:
        print_text(f"{question.name}: {translate(message('cli.earnings-programme'))}")
        programme = click.prompt("--programme")
    return _with_layout(answers, question, replace(given, columns=columns, programme=programme))


def _with_layout(answers: "Answers", question: "Question", given: _Given) -> "Answers":
    """Return the answers with the layout that options name. Raise LinkmgrError."""
    from linkmgr.earnings.reading.answers import read_columns, with_layout

    if question.sample is None:
        return answers
    name, columns = given.layout or given.programme, read_columns(given.columns)
    return with_layout(answers, question.sample, name, given.programme, columns=columns)


def _ask_columns(question: "Question", sample: "Sample") -> str:
    """Ask on the terminal what the columns have, each shown with its first rows and the guess."""
    from linkmgr.earnings.reading.answers import columns_text
    from linkmgr.earnings.reading.model import Field

    print_text(f"{question.name}: {translate(question.text)}")
    guesses = {number: field for field, number in sample.guess.items()}
    lines = (sample.headings, *sample.rows[:2])  # headings are none, or end before their rows do
    for number, cells in enumerate(zip_longest(*lines, fillvalue=""), 1):
        guess = [f"→ {guesses[number]}"] if number in guesses else []
        print_text("  ".join(["", f"{number}", *filter(None, cells), *guess]))
    print_text(translate(message("cli.earnings-fields", fields=tuple(Field))))
    if guesses:
        print_text(translate(message("cli.earnings-guess")))
    answer: str = click.prompt("--columns", default=columns_text(sample) or None)
    return answer


# What was imported.


@earnings.command(cls=Command)
def files() -> None:
    """List the imported reports."""
    with server_extra():
        from linkmgr.earnings.database.imports import imported_files

        with database(settings()) as engine, engine.connect() as connection:
            imported = imported_files(connection)
        for file in imported:
            days = f"{file.since} – {file.until}"
            columns = [f"{file.id:>5}", file.name, file.kind, file.account, file.currency, days]
            columns += [str(file.as_of), f"{file.rows:,}"]
            print_text("  ".join(filter(None, columns)))
        if not imported:
            print_text(translate(message("stats.earned-nothing")))


@earnings.command(cls=Command)
@click.argument("number", type=click.IntRange(1, 2**31 - 1))
def remove(number: int) -> None:
    """Undo the import of a report, by its number in the list.

    What it had replaced counts again.
    """
    with server_extra():
        from linkmgr.earnings.database.imports import remove_file

        with database(settings()) as engine:
            if not remove_file(engine, number):
                raise LinkmgrError(message("cli.earnings-no-file", number=number))
        print_text(translate(message("cli.earnings-removed", number=number)))
