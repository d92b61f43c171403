"""Accounts on either database, with many asking at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.accounts import users
from linkmgr.store.accounts.attempts import begin_attempt
from linkmgr.store.db.engine import open_engine, writing
from linkmgr.store.db.models import LoginFailure
from tests.support.accounts import add_user

PASSWORD = "four plain words here"  # noqa: S105 - of these tests alone
OTHER = "other plain words"
AT_ONCE = 12


pytestmark = pytest.mark.usefixtures("quick_hashing")


def at_once(action):
    """Do something many times at once, and return what came of each."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(action, range(AT_ONCE)))


def epoch(engine, name):
    with engine.connect() as connection:
        return users.epoch_of(connection, name)


def test_an_account_lets_in_who_knows_its_password(engine):
    add_user(engine, "Owner", PASSWORD)
    assert users.log_in(engine, "owner", PASSWORD, 0) == epoch(engine, "owner")
    assert users.log_in(engine, "owner", OTHER, 0) is None
    assert users.log_in(engine, "nobody", PASSWORD, 0) is None


def test_another_password_and_signing_out_end_the_sessions(engine):
    add_user(engine, "owner", PASSWORD)
    first = epoch(engine, "owner")
    second, _ = users.set_password(engine, "owner", OTHER, keep_tokens=True)
    users.sign_out_everywhere(engine, "owner")
    assert len({first, second, epoch(engine, "owner")}) == 3
    assert users.log_in(engine, "owner", OTHER, 0) == epoch(engine, "owner")


def test_a_cheaply_hashed_password_is_hashed_again_at_log_in(engine, monkeypatch):
    add_user(engine, "owner", PASSWORD)
    dearer = users.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(users, "_hasher", dearer)
    for _ in range(2):
        assert users.log_in(engine, "owner", PASSWORD, 0) is not None
    with engine.connect() as connection:
        (stored,) = connection.scalars(users.select(users.User.password))
    assert not dearer.check_needs_rehash(stored)


@pytest.mark.parametrize("change", [users.remove_user, users.sign_out_everywhere])
def test_an_account_that_is_not_there_is_reported(engine, change):
    with pytest.raises(LinkmgrError, match="nobody: no such account"):
        change(engine, "nobody")


def test_many_attempts_at_once_are_no_more_than_in_turn(engine):
    pauses = at_once(lambda _: begin_attempt(engine, "owner", 1_000_000))
    assert sorted(pauses) == [0] * 4 + [1] * (AT_ONCE - 4)


def test_a_setup_link_used_many_times_at_once_makes_one_account(engine):
    token = users.new_setup_token(engine)
    made = at_once(lambda number: users.set_up(engine, token, f"owner {number}", PASSWORD))
    assert sum(made) == 1
    assert [epoch(engine, f"owner {number}") is not None for number in range(AT_ONCE)] == made


@pytest.mark.parametrize("resets", [True, False])
def test_a_link_that_is_used_many_times_at_once_lets_one_in(engine, resets):
    add_user(engine, "owner", PASSWORD)
    if resets:
        add_user(engine, "yuki", PASSWORD)
    make = users.new_reset_link if resets else users.invite
    token = make(engine, "yuki", 0).token
    passwords = [f"plain words {number} of ours" for number in range(AT_ONCE)]
    used = at_once(
        lambda number: users.use_link(engine, token, passwords[number], 1, keep_tokens=True)
    )
    (winner,) = [number for number, result in enumerate(used) if result]
    assert users.log_in(engine, "yuki", passwords[winner], 1) == epoch(engine, "yuki")


def test_a_link_used_while_its_account_is_removed_leaves_none(engine):
    for name in ("owner", "yuki"):
        add_user(engine, name, PASSWORD)
    token = users.new_reset_link(engine, "yuki", 0).token

    def act(number):
        if number == AT_ONCE // 2:
            users.remove_user(engine, "yuki")
        else:
            users.use_link(engine, token, OTHER, 1, keep_tokens=True)

    at_once(act)
    assert epoch(engine, "yuki") is None


def test_two_who_remove_each_other_at_once_leave_one(engine):
    names = [f"owner {number}" for number in range(AT_ONCE)]
    for name in names:
        add_user(engine, name, PASSWORD)

    def remove(number):
        try:
            users.remove_user(engine, names[number], keep_last=True)
        except LinkmgrError:
            return False
        return True

    assert sum(at_once(remove)) == AT_ONCE - 1
    with engine.connect() as connection:
        assert len(users.known_users(connection)) == 1


def failures(engine):
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(LoginFailure))


def test_names_that_change_each_time_are_slowed_and_not_stored(engine):
    pauses = [begin_attempt(engine, f"name {number}", 1_000_000) for number in range(200)]
    assert pauses[:104] == [0] * 104
    assert set(pauses[104:]) == {1}
    assert failures(engine) == 101


def test_after_a_day_new_names_are_free_again(engine):
    for number in range(200):
        begin_attempt(engine, f"name {number}", 1_000_000)
    assert begin_attempt(engine, "other", 1_000_000 + 24 * 3600 * 1000) == 0
    assert failures(engine) == 1


def test_who_has_to_wait_holds_up_nobody_who_writes(engine):
    for _ in range(4):
        begin_attempt(engine, "owner", 1_000_000)
    with writing(engine):
        assert begin_attempt(engine, "owner", 1_000_000) == 1


def test_names_that_strangers_invent_shut_no_account_out(engine):
    add_user(engine, "owner", PASSWORD)
    for number in range(160):
        begin_attempt(engine, f"name {number}", 1_000_000)
    assert begin_attempt(engine, "another", 1_000_000) > 0
    assert begin_attempt(engine, "owner", 1_000_000) == 0


def test_signing_in_works_while_an_import_writes(engine, monkeypatch):
    add_user(engine, "owner", PASSWORD)
    monkeypatch.setattr("linkmgr.store.db.engine._WRITER_WAIT", 0.1)
    other = open_engine(engine.url.render_as_string(hide_password=False))
    with writing(engine):
        assert begin_attempt(other, "owner", 1_000_000) == 0
        monkeypatch.setattr(users, "writing", None)  # it has waited for the import once
        assert users.log_in(other, "owner", PASSWORD, 1_000_000) is not None
        assert users.log_in(other, "owner", "other plain words", 1_000_000) is None
    other.dispose()


def test_strangers_attempts_lock_out_no_known_browser(engine):
    add_user(engine, "owner", PASSWORD)
    for number in range(200):
        begin_attempt(engine, "owner", 1_000_000)
        begin_attempt(engine, f"name {number}", 1_000_000)
    assert begin_attempt(engine, "owner", 1_000_000) == 1
    assert begin_attempt(engine, "owner", 1_000_000, "laptop") == 0
    assert users.log_in(engine, "owner", PASSWORD, 1_000_000, browser="laptop") is not None
    assert begin_attempt(engine, "owner", 1_000_000) == 1


def test_a_known_browser_guesses_no_quicker_than_others(engine):
    pauses = [begin_attempt(engine, "owner", 1_000_000, "laptop") for _ in range(5)]
    assert pauses == [0, 0, 0, 0, 1]


def test_a_password_changed_during_hashing_stays(engine, monkeypatch):
    add_user(engine, "owner", PASSWORD)
    dearer = users.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(users, "_hasher", dearer)
    matches = users._matches  # noqa: SLF001 - so long takes the comparison

    def change_meanwhile(hashed, password):
        found = matches(hashed, password)
        users.set_password(engine, "owner", OTHER, keep_tokens=False)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(users, "_matches", change_meanwhile)
        assert users.log_in(engine, "owner", PASSWORD, 0) is None
    assert users.log_in(engine, "owner", PASSWORD, 0) is None
    assert users.log_in(engine, "owner", OTHER, 0) is not None
