"""The page Earnings: a report is uploaded, asked about, imported, shown, and taken back."""

import io
import json
import logging
import os
import re
from datetime import timedelta
from html import unescape
from types import SimpleNamespace

import html5lib
import pytest
from sqlalchemy import select

from linkmgr.admin.common.security import FILE_BYTES
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.clicks.periods import month_of
from linkmgr.earnings.database.imports import import_reports
from linkmgr.earnings.pages import received, uploads
from linkmgr.earnings.reading.model import Origin, Status
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import EarningFile, JobRow
from linkmgr.store.jobs import JobKind, open_job
from tests.admin.conftest import today
from tests.support.earnings import NOVEMBER, make_report, make_row
from tests.support.jobs import ended_job
from tests.support.servers import wait_for
from tests.support.store import add_totals, delete_totals

PAGE = "/admin/earnings"
HEADINGS = (
    "Category,Name,ASIN,Seller,Tracking ID,Date Shipped,Price($),Items Shipped,Returns,"
    "Revenue($),Ad Fees($),Device Type Group,Direct Sale"
)
UNKNOWN = "発生日,商品,報酬額,状況\n2026/11/05,本,120,承認\n2026/11/06,机,80,審査中\n"


def fees(*rows):
    """Return Amazon's report of fees; a row is a day, an ASIN, a fee and whether it was direct."""
    lines = [
        f"Books,A book,{asin},Amazon,blog-22,{day},10,1,0,10,{fee},PHONE,{direct}"
        for day, asin, fee, direct in rows
    ]
    return "\n".join((HEADINGS, *lines, ""))


def upload(client, text, name="Fee-Earnings.csv", **fields):
    return ended(client, begun(client, text, name, **fields))


def begun(client, text, name="Fee-Earnings.csv", **fields):
    file = (io.BytesIO(text.encode()), name)
    return client.post(f"{PAGE}/import", {"report": file, **fields}, page=PAGE)


def ended(client, sent):
    """Return what came of an import, or what is asked about it, however long it takes."""
    while f"{PAGE}/import/" in (address := sent.headers.get("Location", "")):
        wait_for(lambda at=address: "<progress" not in client.get(at).text)
        sent = client.get(address)
    return sent


def hidden(page):
    return dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', page))


def answer(client, page, **fields):
    given = {name: unescape(value) for name, value in hidden(page).items()}
    del given["csrf_token"]
    answers = {name.replace("_", "-"): value for name, value in fields.items()}
    return ended(client, client.post(f"{PAGE}/import/answers", given | answers, page=PAGE))


@pytest.fixture(autouse=True)
def waiting(monkeypatch):
    """Have answers wait for their step, whatever else the machine does."""
    monkeypatch.setattr(uploads, "_SECONDS_AT_ONCE", 60)


@pytest.fixture
def asin(settings):
    """Give the ASIN of the demo's book about coffee."""
    return load_catalog(settings.catalog).books["kitchen-coffee"].asin


@pytest.fixture
def earned(admin_client, engine, asin):
    """Import what was earned this month."""
    day = today().replace(day=1)
    report = make_report(
        make_row(day, "1200", product=asin),
        make_row(day, "340", product=asin, status=Status.PENDING),
        make_row(day, "50", product=asin, status=Status.DECLINED),
        make_row(day, "7", product="B0LAMP0000", origin=Origin.INDIRECT, title="A <lamp>"),
        make_row(day, "90", product="", referrer="/gone/"),
    )
    import_reports(engine, [report], "owner", 1)
    return admin_client


def text_of(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.mark.parametrize("language", ["en", "ja"])
def test_an_empty_page_says_what_to_do_first(admin_client, language):
    page = admin_client.get(PAGE, Accept_Language=language).text
    html5lib.HTMLParser(strict=True).parse(page)
    assert 'href="/admin/earnings/import"' in page


def test_a_report_is_uploaded_asked_about_and_imported(admin_client, settings, asin):
    report = fees(("2026-11-01", asin, "4.50", "Direct"), ("2026-11-02", asin, "-1", "Direct"))
    asked = upload(admin_client, report, account="mine")
    assert asked.status_code == 200
    assert 'name="currency"' in asked.text
    kept = [*(settings.instance / "uploads").iterdir()]
    assert [file.stat().st_mode & 0o777 for file in kept] == [0o600, 0o600]
    wrong = answer(admin_client, asked.text, currency="yen!", as_of="2026-11-04")
    assert wrong.status_code == 400
    assert "is no currency" in wrong.text
    done = answer(admin_client, wrong.text, currency="usd", as_of="2026-11-04")
    assert done.status_code == 303
    assert [*(settings.instance / "uploads").iterdir()] == []
    page = admin_client.get(done.headers["Location"]).text
    assert (
        "Imported 2 rows of Nov 1\u2009–\u20092, 2026. Headings as public importers read them, "
        "unverified until a user’s file has passed. "
        "Columns not kept: Seller, Price($), Device Type Group."
    ) in unescape(page)
    assert "$3.50" in page
    assert "Fee-Earnings.csv" in page
    assert "mine" in page


PART = '--b\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'


def send_form(client, *parts):
    return client.client.post(
        f"{PAGE}/import",
        data="".join((*parts, "--b--\r\n")),
        content_type="multipart/form-data; boundary=b",
    )


def test_nothing_is_kept_of_a_form_without_its_token(admin_client, settings):
    file = PART.format("report", '; filename="a.csv"', "a,b")
    for parts in ([file], [PART.format("csrf_token", "", "forged"), file], []):
        refused = send_form(admin_client, *parts)
        assert refused.status_code == 400
        assert "expired" in refused.text or "unexpected" in refused.text
    assert not (settings.instance / "uploads").exists()
    assert admin_client.client.post(f"{PAGE}/import", data={"a": "b"}).status_code == 400


def test_an_import_that_takes_longer_says_how_far_it_is(
    admin_client, engine, settings, monkeypatch, asin
):
    monkeypatch.setattr(uploads, "_SECONDS_AT_ONCE", 0)
    report = fees(*((f"2026-11-{n:02}", asin, "4.50", "Direct") for n in range(1, 10)))
    going = begun(admin_client, report, "Fee-Earnings_20261130.csv", currency="USD")
    assert going.status_code == 303
    address = going.headers["Location"]
    for language in ("ja", "en"):
        page = admin_client.get(address, Accept_Language=language).text
        html5lib.HTMLParser(strict=True).parse(page)
    assert "<progress" in page
    assert 'action="/admin/health/stop/import"' in page
    assert admin_client.get(f"{PAGE}/import").headers["Location"] == address
    refused = begun(admin_client, report)
    assert refused.headers["Location"] == f"{PAGE}/import"
    assert len([*(settings.instance / "uploads").iterdir()]) == 1
    ended_job(engine, settings, JobKind.IMPORT)
    done = admin_client.get(address)
    assert done.status_code == 303
    assert "Imported 9 rows of " in admin_client.get(done.headers["Location"]).text
    again = admin_client.get(address).headers["Location"]
    assert "Imported 9 rows of " not in admin_client.get(again).text
    assert [*(settings.instance / "uploads").iterdir()] == []


@pytest.mark.parametrize("number", [0, 999, 2**31, 2**63])
def test_a_number_that_no_import_has_is_not_found(admin_client, number):
    assert admin_client.get(f"{PAGE}/import/{number}").status_code == 404


def test_an_import_whose_server_has_ended_says_so(admin_client, engine, settings):
    job = open_job(engine, settings.instance, JobKind.IMPORT)
    job.close()  # as its server's end does
    assert "The last import did not finish" in admin_client.get(f"{PAGE}/import").text
    ended = admin_client.get(f"{PAGE}/import/{job.id}")
    assert ended.status_code == 200
    assert "the server stopped before it was done: start it again" in ended.text


def kept_of_jobs(engine):
    """Return all that the database has of jobs, as a text without escapes."""
    with engine.connect() as connection:
        rows = connection.execute(select(JobRow.result, JobRow.error)).all()
    return json.dumps(
        [json.loads(text) for row in rows for text in row if text], ensure_ascii=False
    )


def test_cells_that_a_question_shows_stay_out_of_the_database(admin_client, engine, settings):
    asked = upload(admin_client, UNKNOWN, "network.csv")
    assert "机" in asked.text
    ended_job(engine, settings, JobKind.IMPORT)
    assert "机" not in kept_of_jobs(engine)
    assert len([*(settings.instance / "uploads").iterdir()]) == 2
    answer(admin_client, asked.text, do="cancel")
    assert [*(settings.instance / "uploads").iterdir()] == []


def test_an_error_names_a_cells_place_and_does_not_quote_it(admin_client, engine, settings, asin):
    refused = upload(admin_client, fees(("Jane Doe", asin, "4.50", "Direct")))
    assert "Fee-Earnings.csv:2: Date Shipped: “…” is no day" in text_of(refused.text)
    ended_job(engine, settings, JobKind.IMPORT)
    assert "earnings.no-day" in kept_of_jobs(engine)
    assert "Jane" not in kept_of_jobs(engine)


def test_a_report_says_who_imported_it(admin_client, engine, asin):
    report = fees(("2026-11-01", asin, "4.50", "Direct"))
    upload(admin_client, report, "Fee-Earnings_20261130.csv", currency="USD")
    with engine.connect() as connection:
        assert connection.scalars(select(EarningFile.user)).all() == ["owner"]


def test_a_report_is_imported_by_the_last_good_catalog(admin_client, settings, asin):
    settings.good_catalog.write_bytes(settings.catalog.read_bytes())
    settings.catalog.write_text("books: [", encoding="utf-8")
    report = fees(("2026-11-01", asin, "4.50", "Direct"))
    done = upload(admin_client, report, "Fee-Earnings_20261130.csv", currency="USD")
    assert done.status_code == 303, text_of(done.text)


def test_a_report_is_deleted_where_no_job_can_begin(admin_client, engine, settings, asin):
    with writing(engine) as connection:
        JobRow.__table__.drop(connection)
    assert begun(admin_client, fees(("2026-11-01", asin, "4.50", "Direct"))).status_code == 503
    assert [*(settings.instance / "uploads").iterdir()] == []


def test_columns_that_nobody_has_named_are_asked_once(admin_client):
    asked = upload(admin_client, UNKNOWN, "network.csv")
    assert "発生日" in asked.text
    columns = {"column_1": "occurred", "column_3": "reward", "column_4": "status"}
    more = answer(admin_client, asked.text, programme="network", column_2="", **columns)
    assert more.status_code == 200, text_of(more.text)
    assert 'name="programme" value="network"' in more.text
    answers = {"currency": "JPY", "as_of": "2026-11-07", "word": "審査中", "status_0": "pending"}
    assert answer(admin_client, more.text, **answers).status_code == 303
    page = text_of(admin_client.get(f"{PAGE}?period=2026-11&by=programme").text)
    assert "network Pending ¥80 Orders 2 ¥120 ¥80 2" in page
    again = upload(admin_client, UNKNOWN.replace("審査中", "承認"), "later.csv")
    assert 'name="as-of"' in again.text
    assert 'name="column-1"' not in again.text


def test_an_amazon_report_with_other_headings_counts_as_chosen(admin_client):
    asked = upload(
        admin_client, "商品,出荷,紹介料（円）\nB000000001,2026/11/05,12\n", "x_20261106.csv"
    )
    assert '<option value="amazon-fee-earnings"></option>' in asked.text
    columns = {"column_1": "product", "column_2": "shipped", "column_3": "reward"}
    done = answer(
        admin_client, asked.text, programme="Amazon", layout="amazon-fee-earnings", **columns
    )
    assert done.status_code == 303, text_of(done.text)
    assert "Amazon: Fee-Earnings" in text_of(admin_client.get(done.headers["Location"]).text)


def test_an_unused_column_of_days_is_warned_of_before_import(admin_client):
    asked = upload(admin_client, UNKNOWN, "network.csv")
    columns = {"programme": "network", "column_3": "reward", "column_4": "status"}
    warned = answer(admin_client, asked.text, column_1="", **columns)
    assert "“発生日” has days" in warned.text
    assert 'name="column-1"' in warned.text
    again = answer(admin_client, warned.text, column_1="", **columns)
    assert 'name="first-day"' in again.text
    chosen = answer(admin_client, warned.text, column_1="occurred", **columns)
    assert 'name="first-day"' not in chosen.text


def test_files_that_have_waited_for_more_than_hour_are_deleted(settings):
    waiting = received.waiting_file(settings.instance, "0" * 32)
    waiting.parent.mkdir(parents=True)
    old = waiting.with_name("a")
    for file in (waiting, old):
        file.touch()
    os.utime(old, (1, 1))
    received.delete_abandoned(settings.instance)
    assert [*waiting.parent.iterdir()] == [waiting]


def test_a_large_report_is_in_no_temporary_file(admin_client, monkeypatch):
    monkeypatch.setattr("werkzeug.wrappers.request.default_stream_factory", None)
    token = re.search(r'name="csrf-token" content="([^"]+)"', admin_client.get(PAGE).text)[1]
    large = PART.format("report", '; filename="a.csv"', (FILE_BYTES + 1) * "x")
    refused = send_form(admin_client, PART.format("csrf_token", "", token), large)
    assert refused.status_code == 400
    assert "larger than 8 MB" in refused.text


def test_what_is_no_report_is_refused_and_not_kept(admin_client, settings):
    refused = upload(admin_client, "\0\1\2", "picture.csv")
    assert refused.status_code == 400
    assert 'role="alert"' in refused.text
    assert [*(settings.instance / "uploads").iterdir()] == []
    assert admin_client.post(f"{PAGE}/import", {}).status_code == 400
    unknown = {"token": "0" * 32, "name": "x"}
    assert admin_client.post(f"{PAGE}/import/answers", unknown, page=PAGE).status_code == 400
    sneaky = {"token": "../secret-key", "name": "x"}
    assert admin_client.post(f"{PAGE}/import/answers", sneaky, page=PAGE).status_code == 400


def test_nothing_is_kept_of_a_report_where_the_database_fails(admin_client, engine, settings, asin):
    with writing(engine) as connection:
        EarningFile.__table__.drop(connection)
    report = fees(("2026-11-01", asin, "4.50", "Direct"))
    assert upload(admin_client, report).status_code == 400
    assert [*(settings.instance / "uploads").iterdir()] == []


def test_a_name_that_no_form_sends_is_one_line_that_fits(admin_client, asin):
    account = f"mine\0\x1b{'x' * 3000}"
    asked = upload(admin_client, fees(("2026-11-01", asin, "4.50", "Direct")), account=account)
    done = answer(admin_client, asked.text, currency="usd", as_of="2026-11-04")
    page = text_of(admin_client.get(done.headers["Location"]).text)
    assert f"Amazon: Fee-Earnings · mine {'x' * 95} " in page


def test_a_files_name_is_one_line_without_what_cannot_be_seen(admin_client, asin):
    name = f"Fee\u202eEarnings\x1b{'x' * 3000}.csv"
    asked = upload(admin_client, fees(("2026-11-01", asin, "4.50", "Direct")), name)
    shown = f"Fee Earnings {'x' * 186}…"
    assert hidden(asked.text)["name"] == shown
    given = {"currency": "usd", "as_of": "2026-11-04", "name": name}
    page = admin_client.get(answer(admin_client, asked.text, **given).headers["Location"]).text
    assert shown in page
    assert "\u202e" not in page


@pytest.mark.parametrize(
    "days",
    [
        {"first_day": "0202-11-01", "last_day": "2026-11-30"},
        {"first_day": "2026-11-01", "last_day": "9999-12-31"},
        {"as_of": "9999-12-31"},
    ],
)
def test_a_mistyped_year_is_refused_and_not_summed_up(admin_client, asin, days):
    asked = upload(admin_client, fees(("2026-11-01", asin, "4.50", "Direct")), currency="USD")
    refused = answer(admin_client, asked.text, **{"as_of": "2026-11-04"} | days)
    assert refused.status_code == 400
    assert re.search("is no (period|day): give", refused.text)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("by", ["item", "post", "tag", "programme", "category", "month"])
def test_each_table_is_valid_in_both_languages(earned, language, by):
    for query in (
        f"by={by}",
        f"by={by}&only=idle",
        f"by={by}&sort=-per_100_clicks&period={today():%Y}",
    ):
        page = earned.get(f"{PAGE}?{query}", Accept_Language=language).text
        html5lib.HTMLParser(strict=True).parse(page)


def test_confirmed_and_pending_stand_apart_and_are_no_sum(earned):
    text = text_of(earned.get(PAGE).text)
    assert "Confirmed ¥1,297" in text
    assert "Pending ¥340 1 order" in text
    assert "Declined ¥50 1 order" in text
    assert "1,637" not in text


def test_a_line_has_what_was_declined_too(earned):
    page = earned.get(PAGE).text
    line = text_of(page[page.index('id="table"') :])
    assert "¥1,200 ¥340 ¥50" in line


def test_earnings_open_on_the_latest_month_that_has_any(admin_client, engine):
    month = month_of(today().replace(day=1) - timedelta(days=40))
    import_reports(engine, [make_report(make_row(month.since, "1234"))], "owner", 1)
    page = admin_client.get(PAGE).text
    assert "Confirmed ¥1,234" in text_of(page)
    assert f"?period={today():%Y-%m}" in page
    current = text_of(admin_client.get(f"{PAGE}?period={today():%Y-%m}").text)
    assert "Confirmed ¥0" in current


def test_page_of_an_item_has_what_it_earned_beside_its_clicks(admin_client, engine, asin):
    row = make_row(today() - timedelta(days=2), "1200", product=asin)
    import_reports(engine, [make_report(row)], "owner", 1)
    assert "Earned, 30 days ¥1,200" in text_of(admin_client.get("/admin/items/kitchen-coffee").text)
    assert "Earned, 30 days" not in text_of(admin_client.get("/admin/items/newsletter").text)


def test_page_of_an_item_leads_to_what_it_earned(earned):
    assert f"{PAGE}?value=kitchen-coffee" in earned.get("/admin/items/kitchen-coffee").text
    page = earned.get(f"{PAGE}?value=kitchen-coffee").text
    assert "Sold without a link of yours" not in page
    assert "台所からはじめるコーヒー" in text_of(page[page.index('aria-label="Filters"') :])


def test_sales_without_a_link_are_listed_and_can_become_items(earned):
    page = earned.get(PAGE).text
    assert "Sold without a link of yours" in page
    address = re.search(r'href="(/admin/earnings/unlinked[^"]+)"', page)[1].replace("&amp;", "&")
    assert earned.get(f"{PAGE}?by=unlinked").headers["Location"].startswith(f"{PAGE}/unlinked")
    assert "B0LAMP0000" in earned.get(f"{PAGE}/earnings.csv?by=unlinked").text
    page = earned.get(address).text
    html5lib.HTMLParser(strict=True).parse(page)
    assert "A &lt;lamp&gt;" in page
    assert "/admin/add-item?paste=B0LAMP0000" in page


def test_items_that_are_read_and_earn_nothing_are_found(earned):
    page = earned.get(f"{PAGE}?only=idle").text
    table = page[page.index('id="table"') :]
    assert "kitchen-coffee" not in table.partition("</table>")[0]


def count_clicks(engine, days, clicks, item="kitchen-coffee"):
    """Have an item clicked as often on each of some days, as the loader would sum it up."""
    counts = {"clicks": clicks, "visitors": 1, "bots": 0, "views": 10 * clicks, "clicked": 1}
    with writing(engine) as connection:
        add_totals(
            connection,
            [
                {"dimension": dimension, "value": value, "day": day} | counts
                for day in days
                for dimension, value in (("all", ""), ("item", item))
            ],
        )


@pytest.fixture
def two_months(engine, asin):
    """Import two reports of a month that is over and has 30 days or more, with the next one's."""
    last = month_of(today().replace(day=1) - timedelta(days=1))
    month = last if len(last) >= 30 else month_of(last.since - timedelta(days=1))
    with writing(engine) as connection:
        delete_totals(connection)
    after = month.until + timedelta(days=1)
    count_clicks(engine, [*month, *month_of(after)], 2)
    first = make_row(month.since, "1000", product=asin)
    last = make_row(month.until, "240", product=asin)
    halves = (
        make_report(first, first, days=numbers(month.since, month.since + timedelta(days=14))),
        make_report(last, days=numbers(month.since + timedelta(days=15), after)),
    )
    import_reports(engine, halves, "owner", 1)
    return month


def numbers(first, last):
    """Return days as `make_report` takes them."""
    return tuple((day - NOVEMBER).days + 1 for day in (first, last))


def test_two_reports_of_a_month_are_joined_with_its_clicks(admin_client, two_months):
    text = text_of(admin_client.get(f"{PAGE}?period={two_months.since:%Y-%m}").text)
    clicks = 2 * len(two_months)
    assert "Confirmed ¥2,240" in text
    assert f"Per 100 clicks ¥{round(100 * 2240 / clicks):,}" in text
    assert f"Per 1,000 views ¥{round(100 * 2240 / clicks):,}" in text
    assert (
        f"Per 100 clicks: the ¥2,240 confirmed for items, by the {clicks} clicks on them."
    ) in text
    assert "is joined with what was before" not in text
    assert "Fee-Earnings.csv" in text


def test_a_month_of_too_few_days_is_joined_with_the_one_before(admin_client, two_months):
    after = two_months.until + timedelta(days=1)
    text = text_of(admin_client.get(f"{PAGE}?period={after:%Y-%m}").text)
    clicks = 2 * (len(two_months) + 1)
    assert "Confirmed ¥0" in text
    assert f"Per 100 clicks ¥{round(100 * 2240 / clicks):,}" in text
    assert f"by the {clicks} clicks on them. {after:%B %Y} has too few days" in text
    assert f"is joined with what was before: {two_months.since:%b} 1" in text


def test_months_are_a_table_of_their_own_with_a_rate_each(admin_client, two_months):
    page = admin_client.get(f"{PAGE}?by=month&period={two_months.since:%Y}").text
    table = text_of(page[page.index('id="table"') :])
    clicks = 2 * len(two_months)
    rate = round(100 * 2240 / clicks)
    assert f"{two_months.since:%B %Y} Pending ¥0 Orders 3 Clicks {clicks}" in table
    assert f"¥2,240 ¥0 3 {clicks} {clicks * 10} ¥{rate:,} ¥{rate:,}" in table


def test_the_statement_of_a_month_is_a_page_and_a_file(earned):
    page = earned.get(f"{PAGE}/statement").text
    html5lib.HTMLParser(strict=True).parse(page)
    assert "¥1,297" in page
    sent = earned.get(f"{PAGE}/statement.csv")
    assert sent.headers["Content-Disposition"].startswith('attachment; filename="statement-')
    month = f"{today():%Y-%m}"
    assert sent.text.splitlines()[1] == (f"{month},amazon,,unknown,1297,0,340,50,3,1,1,JPY")
    assert "kitchen-coffee" in earned.get(f"{PAGE}/earnings.csv").text


def test_imported_reports_have_names_and_buttons_for_people(earned):
    text = text_of(earned.get(PAGE).text)
    assert "Amazon: Fee-Earnings" in text
    assert "Take back Fee-Earnings.csv" in text
    assert "amazon-fee-earnings" not in text


def test_removing_a_report_takes_back_what_it_said(earned):
    assert earned.post(f"{PAGE}/files/1/remove", page=PAGE).status_code == 303
    assert "Download a report of earnings" in earned.get(PAGE).text


def test_nothing_of_money_is_in_the_logs(admin_client, caplog, asin):
    with caplog.at_level(logging.DEBUG):
        asked = upload(admin_client, fees(("2026-11-01", asin, "4321.09", "Direct")))
        answer(admin_client, asked.text, currency="JPY", as_of="2026-11-04")
        admin_client.get(PAGE)
    assert "4321" not in caplog.text
    assert "4,321" not in caplog.text


def test_a_stranger_sees_nothing_of_it(stranger):
    for path in (PAGE, f"{PAGE}/statement", f"{PAGE}/earnings.csv", f"{PAGE}/import"):
        assert stranger.get(path).status_code == 303


def test_an_upload_leaves_room_for_readers_clicks(admin_client, settings, monkeypatch):
    monkeypatch.setattr(
        "linkmgr.earnings.pages.received.shutil.disk_usage",
        lambda _: SimpleNamespace(free=128_000_000),
    )
    refused = admin_client.post(
        f"{PAGE}/import", {"report": (io.BytesIO(b"a,b\n1,2\n"), "r.csv")}, page=f"{PAGE}/import"
    )
    assert refused.status_code == 400
    assert "less than 128 MB of the disk" in refused.text
    assert list((settings.instance / "uploads").iterdir()) == []
