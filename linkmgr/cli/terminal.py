"""Printing for people and for programs."""

import json
import re
from typing import Any

import click

# Control characters, which a title, a URL or a file's name may hold too, and those that turn the
# direction of writing (Unicode's Bidi_Control) or end a line.
_STEERING = re.compile(r"[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def say(text: str, *, err: bool = False) -> None:
    """Print lines for people; what would steer their terminal is shown, not sent."""
    click.echo(_STEERING.sub(lambda found: ascii(found[0])[1:-1], text), err=err)


def say_json(values: Any) -> None:
    """Print a value for programs, which a terminal may show."""
    text = json.dumps(values, ensure_ascii=False, indent=1)
    click.echo(_STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text))
