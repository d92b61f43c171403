"""Tokens of the API: shown once, kept as hashes, gone with their account."""

from datetime import date

import pytest
from sqlalchemy import text, update

from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.accounts import tokens
from linkmgr.store.accounts.attempts import begin_attempt
from linkmgr.store.accounts.users import remove_user, set_password
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import ApiToken
from tests.support.accounts import add_user

TODAY = date(2026, 3, 1)
TOMORROW = date(2026, 3, 2)


def known(engine):
    with engine.connect() as connection:
        return list(tokens.known_tokens(connection))


def find(engine, token):
    with engine.connect() as connection:
        return tokens.find_token(connection, token)


def test_a_token_is_found_by_its_whole_text_alone(engine):
    token = tokens.new_token(engine, " deploy ", "owner", TODAY)
    assert find(engine, token) == tokens.KnownToken("deploy", "owner", TODAY, None)
    for other in ("", "deploy", token[:-1], token.swapcase(), f"{token} "):
        assert find(engine, other) is None


@pytest.mark.parametrize(
    ("today", "expired", "soon"),
    [
        pytest.param(date(2026, 3, 16), False, False, id="15 days before"),
        pytest.param(date(2026, 3, 17), False, True, id="14 days before"),
        pytest.param(date(2026, 3, 30), False, True, id="last day"),
        pytest.param(date(2026, 3, 31), True, False, id="day after"),
    ],
)
def test_a_token_works_through_its_last_day_with_14_of_warning(engine, today, expired, soon):
    grant = tokens.Grant(frozenset({tokens.Scope.EDIT}), date(2026, 3, 30))
    kept = find(engine, tokens.new_token(engine, "deploy", "owner", TODAY, grant=grant)).grant
    assert kept == grant
    assert (kept.is_expired(today), kept.expires_soon(today)) == (expired, soon)


def test_a_token_without_a_last_day_never_expires():
    grant = tokens.Grant()
    assert not grant.is_expired(date.max)
    assert not grant.expires_soon(TODAY)


def test_a_scope_that_is_retired_allows_nothing(engine):
    token = tokens.new_token(engine, "node", "owner", TODAY)
    with writing(engine) as connection:
        connection.execute(update(ApiToken).values(scopes="catalog read"))
    assert find(engine, token).grant.scopes == {tokens.Scope.READ}


def test_the_database_does_not_hold_the_token(engine):
    token = tokens.new_token(engine, "deploy", "owner", TODAY)
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM api_tokens")).one()
    assert token not in map(str, row)


def test_the_last_day_of_use_is_kept(engine):
    token = tokens.new_token(engine, "deploy", "owner", TODAY)
    for day in (TODAY, TODAY, TOMORROW):
        tokens.note_use(engine, find(engine, token), day)
        assert find(engine, token).used == day


def test_a_revoked_token_lets_nobody_in(engine):
    token = tokens.new_token(engine, "deploy", "owner", TODAY)
    kept = tokens.new_token(engine, "reports", "owner", TODAY)
    assert tokens.revoke_token(engine, "deploy")
    assert find(engine, token) is None
    assert find(engine, kept) is not None
    assert not tokens.revoke_token(engine, "deploy")


@pytest.mark.usefixtures("quick_hashing")
def test_the_tokens_of_a_removed_account_go_with_it(engine):
    add_user(engine, "owner", "four plain words here")
    tokens.new_token(engine, "deploy", "owner", TODAY)
    tokens.new_token(engine, "other", "somebody", TODAY)
    remove_user(engine, "owner")
    assert [token.name for token in known(engine)] == ["other"]


@pytest.mark.usefixtures("quick_hashing")
@pytest.mark.parametrize("kept", [False, True], ids=["revoked", "kept"])
def test_tokens_end_with_their_accounts_password_unless_kept(engine, kept):
    add_user(engine, "owner", "four plain words here")
    for name, user in (("nodes", "owner"), ("deploy", "owner"), ("other", "somebody")):
        tokens.new_token(engine, name, user, TODAY)
    _, revoked = set_password(engine, "owner", "other plain words", keep_tokens=kept)
    assert [*revoked] == ([] if kept else ["deploy", "nodes"])
    left = [token.name for token in known(engine)]
    assert left == (["deploy", "nodes", "other"] if kept else ["other"])


@pytest.mark.usefixtures("quick_hashing")
def test_a_password_that_is_refused_ends_no_token(engine):
    add_user(engine, "owner", "four plain words here")
    tokens.new_token(engine, "deploy", "owner", TODAY)
    with pytest.raises(LinkmgrError):
        set_password(engine, "owner", "short", keep_tokens=False)
    with pytest.raises(LinkmgrError):
        set_password(engine, "nobody", "other plain words", keep_tokens=False)
    assert [token.name for token in known(engine)] == ["deploy"]


@pytest.mark.parametrize(
    ("name", "reported"),
    [
        pytest.param(" ", "1 to 40 visible characters", id="blank"),
        pytest.param("a\nb", "1 to 40 visible characters", id="line"),
        pytest.param("a" * 41, "1 to 40 visible characters", id="long"),
        pytest.param("deploy", "this token already exists", id="taken"),
    ],
)
def test_a_name_that_cannot_be_had_is_reported(engine, name, reported):
    tokens.new_token(engine, "deploy", "owner", TODAY)
    with pytest.raises(LinkmgrError, match=reported):
        tokens.new_token(engine, name, "owner", TODAY)
    assert len(known(engine)) == 1


def test_wrong_tokens_are_slowed_and_no_account_with_them(engine):
    pauses = [tokens.count_failure(engine, 1_000_000) for _ in range(6)]
    assert pauses[:4] == [0, 0, 0, 0]
    assert pauses[-1] >= 1
    assert begin_attempt(engine, "api", 1_000_000) == 0
