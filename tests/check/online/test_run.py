"""Pages are looked at one at a time, and hosts take turns."""

from linkmgr.check.online import Answer, Look
from linkmgr.check.visit import Pace, visit


class Visitor:
    """Answers as it is told, by host."""

    def __init__(self, **answers):
        self.pace = Pace(100.0)
        self.answers = answers

    def look(self, url):
        host = url.split("/")[2]
        self.pace.asked(host)
        return self.answers.get(host.partition(".")[0], Look(Answer.FOUND))


def visited(visitor, *names):
    return [
        url.removeprefix("https://") for url, _ in visit([f"https://{n}" for n in names], visitor)
    ]


def test_hosts_take_turns():
    names = ("a.test/1", "a.test/2", "b.test/1", "b.test/2")
    assert visited(Visitor(), *names) == ["a.test/1", "b.test/1", "a.test/2", "b.test/2"]


def test_a_host_that_refuses_three_times_in_a_row_is_left():
    names = [f"a.test/{number}" for number in range(5)]
    assert visited(Visitor(a=Look(Answer.CAPTCHA)), *names) == names[:3]


def test_a_host_asking_for_minutes_is_left_and_for_seconds_waits():
    for seconds, pages in ((120.0, 1), (10.0, 2)):
        visitor = Visitor(a=Look(Answer.BLOCKED, 429, retry_after=seconds))
        assert len(visited(visitor, "a.test/1", "a.test/2")) == pages
