"""Reports are imported, and what they say is printed, by commands."""

import io
import json
import os
import pty
import subprocess
from contextlib import suppress

import pytest

from tests.support.cli import COMMAND, run
from tests.support.reports import EXPECTED, report_bytes, workbook

CATALOG = """
site: {name: blog, url: https://blog.example, language: en}
programmes: {amazon: {marketplace: amazon.co.jp, tag: blog-22}}
books:
  first: {title: First, asin: "4873119049", also: [B000000001]}
"""
FEES = """Fee-Earnings reports from 2026-11-01 to 2026-11-03
Category,Name,ASIN,Seller,Tracking ID,Date Shipped,Price($),Items Shipped,Returns,\
Revenue($),Ad Fees($),Device Type Group,Direct Sale
Books,First,4873119049,Amazon,blog-20,2026-11-01,10.00,1,0,10.00,0.45,DESKTOP,Direct
Books,First,B000000001,Amazon,blog-20,2026-11-02,20.00,1,0,20.00,0.90,DESKTOP,Direct
Home,Lamp,B0LAMP0000,Amazon,blog-20,2026-11-02,5.00,1,0,5.00,0.15,PHONE,Indirect
"""
UNKNOWN = "発生日,商品,報酬額,状況\n2026/11/05,本,120,承認\n2026/11/06,机,80,審査中\n"


@pytest.fixture
def blog(tmp_path, monkeypatch):
    """Give the folder of a blog, in which commands are run."""
    (tmp_path / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
    (tmp_path / "_posts").mkdir()
    (tmp_path / "_config.yml").write_text("exclude: [instance]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder, text, name="Fee-Earnings.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return name


def rows(*arguments):
    done = run("earnings", "--json", *arguments)
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_a_report_is_imported_once_and_summed_up_by_item(blog):
    file = write(blog, FEES)
    given = ("--as-of", "2026-11-04", "--currency", "USD")
    done = run("earnings", "import", *given, file)
    assert (done.code, done.err) == (0, "")
    assert "3 rows from 2026-11-01 to 2026-11-03, as of 2026-11-04" in done.out
    assert "was imported before" in run("earnings", "import", "--as-of", "2026-11-04", file).out
    found = rows("--period", "2026-11")
    assert found["rows"][0] | {"clicks": 0} == {
        "value": "first",
        "title": "First",
        "confirmed": "1.35",
        "paid": "0.00",
        "pending": "0.00",
        "declined": "0.00",
        "orders": 2,
        "confirmed_sales": 2,
        "pending_sales": 0,
        "declined_sales": 0,
        "clicks": 0,
        "views": None,
        "per_100_clicks": None,
        "per_1000_views": None,
    }
    assert found["rest"]["(unlinked)"]["confirmed"] == "0.15"
    assert found["confirmed"] == "1.50"
    text = run("earnings", "--period", "2026").out
    assert "first  First" in text
    assert "$1.35" in text
    csv = run("earnings", "--by", "month", "--csv", "--period", "2026").out.splitlines()
    assert csv[1].startswith("2026-11,,1.50,0.00,")


def test_what_a_report_does_not_say_is_asked_by_name_of_option(blog):
    file = write(blog, UNKNOWN, "network.csv")
    done = run("earnings", "import", file)
    assert (done.code, done.out) == (1, "")
    assert done.err_lines == [
        (
            "network.csv: answer by --columns --programme: Which column has what? "
            "1 発生日, 2 商品, 3 報酬額, 4 状況"
        )
    ]
    given = ("--columns", "occurred=1,product=2,reward=3,status=4", "--programme", "network")
    done = run("earnings", "import", file, *given)
    assert (done.code, done.err_lines) == (
        1,
        [
            "network.csv: answer by --currency: In which currency are the amounts?",
            (
                "network.csv: answer by --status WORD=pending|confirmed|declined|paid: "
                "What do these states mean? 審査中"
            ),
            (
                "network.csv: answer by --as-of: On which day was the report made? "
                "(YYYY-MM-DD, such as 2026-11-30)"
            ),
        ],
    )
    answers = ("--currency", "JPY", "--as-of", "2026-11-07", "--status", "審査中=pending")
    done = run("earnings", "import", file, *given, *answers)
    assert (done.code, done.err) == (0, "")
    found = rows("--by", "programme", "--period", "2026-11")
    assert (found["confirmed"], found["pending"]) == ("120", "80")
    # The columns and the currency are known from now on.
    later = write(blog, UNKNOWN.replace("審査中", "承認"), "later.csv")
    done = run("earnings", "import", later, "--as-of", "2026-11-09")
    assert "later.csv: answer by --edges whole|part: " in done.err
    done = run("earnings", "import", later, "--as-of", "2026-11-09", "--edges", "whole")
    assert (done.code, done.err) == (0, "")
    found = rows("--by", "programme", "--period", "2026-11")
    assert (found["confirmed"], found["pending"]) == ("200", "0")


def test_the_state_of_rows_without_one_is_asked_as_an_option(blog):
    file = write(blog, "発生日,報酬額\n2026/11/05,120\n", "network.csv")
    given = ("--columns", "occurred=1,reward=2", "--programme", "network", "--currency", "JPY")
    asked = run("earnings", "import", file, *given, "--as-of", "2026-11-07").err
    assert "answer by --status pending|confirmed|declined|paid: " in asked
    given = (*given, "--as-of", "2026-11-07", "--status", "pending")
    assert run("earnings", "import", file, *given).code == 0


class Terminal(io.StringIO):
    """What somebody types."""

    def isatty(self):
        return True


def test_on_a_terminal_what_a_report_does_not_say_is_asked(blog, monkeypatch):
    typed = [
        *("occurred=1,product=2,price=3", "network"),  # which is nothing a column can have
        *("occurred=1,product=2,reward=3,status=4", "network"),
        *("JPY", "pending", "yesterday", "JPY", "pending", "2026-11-07"),
    ]
    monkeypatch.setattr("sys.stdin", Terminal("\n".join([*typed, ""])))
    done = run("earnings", "import", write(blog, UNKNOWN, "network.csv"))
    assert done.code == 0, done.err + done.out
    assert "price is no field: choose from" in done.err
    assert "On which day was the report made? (YYYY-MM-DD, such as 2026-11-30)" in done.out
    assert "yesterday is no day" in done.err
    assert "3  報酬額  120  80  → reward" in done.out
    assert "occurred=2,reward=5" in done.out
    assert "such as rakuten, moshimo or a8" in done.out
    assert rows("--period", "2026-11")["pending"] == "80"


def test_columns_without_headings_are_numbered(blog, monkeypatch):
    typed = ["occurred=1,reward=2", "network", "JPY", "pending", "2026-11-07"]
    monkeypatch.setattr("sys.stdin", Terminal("\n".join([*typed, ""])))
    done = run("earnings", "import", write(blog, "2026/11/05,120\n2026/11/06,80\n", "network.csv"))
    assert done.code == 0, done.err + done.out
    assert "  2  120  80" in done.out
    assert "no column of states" in done.out


def test_enter_takes_the_guess_and_nothing_wipes_what_is_typed(blog):
    file = write(blog, UNKNOWN.replace("審査中", "承認"), "network.csv")
    ours, theirs = pty.openpty()
    command = [*COMMAND, "earnings", "import", file, "--currency", "JPY", "--as-of", "2026-11-07"]
    terminal = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    environment = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen(command, cwd=blog, env=environment, **terminal) as process:
        os.close(theirs)
        shown = ""
        answers = ("reward=3]", ""), ("--programme:", "network"), ("paid):", "pending")
        for prompt, typed in answers:
            while prompt not in shown:
                shown += os.read(ours, 65536).decode(errors="replace")
            os.write(ours, f"{typed}\n".encode())
        with suppress(OSError):  # how Linux says that the other side is closed
            while read := os.read(ours, 65536):
                shown += read.decode(errors="replace")
    os.close(ours)
    assert process.returncode == 0, shown
    asked = shown[: shown.index("network\r\n")]
    assert "\x1b" not in asked  # neither a line wiped nor a cursor hidden
    assert rows("--period", "2026-11")["pending"] == "200"


def test_removing_a_report_brings_back_what_it_replaced(blog):
    for cents, as_of in (("0.45", "2026-11-04"), ("0.75", "2026-11-05")):
        file = write(blog, FEES.replace("0.45", cents), f"{as_of}.csv")
        given = ("--as-of", as_of, "--currency", "USD", "--edges", "whole")
        done = run("earnings", "import", *given, file)
        assert done.code == 0
    assert "  replaces 3 rows of 2026-11-04.csv" in done.out.splitlines()
    assert "  to take it back: `linkmgr earnings remove 2`" in done.out.splitlines()
    assert rows("--period", "2026")["confirmed"] == "1.80"
    assert "2026-11-05.csv" in run("earnings", "files").out
    assert run("earnings", "remove", "2").code == 0
    assert rows("--period", "2026")["confirmed"] == "1.50"
    assert run("earnings", "remove", "9").err_lines == [
        "there is no report 9: `linkmgr earnings files` lists them"
    ]


def test_currency_of_account_is_asked_once_for_all_its_reports(blog):
    given = ("--as-of", "2026-11-04")
    fees = write(blog, FEES)
    assert run("earnings", "import", *given, "--currency", "USD", fees).code == 0
    bounty = "Name,Date Shipped,Tracking Id,Quantity,Ad Fees($)\nTrial,2026-11-02,blog-20,1,3.00\n"
    done = run("earnings", "import", *given, write(blog, bounty, "Bounty.csv"))
    assert (done.code, done.err) == (0, "")
    assert rows("--period", "2026-11")["confirmed"] == "4.50"


def test_a_report_in_another_currency_changes_nothing(blog):
    given = ("--as-of", "2026-11-05")
    assert run("earnings", "import", *given, "--currency", "USD", write(blog, FEES)).code == 0
    euros = write(blog, FEES.replace("($)", "(EUR)"), "Fee-Earnings-de.csv")
    refused = run("earnings", "import", *given, euros)
    assert refused.code == 1
    assert refused.err.startswith("Fee-Earnings-de.csv: the report is in EUR, its account in USD")
    assert rows("--period", "2026-11")["confirmed"] == "1.50"
    assert run("earnings", "import", *given, euros, "--account", "de").code == 0
    for currency in ("USD", "EUR"):
        assert rows("--period", "2026-11", "--currency", currency)["confirmed"] == "1.50"


def test_products_that_earned_unlinked_are_a_table(blog):
    given = ("--as-of", "2026-11-04", "--currency", "USD")
    assert run("earnings", "import", *given, write(blog, FEES)).code == 0
    found = rows("--by", "unlinked", "--period", "2026-11")
    assert [(row["value"], row["title"], row["confirmed"]) for row in found["rows"]] == [
        ("B0LAMP0000", "Lamp", "0.15")
    ]
    assert found["rest"]["(linked)"]["confirmed"] == "1.35"
    shown = run("earnings", "--by", "unlinked", "--period", "2026-11").out
    assert "B0LAMP0000  Lamp" in shown
    assert "(all else)" in shown
    assert "B0LAMP0000,Lamp,0.15" in run("earnings", "--by", "unlinked", "--csv").out


@pytest.mark.parametrize("period", ["0000", "9999-12", "2026-13", "November"])
def test_a_period_of_no_month_or_year_is_refused(blog, period):
    given = ("--as-of", "2026-11-04", "--currency", "USD")
    assert run("earnings", "import", *given, write(blog, FEES)).code == 0
    refused = run("earnings", "--period", period)
    assert refused.code == 2
    assert f"{period} is no month or year" in refused.err


def test_before_any_report_it_is_said_how_one_is_imported(blog):
    write(blog, "nothing", "nothing.txt")
    assert run("earnings", "files").code == 1
    assert run("clicks", "load").code == 0
    assert "linkmgr earnings import FILE" in run("earnings").out
    assert "linkmgr earnings import FILE" in run("earnings", "files").out


# Reports whose columns nobody has named yet, with their programmes as owners may type them.
SIX = {
    "felmat.csv": "felmat",
    "accesstrade.csv": "アクセストレード",
    "rakuten.csv": "楽天",
    "moshimo-rakuten.csv": "もしも",
    "a8.csv": "A8.net",
    "valuecommerce.csv": "バリューコマース",
}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_reports_of_six_programmes_are_imported_by_guessing(blog, monkeypatch, language):
    for file, programme in SIX.items():
        (blog / file).write_bytes(report_bytes(file))
        typed = ["", programme]
        typed += [] if "currency" in EXPECTED[file] else ["JPY"]
        typed += ["pending"] if file.startswith("moshimo") else []
        monkeypatch.setattr("sys.stdin", Terminal("\n".join([*typed, "2026-06-02", ""])))
        done = run("--lang", language, "earnings", "import", file)
        assert done.code == 0, done.err + done.out
    found = rows("--by", "programme", "--period", "2026-05")["rows"]
    for status in ("confirmed", "pending", "declined"):
        assert {row["value"]: row[status] for row in found} == {
            EXPECTED[file]["kind"].removesuffix("-rakuten"): EXPECTED[file]["reward"].get(
                status, "0"
            )
            for file in SIX
        }


def test_sheets_that_are_no_reports_are_named_at_the_import(blog):
    cells = [line.split(",") for line in FEES.splitlines()[1:]]
    (blog / "book.xlsx").write_bytes(workbook(report=cells, notes=[["a note"]], empty=[]))
    done = run("earnings", "import", "book.xlsx", "--as-of", "2026-11-04", "--currency", "USD")
    assert (done.code, done.err) == (0, "")
    assert "book.xlsx [notes] is no report that is known" in done.out
    assert "[empty]" not in done.out
