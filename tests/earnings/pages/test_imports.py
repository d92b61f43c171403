"""Reports that nobody has named the columns of are imported on the page, as a newcomer does it."""

import io
import re
from html import unescape
from itertools import cycle

import html5lib
import pytest

from tests.admin.conftest import today
from tests.earnings.pages.test_earnings import PAGE, ended, hidden, text_of
from tests.support.reports import EXPECTED, report_bytes

# With their programmes as owners may type them; the command's tests have the other three.
THREE = {
    "felmat.csv": "felmat",
    "moshimo-rakuten.csv": "もしもアフィリエイト",
    "a8.csv": "a8.net",
}


def chosen(page):
    """Return what the selects of a page have chosen, by their names."""
    selects = re.findall(r'<select [^>]*name="([\w-]+)"[^>]*>(.*?)</select>', page, re.DOTALL)
    options = {name: re.search(r'value="([^"]*)" selected', inside) for name, inside in selects}
    return {name: option[1] for name, option in options.items() if option}


@pytest.mark.parametrize(("file", "language"), [*zip(THREE, cycle(["en", "ja"]), strict=False)])
def test_a_report_is_imported_by_columns_that_are_chosen_already(admin_client, file, language):
    def send(path, fields):
        sent = admin_client.post(path, fields, page=PAGE, Accept_Language=language)
        return ended(admin_client, sent)

    page = send(f"{PAGE}/import", {"report": (io.BytesIO(report_bytes(file)), file)})
    steps = 0
    while page.status_code == 200:
        steps += 1
        html5lib.HTMLParser(strict=True).parse(page.text)
        own = {name: unescape(value) for name, value in hidden(page.text).items()}
        del own["csrf_token"]
        answers = {"programme": THREE[file], "as-of": "2026-06-02", "currency": "JPY"}
        asked = {name: text for name, text in answers.items() if f' name="{name}"' in page.text}
        asked |= {"status-0": "pending"} if 'name="status-0"' in page.text else {}
        page = send(f"{PAGE}/import/answers", own | chosen(page.text) | asked)
    assert page.status_code == 303, text_of(page.text)
    assert steps == 2
    shown = text_of(admin_client.get(f"{PAGE}?period=2026-05&by=programme").text)
    for reward in EXPECTED[file]["reward"].values():
        assert f"{int(reward):,}".removeprefix("-") in shown


def network(*rows):
    lines = (f"{day},{reward},confirmed\n" for day, reward in rows)
    return ("day,reward,state\n" + "".join(lines)).encode()


def imported(client, data, name):
    """Import a report of columns that are named once; return the page to which that leads."""
    columns = {"column-1": "occurred", "column-2": "reward", "column-3": "status"}
    file = (io.BytesIO(data), name)
    page = ended(client, client.post(f"{PAGE}/import", {"report": file}, page=PAGE))
    while page.status_code == 200:
        own = {key: unescape(value) for key, value in hidden(page.text).items()}
        del own["csrf_token"]
        known = re.findall(r'name="(currency|as-of)" value="([^"]+)"', page.text)
        answers = {"programme": "network"} | columns if 'name="programme"' in page.text else {}
        answers |= {"edges": "whole"} if 'name="edges"' in page.text else {}
        sent = client.post(f"{PAGE}/import/answers", own | answers | dict(known), page=PAGE)
        page = ended(client, sent)
    assert page.status_code == 303, text_of(page.text)
    return page.headers["Location"]


def test_an_import_ends_at_its_month_and_says_what_it_replaced(admin_client):
    november = [("2026-11-03", 100), ("2026-11-04", 100), ("2026-11-05", 100)]
    where = imported(admin_client, network(*november), "first.csv")
    assert "period=2026-11" in where
    assert "Imported 3 rows of Nov 3 – 5, 2026." in text_of(admin_client.get(where).text)
    later = [("2026-11-04", 70), ("2026-11-05", 70), ("2026-12-01", 7)]
    where = imported(admin_client, network(*later), "second.csv")
    assert "period=2026-11" in where
    page = admin_client.get(where).text
    assert "Imported 3 rows of Nov 4 – Dec 1, 2026. It replaces 2 rows of first.csv." in text_of(
        page
    )
    assert "Confirmed ¥240" in text_of(page)
    take_back = re.search(r'action="(/admin/earnings/files/\d+/remove)"', page)[1]
    admin_client.post(take_back, page=PAGE)
    assert "Confirmed ¥300" in text_of(admin_client.get(f"{PAGE}?period=2026-11").text)


def test_currency_of_amazons_marketplace_and_today_are_filled_in(admin_client):
    file = (io.BytesIO(network(("2026-11-03", 100))), "first.csv")
    sent = admin_client.post(f"{PAGE}/import", {"report": file}, page=PAGE)
    own = {key: unescape(value) for key, value in hidden(ended(admin_client, sent).text).items()}
    del own["csrf_token"]
    columns = {"column-1": "occurred", "column-2": "reward", "column-3": "status"}
    answers = own | columns | {"programme": "network"}
    sent = admin_client.post(f"{PAGE}/import/answers", answers, page=PAGE)
    page = ended(admin_client, sent)
    assert 'id="currency" name="currency" value="JPY"' in page.text
    assert f'id="as-of" name="as-of" value="{today()}"' in page.text
