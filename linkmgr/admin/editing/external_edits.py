"""Edits of the catalog by hand come into its history without anybody opening a page."""

from sqlalchemy.exc import SQLAlchemyError

from linkmgr.admin.common.context import Admin
from linkmgr.admin.editing.edits import record_external_edit
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.db.engine import reason_of


class HandEdits:
    """Follows the catalog's file: reads what was edited by hand, before a page has to."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin
        self._recorded = ""

    def follow(self) -> None:
        """Record the file's present text if nobody has. Raise LinkmgrError where that fails."""
        seen = self._admin.catalog()
        if seen.problems or seen.revision.id == self._recorded:
            return
        try:
            record_external_edit(self._admin.engine, self._admin.settings.catalog, seen.revision)
        except SQLAlchemyError as error:
            raise LinkmgrError(
                f"edits by hand are not recorded: the database: {reason_of(error)}"
            ) from error
        self._recorded = seen.revision.id
