"""Readers before several nodes, as a load balancer sends them, and what must have become of it."""

import random
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count

import httpx
from sqlalchemy import text

from tests.support.servers import CERTIFICATES, CHROME, PATIENCE, Clients, wait_for

READERS = 100
ITEMS = ("letter", "course")
POSTS, RANKS = 400, 100  # of which a link names one each, so that a row tells its link
WINDOW = 10.0
"""Seconds within which a second click on the same link is none."""


@dataclass
class Clicks:
    """What became of the clicks of one reader on one link."""

    reader: int
    began: float
    ended: float = 0.0
    answered: list = field(default_factory=list)  # the numbers of nodes


class Readers(Clients):
    """Readers who click on links, each on a link of its own, some twice and on two nodes.

    One whose node does not answer is sent to the next, as load balancers do.
    """

    def __init__(self, nodes, pause, clients=6):
        chances = (random.Random(seed) for seed in range(clients))  # noqa: S311
        super().__init__(*(partial(self._read, chance) for chance in chances))
        self.clicks = {}
        self.locations = set()
        self.errors = []  # (node, time) of each connection that failed
        self.failed = []
        self._nodes = nodes
        self._pause = pause
        self._numbers = count()

    def nodes_of_each(self):
        """Return the nodes that answered each reader."""
        seen = defaultdict(set)
        for made in [*self.clicks.values()]:  # readers go on meanwhile
            if made.answered:
                seen[made.reader].update(made.answered)
        return seen

    def wait_for_several(self):
        """Go on until most readers were answered by several nodes."""
        wait_for(lambda: answered_by_several(self.nodes_of_each()))

    def _read(self, chance):
        # As readers are: none keeps a connection.
        limits = httpx.Limits(max_keepalive_connections=0)
        with httpx.Client(verify=CERTIFICATES, limits=limits, timeout=PATIENCE) as client:
            while not self._ended.is_set():
                number, reader = next(self._numbers), chance.randrange(READERS)
                made = self.clicks[link_of(number)] = Clicks(reader, time.monotonic())
                order = [*range(len(self._nodes))]
                chance.shuffle(order)
                twice = chance.random() < 0.3
                for first in order[: 2 if twice else 1]:
                    self._click(client, number, made, [first, *(n for n in order if n != first)])
                    made.ended = time.monotonic()
                self._ended.wait(self._pause)

    def _click(self, client, number, made, order):
        item, post, rank = link_of(number)
        headers = {
            "User-Agent": CHROME,
            "X-Forwarded-For": f"203.0.{113 + made.reader // 250}.{1 + made.reader % 250}",
        }
        for node in order:
            url = f"{self._nodes[node].url}/go/{item}?p={post}&b=cta.{rank}"
            try:
                answer = client.get(url, headers=headers)
            except httpx.TransportError as error:
                self.errors.append((node, time.monotonic(), repr(error)))
                continue
            made.answered.append(node)
            self.locations.add((item, answer.headers.get("location", answer.status_code)))
            return
        self.failed.append(number)


def link_of(number):
    """Return the item, post and rank that a number of a click stands for."""
    rest, item = divmod(number, len(ITEMS))
    post, rank = divmod(rest, RANKS)
    assert post < POSTS
    return ITEMS[item], f"{post:016x}", 1 + rank


class Downtimes:
    """When each node was killed until it answered again."""

    def __init__(self):
        self._spans = defaultdict(list)

    def killed(self, node):
        self._spans[node].append([time.monotonic(), float("inf")])

    def answers(self, node):
        self._spans[node][-1][1] = time.monotonic()

    def explains(self, node, moment):
        # A connection that waited in a killed node's queue fails a moment after the kill.
        return any(since <= moment <= until + 1 for since, until in self._spans[node])


def assert_each_click_is_there_once(readers, engine, apart):
    """Compare the rows with what was answered; clocks are `apart` by so many seconds."""
    query = text(
        "SELECT item, post, rank, count(*) FROM clicks WHERE kind = 1 GROUP BY item, post, rank"
    )
    with engine.connect() as connection:
        rows = {(item, post, rank): n for item, post, rank, n in connection.execute(query)}
    assert rows.keys() <= readers.clicks.keys()
    assert {link for link, made in readers.clicks.items() if made.answered} <= rows.keys()
    slow = {
        link
        for link, made in readers.clicks.items()
        if made.ended - made.began + apart >= WINDOW  # a second click, and rightly so
    }
    assert {link for link, number in rows.items() if number > 1} <= slow
    return len(rows)


def assert_totals_equal_rows(engine):
    """Compare clicks and visitors of each value with the rows; all are of one day."""
    values = {
        "all": "''",
        "item": "item",
        "post": "post",
        "place": "block || '.' || rank",
        "device": "device",
    }
    with engine.connect() as connection:
        for dimension, value in values.items():
            by_rows = connection.execute(
                text(
                    f"SELECT {value}, count(*), count(DISTINCT visitor) "  # noqa: S608
                    "FROM clicks WHERE kind = 1 GROUP BY 1"
                )
            )
            totals = connection.execute(
                text("SELECT value, clicks, visitors FROM totals WHERE dimension = :dimension"),
                {"dimension": dimension},
            )
            assert {tuple(row) for row in totals} == {tuple(row) for row in by_rows}, dimension


def assert_no_visitor_is_doubled(readers, engine):
    """See that there are as many visitors as readers, of whom most were seen by several nodes."""
    seen = readers.nodes_of_each()
    with engine.connect() as connection:
        visitors = connection.scalar(text("SELECT visitors FROM totals WHERE dimension = 'all'"))
        days = connection.scalar(text("SELECT count(*) FROM visitor_days WHERE doubled"))
    assert visitors == len(seen)
    assert days == 0
    assert answered_by_several(seen)


def answered_by_several(nodes_of_each):
    """Whether most readers were answered by several nodes."""
    return sum(len(nodes) > 1 for nodes in nodes_of_each.values()) > READERS / 2


def waits(nodes):
    """Whether clicks wait in the spool of a node that runs."""
    with suppress(httpx.TransportError, TypeError):
        return any(node.health()["spool"]["bytes"] for node in nodes)
    return True
