"""The small parts of a server: what it does regularly, what it logs, which posts are the site's."""

import json
import logging
import os

import pytest

from linkmgr.blocks.include import INDEX
from linkmgr.web.endpoints import Counters
from linkmgr.web.logs import json_formatter
from linkmgr.web.site_posts import SitePosts
from linkmgr.web.ticker import Ticker
from linkmgr.web.worker import Losses
from tests.web.servers import wait_for


def test_a_failing_duty_stops_no_other_and_is_told_once(caplog):
    done = []

    def fail():
        raise ValueError("no")

    ticker = Ticker(0.001, (fail, lambda: done.append(1)))
    ticker.start()
    wait_for(lambda: len(done) >= 10)
    ticker.stop()
    assert len(caplog.records) == 1


def test_a_ticker_ends_with_a_last_round():
    done = []
    ticker = Ticker(3600, (lambda: done.append(1),))
    ticker.start()
    ticker.stop()
    assert done == [1, 1]


def logged(**over):
    values = {"name": "linkmgr.web", "level": logging.ERROR, "pathname": "", "lineno": 0}
    values |= {"msg": "lost %d\nclicks", "args": (3,), "exc_info": None}
    return logging.LogRecord(**values | over)


def test_a_log_line_is_one_json_object():
    record = logged()
    record.code = 7
    line = json_formatter().format(record)
    assert "\n" not in line
    values = json.loads(line)
    assert (values["event"], values["level"], values["code"]) == ("lost 3\nclicks", "error", 7)
    assert values["timestamp"].endswith("Z")


def test_a_traceback_stays_on_its_line():
    try:
        int("no")
    except ValueError as error:
        line = json_formatter().format(logged(exc_info=(ValueError, error, error.__traceback__)))
    assert "\n" not in line
    assert "ValueError: invalid literal" in json.loads(line)["exception"]


def test_losses_are_told_when_they_begin_and_when_they_end(caplog):
    counters = Counters()
    losses = Losses(counters)
    for lost, clicks in [(0, 1), (1, 1), (5, 1), (5, 1), (5, 2), (5, 3)]:
        counters.lost, counters.clicks = lost, clicks
        losses.tell()
    assert [record.getMessage() for record in caplog.records] == [
        "clicks are lost: the spool cannot be written to",
        "clicks are written down again; 5 were lost",
    ]


def test_the_posts_of_the_site_are_followed(tmp_path):
    index = tmp_path / INDEX
    posts = SitePosts(tmp_path)
    posts.follow()
    assert posts.keys == frozenset()
    index.parent.mkdir()
    for key in ("00000000000000aa", "00000000000000bb"):
        index.write_text(json.dumps({"_posts/a.md": key}))
        os.utime(index, ns=(1, int(key, 16)))
        posts.follow()
        assert posts.keys == {key}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": []}', "null"])
def test_an_index_that_cannot_be_read_has_no_posts(tmp_path, text):
    (tmp_path / INDEX).parent.mkdir()
    (tmp_path / INDEX).write_text(text)
    posts = SitePosts(tmp_path)
    posts.follow()
    assert posts.keys == frozenset()
