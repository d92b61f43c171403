"""Every variable of the environment: its default, its values, and what it is for."""

from collections.abc import Mapping
from typing import Any

from docs._reference.words import words_of
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import Language, Message
from linkmgr.settings import PREFIX, VARIABLES, read_settings

_WRONG = "?"  # a value that no setting takes but a path or a name


def load(language: Language) -> Mapping[str, Any]:
    """Return the variables in the order of `Settings`.

    Raise KeyError for one that `settings.yaml` beside this does not explain.
    """
    texts, values = words_of("settings", language).values()
    defaults = read_settings({})
    return {
        "settings": [
            (
                variable,
                _shown(getattr(defaults, name)),
                _values(variable, values),
                texts[name],
            )
            for variable in VARIABLES
            for name in [variable.removeprefix(PREFIX).lower()]
        ]
    }


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return "yes" if default else "no"
    return "" if default in (None, ()) else str(default)


def _values(variable: str, words: Mapping[str, str]) -> str:
    """Say what a variable takes, by what the program says against a value that it does not."""
    try:
        read_settings({variable: _WRONG})
    except LinkmgrError as error:
        problem = dict(error.message.params)["problem"]
        if not isinstance(problem, Message):
            raise TypeError(problem) from None
        params = dict(problem.params)
        if isinstance(choices := params.get("choices"), tuple):
            params["choices"] = words["separator"].join(f"`{each}`" for each in choices)
        return words[problem.code].format(**params)
    return words["text"]
