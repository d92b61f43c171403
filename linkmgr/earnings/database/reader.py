"""Reading files of reports as an instance knows them: its layouts, its key, its accounts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from linkmgr.catalog.model import Catalog
from linkmgr.earnings.database.counted import shared_edges
from linkmgr.earnings.database.imports import known_currency
from linkmgr.earnings.database.queries import currencies
from linkmgr.earnings.reading.answers import PART, WHOLE
from linkmgr.earnings.reading.layouts import load_layouts
from linkmgr.earnings.reading.model import (
    AnswerOption,
    Answers,
    Asked,
    EarningsReport,
    Question,
    ReportReading,
)
from linkmgr.earnings.reading.read import read_file
from linkmgr.earnings.reading.tables import refused
from linkmgr.links.amazon import CURRENCIES
from linkmgr.links.model import AMAZON
from linkmgr.messages.message import message


@dataclass(frozen=True, slots=True)
class ReportReader:
    """Reads files for an instance, whose `key` hashes IDs, by the `catalog` of its blog."""

    connection: Connection
    instance: Path
    key: bytes
    catalog: Catalog

    def read(self, path: Path, name: str, answers: Answers, edges: str = "") -> ReportReading:
        """Read a file; what is known of its account is not asked again. Raise LinkmgrError.

        `edges` says what the days are that it begins and ends with, once that was asked.
        """
        reading = read_file(
            path,
            name,
            answers,
            key=self.key,
            site_url=self.catalog.site.url,
            layouts=load_layouts(self.instance),
        )
        if answers.currency is None and (known := self._known_currency(reading, answers)):
            return self.read(path, name, replace(answers, currency=known), edges)
        if reading.questions:
            return replace(reading, questions=tuple(map(self._with_guess, reading.questions)))
        self._refuse_other_currency(reading)
        if not edges:
            return replace(reading, questions=tuple(self._edges(reading)))
        reports = tuple(_with_edges(report, edges) for report in reading.reports)
        return replace(reading, reports=reports)

    def _known_currency(self, reading: ReportReading, answers: Answers) -> str | None:
        asked = (question for question in reading.questions if question.asked is Asked.CURRENCY)
        known = (
            known_currency(self.connection, question.programme, answers.account)
            for question in asked
        )
        return next(filter(None, known), None)

    def _with_guess(self, question: Question) -> Question:
        """Return a question with its likely answer: a currency is that of the latest report.

        Before any report it is that of the blog's Amazon.
        """
        if question.asked is not Asked.CURRENCY:
            return question
        amazon = self.catalog.programmes.get(AMAZON)
        likely = CURRENCIES.get(amazon.marketplace or "", "") if amazon else ""
        if known := currencies(self.connection):
            likely = known[0]
        if question.choices and likely not in {choice.value for choice in question.choices}:
            return question
        return replace(question, guess=likely)

    def _refuse_other_currency(self, reading: ReportReading) -> None:
        """Raise Problems for a report that would replace an account's days in another currency."""
        for report in reading.reports:
            known = known_currency(self.connection, report.programme, report.account)
            if report.currency and known and report.currency != known:
                raise refused(
                    report.name, "earnings.other-currency", found=report.currency, expected=known
                )

    def _edges(self, reading: ReportReading) -> Iterator[Question]:
        for report in reading.reports:
            if days := shared_edges(self.connection, report):
                text = message(
                    "store.earnings-edges",
                    days=tuple(day.isoformat() for day in days),
                    count=len(days),
                )
                choices = tuple(
                    AnswerOption(answer, message(f"store.earnings-edges-{answer}"))
                    for answer in (WHOLE, PART)
                )
                yield Question(Asked.EDGES, report.name, text, choices, programme=report.programme)


def _with_edges(report: EarningsReport, edges: str) -> EarningsReport:
    whole = report.period.whole or edges == WHOLE
    return replace(report, period=report.period._replace(whole=whole))
