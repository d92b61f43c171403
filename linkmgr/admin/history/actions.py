"""What was done to the catalog, in the reader's language."""

from flask_babel import lazy_gettext

from linkmgr.store.history.revisions import Action, Recorded

ACTIONS = {
    Action.ADDED: lazy_gettext("Added"),
    Action.CHANGED: lazy_gettext("Changed"),
    Action.RETIRED: lazy_gettext("Retired"),
    Action.REVIVED: lazy_gettext("Shown again"),
    Action.DELETED: lazy_gettext("Deleted"),
    Action.REPLACED: lazy_gettext("Replaced"),
    Action.RESTORED: lazy_gettext("Restored"),
    Action.BY_HAND: lazy_gettext("Edited by hand"),
    Action.FOUND: lazy_gettext("Initial catalog"),
}


def described(recorded: Recorded) -> str:
    """Say what a change did to which entries, on one line."""
    audit = recorded.audit
    names = ", ".join(f"{entry.section}.{entry.name}" for entry in audit.entries)
    return ": ".join(filter(None, (str(ACTIONS[audit.action]), audit.summary or names)))
