"""Reports that nobody has named the columns of are imported on the page, as a newcomer does it."""

import io
import re
from html import unescape

import html5lib
import pytest

from tests.admin.earnings.test_earnings import PAGE, hidden, text_of
from tests.support.reports import EXPECTED, report_bytes

# With their programmes as owners may type them.
SIX = {
    "felmat.csv": "felmat",
    "accesstrade.csv": "AccessTrade",
    "rakuten.csv": "楽天市場",
    "moshimo-rakuten.csv": "もしもアフィリエイト",
    "a8.csv": "a8.net",
    "valuecommerce.csv": "バリューコマース",
}


def chosen(page):
    """Return what the selects of a page have chosen, by their names."""
    selects = re.findall(r'<select [^>]*name="([\w-]+)"[^>]*>(.*?)</select>', page, re.DOTALL)
    options = {name: re.search(r'value="([^"]*)" selected', inside) for name, inside in selects}
    return {name: option[1] for name, option in options.items() if option}


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("file", SIX)
def test_a_report_is_imported_by_the_columns_that_are_chosen_already(admin_client, file, language):
    def send(path, fields):
        return admin_client.post(path, fields, page=f"{PAGE}/import", Accept_Language=language)

    page = send(f"{PAGE}/import", {"report": (io.BytesIO(report_bytes(file)), file)})
    steps = 0
    while page.status_code == 200:
        steps += 1
        html5lib.HTMLParser(strict=True).parse(page.text)
        own = {name: unescape(value) for name, value in hidden(page.text).items()}
        del own["csrf_token"]
        answers = {"programme": SIX[file], "as-of": "2026-06-02", "currency": "JPY"}
        asked = {name: text for name, text in answers.items() if f' name="{name}"' in page.text}
        asked |= {"status-0": "pending"} if 'name="status-0"' in page.text else {}
        page = send(f"{PAGE}/import/answers", own | chosen(page.text) | asked)
    assert page.status_code == 303, text_of(page.text)
    assert steps == 2
    shown = text_of(admin_client.get(f"{PAGE}?period=2026-05&by=programme").text)
    for reward in EXPECTED[file]["reward"].values():
        assert f"{int(reward):,}".removeprefix("-") in shown
