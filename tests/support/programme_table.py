"""The table of known programmes in docs/catalog.md.

`python -m tests.support.programme_table` writes it.
"""

import re
from pathlib import Path

from linkmgr.links.model import Tracking
from linkmgr.links.programmes.profiles import packaged_profiles

PAGE = Path(__file__).parents[2] / "docs" / "catalog.md"

HEAD = (
    "| programme | id | its links | tracking | code | own `rel`, referrer policy | read |\n"
    "|---|---|---|---|---|---|---|\n"
)
_MOST_LINKS = 6


def programme_table():
    """Return the table as the profiles have it: those whose rules are known come first."""
    known = sorted(packaged_profiles().values(), key=lambda each: (not each.verified, each.id))
    return HEAD + "".join(f"| {' | '.join(_row(profile))} |\n" for profile in known)


def with_table(text):
    """Return the page's text with the table as the profiles have it."""
    return re.sub(re.escape(HEAD) + r"(?:\|.*\n)*", lambda _: programme_table(), text)


def _row(profile):
    rules = profile.rules
    yield profile.name
    yield f"`{profile.id}`"
    shapes = [_shape(shape) for shape in (*profile.links, *profile.short_links)]
    more = f" and {len(shapes) - _MOST_LINKS} more" if len(shapes) > _MOST_LINKS else ""
    yield ", ".join(f"`{shape}`" for shape in shapes[:_MOST_LINKS]) + more
    yield ", ".join(f"`{way}`" for way in Tracking if rules.tracking and profile.allows(way))
    yield "as issued" if profile.needs_code() else ("taken" if profile.code else "")
    own = (rules.rel and rules.rel.value, rules.referrer and rules.referrer.policy)
    yield ", ".join(f"`{value}`" for value in own if value)
    yield str(profile.verified or "")


def _shape(shape):
    return f"{shape.host}{shape.path}" + (f"?{shape.parameter}" if shape.parameter else "")


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
