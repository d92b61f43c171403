"""What is known of a page follows from all looks at it."""

from dataclasses import replace

import pytest

from linkmgr.check.online import DAY, Answer, Look, PageState, ShopPage

NEW = ShopPage("https://shop.example/kettle")
HOUR = DAY // 24


def known_after(*looks, page=NEW):
    """Return what is known after looks, each at so many hours."""
    for hours, answer in looks:
        page = page.after(Look(answer), hours * HOUR)
    return page


@pytest.mark.parametrize(
    ("looks", "state"),
    [
        pytest.param([], PageState.UNKNOWN, id="never looked at"),
        pytest.param([(0, Answer.FOUND)], PageState.FOUND, id="found"),
        pytest.param([(0, Answer.HOME)], PageState.DEAD, id="sent home"),
        pytest.param([(0, Answer.GONE)], PageState.UNKNOWN, id="gone once"),
        pytest.param([(0, Answer.GONE), (24, Answer.GONE)], PageState.DEAD, id="gone a day later"),
        pytest.param(
            [(0, Answer.GONE), (19, Answer.GONE)], PageState.UNKNOWN, id="gone the same day"
        ),
        pytest.param(
            [(0, Answer.GONE), (12, Answer.FOUND), (24, Answer.GONE)],
            PageState.UNKNOWN,
            id="there in between",
        ),
        pytest.param(
            [(0, Answer.GONE), (12, Answer.BLOCKED), (24, Answer.GONE)],
            PageState.DEAD,
            id="a refusal in between says nothing",
        ),
        pytest.param(
            [(0, Answer.GONE), (24, Answer.GONE), (48, Answer.CAPTCHA)],
            PageState.UNKNOWN,
            id="a CAPTCHA last",
        ),
        pytest.param(
            [(0, Answer.TIMEOUT), (24, Answer.TIMEOUT)], PageState.UNKNOWN, id="down twice"
        ),
        *(
            pytest.param(
                [(0, Answer.NO_ANSWER), (24, Answer.UNRESOLVED), (48, answer)],
                PageState.UNREACHABLE,
                id=f"down on three days, {answer} last",
            )
            for answer in (Answer.TIMEOUT, Answer.UNRESOLVED, Answer.BAD_TLS, Answer.NO_ANSWER)
        ),
        pytest.param(
            [(0, Answer.TIMEOUT), (24, Answer.GONE)],
            PageState.UNKNOWN,
            id="one failure of each kind",
        ),
        *(
            pytest.param(
                [(24 * day, answer) for day in range(9)], PageState.UNKNOWN, id=f"{answer}"
            )
            for answer in Answer
            if answer in ("blocked", "captcha", "error", "loop", "not-public", "hidden")
        ),
    ],
)
def test_a_state_follows_from_the_looks(looks, state):
    assert known_after(*looks).state is state


def test_a_page_is_gone_since_its_first_failure_after_a_success():
    gone = known_after(
        (0, Answer.FOUND), (24, Answer.GONE), (48, Answer.CAPTCHA), (72, Answer.HOME)
    )
    assert gone.since == 24 * HOUR
    assert known_after((96, Answer.FOUND), page=gone).since is None


@pytest.mark.parametrize(
    ("look", "night"),
    [
        pytest.param(Look(Answer.FOUND), 7, id="found"),
        pytest.param(Look(Answer.GONE), 1, id="gone once"),
        pytest.param(Look(Answer.TIMEOUT), 1, id="down once"),
        pytest.param(Look(Answer.HOME), 7, id="dead"),
        pytest.param(Look(Answer.BLOCKED), 7, id="refused"),
    ],
)
def test_a_page_is_due_at_the_night_that_may_tell_something(look, night):
    looked = HOUR  # after that night's run began
    due = NEW.after(look, looked).due
    assert (night - 1) * DAY + looked < due <= night * DAY


@pytest.mark.parametrize(("asked", "days"), [(9 * 86400.0, 9), (1e12, 30)], ids=["9", "for ever"])
def test_a_server_that_asks_for_time_gets_it_within_reason(asked, days):
    assert NEW.after(Look(Answer.BLOCKED, retry_after=asked), 0).due == days * DAY


def test_a_dismissal_lasts_until_the_page_works_or_fails_anew():
    dead = known_after((0, Answer.HOME))
    assert dead.is_reported
    dismissed = replace(dead, dismissed=PageState.DEAD)
    assert not dismissed.is_reported
    still = known_after(
        (200, Answer.HOME), (400, Answer.CAPTCHA), (600, Answer.HOME), page=dismissed
    )
    assert not still.is_reported
    again = known_after((800, Answer.FOUND), (1000, Answer.HOME), page=still)
    assert again.is_reported
