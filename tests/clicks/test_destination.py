"""Where links lead: to the targets' addresses, and to nothing else."""

from datetime import timedelta

import pytest

from linkmgr.clicks.targets import Target, TargetsOfDay, destination
from tests.support.clicks import ITEMS, PARTNER, SITE, TODAY, make_query, make_targets

YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)
PLACED = {"block": "cta", "rank": 2}


def leads_to(item, items=ITEMS, today=TODAY, **query):
    served = TargetsOfDay.compute(make_targets(items=items), today)
    return destination(served.leads_to[item], make_query(**query), served.targets.tags)


@pytest.mark.parametrize(
    ("item", "query", "url"),
    [
        pytest.param("law", {}, ITEMS["law"].url, id="plain"),
        pytest.param("law", PLACED, ITEMS["law"].url, id="no placement at Amazon"),
        pytest.param("leaf", {}, f"{PARTNER}#top", id="placement unknown"),
        pytest.param("leaf", PLACED, f"{PARTNER}&utm_content=cta-2#top", id="placement"),
        pytest.param("pot", {"shop": "rakuten"}, "https://hb.example/?pc=pot", id="shop"),
        pytest.param("pot", {"shop": "kobo"}, ITEMS["pot"].url, id="no such shop"),
        pytest.param("law", {"utm": {"utm_source": "x"}}, ITEMS["law"].url, id="no UTM at Amazon"),
        pytest.param(
            "page",
            {"utm": {"utm_medium": "m", "utm_source": "s"}},
            f"{SITE}/page/?utm_source=s&utm_medium=m",
            id="UTM of the request",
        ),
        pytest.param(
            "leaf",
            PLACED | {"utm": {"utm_source": "x", "utm_content": "x", "utm_term": "t"}},
            f"{PARTNER}&utm_content=cta-2&utm_term=t#top",
            id="UTM that is there already stays",
        ),
    ],
)
def test_a_link_leads_to_its_target(item, query, url):
    assert leads_to(item, **query) == url


def chain(*untils, last=None):
    """Make items 0, 1, …, each the fallback of the one before; `last` is that of the last."""
    names = [*map(str, range(1, len(untils))), last]
    return {
        str(number): Target(f"https://{number}.example", until=until, fallback=name)
        for number, (until, name) in enumerate(zip(untils, names, strict=True))
    }


@pytest.mark.parametrize(
    ("items", "url"),
    [
        pytest.param(chain(TODAY), "https://0.example", id="on the last day"),
        pytest.param(chain(TOMORROW, None), "https://0.example", id="before"),
        pytest.param(chain(YESTERDAY, None), "https://1.example", id="ended"),
        pytest.param(chain(YESTERDAY, YESTERDAY, TODAY), "https://2.example", id="fallback ended"),
        pytest.param(chain(YESTERDAY), SITE, id="no fallback"),
        pytest.param(chain(YESTERDAY, last="gone"), SITE, id="fallback unknown"),
        pytest.param(chain(YESTERDAY, YESTERDAY, last="0"), SITE, id="fallbacks in a ring"),
    ],
)
def test_an_item_that_has_ended_leads_to_its_fallback_or_site(items, url):
    assert leads_to("0", items) == url


def test_a_fallback_takes_the_placement_and_the_shop():
    ended = Target("https://old.example", until=YESTERDAY, fallback="leaf")
    assert leads_to("old", ITEMS | {"old": ended}, **PLACED).endswith("utm_content=cta-2#top")
    ended = Target("https://old.example", until=YESTERDAY, fallback="pot")
    assert leads_to("old", ITEMS | {"old": ended}, shop="rakuten") == "https://hb.example/?pc=pot"
