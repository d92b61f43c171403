"""A page of the admin's navigation, as it is registered."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint
from flask_babel.speaklater import LazyString


@dataclass(frozen=True, slots=True)
class AdminPage:
    """A page of the navigation, whose blueprint has a view `index`.

    `order` is its place in the navigation, `key` the letter that leads there after g. With
    `resends_forms`, what was typed in its forms can be sent again after the session has ended; none
    of them may ask for a password. Its translations are in the file with the blueprint's name
    (`translations/ja/LC_MESSAGES/<name>.po`). What `count_errors` returns is a badge on its link,
    if it is not 0.
    """

    blueprint: Blueprint
    label: LazyString
    order: int
    key: str = ""
    resends_forms: bool = False
    count_errors: Callable[[], int] | None = None

    @property
    def name(self) -> str:
        """The name of its blueprint, and of its translations."""
        return str(self.blueprint.name)
