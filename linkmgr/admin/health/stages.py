"""How far a change has come, in a line: saved, built, committed and published."""

from dataclasses import dataclass

from flask import render_template

from linkmgr.admin.common.context import Admin, get_admin
from linkmgr.checkout.checkout import Checkout, read_checkout
from linkmgr.messages.errors import LinkmgrError
from linkmgr.site_index.service.build_state import BuildState


@dataclass(frozen=True, slots=True)
class Stages:
    """Whether what is saved is built, committed and published, each `None` where that is unknown.

    While it is `changing`, because the site is being built or checked: request it again.
    """

    built: bool | None
    committed: bool | None
    published: bool | None
    changing: bool


def show_stages() -> str:
    """Return the line, which asks for itself again while it changes."""
    admin = get_admin()
    return render_template("health/stages.html", stages=stages_of(_state(admin), _checkout(admin)))


def stages_of(state: BuildState | None, checkout: Checkout | None) -> Stages:
    """Return how far a change has come; nothing is done before what comes before it."""
    changing = state is not None and state.changing
    built = None if state is None or state.changing or state.problems else state.fresh
    committed = None if checkout is None else not checkout.changed and built is not False
    pushed = None if checkout is None or checkout.ahead is None else not checkout.ahead
    return Stages(built, committed, False if pushed and not committed else pushed, changing)


def _state(admin: Admin) -> BuildState | None:
    site = admin.site()
    try:
        return site.state() if site else None
    except LinkmgrError:  # the page of the build says why
        return None


def _checkout(admin: Admin) -> Checkout | None:
    try:
        return read_checkout(admin.settings.site_folder, admin.settings.catalog)
    except LinkmgrError:
        return None
